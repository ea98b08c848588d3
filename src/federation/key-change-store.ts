import { changed, rows, type Tx } from '../database/database.ts'
import type { KeyRow, NumberedKeyRow } from './key-row.ts'

/** Keeps a pair that an actor will use next. */
export async function keepComingKey(tx: Tx, actorId: string, key: KeyRow, number: number, at: Date): Promise<void> {
  await changed(
    tx,
    'insert into coming_key (actor_id, kind, private_jwk, public_jwk, number, made_at) values ($1, $2, $3, $4, $5, $6)',
    [actorId, key.kind, key.private_jwk, key.public_jwk, number, at],
  )
}

/** The pairs that an actor will use next, locked. */
export function lockComingKeys(
  tx: Tx,
  actorId: string,
): Promise<(NumberedKeyRow & { readonly announcedAt: Date | null })[]> {
  return rows(
    tx,
    `select kind, private_jwk, public_jwk, number, announced_at as "announcedAt" from coming_key
     where actor_id = $1 order by kind for update`,
    [actorId],
  )
}

/** Writes down that the Update about them is on its way. */
export async function keepAnnounced(tx: Tx, actorId: string, at: Date): Promise<void> {
  await changed(tx, 'update coming_key set announced_at = $2 where actor_id = $1 and announced_at is null', [
    actorId,
    at,
  ])
}

export async function dropComingKeys(tx: Tx, actorId: string): Promise<void> {
  await changed(tx, 'delete from coming_key where actor_id = $1', [actorId])
}

/** Drops what waits of actors that have no keys any more. */
export async function dropOrphanedKeys(tx: Tx): Promise<void> {
  await changed(tx, 'delete from coming_key c where not exists (select from actor_key k where k.actor_id = c.actor_id)')
}
