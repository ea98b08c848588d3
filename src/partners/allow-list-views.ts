import { oneRow, rows, type Reader } from '../database/database.ts'
import { mostLists } from './allow-list.ts'
import { findList, listColumns, type SubscribedList } from './allow-list-store.ts'

export type { SubscribedList } from './allow-list-store.ts'

// One that we deal with in some direction.
const isPartner = `(p.following in ('requested', 'accepted') or p.follower in ('waiting', 'accepted'))`

/** A list with how many directories it names, and how many of them are partners. */
export type ListOverview = SubscribedList & { readonly named: number; readonly partners: number; readonly left: number }

const overviewSql = `select ${listColumns},
    (select count(*)::int from allow_list_entry e where e.list_id = l.id and e.left_at is null) as named,
    (select count(*)::int from allow_list_entry e join partner p on p.directory_id = e.directory_id
       where e.list_id = l.id and e.left_at is null and ${isPartner}) as partners,
    (select count(*)::int from allow_list_entry e join partner p on p.directory_id = e.directory_id
       where e.list_id = l.id and e.left_at is not null and ${isPartner}) as left
  from allow_list l`

/** The lists that we subscribe to, by name. */
export function allowLists(reader: Reader): Promise<ListOverview[]> {
  return rows<ListOverview>(reader, `${overviewSql} order by l.name, l.id limit ${mostLists}`)
}

export function allowListById(reader: Reader, id: number): Promise<ListOverview | undefined> {
  return oneRow<ListOverview>(reader, `${overviewSql} where l.id = $1`, [id])
}

export function allowListByUrl(reader: Reader, url: string): Promise<SubscribedList | undefined> {
  return findList(reader, url)
}

/** A directory that a list names, or named. */
export type ListEntry = {
  readonly host: string
  readonly organisation: string
  readonly country: string | null
  readonly leftAt: Date | null
  readonly partnerId: number | null
  /** The list names another key than the one that we pinned. */
  readonly otherKey: boolean
}

const entrySql = `select e.host, e.organisation, e.country, e.left_at as "leftAt", p.id as "partnerId",
    coalesce(p.directory_key <> e.directory_key, false) as "otherKey"
  from allow_list_entry e left join partner p on p.directory_id = e.directory_id and ${isPartner}`

/** The partners that a list names, or named, those that it names no more first; at most 1,000. */
export function partnersOnList(reader: Reader, listId: number): Promise<ListEntry[]> {
  return rows<ListEntry>(
    reader,
    `${entrySql} where e.list_id = $1 and p.id is not null order by e.left_at is null, e.host limit 1000`,
    [listId],
  )
}

/** How many directories that are no partners one page shows. */
export const entriesOnAPage = 50

/** Directories that a list names and that are no partners, by host, after that host; `next` is the cursor of the next page. */
export async function othersOnList(
  reader: Reader,
  listId: number,
  after = '',
): Promise<{ readonly entries: readonly ListEntry[]; readonly next: string | undefined }> {
  const found = await rows<ListEntry>(
    reader,
    `${entrySql} where e.list_id = $1 and e.left_at is null and p.id is null and e.host > $2 order by e.host limit $3`,
    [listId, after, entriesOnAPage + 1],
  )
  const entries = found.slice(0, entriesOnAPage)
  return { entries, next: found.length > entriesOnAPage ? entries.at(-1)?.host : undefined }
}

/** What a list that is valid says of one directory. */
export type Mention = {
  readonly list: string
  readonly steward: string
  /** Null while the list names it. */
  readonly leftAt: Date | null
  /** Whether the list names this key, another one or another directory at that host, or no key. */
  readonly key: 'same' | 'other' | 'none'
}

/** On which valid lists a node is, or was. */
export function mentions(
  reader: Reader,
  node: { readonly directoryId: string; readonly host: string; readonly directoryKey: string },
  now: Date,
): Promise<Mention[]> {
  return rows<Mention>(
    reader,
    `select l.name as list, l.steward, e.left_at as "leftAt",
       case when e.directory_id <> $1 or e.directory_key <> $3 then 'other' when e.directory_key is null then 'none' else 'same' end as key
     from allow_list_entry e join allow_list l on l.id = e.list_id
     where (e.directory_id = $1 or e.host = $2) and l.valid_until > $4 order by e.left_at is not null, l.name`,
    [node.directoryId, node.host, node.directoryKey, now],
  )
}

/** Hosts that lists name, for the warning about look-alikes; at most 10,000. */
export async function listedHosts(reader: Reader): Promise<readonly string[]> {
  const found = await rows<{ host: string }>(
    reader,
    'select distinct host from allow_list_entry where left_at is null order by host limit 10000',
  )
  return found.map(({ host }) => host)
}
