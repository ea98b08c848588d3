import { often, oneRow, rows, type Db, type Reader } from '../database/database.ts'
import { movedToSetting } from '../database/settings.ts'
import { mostKeyChanges } from '../partners/key-change.ts'
import type { NumberedKeyRow } from './key-row.ts'

/** Both key pairs of an actor, as far as they are made. */
export function keyRows(db: Db, actorId: string): Promise<NumberedKeyRow[]> {
  return rows<NumberedKeyRow>(db, 'select kind, private_jwk, public_jwk, number from actor_key where actor_id = $1', [
    actorId,
  ])
}

/** Which pairs an actor uses now: they change together, so one number says whether those that are held are still right. */
export async function keyNumber(db: Db, actorId: string): Promise<number | undefined> {
  const found = await oneRow<{ number: number }>(
    db,
    often(`select number from actor_key where actor_id = $1 and kind = 'ed25519'`),
    [actorId],
  )
  return found?.number
}

/** Every actor that has keys: 'node', 'directory' and people's ids. */
export async function actorsWithKeys(db: Db): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(db, 'select distinct actor_id as id from actor_key order by 1')
  return found.map(({ id }) => id)
}

/** When the directory's keys were made, or last changed. */
export async function directoryKeysSince(db: Db): Promise<Date | undefined> {
  const found = await oneRow<{ since: Date }>(
    db,
    `select coalesce(changed_at, made_at) as since from actor_key where actor_id = 'directory' and kind = 'ed25519'`,
  )
  return found?.since
}

export type KeyChangeRow = { readonly number: number; readonly changedAt: Date; readonly document: string }

/** The newest changes of the directory's key, oldest first: as many as are served. */
export function keyChanges(db: Db): Promise<KeyChangeRow[]> {
  return rows<KeyChangeRow>(
    db,
    `select number, changed_at as "changedAt", document from
       (select * from key_change order by number desc limit ${mostKeyChanges}) newest order by number`,
  )
}

/** Where a person's activities go: each accepted follower's shared inbox where there is one, once. */
export async function followerInboxes(db: Reader, personId: string): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    db,
    `select distinct coalesce(shared_inbox, inbox) as inbox from follower where person_id = $1 and state = 'accepted'`,
    [personId],
  )
  return found.map(({ inbox }) => inbox)
}

export async function cached(db: Db, key: string, now: Date): Promise<unknown> {
  const found = await oneRow<{ value: unknown }>(
    db,
    'select value from federation_cache where key = $1 and expires_at > $2',
    [key, now],
  )
  return found?.value
}

/** What the directory says of itself: how many people it lists to all partner nodes, since when there is one, and where it moves to. */
export async function directoryFacts(
  db: Db,
): Promise<{ readonly listed: number; readonly since: Date; readonly movedTo: string | null }> {
  const found = await oneRow<{ listed: number; since: Date; movedTo: string | null }>(
    db,
    // Without those that are limited: a node from which somebody is hidden could tell it by comparing with its own statement.
    `select (select count(*)::int from published_listing l where l.document is not null
         and not exists (select 1 from published_limit where listing_id = l.id)) as listed, made_at as since,
       (select value from setting where name = '${movedToSetting}') as "movedTo"
     from actor_key where actor_id = 'directory' order by made_at limit 1`,
  )
  if (!found) throw new Error('the directory has no keys yet')
  return found
}
