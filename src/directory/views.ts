import { dayOf } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { reading, rows, type Db, type Reader } from '../database/database.ts'
import { cardOf, type Card, type EntryRow, type Viewer } from './card.ts'
import { entriesFor, facetsIn, type FacetNumbers } from './conditions.ts'
import { cursorText, placeOfKey, readCursor, startOf, type Cursor } from './order.ts'
import { partsOf, type Part, type SearchQuery } from './query.ts'
import { similarWords } from './word-views.ts'
import { facetIds } from './store.ts'
import { textQuery, type TextQuery } from './text.ts'
import { countedTo, totalOf, type Total } from './total.ts'
import { isOpen, noParameters, visibleEntries, type Parameters, type Sight } from './visible.ts'

/** At most so many people on a page. */
export const pageSize = 20
const longestSearch = 2000 // milliseconds of one statement
const mostCandidates = 2000
// For a word that many have, the planner likes to read the whole table: it does not count the cost of fetching every tsvector
// from its own store. By the index: half the time at 20,000 listings, 38 ms instead of up to 3.4 s at 1,000,000, as measured.
/** Before statements about words. */
export const noSequentialScan = 'set local enable_seqscan = off'
/** With fewer, words like those typed count as well. */
export const fewHits = 3

export type SearchPage = {
  readonly cards: readonly Card[]
  /** On the first page only. */
  readonly total?: Total
  /** The cursor of the next page, where there is one. */
  readonly next?: string
  /** Words were not found as typed, and similar ones were looked for. */
  readonly widened: boolean
}

/**
 * The people who fit a query, 20 a page, in the order drawn by lot (order.ts). What travels between pages is a cursor; a
 * cursor that is not ours is InvalidInput. Refuses with search-too-slow rather than work for more than two seconds.
 */
export async function search(
  db: Db,
  now: Date,
  viewer: Viewer,
  query: SearchQuery,
  orderSecret: string,
): Promise<SearchPage> {
  const cursor = query.after === undefined ? undefined : readCursor(orderSecret, query.after)
  if (query.after !== undefined && !cursor) throw new InvalidInput([{ field: 'after', rule: 'pattern' }])
  const start = cursor?.start ?? startOf(orderSecret, dayOf(now))
  return withinLimit(db, async (reader) => {
    const asTyped = await prepare(reader, now, viewer, query)
    const exact = await find(reader, asTyped, start, cursor?.widened === true ? undefined : cursor)
    const isWide = cursor ? cursor.widened : exact.found.length < fewHits
    const similar = isWide ? await withSimilarWords(reader, asTyped, exact.found) : undefined
    const more = similar && (await find(reader, similar, start, cursor))
    const ahead = cursor?.widened === true ? [] : exact.found // those with the very words come first
    const cards = [
      ...ahead.map((row) => cardOf(row, now, viewer, query, asTyped.text)),
      ...(more?.found ?? []).map((row) => cardOf(row, now, viewer, query, similar?.text)),
    ]
    const shown = cards.slice(0, pageSize)
    const last = shown.at(-1)
    const widened = (more?.found.length ?? 0) > 0
    return {
      cards: shown,
      ...(cursor
        ? {}
        : {
            total: totalOf(
              (await people(reader, asTyped, exact)) + (similar && more ? await people(reader, similar, more) : 0),
            ),
          }),
      ...(cards.length > pageSize && last
        ? { next: cursorText(orderSecret, { start, last: placeOfKey(last.key) ?? start, widened }) }
        : {}),
      widened,
    }
  })
}

/** One person's page in the directory, by the key of a card; undefined when this reader may not see her (any more). */
export async function entryByKey(db: Db, now: Date, viewer: Viewer, key: string): Promise<Card | undefined> {
  const place = placeOfKey(key)
  if (place === undefined) return undefined
  return entryWhere(db, now, viewer, (given) => `e.lid = ${given.add(place.toString())}`)
}

/** One person in the directory, by the id of her listing; undefined when this reader may not see her (any more). */
export async function entryByListing(db: Db, now: Date, viewer: Viewer, listingId: string): Promise<Card | undefined> {
  return entryWhere(db, now, viewer, (given) => `e.listing_id = ${given.add(listingId)}`)
}

