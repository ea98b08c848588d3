import { Refusal } from '../common/errors.ts'
import { isCutOff, reading, rows, type Db, type Reader } from '../database/database.ts'
import type { EntryRow } from './card.ts'
import { entriesFor, facetsIn, numbersAsked, numbersOf, wantsOpen, type FacetNumbers, type How } from './conditions.ts'
import { beginningOf, ringAfter, type Stretch } from './order.ts'
import type { SearchQuery } from './query.ts'
import { countsAlongOrder, routeFor, shareOf, type Route } from './route.ts'
import { currentSample } from './sample-views.ts'
import { facetIds } from './store.ts'
import type { TextQuery } from './text.ts'
import { countedTo } from './total.ts'
import { entriesFound, isOpen, noParameters, type Parameters, type Sight } from './visible.ts'

const longestSearch = 2000 // milliseconds of one statement
const longestHope = 300 // before all are counted
const mostAtOnce = 5000 // entries that are fetched before they are put in order

/** What is looked for in one round of a search. Whoever an earlier round would find (`before`) is not found again. */
export type Sought = {
  readonly sight: Sight
  readonly query: SearchQuery
  readonly text: TextQuery | undefined
  readonly numbers: FacetNumbers
  readonly who: boolean
  readonly before: Sought | undefined
}

/** Reads what a round needs to know of the facets it names. */
export async function seek(
  reader: Reader,
  sight: Sight,
  query: SearchQuery,
  text?: TextQuery,
  { who = false, before }: { readonly who?: boolean; readonly before?: Sought | undefined } = {},
): Promise<Sought> {
  return { sight, query, text, numbers: await facetIds(reader, facetsIn(query, text)), who, before }
}

/** Where in the ring to look: from its start, or after the last place that was shown; and for how many people. */
export type Window = { readonly start: bigint; readonly last?: bigint | undefined; readonly limit: number }

/** Who was found, in the order; and how many there are in all, where that came with it. */
export type Found = { readonly found: readonly EntryRow[]; readonly count?: number }

/**
 * The next people in the order drawn by lot whom a round finds. Which way they are looked for is chosen by how many there
 * will probably be, unless `given` says it: a wrong guess costs time, and changes nobody's place.
 */
export async function find(reader: Reader, sought: Sought, window: Window, given?: Route): Promise<Found> {
  const route = given ?? (await routeOf(reader, sought)).route
  if (route.kind === 'all') {
    const all = await everyone(reader, sought, window)
    if (all) return all
  }
  const stretched = route.kind === 'ring' ? route : { share: (4 * window.limit) / mostAtOnce, byIndex: true }
  return { found: await along(reader, sought, window, stretched) }
}

/** How many people a round finds, at most one more than are ever told. */
export async function count(reader: Reader, sought: Sought): Promise<number> {
  const { sample, share } = await routeOf(reader, sought)
  const look = countsAlongOrder(sample, share, countedTo + 1, sought.text !== undefined)
  const given = noParameters()
  const some = `select 1 ${fitting(given, sought, { look })}${look ? ' order by e.lid' : ''} limit ${countedTo + 1}`
  if (sought.text === undefined) return counted(reader, some, given)
  // Where a word that many have is hardly anybody's in the place that is asked for, PostgreSQL hopes in vain to have soon found
  // enough, for seconds. All of them, by the indexes, then take less.
  const whole = noParameters()
  return (
    (await attempt(reader, longestHope, () => counted(reader, some, given))) ??
    Math.min(countedTo + 1, await counted(reader, `select 1 ${fitting(whole, sought, { look: false })}`, whole))
  )
}

async function counted(reader: Reader, statement: string, given: Parameters): Promise<number> {
  const [row] = await rows<{ people: number }>(
    reader,
    `select count(*)::int as people from (${statement}) s`,
    given.values,
  )
  return row?.people ?? 0
}

// Reads that may be cut off: undefined then, and whatever else is read goes on.
async function attempt<Result>(
  reader: Reader,
  limit: number,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  await rows(reader, 'savepoint attempt')
  await rows(reader, `set local statement_timeout = ${limit}`)
  try {
    const result = await work()
    await rows(reader, `set local statement_timeout = ${longestSearch}`)
    return result
  } catch (error) {
    if (!isCutOff(error)) throw error
    await rows(reader, 'rollback to savepoint attempt') // takes the limit back as well
    return undefined
  }
}

async function routeOf(reader: Reader, { sight, query, text, numbers, who }: Sought) {
  const sample = await currentSample(reader, sight.audience, sight.now)
  const share = shareOf(sample, {
    groups: numbersAsked(query, numbers),
    open: wantsOpen(query),
    parts: (text?.parts ?? []).map((part) => ({
      words: who ? part.who : part.words,
      facets: who && !part.isWho ? [] : numbersOf(part.facets, numbers),
    })),
  })
  return { sample, share, route: routeFor(sample, share, text !== undefined) }
}

