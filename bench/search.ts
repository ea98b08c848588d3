import { startLoadGenerator, type LoadGenerator } from './load.ts'
import { figure, percentiles, quantile, type Bench, type Figure, type Goal, type Surroundings } from './measure.ts'
import { startPopulations } from './population-place.ts'
import { sent, startSide, type Side } from './search-side.ts'
import { whileApplied } from './search-snapshot.ts'

const slices = 10
const kinds = ['facets', 'text'] as const
type Kind = (typeof kinds)[number]

/** Milliseconds of each search of a kind. */
type Latencies = Readonly<Record<Kind, readonly number[]>>

/** Searches by facets and by words in large directories, through HTTP to JSON, against the same SQL by a bare client. */
export const search: Bench = {
  name: 'search',
  summary:
    'searches of 120,000 and 1,000,000 people through HTTP, against the same SQL by a bare client; up to an hour',
  isLong: true,
  async run(around) {
    const populated = await startPopulations(around)
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    const sizes = around.size === undefined ? [120_000, 1_000_000] : [around.size]
    const sides: Side[] = []
    for (const size of sizes) sides.push(await startSide(around, (await populated(size)).url, size))
    const figures: Figure[] = []
    for (const clients of [1, 8]) {
      const measured = await measure(around, load, sides, clients)
      for (const [index, { http, bare }] of measured.entries())
        figures.push(...told(around, figuresOf(sides[index]?.size ?? 0, clients, http, bare)))
      if (clients === 1) figures.push(...told(around, growth(sides, measured)))
    }
    for (const side of sides) figures.push(...told(around, await whileApplied(around, load, side)))
    return figures
  },
}

// At once as well, for whoever waits.
function told(around: Surroundings, figures: readonly Figure[]): readonly Figure[] {
  for (const { bench, value, unit, ratio } of figures) around.tell(`${bench}: ${value} ${unit}, ratio ${ratio}`)
  return figures
}

type Measured = { readonly http: Latencies; readonly bare: Latencies }

// Ours, the bare client, the next size: in turn, a tenth of the searches at a time, after one tenth that warms up.
async function measure(
  around: Surroundings,
  load: LoadGenerator,
  sides: readonly Side[],
  clients: number,
): Promise<readonly Measured[]> {
  const measured = sides.map((): Writable => ({ http: { facets: [], text: [] }, bare: { facets: [], text: [] } }))
  for (let slice = -1; slice < slices; slice += 1) {
    around.tell(slice < 0 ? `${clients} at once: warm` : `${clients} at once: ${slice + 1} of ${slices}`)
    for (const [index, side] of sides.entries())
      for (const kind of kinds) {
        const isAsked = (_: unknown, number: number): boolean =>
          number % slices === Math.max(slice, 0) && side.queries[number]?.kind === kind
        const http = await sent(load, side.url, side.requests.filter(isAsked), clients)
        const bare = await side.bare.run(side.scripts.filter(isAsked), clients)
        if (slice >= 0) {
          measured[index]?.http[kind].push(...http)
          measured[index]?.bare[kind].push(...bare)
        }
      }
  }
  return measured
}

type Writable = Readonly<Record<'http' | 'bare', Readonly<Record<Kind, number[]>>>>

function figuresOf(size: number, clients: number, http: Latencies, bare: Latencies): readonly Figure[] {
  const figures = kinds.flatMap((kind) =>
    percentiles.map(([name, share]) => {
      const [ours, baseline] = [quantile(http[kind], share), quantile(bare[kind], share)]
      // 1.5 times the same SQL, and 5 ms for HTTP, the session and JSON.
      const goal: Goal = { of: 'difference', limit: Math.round((baseline * 0.5 + 5) * 10) / 10, better: 'lower' }
      const isJudged = kind === 'facets' && name === 'p95' && clients === 1
      return figure(
        `search.${kind}.${clients}.${name}.${size}`,
        'milliseconds',
        ours,
        baseline,
        ...(isJudged ? [goal] : []),
      )
    }),
  )
  const all = [...http.facets, ...http.text]
  const slowest: Goal = { of: 'ratio', limit: 50, better: 'lower' }
  return [
    ...figures,
    figure(
      `search.slowest.${clients}.${size}`,
      'milliseconds',
      quantile(all, 1),
      quantile(all, 0.5),
      ...(clients === 1 ? [slowest] : []),
    ),
  ]
}

// The largest directory against the smallest: 8.3 times the people.
function growth(sides: readonly Side[], measured: readonly Measured[]): readonly Figure[] {
  const [small, large] = [measured[0], measured.at(-1)]
  if (!small || !large || sides.length < 2) return []
  return kinds.map((kind) =>
    figure(
      `search.growth.${kind}.p95`,
      'milliseconds',
      quantile(large.http[kind], 0.95),
      quantile(small.http[kind], 0.95),
      {
        of: 'ratio',
        limit: kind === 'facets' ? 3 : 6,
        better: 'lower',
      },
    ),
  )
}
