import { dayOf } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { rows, type Db, type Reader } from '../database/database.ts'
import { cardOf, type Card, type EntryRow, type Viewer } from './card.ts'
import { columns, count, find, seek, withinLimit, type Sought } from './find-views.ts'
import { cursorText, placeOfKey, readCursor, startOf } from './order.ts'
import { aloneIn, wideningsOf, type Asked, type SearchQuery } from './query.ts'
import { doubtedIn, similarWords } from './word-views.ts'
import { textQuery, type TextQuery } from './text.ts'
import { totalOf, type Total } from './total.ts'
import { noParameters, visibleEntries, type Parameters, type Sight } from './visible.ts'

/** At most so many people on a page. */
export const pageSize = 20
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
 * The people who fit a query, 20 a page. First those whom the words say who they are or what they do, then those who write
 * them, then, where these are few, those with similar words: three rounds, each in the order drawn by lot (order.ts). What
 * travels between pages is a cursor; a cursor that is not ours is InvalidInput. Refuses with search-too-slow rather than
 * work for more than two seconds.
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
    const shown: Shown[] = []
    const rounds = await exactRounds(reader, sightOf(viewer, now), query)
    const show = async (sought: Sought, round: number): Promise<number | undefined> => {
      const last = cursor?.round === round ? cursor.last : undefined
      const { found, count: many } = await find(reader, sought, { start, last, limit: pageSize + 1 - shown.length })
      shown.push(...found.map((row) => ({ row, round, text: sought.text })))
      return many
    }
    const counts: number[] = []
    for (const [round, sought] of rounds.entries())
      if (round >= (cursor?.round ?? 0) && shown.length <= pageSize) {
        const many = await show(sought, round)
        if (many !== undefined) counts.push(many)
      }
    const exact = rounds.at(-1)
    const isFew = cursor ? cursor.round === rounds.length : shown.length < fewHits
    // From the second page on, what was an error on the first one still is.
    const errors = cursor?.round === rounds.length ? (cursor.doubted ?? 0) : undefined
    const round = isFew && exact ? await similarRound(reader, exact, errors) : undefined
    const similar = round?.sought
    const similarly = similar && (await show(similar, rounds.length))
    const all = async (): Promise<number> =>
      (counts.length === rounds.length || !exact
        ? counts.reduce((sum, one) => sum + one, 0)
        : await count(reader, { ...exact, before: undefined })) +
      (similarly ?? (similar ? await count(reader, similar) : 0))
    const page = shown.slice(0, pageSize)
    const last = page.at(-1)
    const widened = page.some(({ round }) => round === rounds.length)
    return {
      cards: page.map(({ row, text }) => cardOf(row, now, viewer, query, text)),
      ...(cursor ? {} : { total: totalOf(await all()) }),
      ...(shown.length > pageSize && last
        ? {
            next: cursorText(orderSecret, {
              start,
              last: BigInt(last.row.lid),
              round: last.round,
              doubted: last.round === rounds.length ? round?.doubted : undefined,
            }),
          }
        : {}),
      widened,
    }
  })
}

type Shown = { readonly row: EntryRow; readonly round: number; readonly text: TextQuery | undefined }

async function exactRounds(reader: Reader, sight: Sight, query: SearchQuery): Promise<readonly Sought[]> {
  const text = query.text === undefined ? undefined : textQuery(query.text)
  if (text === undefined) return [await seek(reader, sight, query)]
  const who = await seek(reader, sight, query, text, { who: true })
  return [who, await seek(reader, sight, query, text, { before: who })]
}

type Similar = { readonly sought: Sought; readonly doubted: number }

// The same search with words like those typed, without the people who have the very words; undefined when there are none.
async function similarRound(reader: Reader, exact: Sought, errors?: number): Promise<Similar | undefined> {
  const { sight, query } = exact
  if (query.text === undefined) return undefined
  const isNobody = (await count(reader, { ...exact, before: undefined })) === 0
  const near = await similarWords(reader, sight, query.text, { nobody: isNobody, given: errors })
  if (near.size === 0) return undefined
  const text = textQuery(query.text, near)
  const sought = await seek(reader, sight, query, text, { before: { ...exact, before: undefined } })
  return { sought, doubted: doubtedIn(query.text, near) }
}

