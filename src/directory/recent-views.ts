import { rows, type Db, type Reader } from '../database/database.ts'
import { cardOf, type Card, type EntryRow, type Viewer } from './card.ts'
import { entriesFor, facetsIn, wantsOpen } from './conditions.ts'
import { columns, withinLimit } from './find-views.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { textQuery, type TextQuery } from './text.ts'
import { fewHits } from './views.ts'
import { noParameters, visibleEntries, type Parameters, type Sight } from './visible.ts'
import { similarWords } from './word-views.ts'

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
    const given = noParameters()
    const came = wantsOpen(query) ? 'e.opened_at' : 'e.listed_at'
    const fitting = await matching(reader, given, sight, query, text)
    const found = await rows<EntryRow>(
      reader,
      `with page as materialized (select e.lid ${fitting} and ${spanCondition(given, came, span)}${notMyself(given, viewer)}
         order by ${came} desc, e.lid limit ${limit})
       select ${columns(given, sight)} ${visibleEntries(given, sight)} and e.lid in (select lid from page)
       order by ${came} desc, e.lid`,
      given.values,
    )
    return found.map((row) => cardOf(row, now, viewer, query, text))
  })
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
  const near = await similarWords(reader, sight, typed)
  return near.size === 0 ? asTyped : textQuery(typed, near)
}

function spanCondition(given: Parameters, came: string, span: Span | undefined): string {
  return span === undefined
    ? `${came} is not null`
    : `${came} > ${given.add(span.after)} and ${came} <= ${given.add(span.until)}`
}

function notMyself(given: Parameters, { accountId }: Viewer): string {
  return accountId === undefined ? '' : ` and e.account_id is distinct from ${given.add(accountId)}`
}
