import { often, oneRow, type Reader } from '../database/database.ts'

/** Whether a host is that of a partner node: one that we read, or that reads us. */
export async function isPartnerHost(reader: Reader, host: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    often(`select 1 from partner where host = $1 and (following = 'accepted' or follower = 'accepted')`),
    [host],
  )
  return found !== undefined
}
