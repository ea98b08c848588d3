import { setTimeout as sleep } from 'node:timers/promises'
import { dayOf } from '../src/common/clock.ts'
import { tableOf } from '../src/directory/count-keeper-views.ts'
import { cursorText, startOf } from '../src/directory/order.ts'
import { addressOf, type SearchQuery } from '../src/directory/query.ts'
import { count, find, seek, withinLimit } from '../src/directory/find-views.ts'
import { startLoadGenerator, type LoadGenerator, type Prepared } from './load.ts'
import {
  figure,
  inTurn,
  percentiles,
  quantile,
  type Bench,
  type Figure,
  type Goal,
  type Surroundings,
} from './measure.ts'
import { startPopulations } from './population-place.ts'
import { populationNow, populationOrder } from './population.ts'
import { startPopulatedNode, type PopulatedNode } from './populated.ts'
import { mixedQueries, type MixedQuery } from './search-queries.ts'

const asked = 2000 // searches of the mix
const slices = 10

/** The counts beside the choices of a search, and how many people it finds in all. */
export const facets: Bench = {
  name: 'facets',
  summary:
    'the counts beside the choices of a search and its total, against a page of people, at 120,000 and 1,000,000',
  isLong: true,
  async run(around) {
    const populated = await startPopulations(around)
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    const figures: Figure[] = []
    for (const size of around.size === undefined ? [120_000, 1_000_000] : [around.size]) {
      const { url } = await populated(size)
      const node = await startPopulatedNode(around, url)
      const queries = mixedQueries(asked, { size, seed: 1 }).filter(({ query }) => query.after === undefined)
      figures.push(...(await reading(around, node, size)))
      await exactCounts(node)
      figures.push(...(await counting(around, load, node, queries, size)))
      figures.push(...(await totals(around, node, queries, size)))
      figures.push(...(await changing(around, load, node, queries, size)))
      await node.stop()
    }
    return figures
  },
}

// Reading everybody into a table, against one statement that fetches the same columns; and what the table holds, against the entries
// as they lie in the database without their words and documents.
async function reading(around: Surroundings, { db }: PopulatedNode, size: number): Promise<readonly Figure[]> {
  around.tell(`${size}: the table is read`)
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now()
    await work()
    return (performance.now() - begin) / 1000
  }
  const before = process.memoryUsage().arrayBuffers
  const keeper = tableOf(db)
  const ours = await timed(() => keeper.current())
  const held = process.memoryUsage().arrayBuffers - before
  const bare = await timed(() =>
    db.pool.query('select lid, origin_id, audience, ends_at, flag_ends_at, facets from directory_entry'),
  )
  const { rows } = await db.pool.query<{ bytes: string }>(`select pg_relation_size('directory_entry')::text as bytes`)
  return [
    figure(`facets.read.${size}`, 'seconds', ours, bare),
    figure(`facets.memory.${size}`, 'MB', held / 1e6, Number(rows[0]?.bytes) / 1e6),
  ]
}

