import { changed, oneRow, type Tx } from '../database/database.ts'
import type { TokenScope } from './token.ts'

export type NewPersonalToken = {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly tokenHash: string
  readonly scopes: readonly TokenScope[]
  readonly madeAt: Date
  readonly endsAt: Date
}

/** Keeps a token; false when there is one with this id already. */
export async function keepPersonalToken(tx: Tx, token: NewPersonalToken): Promise<boolean> {
  const { id, accountId, name, tokenHash, scopes, madeAt, endsAt } = token
  const kept = await changed(
    tx,
    `insert into personal_token (id, account_id, name, token_hash, scopes, made_at, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, accountId, name, tokenHash, scopes, madeAt, endsAt],
  )
  return kept > 0
}

/** How many tokens of an account work at `now`. */
export async function countPersonalTokens(tx: Tx, accountId: string, now: Date): Promise<number> {
  const found = await oneRow<{ count: number }>(
    tx,
    'select count(*)::int as count from personal_token where account_id = $1 and ends_at > $2',
    [accountId, now],
  )
  return found?.count ?? 0
}

/** Removes one token of an account. */
export async function removePersonalToken(tx: Tx, accountId: string, id: string): Promise<void> {
  await changed(tx, 'delete from personal_token where account_id = $1 and id = $2', [accountId, id])
}

/** Removes every token of an account. */
export async function removePersonalTokens(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from personal_token where account_id = $1', [accountId])
}

/** Removes every token of everybody. */
export async function removeAllPersonalTokens(tx: Tx): Promise<void> {
  await changed(tx, 'delete from personal_token')
}

/** Removes tokens that ended before `before`. */
export async function removeEndedPersonalTokens(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from personal_token where ends_at < $1', [before])
}

/** Keeps the day (YYYY-MM-DD) on which a token was used. */
export async function keepTokenUse(tx: Tx, id: string, usedOn: string): Promise<void> {
  await changed(tx, 'update personal_token set used_on = $2 where id = $1 and used_on is distinct from $2', [
    id,
    usedOn,
  ])
}
