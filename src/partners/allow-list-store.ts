import { changed, oneRow, type Reader, type Tx } from '../database/database.ts'
import type { CleanAllowList, ListTrouble } from './allow-list.ts'

/** A list that we subscribe to. */
export type SubscribedList = {
  readonly id: number
  readonly url: string
  readonly name: string
  readonly steward: string
  readonly stewardKey: string
  readonly issuedAt: Date
  readonly validUntil: Date
  readonly checkedAt: Date
  readonly trouble: ListTrouble | null
}

/** The columns of a SubscribedList. */
export const listColumns = `l.id, l.url, l.name, l.steward, l.steward_key as "stewardKey", l.issued_at as "issuedAt",
  l.valid_until as "validUntil", l.checked_at as "checkedAt", l.trouble`

/** A list by its id, locked; undefined when nobody subscribes to it. */
export function lockList(tx: Tx, id: number): Promise<SubscribedList | undefined> {
  return oneRow<SubscribedList>(tx, `select ${listColumns} from allow_list l where l.id = $1 for update`, [id])
}

/** A list by its address. */
export function findList(reader: Reader, url: string): Promise<SubscribedList | undefined> {
  return oneRow<SubscribedList>(reader, `select ${listColumns} from allow_list l where l.url = $1`, [url])
}

/** Keeps a list that nobody subscribed to, and returns its id; undefined when another transaction kept it first. */
export async function addList(tx: Tx, list: CleanAllowList, now: Date): Promise<number | undefined> {
  const kept = await oneRow<{ id: number }>(
    tx,
    `insert into allow_list (url, name, steward, steward_key, issued_at, valid_until, checked_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
    [list.url, list.name, list.steward, list.stewardKey, list.issuedAt, list.validUntil, now],
  )
  return kept?.id
}

/** Keeps the newest issue of a list. Its address and its key stay as they are. */
export async function keepList(tx: Tx, id: number, list: CleanAllowList, now: Date): Promise<void> {
  await changed(
    tx,
    `update allow_list set name = $2, steward = $3, issued_at = $4, valid_until = $5, checked_at = $6, trouble = null where id = $1`,
    [id, list.name, list.steward, list.issuedAt, list.validUntil, now],
  )
}

/** Keeps why a list could not be refreshed; what it said before stays. */
export async function keepListTrouble(tx: Tx, id: number, trouble: ListTrouble, now: Date): Promise<void> {
  await changed(tx, 'update allow_list set trouble = $2, checked_at = $3 where id = $1', [id, trouble, now])
}

/**
 * Makes the entries of a list those of its newest issue. Of those that it names no more, partners keep their row with the time
 * since when; all others are forgotten.
 */
export async function keepEntries(tx: Tx, id: number, { items }: CleanAllowList, now: Date): Promise<void> {
  await changed(
    tx,
    `insert into allow_list_entry (list_id, directory_id, host, organisation, country, directory_key)
     select $1, e.directory_id, e.host, e.organisation, e.country, e.key
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as e (directory_id, host, organisation, country, key)
     on conflict (list_id, directory_id) do update set host = excluded.host, organisation = excluded.organisation,
       country = excluded.country, directory_key = excluded.directory_key, left_at = null`,
    [
      id,
      items.map(({ directoryId }) => directoryId),
      items.map(({ host }) => host),
      items.map(({ organisation }) => organisation),
      items.map(({ country }) => country),
      items.map(({ key }) => key),
    ],
  )
  const named = items.map(({ directoryId }) => directoryId)
  await changed(
    tx,
    'update allow_list_entry set left_at = $3 where list_id = $1 and left_at is null and directory_id <> all($2)',
    [id, named, now],
  )
  await changed(
    tx,
    `delete from allow_list_entry e where e.list_id = $1 and e.left_at is not null and not exists (
       select 1 from partner p where p.directory_id = e.directory_id
         and (p.following in ('requested', 'accepted') or p.follower in ('waiting', 'accepted')))`,
    [id],
  )
}

/** Forgets a list and everything that it named. */
export async function removeList(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'delete from allow_list where id = $1', [id])
}