async function exactCounts({ url, cookie }: PopulatedNode): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/api/v1/facets`, { headers: { accept: 'application/json', cookie } })
    if (!answer.ok) throw new Error(`the counts were answered ${answer.status}`)
    const { isAbout } = (await answer.json()) as { readonly isAbout: boolean } // schemas/openapi.json
    if (!isAbout) return
    await sleep(100)
  }
}

// Value counts against the page beside which they stand, without its total, each through HTTP to JSON.
async function counting(
  around: Surroundings,
  load: LoadGenerator,
  node: PopulatedNode,
  queries: readonly MixedQuery[],
  size: number,
): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const kind of ['facets', 'text'] as const)
    for (const connections of [1, 8]) {
      around.tell(`${size}: counts, ${kind}, ${connections} at once`)
      const chosen = queries.filter((one) => one.kind === kind).map(({ query }) => query)
      const { counts, pages } = await sideBySide(load, node, chosen, connections)
      const goal: Goal = { of: 'ratio', limit: 2, better: 'lower' }
      for (const [name, share] of percentiles)
        figures.push(
          figure(
            `facets.values.${kind}.${connections}.${name}.${size}`,
            'milliseconds',
            quantile(counts, share),
            quantile(pages, share),
            ...(kind === 'facets' && connections === 1 && name === 'p95' && size === 120_000 ? [goal] : []),
          ),
        )
    }
  return figures
}

async function sideBySide(
  load: LoadGenerator,
  node: PopulatedNode,
  queries: readonly SearchQuery[],
  connections: number,
): Promise<{ readonly counts: readonly number[]; readonly pages: readonly number[] }> {
  const run = async (requests: readonly Prepared[]): Promise<readonly number[]> =>
    (await load.run({ to: node.url, requests, seconds: 600, again: false, connections, status: 200 })).latencies
  const counts = queries.map((query) => request(node, '/api/v1/facets', query))
  const pages = queries.map((query) => request(node, '/api/v1/listings', { ...query, after: beginning }))
  const part = <Value>(all: readonly Value[], round: number): readonly Value[] =>
    all.filter((_, index) => index % slices === round)
  await run(part(counts, 0))
  await run(part(pages, 0))
  const { ours, baseline } = await inTurn(
    (round) => run(part(counts, round)),
    (round) => run(part(pages, round)),
    slices,
  )
  return { counts: ours.flat(), pages: baseline.flat() }
}

// A page that is not the first tells no total. This one begins where the first does.
const start = startOf(populationOrder, dayOf(populationNow))
const beginning = cursorText(populationOrder, { start, last: start + 1n, round: 0 })

function request({ cookie }: PopulatedNode, path: string, query: SearchQuery): Prepared {
  return { method: 'GET', path: path + addressOf(query), headers: { accept: 'application/json', cookie } }
}

// The capped total by itself has no address: measured in this process, in turn with the page.
async function totals(
  around: Surroundings,
  { db }: PopulatedNode,
  queries: readonly MixedQuery[],
  size: number,
): Promise<readonly Figure[]> {
  around.tell(`${size}: totals`)
  const sight = { audience: 'members', now: populationNow } as const
  const times = { total: [] as number[], page: [] as number[] }
  for (const { kind, query } of queries) {
    if (kind !== 'facets') continue
    await withinLimit(db, async (reader) => {
      const sought = await seek(reader, sight, query)
      let begin = performance.now()
      await find(reader, sought, { start, limit: 21 })
      times.page.push(performance.now() - begin)
      begin = performance.now()
      await count(reader, sought)
      times.total.push(performance.now() - begin)
    })
  }
  const goal: Goal = { of: 'ratio', limit: size > 500_000 ? 4 : 2, better: 'lower' }
  return percentiles.map(([name, share]) =>
    figure(
      `facets.total.${name}.${size}`,
      'milliseconds',
      quantile(times.total, share),
      quantile(times.page, share),
      ...(name === 'p95' && [120_000, 1_000_000].includes(size) ? [goal] : []),
    ),
  )
}

// While entries are written over and over, 500 in a transaction as a snapshot does: counts against counts in quiet. And what the log
// costs a writer for each thousand entries.
async function changing(
  around: Surroundings,
  load: LoadGenerator,
  node: PopulatedNode,
  queries: readonly MixedQuery[],
  size: number,
): Promise<readonly Figure[]> {
  around.tell(`${size}: while entries change`)
  const chosen = queries.filter(({ kind }) => kind === 'facets').slice(0, 300)
  const requests = chosen.map(({ query }) => request(node, '/api/v1/facets', query))
  const task = { to: node.url, requests, seconds: 600, again: false, connections: 1, status: 200 }
  const quiet = await load.run(task)
  const over = new AbortController()
  const writing = keepWriting(node, over.signal)
  const busy = await load.run(task).finally(() => over.abort())
  const written = await writing
  around.tell(`${written} entries were written meanwhile`)
  const cost = await inTurn(
    () => writingTime(node, 'origin'),
    () => writingTime(node, 'replica'), // without triggers
  )
  return [
    ...percentiles.map(([name, share]) =>
      figure(
        `facets.changing.${name}.${size}`,
        'milliseconds',
        quantile(busy.latencies, share),
        quantile(quiet.latencies, share),
      ),
    ),
    figure(`facets.log.${size}`, 'milliseconds', quantile(cost.ours, 0.5), quantile(cost.baseline, 0.5)),
  ]
}

async function keepWriting({ db }: PopulatedNode, over: AbortSignal): Promise<number> {
  let written = 0
  for (; !over.aborted; written += 500)
    await db.pool.query(
      'update directory_entry set ends_at = ends_at where lid in (select lid from directory_entry order by lid offset $1 limit 500)',
      [written % 100_000],
    )
  return written
}

// Milliseconds in which 1,000 entries are written; taken back afterwards.
async function writingTime({ db }: PopulatedNode, role: 'origin' | 'replica'): Promise<number> {
  const client = await db.pool.connect()
  try {
    await client.query(`begin; set local session_replication_role = ${role}`)
    const begin = performance.now()
    await client.query(
      'update directory_entry set ends_at = ends_at where lid in (select lid from directory_entry order by lid limit 1000)',
    )
    return performance.now() - begin
  } finally {
    await client.query('rollback')
    client.release()
  }
}
