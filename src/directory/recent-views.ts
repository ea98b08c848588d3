import { rows, type Db, type Reader } from '../database/database.ts'
import { cardOf, type Card, type EntryRow, type Viewer } from './card.ts'
import { entriesFor, facetsIn, fittingIn, wantsOpen } from './conditions.ts'
import { columns, withinLimit } from './find-views.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { textQuery, type TextQuery } from './text.ts'
import { fewHits } from './views.ts'
import { noParameters, visibleEntries, type Parameters, type Sight } from './visible.ts'
import { similarWords } from './word-views.ts'

const newest = 5000 // entries that are looked at first

/** Who came after one moment and until another. */
export type Span = { readonly after: Date; readonly until: Date }

/**
 * The people who fit a query and came to this directory in `span` (or ever), newest first, at most `limit`, without the reader herself. In
 * a search for open people, who opened her flag then came then. Words count as in the directory: similar ones only where few have those
 * typed. Refuses with search-too-slow rather than work for more than two seconds.
 */
export async function newestEntries(
  db: Db,
  now: Date,
  viewer: Viewer,
  query: SearchQuery,
  { limit, span }: { readonly limit: number; readonly span?: Span },
): Promise<readonly Card[]> {
  const sight: Sight = { audience: viewer.audience, now, accountId: viewer.accountId }
  return withinLimit(db, async (reader) => {
    const text = await textFor(reader, sight, query)
    const asked: Asked = { sight, query, text, viewer, span, limit }
    // Most fit among the newest. Where they do not, few fit at all, and those are put in order.
    const ofNewest = await amongNewest(reader, asked)
    const found = ofNewest.length < limit ? await amongAll(reader, asked) : ofNewest
    return found.map((row) => cardOf(row, now, viewer, query, text))
  })
}

type Asked = {
  readonly sight: Sight
  readonly query: SearchQuery
  readonly text: TextQuery | undefined
  readonly viewer: Viewer
  readonly span: Span | undefined
  readonly limit: number
}

async function amongNewest(reader: Reader, asked: Asked): Promise<readonly EntryRow[]> {
  const { sight, query, text, limit } = asked
  const given = noParameters()
  const came = cameIn(query)
  const numbers = await facetIds(reader, facetsIn(query, text))
  const fits = ['true', ...fittingIn(given, sight, query, text, numbers)].join(' and ')
  return rows<EntryRow>(
    reader,
    `with newest as materialized (select e.lid, ${came} as came, ${fits} as fits ${visibleEntries(given, sight)} and ${among(given, asked)}
         order by ${came} desc, e.lid limit ${newest}),
       page as materialized (select lid from newest where fits order by came desc, lid limit ${limit})
     select ${columns(given, sight)} ${visibleEntries(given, sight)} and e.lid in (select lid from page)
     order by ${came} desc, e.lid`,
    given.values,
  )
}

// All first, then the order: by the order alone, a search that finds few would look at everybody.
async function amongAll(reader: Reader, asked: Asked): Promise<readonly EntryRow[]> {
  const { sight, query, text, limit } = asked
  const given = noParameters()
  const came = cameIn(query)
  const fitting = await matching(reader, given, sight, query, text)
  return rows<EntryRow>(
    reader,
    `with fitting as materialized (select e.lid, ${came} as came ${fitting} and ${among(given, asked)}),
       page as (select lid from fitting order by came desc, lid limit ${limit})
     select ${columns(given, sight)} ${visibleEntries(given, sight)} and e.lid in (select lid from page)
     order by ${came} desc, e.lid`,
    given.values,
  )
}

function cameIn(query: SearchQuery): string {
  return wantsOpen(query) ? 'e.opened_at' : 'e.listed_at'
}

async function matching(
  reader: Reader,
  given: Parameters,
  sight: Sight,
  query: SearchQuery,
  text: TextQuery | undefined,
): Promise<string> {
  return entriesFor(given, sight, query, text, await facetIds(reader, facetsIn(query, text)))
}

async function textFor(reader: Reader, sight: Sight, query: SearchQuery): Promise<TextQuery | undefined> {
  const typed = query.text ?? ''
  const asTyped = textQuery(typed)
  if (asTyped === undefined) return undefined
  const given = noParameters()
  const found = await rows(
    reader,
    `select 1 ${await matching(reader, given, sight, query, asTyped)} limit ${fewHits}`,
    given.values,
  )
  if (found.length >= fewHits) return asTyped
  const near = await similarWords(reader, sight, typed, { nobody: found.length === 0 })
  return near.size === 0 ? asTyped : textQuery(typed, near)
}

// Whoever came in the span, or ever, but for the reader herself.
function among(given: Parameters, { query, viewer, span }: Asked): string {
  const came = cameIn(query)
  const inSpan =
    span === undefined
      ? `${came} is not null`
      : `${came} > ${given.add(span.after)} and ${came} <= ${given.add(span.until)}`
  const { accountId } = viewer
  return accountId === undefined ? inSpan : `${inSpan} and e.account_id is distinct from ${given.add(accountId)}`
}
