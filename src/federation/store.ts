import { changed, often, oneRow, rows, type Tx } from '../database/database.ts'
import type { Follower, FollowerState } from './follower.ts'
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

export type OutgoingActivity = {
  readonly id: string
  readonly sender: string
  readonly body: string
  readonly madeAt: Date
  readonly giveUpAt: Date
}

/** Keeps a prepared body. The same id again changes nothing. */
export async function keepActivity(tx: Tx, activity: OutgoingActivity): Promise<void> {
  await changed(
    tx,
    `insert into outgoing_activity (id, sender, body, made_at, give_up_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    [activity.id, activity.sender, activity.body, activity.madeAt, activity.giveUpAt],
  )
}

/** One row for each inbox that an activity goes to; returns the ids of those that are new. */
export async function keepDeliveries(
  tx: Tx,
  activityId: string,
  deliveries: readonly { readonly id: string; readonly inbox: string }[],
  at: Date,
): Promise<readonly string[]> {
  const kept = await rows<{ id: string }>(
    tx,
    `insert into delivery (id, activity_id, inbox, state, updated_at)
     select d.id, $1, d.inbox, 'waiting', $2 from unnest($3::text[], $4::text[]) as d (id, inbox)
     on conflict (activity_id, inbox) do nothing returning id`,
    [activityId, at, deliveries.map(({ id }) => id), deliveries.map(({ inbox }) => inbox)],
  )
  return kept.map(({ id }) => id)
}

export type DeliveryOutcome = {
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly status: number | undefined
  readonly error: string | undefined
}

/** Writes down how one attempt ended; false when the delivery was ended meanwhile. */
export async function keepOutcome(tx: Tx, deliveryId: string, outcome: DeliveryOutcome, at: Date): Promise<boolean> {
  const count = await changed(
    tx,
    often(`update delivery set state = $2, last_status = $3, last_error = $4, attempts = attempts + 1, updated_at = $5
     where id = $1 and state = 'waiting'`),
    [deliveryId, outcome.state, outcome.status ?? null, outcome.error?.slice(0, 500) ?? null, at],
  )
  return count === 1
}

/** Ends waiting deliveries of activities whose ids begin so, all but those of `except`. */
export async function dropWaiting(tx: Tx, prefix: string, except: string, at: Date): Promise<void> {
  await changed(
    tx,
    `update delivery set state = 'failed', last_error = 'replaced', updated_at = $3
     where state = 'waiting' and activity_id <> $2 and starts_with(activity_id, $1)`,
    [prefix, except, at],
  )
}

/**
 * Forgets bodies whose deliveries all ended before `before`; their rows go with them. What the directory rang, thousands of rows a
 * time, means nothing once it is given up: it goes where that was before `over`.
 */
export async function forgetDelivered(tx: Tx, before: Date, over: Date): Promise<number> {
  return changed(
    tx,
    `delete from outgoing_activity a where (made_at < $1 or (sender = 'directory' and give_up_at < $2))
       and not exists (select from delivery d where d.activity_id = a.id
         and (d.state = 'waiting' or (a.sender <> 'directory' and d.updated_at >= $1)))`,
    [before, over],
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
    `delete from actor_key where actor_id not in ('node', 'directory') and made_at < $1
       and not exists (select from person where person.id = actor_id and (person.retired_at is null or person.retired_at >= $1))`,
    [before],
  )
}

/** A follower before she is kept. */
export type NewFollower = Omit<Follower, 'askedAt'>

/** Keeps a follower, or, when she follows already, the newest Follow with the answer she had. Returns what is kept. */
export async function keepFollower(
  tx: Tx,
  follower: NewFollower,
  at: Date,
): Promise<{ id: string; state: FollowerState }> {
  const kept = await oneRow<{ id: string; state: FollowerState }>(
    tx,
    `insert into follower (id, person_id, actor, handle, inbox, shared_inbox, follow, state, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (person_id, actor) do update set follow = excluded.follow, inbox = excluded.inbox,
       shared_inbox = excluded.shared_inbox, handle = excluded.handle
     returning id, state`,
    [
      follower.id,
      follower.personId,
      follower.actor,
      follower.handle,
      follower.inbox,
      follower.sharedInbox,
      follower.follow,
      follower.state,
      at,
    ],
  )
  if (!kept) throw new Error('a follower that was neither kept nor known')
  return kept
}

/** Sets the answer to a follower; undefined when there is none of that id for that person. */
export function answerFollower(
  tx: Tx,
  id: string,
  personId: string,
  state: FollowerState,
  at: Date,
): Promise<{ actor: string } | undefined> {
  return oneRow(
    tx,
    'update follower set state = $3, answered_at = $4 where id = $1 and person_id = $2 returning actor',
    [id, personId, state, at],
  )
}

/** Ends what an actor follows here: of one person, or of everybody when `personId` is undefined. */
export async function removeFollower(tx: Tx, actor: string, personId?: string): Promise<number> {
  return personId === undefined
    ? changed(tx, 'delete from follower where actor = $1', [actor])
    : changed(tx, 'delete from follower where actor = $1 and person_id = $2', [actor, personId])
}

export async function removeFollowersOf(tx: Tx, personId: string): Promise<void> {
  await changed(tx, 'delete from follower where person_id = $1', [personId])
}

/** Writes down that a host holds, or may hold, a copy of a public person. */
export async function keepHolder(tx: Tx, personId: string, host: string, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into holder (person_id, host, first_at, last_at) values ($1, $2, $3, $3)
     on conflict (person_id, host) do update set last_at = greatest(holder.last_at, excluded.last_at)`,
    [personId, host, at],
  )
}

/** Keeps the Note that announces a flag; an existing one stays as it was sent. */
export async function keepNote(tx: Tx, flagId: string, personId: string, body: string, at: Date): Promise<void> {
  await changed(
    tx,
    'insert into flag_note (flag_id, person_id, body, made_at) values ($1, $2, $3, $4) on conflict (flag_id) do nothing',
    [flagId, personId, body, at],
  )
}

export async function endNote(tx: Tx, flagId: string, at: Date): Promise<boolean> {
  return (
    (await changed(tx, 'update flag_note set deleted_at = $2 where flag_id = $1 and deleted_at is null', [
      flagId,
      at,
    ])) === 1
  )
}

/** Whether an activity id is new; keeps it for 30 days so that a second copy does nothing. */
export async function keepReceived(tx: Tx, id: string, at: Date): Promise<void> {
  await changed(tx, 'insert into received_activity (id, received_at) values ($1, $2) on conflict (id) do nothing', [
    id,
    at,
  ])
}

export async function forgetReceived(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from received_activity where received_at < $1', [before])
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
