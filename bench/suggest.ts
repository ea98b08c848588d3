import { dayOf } from '../src/common/clock.ts'
import { openDatabase, reading, rows, type Db, type Reader } from '../src/database/database.ts'
import { slugOfIri } from '../src/common/vocabularies.ts'
import type { ListingDocument } from '../src/directory/document.ts'
import { isOpen, noParameters, visibleEntries } from '../src/directory/visible.ts'
import type { ProfileFields } from '../src/profile/profile.ts'
import { askerOf } from '../src/suggestions/asker.ts'
import { choosePeople, type Chosen, type Work } from '../src/suggestions/choose-views.ts'
import { numbersFor, startFor, type PoolRow, type Search } from '../src/suggestions/pool-views.ts'
import { reached, suggested } from '../src/suggestions/spread.ts'
import { figure, inTurn, median, quantile, type Bench, type Figure, type Goal } from './measure.ts'
import { personOf } from './population-people.ts'
import { startPopulations } from './population-place.ts'
import { populationNow, populationOrder } from './population.ts'

const seed = 1
const sizes = [120_000, 1_000_000]
// Scoring a million takes a second each.
const askersOf = (size: number): number => (size > 500_000 ? 60 : 120)
const times = 3 // each asks so often; the middle time counts, so that what else the machine does weighs less
const clients = 8
const warmUps = 8
const longestWork = 60_000 // of one statement: the baseline is slow at a million
const mostScored = 2_000

/** Five people for somebody, against scoring everybody who is open and has a language in common. */
export const suggest: Bench = {
  name: 'suggest',
  summary: 'five people for somebody, in time and in score against scoring everybody, at 120,000 and a million',
  isLong: true,
  async run(around) {
    const placeOf = await startPopulations(around)
    const found: Figure[] = []
    for (const size of around.size === undefined ? sizes : [around.size]) {
      const { url } = await placeOf(size, seed)
      const db = await openDatabase({ url, entities: [], connections: clients })
      try {
        around.tell(`${askersOf(size)} people of ${size} ask, each both ways`)
        found.push(...(await compared(db, size)))
      } finally {
        await db.close()
      }
    }
    return found
  },
}

type Asked = { readonly milliseconds: number; readonly people: readonly Chosen[] }

// Ours and the baseline in turn for each asker, so that what else the machine does falls on both; then ours alone, eight at a time.
async function compared(db: Db, size: number): Promise<readonly Figure[]> {
  const askers = askersOf(size)
  const asking = Array.from({ length: askers }, (_, index) => index)
  for (const number of asking.slice(0, warmUps)) {
    await ask(db, number, size)
    await ask(db, number, size, everybodyScored)
  }
  const { ours, baseline } = await inTurn(
    (turn) => ask(db, turn % askers, size),
    (turn) => ask(db, turn % askers, size, everybodyScored),
    askers * times,
  )
  const together: Asked[] = []
  const waiting = [...asking]
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) together.push(await ask(db, next, size))
    }),
  )
  return figures(size, middleOf(ours, askers), middleOf(baseline, askers), together)
}

// Every time the same people for each asker; of the times the middle one.
function middleOf(asked: readonly Asked[], askers: number): readonly Asked[] {
  return asked.slice(0, askers).map(({ people }, number) => ({
    people,
    milliseconds: median(asked.filter((_, turn) => turn % askers === number).map((one) => one.milliseconds)),
  }))
}

