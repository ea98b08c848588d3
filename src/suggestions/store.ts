import { changed, oneRow, type Tx } from '../database/database.ts'

/** Makes everything that changes one person's memory happen one after the other; how many pairs it holds. */
export async function lockMemory(tx: Tx, accountId: string): Promise<number> {
  await oneRow(tx, 'select 1 from account where id = $1 for no key update', [accountId])
  const found = await oneRow<{ count: number }>(
    tx,
    'select count(*)::int as count from pair_memory where account_id = $1',
    [accountId],
  )
  return found?.count ?? 0
}

/** Keeps, for good, that somebody is not to be suggested. The same again changes nothing. */
export async function keepSetAside(tx: Tx, accountId: string, pair: string): Promise<void> {
  await changed(
    tx,
    `insert into pair_memory (account_id, pair, kind) values ($1, decode($2, 'hex'), 'set-aside') on conflict do nothing`,
    [accountId, pair],
  )
}

/** Keeps until `until` that two have met; the later end counts. */
export async function keepMet(tx: Tx, accountId: string, pair: string, until: Date): Promise<void> {
  await changed(
    tx,
    `insert into pair_memory (account_id, pair, kind, until) values ($1, decode($2, 'hex'), 'met', $3)
     on conflict (account_id, kind, pair) do update set until = greatest(pair_memory.until, excluded.until)`,
    [accountId, pair, until],
  )
}

/** Forgets that two have met. */
export async function dropMet(tx: Tx, accountId: string, pair: string): Promise<void> {
  await changed(tx, `delete from pair_memory where account_id = $1 and kind = 'met' and pair = decode($2, 'hex')`, [
    accountId,
    pair,
  ])
}

/** Forgets everybody whom a person set aside. */
export async function dropSetAside(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, `delete from pair_memory where account_id = $1 and kind = 'set-aside'`, [accountId])
}

/** Forgets everything of a person. */
export async function dropMemory(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from pair_memory where account_id = $1', [accountId])
}

/** Forgets meetings whose memory has ended, and everything of closed accounts. */
export async function dropEnded(tx: Tx, now: Date): Promise<void> {
  await changed(
    tx,
    `delete from pair_memory p where p.until <= $1
       or exists (select from account a where a.id = p.account_id and a.state = 'closed')`,
    [now],
  )
}
