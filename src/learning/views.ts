import { oneRow, rows, type Reader } from '../database/database.ts'
import type { Learned } from './log.ts'

const columns = `id, learned_on::text as day, kind, what, minutes`

/** A person's own log, newest first; all of it, or one year. */
export function logOf(reader: Reader, accountId: string, year?: string): Promise<readonly Learned[]> {
  return rows<Learned>(
    reader,
    `select ${columns} from learned where account_id = $1 and ($2::text is null or to_char(learned_on, 'YYYY') = $2)
     order by learned_on desc, added_at desc, id`,
    [accountId, year ?? null],
  )
}

/** The years (YYYY) of which somebody's log has lines, newest first. */
export async function yearsOf(reader: Reader, accountId: string): Promise<readonly string[]> {
  const found = await rows<{ year: string }>(
    reader,
    `select distinct to_char(learned_on, 'YYYY') as year from learned where account_id = $1 order by year desc`,
    [accountId],
  )
  return found.map(({ year }) => year)
}

/** One line of a person's own log. */
export function learnedOf(reader: Reader, accountId: string, id: string): Promise<Learned | undefined> {
  return oneRow<Learned>(reader, `select ${columns} from learned where id = $1 and account_id = $2`, [id, accountId])
}
