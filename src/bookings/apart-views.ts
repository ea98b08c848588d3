import { oneRow, type Reader } from '../database/database.ts'

/** Whether two people here are kept apart by a block of either. */
export async function areKeptApart(reader: Reader, one: string, other: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    `select 1 from person_block where (account_id = $1 and blocked_account_id = $2)
       or (account_id = $2 and blocked_account_id = $1)`,
    [one, other],
  )
  return found !== undefined
}
