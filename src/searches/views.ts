import { day, later } from '../common/clock.ts'
import { oneRow, rows, type Reader } from '../database/database.ts'
import { digestDays, type SavedSearch } from './search.ts'

const columns = `s.id, s.account_id as "accountId", s.name, s.query, s.saved_at as "savedAt", s.ends_at as "endsAt", s.mails,
  s.told_until as "toldUntil", s.feed_hash is not null as "hasFeed"`

/** A person's searches that have not ended, by name. */
export function searchesOf(reader: Reader, accountId: string, now: Date): Promise<readonly SavedSearch[]> {
  return rows<SavedSearch>(
    reader,
    `select ${columns} from saved_search s where s.account_id = $1 and s.ends_at > $2 order by lower(s.name), s.id`,
    [accountId, now],
  )
}

/** One search that has not ended, whoever has it. */
export function searchById(reader: Reader, id: string, now: Date): Promise<SavedSearch | undefined> {
  return oneRow<SavedSearch>(reader, `select ${columns} from saved_search s where s.id = $1 and s.ends_at > $2`, [
    id,
    now,
  ])
}

/** One of a person's own searches. */
export async function searchOf(
  reader: Reader,
  accountId: string,
  id: string,
  now: Date,
): Promise<SavedSearch | undefined> {
  const search = await searchById(reader, id, now)
  return search?.accountId === accountId ? search : undefined
}

/** The search whose feed's secret has this hash, while it has not ended. */
export function searchByFeed(reader: Reader, feedHash: string, now: Date): Promise<SavedSearch | undefined> {
  return oneRow<SavedSearch>(
    reader,
    `select ${columns} from saved_search s where s.feed_hash = $1 and s.ends_at > $2`,
    [feedHash, now],
  )
}

/** Active accounts with a search that has mails and was last looked at a week ago, longest ago first; or, of these, only `accountId`. */
export async function accountsToTell(
  reader: Reader,
  now: Date,
  { limit, accountId }: { readonly limit: number; readonly accountId?: string },
): Promise<readonly string[]> {
  const found = await rows<{ accountId: string }>(
    reader,
    `select s.account_id as "accountId" from saved_search s join account a on a.id = s.account_id and a.state = 'active'
     where s.mails and s.ends_at > $1 and ($4::text is null or s.account_id = $4)
     group by s.account_id having min(s.looked_at) <= $2 order by min(s.looked_at), s.account_id limit $3`,
    [now, later(now, -digestDays * day), limit, accountId ?? null],
  )
  return found.map((one) => one.accountId)
}
