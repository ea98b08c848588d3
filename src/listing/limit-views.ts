import { oneRow, type Reader } from '../database/database.ts'
import { noLimit, type Limit } from '../partners/limit.ts'

/** Whom a person limits her copies to. */
export async function limitOf(reader: Reader, accountId: string): Promise<Limit> {
  const found = await oneRow<Limit>(reader, 'select hosts, countries from listing_limit where account_id = $1', [
    accountId,
  ])
  return found ?? noLimit
}
