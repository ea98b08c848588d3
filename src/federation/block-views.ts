import { oneRow, rows, type Reader } from '../database/database.ts'

/** The account of the person whose block that is; undefined when she took it back. */
export async function blockedBy(reader: Reader, blockId: string): Promise<string | undefined> {
  const found = await oneRow<{ accountId: string }>(
    reader,
    'select account_id as "accountId" from person_block where id = $1',
    [blockId],
  )
  return found?.accountId
}

/** The accounts that were asked something from hosts that are refused now. */
export async function askedFromRefused(reader: Reader): Promise<readonly string[]> {
  const found = await rows<{ accountId: string }>(
    reader,
    `select distinct r.account_id as "accountId" from request r
       join (select distinct host from request) h on h.host = r.host where refused_host(h.host)`,
  )
  return found.map(({ accountId }) => accountId)
}