function figures(
  size: number,
  ours: readonly Asked[],
  baseline: readonly Asked[],
  together: readonly Asked[],
): readonly Figure[] {
  const name = `suggest ${size}`
  const timesOf = (asked: readonly Asked[]): readonly number[] => asked.map(({ milliseconds }) => milliseconds)
  const time = (what: string, share: number, goal?: Goal): Figure =>
    figure(`${name} ${what}`, 'milliseconds', quantile(timesOf(ours), share), quantile(timesOf(baseline), share), goal)
  const eight = (what: string, share: number): Figure =>
    figure(
      `${name} ${clients} clients ${what}`,
      'milliseconds',
      quantile(timesOf(together), share),
      quantile(timesOf(ours), share),
    )
  const part = (what: string, holds: (people: readonly Chosen[]) => boolean): Figure => {
    const share = (asked: readonly Asked[]): number =>
      (100 * asked.filter(({ people }) => holds(people)).length) / asked.length
    return figure(`${name} ${what}`, 'percent', share(ours), share(baseline))
  }
  const score = (asked: readonly Asked[]): number => {
    const all = asked.flatMap(({ people }) => people.map((one) => one.score))
    return all.reduce((sum, one) => sum + one, 0) / all.length
  }
  return [
    time('p50', 0.5),
    time('p95', 0.95, { of: 'ratio', limit: 0.2, better: 'lower' }),
    time('p99', 0.99),
    time('maximum', 1),
    eight('p50', 0.5),
    eight('p95', 0.95),
    figure(`${name} score`, 'percent', (100 * score(ours)) / score(baseline), 100, {
      of: 'ratio',
      limit: 0.95,
      better: 'higher',
    }),
    part('five found', (people) => people.length === suggested),
    part('other sector', (people) => reached(people).has('otherSector')),
    part('other country', (people) => reached(people).has('otherCountry')),
    part('own country', (people) => reached(people).has('near')),
  ]
}

/** Suggestions for the asker of that number, each time as one who asks on that day. */
async function ask(db: Db, number: number, size: number, from?: Parameters<typeof choosePeople>[2]): Promise<Asked> {
  const fields = fieldsOf(personOf(seed, Math.floor(((number + 0.5) / askersOf(size)) * size), 'asker.example'))
  const begin = performance.now()
  const people = await reading(db, longestWork, async (reader) => {
    const asker = askerOf(fields, populationNow)
    const work: Work = {
      asker,
      sight: { audience: 'members', now: populationNow, accountId: `asker ${number}` },
      start: startFor(populationOrder, dayOf(populationNow), `asker ${number}`),
      numbers: await numbersFor(reader, asker),
      memory: { has: () => false },
    }
    return from === undefined ? choosePeople(reader, work) : choosePeople(reader, work, from)
  })
  return { milliseconds: performance.now() - begin, people }
}

// The same score for everybody, in one statement; only those with the most are looked at, by the same rules as ours.
async function everybodyScored(
  reader: Reader,
  { asker, sight, start, numbers }: Search,
): Promise<{ readonly people: readonly PoolRow[]; readonly isAll: boolean }> {
  const given = noParameters()
  const has = (list: readonly number[]): string => `(e.facets && ${given.add(list)}::smallint[])`
  const [gives, takes] = [has(numbers.gives), has(numbers.takes)]
  const onlyOne = asker.isOnlyOne ? `(e.facets && array(select id from facet where kind = 'only-one'))` : 'false'
  const score = `case when ${has(numbers.roles)} then 4 when ${has(numbers.families)} then 1 else 0 end
    + 2 * ${gives}::int + 2 * ${takes}::int + 2 * (${gives} and ${takes})::int + ${onlyOne}::int`
  const fitting = `${visibleEntries(given, sight)} and ${isOpen(given, sight)} and ${has(numbers.languages)}`
  const people = await rows<PoolRow>(
    reader,
    `select f.lid::text as lid, f.origin_id, f.facets from (select e.lid, e.origin_id, e.facets, ${score} as score ${fitting}) f
     order by f.score desc, (f.lid <= ${given.add(start.toString())}), f.lid limit ${mostScored}`,
    given.values,
  )
  return { people, isAll: false }
}

function fieldsOf(document: ListingDocument): ProfileFields {
  const slugs = (name: 'roles' | 'sectors' | 'practices', iris: readonly (string | undefined)[]): string[] =>
    iris.flatMap((iri) => (iri === undefined ? [] : (slugOfIri(name, iri) ?? [])))
  const [sector] = slugs('sectors', [document.worksFor.sector])
  const { addressCountry: country, name: organisation } = document.worksFor
  return {
    roles: slugs(
      'roles',
      document.hasOccupation.map(({ occupationalCategory }) => occupationalCategory),
    ),
    shares: slugs('practices', document.shares ?? []),
    wantsToTry: slugs('practices', document.wantsToTry ?? []),
    languages: (document.knowsLanguage ?? []).map(({ tag, level }) => ({ tag, level })),
    organisation,
    ...(sector === undefined ? {} : { sector }),
    ...(country === undefined ? {} : { country }),
    ...(document.onlyOne === undefined ? {} : { onlyOne: document.onlyOne }),
  }
}
