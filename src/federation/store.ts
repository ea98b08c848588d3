import { changed, type Tx } from '../database/database.ts'
import type { KeyRow } from './key-row.ts'

/** Keeps a new key unless there is one of that kind: of two made at once, the first stays. */
export async function keepKey(tx: Tx, actorId: string, key: KeyRow, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into actor_key (actor_id, kind, private_jwk, public_jwk, made_at) values ($1, $2, $3, $4, $5)
     on conflict (actor_id, kind) do nothing`,
    [actorId, key.kind, key.private_jwk, key.public_jwk, at],
  )
}

/**
 * Destroys keys, and forgets holders, of people who left before `before`, and keys of people of whom nothing is left: by then
 * every Delete is delivered or given up.
 */
export async function forgetGone(tx: Tx, before: Date): Promise<void> {
  await changed(tx, `delete from holder using person where person.id = holder.person_id and person.retired_at < $1`, [
    before,
  ])
  await changed(
    tx,
    `delete from actor_key where actor_id not in ('node', 'directory') and actor_id not like 'topics/%' and made_at < $1
       and not exists (select from person where person.id = actor_id and (person.retired_at is null or person.retired_at >= $1))`,
    [before],
  )
}

/** Forgets which activities came, and which Notes were taken back. */
export async function forgetReceived(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from received_activity where received_at < $1', [before])
  await changed(tx, 'delete from withdrawn_note where withdrawn_at < $1', [before])
}

/** Sets one entry of Fedify's cache. */
export async function keepCached(tx: Tx, key: string, value: string, expiresAt: Date): Promise<void> {
  await changed(
    tx,
    `insert into federation_cache (key, value, expires_at) values ($1, $2::json, $3)
     on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at`,
    [key, value, expiresAt],
  )
}

export async function dropCached(tx: Tx, key: string): Promise<void> {
  await changed(tx, 'delete from federation_cache where key = $1', [key])
}

export async function dropExpiredCache(tx: Tx, now: Date): Promise<void> {
  await changed(tx, 'delete from federation_cache where expires_at < $1', [now])
}
