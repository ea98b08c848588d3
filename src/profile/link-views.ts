import { oneRow, rows, type Reader } from '../database/database.ts'
import type { LinkResult } from './link-check.ts'

/** What is known of one link. `due`: it is to be looked at now. */
export type LinkCheck = {
  readonly url: string
  readonly due: boolean
  readonly checkedAt: Date | null
  readonly result: LinkResult | null
  readonly status: number | null
  readonly failures: number
  readonly verifiedAt: Date | null
}

/** What was found at an account's links. */
export function linkChecks(reader: Reader, accountId: string): Promise<LinkCheck[]> {
  return rows<LinkCheck>(
    reader,
    `select url, due, checked_at as "checkedAt", result, status, failures, verified_at as "verifiedAt"
     from link_check where account_id = $1 order by url`,
    [accountId],
  )
}

/** Those of an account's links that count as hers. */
export async function verifiedLinks(reader: Reader, accountId: string): Promise<readonly string[]> {
  const found = await rows<{ url: string }>(
    reader,
    'select url from link_check where account_id = $1 and verified_at is not null order by url',
    [accountId],
  )
  return found.map(({ url }) => url)
}

/** Under which handle and id everyone may know an account at this moment: what a page that links back has to name. */
export function publicNames(
  reader: Reader,
  now: Date,
  accountId: string,
): Promise<{ readonly handle: string; readonly personId: string } | undefined> {
  return oneRow(
    reader,
    `select person.handle, person.id as "personId" from listing join person on person.id = listing.person_id
     where listing.account_id = $1 and listing.public and listing.public_document is not null and listing.review_at > $2 and person.handle is not null and person.retired_at is null`,
    [accountId, now],
  )
}

/** Public people with links that nobody asked to look at since then, those of the longest ago first. */
export function accountsToCheck(
  reader: Reader,
  before: Date,
  limit: number,
): Promise<{ readonly accountId: string }[]> {
  return rows(
    reader,
    `select account_id as "accountId" from link_check join listing using (account_id) where listing.public
     group by account_id having max(asked_at) <= $1 order by max(asked_at) limit $2`,
    [before, limit],
  )
}