// By the indexes, then in order. Undefined when there are too many for that: then none of them is shown, since which of them
// came first says only where they are stored.
async function everyone(reader: Reader, sought: Sought, { start, last, limit }: Window): Promise<Found | undefined> {
  const given = noParameters()
  const ring = given.add(start.toString())
  const after = ringAfter(start, last).map((stretch) => within(given, 'c', stretch))
  const counted = await rows<(EntryRow | { readonly lid: null }) & { readonly many: number; readonly fresh: number }>(
    reader,
    `with candidate as materialized (select e.lid ${fitting(given, sought)} limit ${mostAtOnce + 1}),
       ${fresh(given, sought)},
       page as materialized (select c.lid from fresh c where ${after.join(' or ')} order by (c.lid <= ${ring}), c.lid limit ${limit})
     select p.*, (select count(*)::int from candidate) as many, (select count(*)::int from fresh) as fresh
     from (select 1) one left join (select ${columns(given, sought.sight)}, e.lid as place ${entriesFound('page')}) p on true
     order by (p.place <= ${ring}), p.place`,
    given.values,
  )
  if ((counted[0]?.many ?? 0) > mostAtOnce) return undefined
  return { found: counted.filter((row) => row.lid !== null), count: counted[0]?.fresh ?? 0 }
}

// Stretch by stretch, each eight times as long as the one before, until there are enough or the ring is at its end.
async function along(
  reader: Reader,
  sought: Sought,
  { start, last, limit }: Window,
  { share, byIndex }: { readonly share: number; readonly byIndex: boolean },
): Promise<readonly EntryRow[]> {
  const found: EntryRow[] = []
  let length = share
  for (const part of ringAfter(start, last))
    for (let rest = part; rest.above < rest.upTo && found.length < limit; length = Math.min(1, length * 8)) {
      const stretch = beginningOf(rest, length)
      found.push(...(await inStretch(reader, sought, stretch, { limit: limit - found.length, byIndex })))
      rest = { above: stretch.upTo, upTo: rest.upTo }
    }
  return found
}

async function inStretch(
  reader: Reader,
  sought: Sought,
  stretch: Stretch,
  { limit, byIndex }: { readonly limit: number; readonly byIndex: boolean },
): Promise<readonly EntryRow[]> {
  const given = noParameters()
  const inOrder = `order by e.lid limit ${limit}`
  const found =
    byIndex || sought.before
      ? `candidate as materialized (select e.lid ${fitting(given, sought, {}, stretch)}),
       ${fresh(given, sought, stretch)},
       page as materialized (select e.lid from fresh e ${inOrder})`
      : `page as materialized (select e.lid ${fitting(given, sought, { look: true }, stretch)} ${inOrder})`
  return rows<EntryRow>(
    reader,
    `with ${found} select ${columns(given, sought.sight)} ${entriesFound('page')} order by e.lid`,
    given.values,
  )
}

// Those candidates whom no earlier round finds.
function fresh(given: Parameters, { before }: Sought, stretch?: Stretch): string {
  if (before === undefined) return 'fresh as (select lid from candidate)'
  return `before as materialized (select e.lid ${fitting(given, before, {}, stretch)}),
       fresh as materialized (select c.lid from candidate c where c.lid not in (select b.lid from before b))`
}

function fitting(given: Parameters, sought: Sought, how: How = {}, stretch?: Stretch): string {
  const { sight, query, text, numbers, who } = sought
  const fits = entriesFor(given, sight, query, text, numbers, { ...how, who })
  return stretch === undefined ? fits : `${fits} and ${within(given, 'e', stretch)}`
}

function within(given: Parameters, entry: string, { above, upTo }: Stretch): string {
  return `(${entry}.lid > ${given.add(above.toString())} and ${entry}.lid <= ${given.add(upTo.toString())})`
}

/** What a statement over `visibleEntries` selects for an EntryRow. */
export function columns(given: Parameters, sight: Sight): string {
  return `e.lid::text as lid, e.doc, e.origin_id, e.account_id, o.host, o.last_contact, e.flag_ends_at, ${isOpen(given, sight)} as is_open`
}

// Reading the whole table looks cheap to the planner, which does not count the cost of fetching every tsvector from its own
// store: up to 3.4 s at 1,000,000 for a word that many have. And a plan that suits any query suits none: p95 13 times as long.
const settings = 'set local enable_seqscan = off; set local plan_cache_mode = force_custom_plan'

/** Reads over one snapshot; refuses with search-too-slow when a statement works for more than two seconds. */
export async function withinLimit<Result>(db: Db, work: (reader: Reader) => Promise<Result>): Promise<Result> {
  try {
    return await reading(db, longestSearch, work, settings)
  } catch (error) {
    if (isCutOff(error)) throw new Refusal('search-too-slow')
    throw error
  }
}
