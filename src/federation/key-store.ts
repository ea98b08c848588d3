import { changed, rows, type Tx } from '../database/database.ts'
import type { KeyRow, NumberedKeyRow } from './key-row.ts'

/** Both key pairs of an actor, locked: nobody else changes them before this transaction ends. */
export function lockKeys(tx: Tx, actorId: string): Promise<NumberedKeyRow[]> {
  return rows<NumberedKeyRow>(
    tx,
    'select kind, private_jwk, public_jwk, number from actor_key where actor_id = $1 order by kind for update',
    [actorId],
  )
}

/** Puts a pair in the place of the one of its kind; nothing is left of the former private key. */
export async function replaceKey(tx: Tx, actorId: string, key: KeyRow, number: number, at: Date): Promise<void> {
  await changed(
    tx,
    'update actor_key set private_jwk = $3, public_jwk = $4, number = $5, changed_at = $6 where actor_id = $1 and kind = $2',
    [actorId, key.kind, key.private_jwk, key.public_jwk, number, at],
  )
}

/** A change of the directory's key; `document` is what the former key signed. */
export type KeptKeyChange = {
  readonly number: number
  readonly formerKey: string
  readonly newKey: string
  readonly changedAt: Date
  readonly document: string
}

export async function keepKeyChange(tx: Tx, change: KeptKeyChange): Promise<void> {
  await changed(
    tx,
    'insert into key_change (number, former_key, new_key, changed_at, document) values ($1, $2, $3, $4, $5)',
    [change.number, change.formerKey, change.newKey, change.changedAt, change.document],
  )
}

/** No earlier key vouches for the one of today any more. */
export async function dropKeyChanges(tx: Tx): Promise<void> {
  await changed(tx, 'delete from key_change')
}