async function entryWhere(
  db: Db,
  now: Date,
  viewer: Viewer,
  condition: (given: Parameters) => string,
): Promise<Card | undefined> {
  const given = noParameters()
  const sight = sightOf(viewer, now)
  const [row] = await rows<EntryRow>(
    db,
    `select ${columns(given, sight)} ${visibleEntries(given, sight)} and ${condition(given)}`,
    given.values,
  )
  return row && cardOf(row, now, viewer)
}

/** A query with one part less, and how many people that would find: never none. */
export type Wider = { readonly part: Part; readonly total: Total }

/** For an empty result: which single part to leave out so that there is somebody. Best first; at most ten are tried. */
export async function widerSearches(db: Db, now: Date, viewer: Viewer, query: SearchQuery): Promise<readonly Wider[]> {
  return withinLimit(db, async (reader) => {
    const found: { part: Part; people: number }[] = []
    for (const part of partsOf(query).slice(0, 10)) {
      const many = await count(reader, await prepare(reader, now, viewer, part.without))
      if (many > 0) found.push({ part, people: many })
    }
    return found
      .toSorted((one, other) => other.people - one.people)
      .map((one) => ({ part: one.part, total: totalOf(one.people) }))
  })
}

/** Whether this reader can see anybody at all. */
export async function isAnybodyListed(db: Db, now: Date, viewer: Viewer): Promise<boolean> {
  const given = noParameters()
  return (await rows(db, `select 1 ${visibleEntries(given, sightOf(viewer, now))} limit 1`, given.values)).length > 0
}

function sightOf({ audience, accountId }: Viewer, now: Date): Sight {
  return { audience, now, accountId }
}

/** The host names of other nodes whose people are shown here now, at most 50. */
export async function nodesShown(db: Db, now: Date): Promise<readonly string[]> {
  const found = await rows<{ host: string }>(
    db,
    'select host from origin o where origin_id <> 0 and valid_until > $1 and not hidden and not exists (select from refused_origin r where r.origin_id = o.origin_id) order by host limit 50',
    [now],
  )
  return found.map(({ host }) => host)
}

type Prepared = {
  readonly sight: Sight
  readonly query: SearchQuery
  readonly text: TextQuery | undefined
  readonly numbers: FacetNumbers
  /** Places of people who are shown already. */
  readonly except: readonly string[]
}

async function prepare(reader: Reader, now: Date, viewer: Viewer, query: SearchQuery): Promise<Prepared> {
  const text = query.text === undefined ? undefined : textQuery(query.text)
  if (text) await rows(reader, noSequentialScan)
  const numbers = await facetIds(reader, facetsIn(query, text))
  return { sight: sightOf(viewer, now), query, text, numbers, except: [] }
}

// The same search with words like those typed, without the people who have the very words; undefined when there are none.
async function withSimilarWords(
  reader: Reader,
  asTyped: Prepared,
  shown: readonly EntryRow[],
): Promise<Prepared | undefined> {
  if (asTyped.query.text === undefined) return undefined
  const near = await similarWords(reader, asTyped.sight, asTyped.query.text)
  if (near.size === 0) return undefined
  const text = textQuery(asTyped.query.text, near)
  const numbers = await facetIds(reader, facetsIn(asTyped.query, text))
  return { ...asTyped, text, numbers, except: shown.map(({ lid }) => lid) }
}

type Found = { readonly found: readonly EntryRow[]; readonly count?: number }

async function find(reader: Reader, prepared: Prepared, start: bigint, cursor: Cursor | undefined): Promise<Found> {
  if (prepared.text === undefined) return { found: await walk(reader, prepared, start, cursor) }
  const few = await candidates(reader, prepared, start, cursor)
  return few ?? { found: await walk(reader, prepared, start, cursor) }
}

