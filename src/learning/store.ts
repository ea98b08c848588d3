import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { LearnedText } from './log.ts'

/** How many lines somebody's log has, her account locked: two at once cannot both be the last that fits. */
export async function lockLog(tx: Tx, accountId: string): Promise<number> {
  await rows(tx, 'select 1 from account where id = $1 for no key update', [accountId])
  const found = await oneRow<{ count: number }>(
    tx,
    'select count(*)::int as count from learned where account_id = $1',
    [accountId],
  )
  return found?.count ?? 0
}

/** Adds a line to a log. */
export async function keepLearned(
  tx: Tx,
  by: { readonly id: string; readonly accountId: string },
  line: LearnedText,
  now: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into learned (id, account_id, learned_on, kind, what, minutes, added_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [by.id, by.accountId, line.day, line.kind, line.what, line.minutes, now],
  )
}

/** Changes a line of hers; returns whether there was one. */
export async function changeLearned(
  tx: Tx,
  by: { readonly id: string; readonly accountId: string },
  line: LearnedText,
): Promise<boolean> {
  const count = await changed(
    tx,
    'update learned set learned_on = $3, kind = $4, what = $5, minutes = $6 where id = $1 and account_id = $2',
    [by.id, by.accountId, line.day, line.kind, line.what, line.minutes],
  )
  return count > 0
}

/** Removes a line of hers. */
export async function removeLearned(tx: Tx, by: { readonly id: string; readonly accountId: string }): Promise<void> {
  await changed(tx, 'delete from learned where id = $1 and account_id = $2', [by.id, by.accountId])
}

/** Erases a log. */
export async function removeLog(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from learned where account_id = $1', [accountId])
}

/** Erases the logs of closed accounts, as a restored backup may still have them. */
export async function removeClosedLogs(tx: Tx): Promise<void> {
  await changed(
    tx,
    `delete from learned l where exists (select from account a where a.id = l.account_id and a.state = 'closed')`,
  )
}
