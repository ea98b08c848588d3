import { changed, type Tx } from '../database/database.ts'
import { failuresAllowed, type Checked } from './link-check.ts'

/** Marks these links to be looked at, and forgets those that are not among an account's any more. */
export async function wantChecks(tx: Tx, accountId: string, urls: readonly string[], at: Date): Promise<void> {
  await changed(tx, 'delete from link_check where account_id = $1 and not url = any($2::text[])', [accountId, urls])
  await changed(
    tx,
    `insert into link_check (account_id, url, due, asked_at) select $1, url, true, $3 from unnest($2::text[]) as url
     on conflict (account_id, url) do update set due = true, asked_at = excluded.asked_at`,
    [accountId, urls, at],
  )
}

/**
 * Keeps what was found at a link that was to be looked at. One that links back counts as hers; after two failures in a row it does
 * not. Does nothing for a link that was looked at already, or is not hers any more.
 */
export async function keepChecked(
  tx: Tx,
  accountId: string,
  { url, result, status }: Checked,
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `update link_check set due = false, checked_at = $3, result = $4, status = $5,
       failures = case when $4 = 'verified' then 0 else failures + 1 end,
       verified_at = case when $4 = 'verified' then $3 when failures + 1 >= $6 then null else verified_at end
     where account_id = $1 and url = $2 and due`,
    [accountId, url, at, result, status ?? null, failuresAllowed],
  )
}
