import type { Withdrawal } from '../common/withdrawal-log.ts'
import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import { restoredSetting } from '../database/settings.ts'

const numberName = 'withdrawals.number'
const markName = 'withdrawals.mark'

/** Numbers a change that takes something back. Whoever holds the number is alone with the log until her transaction ends. */
export async function nextNumber(tx: Tx): Promise<number> {
  const row = await oneRow<{ value: string }>(
    tx,
    `insert into setting as s (name, value) values ($1, '1')
     on conflict (name) do update set value = (s.value::bigint + 1)::text returning value`,
    [numberName],
  )
  return Number(row?.value)
}

/** Keeps everybody else away from the log until the transaction ends. Returns the newest number. */
export async function holdLog(tx: Tx): Promise<number> {
  await changed(tx, `insert into setting (name, value) values ($1, '0') on conflict (name) do nothing`, [numberName])
  const row = await oneRow<{ value: string }>(tx, 'select value from setting where name = $1 for update', [numberName])
  return Number(row?.value)
}

/** Takes over what the log knows of numbers and marks. Never lower than they were. */
export async function raiseTo(tx: Tx, at: { readonly number: number; readonly mark: number }): Promise<void> {
  for (const [name, value] of [
    [numberName, at.number],
    [markName, at.mark],
  ] as const)
    await changed(
      tx,
      `insert into setting as s (name, value) values ($1, $2::bigint::text)
       on conflict (name) do update set value = greatest(s.value::bigint, $2::bigint)::text`,
      [name, value],
    )
}

/** Counts one more start or hour. */
export async function raiseMark(tx: Tx): Promise<void> {
  await changed(
    tx,
    `insert into setting as s (name, value) values ($1, '1')
     on conflict (name) do update set value = (s.value::bigint + 1)::text`,
    [markName],
  )
}

/** Keeps what the log holds, so that the log can be made whole again. */
export async function keepWithdrawals(tx: Tx, withdrawals: readonly Withdrawal[]): Promise<void> {
  for (const one of withdrawals)
    await changed(tx, 'insert into withdrawal (number, at, line) values ($1, $2, $3)', [
      one.number,
      one.at,
      JSON.stringify(one),
    ])
}

/** Forgets what was taken back before then. */
export async function forgetWithdrawals(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from withdrawal where at < $1', [before])
}

/** One process after the other settles the log with the database. */
export async function settleAlone(tx: Tx): Promise<void> {
  await rows(tx, 'select pg_advisory_xact_lock(7423907)') // any number that nobody else uses
}

/** Forgets that this database was restored: that has been dealt with. */
export async function forgetRestored(tx: Tx): Promise<void> {
  await changed(tx, 'delete from setting where name = $1', [restoredSetting])
}
