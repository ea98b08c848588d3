import { changed, often, type Tx } from '../database/database.ts'
import { hashOfNote } from './received.ts'

/** An activity as it came, whose signature was checked. */
export type NewActivity = {
  readonly id: string
  readonly actor: string
  readonly host: string
  readonly body: string
  readonly receivedAt: Date
  /** It matters only where we hold something from its actor. */
  readonly ifHeld: boolean
  /** The Note that it takes back, whether or not that is here. */
  readonly withdraws?: string | undefined
}

// From whom we hold something: a follow, a subscription, a message, a chat, an account that is a person's own, or what waits.
const held = ['follower', 'topic_follower', 'request', 'person_alias', 'inbox_activity']
  .map((table) => `exists (select from ${table} held where held.actor = given.actor)`)
  .concat('exists (select from partner p where p.directory_id = given.actor)')
  .concat('exists (select from chat held where held.peer_actor = given.actor)')
  .join(' or ')

/**
 * Keeps activities in this order, but for those whose id came within 30 days, and, of those that matter only then, those of an actor from
 * whom we hold nothing. Returns how many were kept. No id may be there twice. A Note that one takes back is remembered in any case, since
 * its Create may come later.
 */
export async function keepActivities(tx: Tx, activities: readonly NewActivity[]): Promise<number> {
  return changed(
    tx,
    often(`with given as (
       select *, sha256(convert_to(id, 'UTF8')) as hash
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[], $7::text[])
         with ordinality as given (id, actor, host, body, received_at, if_held, withdrawn, place)),
     withdrawn as (
       insert into withdrawn_note (hash, withdrawn_at)
       select decode(withdrawn, 'hex'), received_at from given where withdrawn is not null order by withdrawn on conflict (hash) do nothing),
     wanted as (select * from given where not if_held or ${held}),
     fresh as (
       insert into received_activity (hash, received_at) select hash, received_at from wanted order by hash
       on conflict (hash) do nothing returning hash)
     insert into inbox_activity (id, actor, host, body, received_at)
       select id, actor, host, body, received_at from wanted join fresh using (hash) order by place`),
    [
      activities.map(({ id }) => id),
      activities.map(({ actor }) => actor),
      activities.map(({ host }) => host),
      activities.map(({ body }) => body),
      activities.map(({ receivedAt }) => receivedAt),
      activities.map(({ ifHeld }) => ifHeld),
      activities.map(({ actor, withdraws }) => (withdraws === undefined ? null : hashOfNote(actor, withdraws))),
    ],
  )
}

/** Ends activities that were worked on, or that nothing can be done with. */
export async function endActivities(tx: Tx, numbers: readonly string[]): Promise<void> {
  await changed(tx, often('delete from inbox_activity where number = any($1::bigint[])'), [numbers])
}

/** Sets activities aside, each with how often it failed. */
export async function setAside(
  tx: Tx,
  activities: readonly { readonly number: string; readonly failures: number }[],
): Promise<void> {
  await changed(
    tx,
    `update inbox_activity a set aside = true, failures = given.failures
     from unnest($1::bigint[], $2::int[]) as given (number, failures) where a.number = given.number`,
    [activities.map(({ number }) => number), activities.map(({ failures }) => failures)],
  )
}

/** Keeps what an actor's server says of it now. */
export async function keepActor(tx: Tx, id: string, document: string, at: Date): Promise<void> {
  await changed(
    tx,
    often(`insert into remote_actor (id, document, fetched_at) values ($1, $2, $3)
     on conflict (id) do update set document = excluded.document, fetched_at = excluded.fetched_at`),
    [id, document, at],
  )
}

/** Forgets what actors' servers said of them, so that it is asked anew. */
export async function dropActors(tx: Tx, ids: readonly string[]): Promise<void> {
  await changed(tx, often('delete from remote_actor where id = any($1)'), [ids])
}

export async function dropActorsBefore(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from remote_actor where fetched_at < $1', [before])
}