/** One person's page in the directory, by the key of a card; undefined when this reader may not see her (any more). */
export async function entryByKey(reader: Reader, now: Date, viewer: Viewer, key: string): Promise<Card | undefined> {
  const place = placeOfKey(key)
  if (place === undefined) return undefined
  return entryWhere(reader, now, viewer, (given) => `e.lid = ${given.add(place.toString())}`)
}

/** One person in the directory, by the id of her listing; undefined when this reader may not see her (any more). */
export async function entryByListing(db: Db, now: Date, viewer: Viewer, listingId: string): Promise<Card | undefined> {
  return entryWhere(db, now, viewer, (given) => `e.listing_id = ${given.add(listingId)}`)
}

/** One person in the directory, by her actor; undefined when this reader may not see her (any more). */
export async function entryByPerson(
  reader: Reader,
  now: Date,
  viewer: Viewer,
  actor: string,
): Promise<Card | undefined> {
  return entryWhere(reader, now, viewer, (given) => {
    const person = given.add(actor)
    const its = `e.doc::json ->> 'featuredObject'`
    return `person_key(${its}) = person_key(${person}) and ${its} = ${person}`
  })
}

async function entryWhere(
  reader: Reader,
  now: Date,
  viewer: Viewer,
  condition: (given: Parameters) => string,
): Promise<Card | undefined> {
  const given = noParameters()
  const sight = sightOf(viewer, now)
  const [row] = await rows<EntryRow>(
    reader,
    `select ${columns(given, sight)} ${visibleEntries(given, sight)} and ${condition(given)}`,
    given.values,
  )
  return row && cardOf(row, now, viewer)
}

/** A query that asks less, and how many people that would find: never none. `kind` says whether something was left out, or all else. */
export type Wider = {
  readonly kind: 'without' | 'alone'
  readonly asked: readonly Asked[]
  readonly instead?: Asked | undefined
  readonly query: SearchQuery
  readonly total: Total
}

/**
 * For an empty result: which single facet to leave out or widen so that there is somebody; where that is not enough, which finds
 * somebody alone. Best first.
 */
export async function widerSearches(db: Db, now: Date, viewer: Viewer, query: SearchQuery): Promise<readonly Wider[]> {
  return withinLimit(db, async (reader) => {
    const sight = sightOf(viewer, now)
    const like = query.text === undefined ? undefined : await similarTo(reader, sight, query.text)
    const fitting = async (ways: readonly Omit<Wider, 'total'>[]): Promise<readonly Wider[]> => {
      const found: { way: Omit<Wider, 'total'>; people: number }[] = []
      for (const way of ways) {
        const text = way.query.text === undefined ? undefined : textQuery(way.query.text)
        const many = await count(reader, await seek(reader, sight, way.query, text))
        const similar = many === 0 && text ? like : undefined
        const people = similar ? await count(reader, await seek(reader, sight, way.query, similar)) : many
        if (people > 0) found.push({ way, people })
      }
      return found
        .toSorted((one, other) => other.people - one.people)
        .map(({ way, people }) => ({ ...way, total: totalOf(people) }))
    }
    const wider = await fitting(
      wideningsOf(query).map(({ asked, without, instead }) => ({ kind: 'without', asked, instead, query: without })),
    )
    if (wider.length > 0) return wider
    return fitting(aloneIn(query).map(({ asked, alone }) => ({ kind: 'alone', asked, query: alone })))
  })
}

// A text as it is looked up where nobody has its very words; undefined where no words are like them.
async function similarTo(reader: Reader, sight: Sight, text: string): Promise<TextQuery | undefined> {
  const near = await similarWords(reader, sight, text, { nobody: true })
  return near.size === 0 ? undefined : textQuery(text, near)
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