// Facets, and words that many have: along the ring, until the page is full. Both ends of the ring in one statement cost
// more than asking for the second only when the first was short.
async function walk(
  reader: Reader,
  prepared: Prepared,
  start: bigint,
  cursor: Cursor | undefined,
): Promise<readonly EntryRow[]> {
  const isPastEnd = cursor !== undefined && cursor.last <= start
  const found = isPastEnd ? [] : await stretch(reader, prepared, pageSize + 1, cursor?.last ?? start)
  if (found.length > pageSize) return found
  return [
    ...found,
    ...(await stretch(reader, prepared, pageSize + 1 - found.length, isPastEnd ? cursor.last : -1n, start)),
  ]
}

async function stretch(
  reader: Reader,
  prepared: Prepared,
  limit: number,
  after: bigint,
  until?: bigint,
): Promise<readonly EntryRow[]> {
  const given = noParameters()
  const { sight } = prepared
  const end = until === undefined ? '' : `and e.lid <= ${given.add(until.toString())}`
  return rows<EntryRow>(
    reader,
    `with page as materialized (select e.lid ${matching(given, prepared)} and e.lid > ${given.add(after.toString())} ${end} order by e.lid limit ${limit})
     select ${columns(given, sight)} ${visibleEntries(given, sight)} and e.lid in (select lid from page) order by e.lid`,
    given.values,
  )
}

// Words that few have: all of them first, then the order. Otherwise a rare word would walk the whole ring, and a limit
// without order would take all from one origin. Undefined when there are too many for that.
async function candidates(
  reader: Reader,
  prepared: Prepared,
  start: bigint,
  cursor: Cursor | undefined,
): Promise<Found | undefined> {
  const given = noParameters()
  const { sight } = prepared
  const ring = given.add(start.toString())
  const found = await rows<EntryRow & { found: number }>(
    reader,
    `with candidate as materialized (select e.lid ${matching(given, prepared)} limit ${mostCandidates + 1}),
       page as (select lid from candidate where ${afterCursor(given, ring, start, cursor)} order by (lid <= ${ring}), lid limit ${pageSize + 1})
     select ${columns(given, sight)}, (select count(*)::int from candidate) as found
     ${visibleEntries(given, sight)} and e.lid in (select lid from page) order by (e.lid <= ${ring}), e.lid`,
    given.values,
  )
  const many = found[0]?.found ?? 0
  return many > mostCandidates ? undefined : { found, count: many }
}

function afterCursor(given: Parameters, ring: string, start: bigint, cursor: Cursor | undefined): string {
  if (!cursor) return 'true'
  const last = given.add(cursor.last.toString())
  return cursor.last > start ? `(lid > ${last} or lid <= ${ring})` : `(lid > ${last} and lid <= ${ring})`
}

async function people(reader: Reader, prepared: Prepared, { count: known }: Found): Promise<number> {
  return known ?? count(reader, prepared)
}

async function count(reader: Reader, prepared: Prepared): Promise<number> {
  const given = noParameters()
  const [row] = await rows<{ people: number }>(
    reader,
    `select count(*)::int as people from (select 1 ${matching(given, prepared)} limit ${countedTo + 1}) s`,
    given.values,
  )
  return row?.people ?? 0
}

function matching(given: Parameters, { sight, query, text, numbers, except }: Prepared): string {
  const fitting = entriesFor(given, sight, query, text, numbers)
  return except.length === 0 ? fitting : `${fitting} and e.lid <> all(${given.add(except)}::bigint[])`
}

/** What a statement over `visibleEntries` selects for an EntryRow. */
export function columns(given: Parameters, sight: Sight): string {
  return `e.lid::text as lid, e.doc, e.origin_id, e.account_id, o.host, o.last_contact, e.flag_ends_at, ${isOpen(given, sight)} as is_open`
}

/** Reads over one snapshot; refuses with search-too-slow when a statement works for more than two seconds. */
export async function withinLimit<Result>(db: Db, work: (reader: Reader) => Promise<Result>): Promise<Result> {
  try {
    return await reading(db, longestSearch, work)
  } catch (error) {
    if (isCutOff(error)) throw new Refusal('search-too-slow')
    throw error
  }
}

// Postgres says query_canceled (57014) when statement_timeout ends a statement.
function isCutOff(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '57014'
}
