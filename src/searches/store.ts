import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { SavedSearch } from './search.ts'

export type NewSearch = Omit<SavedSearch, 'hasFeed'>

/** How many searches a person has now, her account locked: two at once cannot both be the last that fits. */
export async function lockCount(tx: Tx, accountId: string, now: Date): Promise<number> {
  await rows(tx, 'select 1 from account where id = $1 for update', [accountId])
  const found = await oneRow<{ count: number }>(
    tx,
    'select count(*)::int as count from saved_search where account_id = $1 and ends_at > $2',
    [accountId, now],
  )
  return found?.count ?? 0
}

export async function keepSearch(tx: Tx, search: NewSearch): Promise<void> {
  await changed(
    tx,
    `insert into saved_search (id, account_id, name, query, saved_at, ends_at, mails, looked_at, told_until)
     values ($1, $2, $3, $4, $5, $6, $7, $5, $8)`,
    [
      search.id,
      search.accountId,
      search.name,
      search.query,
      search.savedAt,
      search.endsAt,
      search.mails,
      search.toldUntil,
    ],
  )
}

/** Changes name and mails; mails that begin again tell of nobody who came before `now`. Returns whether there was such a search of hers. */
export async function changeSearch(
  tx: Tx,
  by: { readonly id: string; readonly accountId: string },
  change: { readonly name: string; readonly mails: boolean },
  now: Date,
): Promise<boolean> {
  const count = await changed(
    tx,
    `update saved_search set name = $3, mails = $4,
       looked_at = case when $4 and not mails then $5 else looked_at end,
       told_until = case when $4 and not mails then $5 else told_until end
     where id = $1 and account_id = $2 and ends_at > $5`,
    [by.id, by.accountId, change.name, change.mails, now],
  )
  return count > 0
}

/** Removes one of her searches; returns whether there was one. */
export async function removeSearch(tx: Tx, by: { readonly id: string; readonly accountId: string }): Promise<boolean> {
  return (await changed(tx, 'delete from saved_search where id = $1 and account_id = $2', [by.id, by.accountId])) > 0
}

/** Removes all of a person's searches. */
export async function removeSearches(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from saved_search where account_id = $1', [accountId])
}

/** Moves the end of a search that has not ended; returns whether there was one. */
export async function moveEnd(tx: Tx, id: string, endsAt: Date, now: Date): Promise<boolean> {
  const count = await changed(
    tx,
    'update saved_search set ends_at = $2, asked_at = null where id = $1 and ends_at > $3',
    [id, endsAt, now],
  )
  return count > 0
}

/** Gives one of her searches a feed, or takes it away with null; returns whether there was such a search. */
export async function keepFeed(
  tx: Tx,
  by: { readonly id: string; readonly accountId: string },
  feedHash: string | null,
  now: Date,
): Promise<boolean> {
  const count = await changed(
    tx,
    'update saved_search set feed_hash = $3 where id = $1 and account_id = $2 and ends_at > $4',
    [by.id, by.accountId, feedHash, now],
  )
  return count > 0
}

/** Ends the weekly mails about every search of a person. */
export async function endMails(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'update saved_search set mails = false where account_id = $1', [accountId])
}

/** Remembers that these were looked at, and until when people were told; a moment never goes back. */
export async function keepLooked(
  tx: Tx,
  looked: readonly { readonly id: string; readonly toldUntil: Date | undefined }[],
  now: Date,
): Promise<void> {
  await changed(
    tx,
    `update saved_search s set looked_at = $3, told_until = greatest(s.told_until, n.until)
     from unnest($1::text[], $2::timestamptz[]) as n (id, until) where s.id = n.id`,
    [looked.map(({ id }) => id), looked.map(({ toldUntil }) => toldUntil ?? null), now],
  )
}

/** Takes those whose owners are to be asked about the end, at most `limit`, and remembers that they were. */
export async function takeEnding(tx: Tx, now: Date, before: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `with due as (select s.id from saved_search s join account a on a.id = s.account_id and a.state = 'active'
       where s.asked_at is null and s.ends_at > $1 and s.ends_at <= $2 order by s.ends_at, s.id limit $3 for update of s skip locked)
     update saved_search s set asked_at = $1 from due where s.id = due.id returning s.id`,
    [now, before, limit],
  )
  return found.map(({ id }) => id)
}

/** Removes what has ended, and what belongs to closed accounts. */
export async function removeEnded(tx: Tx, now: Date): Promise<void> {
  await changed(
    tx,
    `delete from saved_search s where s.ends_at <= $1
       or exists (select from account a where a.id = s.account_id and a.state = 'closed')`,
    [now],
  )
}

/** Ends every feed and every weekly mail, as after a restore: what was stopped since must not begin again. */
export async function endAllFeedsAndMails(tx: Tx): Promise<void> {
  await changed(tx, 'update saved_search set feed_hash = null, mails = false')
}
