import { topicOfActor } from '../common/addresses.ts'
import { hour, later } from '../common/clock.ts'
import { often, rows, type Db, type Reader } from '../database/database.ts'
import type { NumberedKeyRow } from './key-row.ts'

/** How long an actor's former pair signs at most, once the Update about the new one is on its way, in hours (FEDERATION.md, Signatures). */
export const longestOverlap = 48

/** The pairs that an actor will use next; none most of the time. */
export function comingKeys(db: Db, actorId: string): Promise<NumberedKeyRow[]> {
  return rows<NumberedKeyRow>(db, 'select kind, private_jwk, public_jwk, number from coming_key where actor_id = $1', [
    actorId,
  ])
}

/** Actors that wait for new pairs. */
export async function actorsWithComingKeys(db: Db): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(db, 'select distinct actor_id as id from coming_key order by 1')
  return found.map(({ id }) => id)
}

/** How an actor's Updates begin; `iri` is its id. */
export function updatePrefix(iri: string): string {
  return `${iri}#update-`
}

/**
 * Of these actors, by their ids and IRIs, those whose new pairs may take over: no Update of theirs waits any more, or the one about the
 * keys has been on its way for 48 hours.
 */
export async function actorsToSwitch(db: Db, iris: ReadonlyMap<string, string>, now: Date): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    db,
    `select distinct c.actor_id as id from coming_key c
       join unnest($1::text[], $2::text[]) as a (id, prefix) on a.id = c.actor_id
     where c.announced_at is not null and (c.announced_at <= $3 or not exists (
       select from delivery d where d.state = 'waiting' and starts_with(d.activity_id, a.prefix)))
     order by 1`,
    [[...iris.keys()], [...iris.values()].map(updatePrefix), later(now, -longestOverlap * hour)],
  )
  return found.map(({ id }) => id)
}

/**
 * Of these deliveries, those to servers that had an Update with their sender's coming pairs, or have it before them in the same inbox:
 * it goes first, and they do not go without an answer to it.
 */
export function afterNewKeys(
  db: Reader,
  deliveryIds: readonly string[],
): Promise<readonly { readonly id: string; readonly actorId: string }[]> {
  return rows<{ id: string; actorId: string }>(
    db,
    often(`select d.id, c.actor_id as "actorId" from coming_key c
       join outgoing_activity a on a.sender = c.actor_id
       join delivery d on d.activity_id = a.id and d.id = any($1)
     where c.kind = 'rsa' and exists (
       select from delivery t join outgoing_activity u on u.id = t.activity_id
       where (t.state = 'delivered' and t.host = d.host or t.state = 'waiting' and t.inbox = d.inbox and t.number < d.number)
         and u.sender = c.actor_id and u.kind = 'Update' and u.made_at >= c.made_at)`),
    [deliveryIds],
  )
}

/** Where servers are that know an actor's key: its followers', every inbox that it ever wrote to, and whoever fetched it signed. */
export async function inboxesThatKnow(db: Reader, actorId: string): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    db,
    `select distinct coalesce(shared_inbox, inbox) as inbox from follower where person_id = $1
     union select coalesce(shared_inbox, inbox) from topic_follower where 'topics/' || topic = $1
     union select distinct inbox from delivery where sender = $1
     union select inbox from holder where person_id = $1 and inbox is not null
     union select coalesce(shared_inbox, inbox) from topic_follower where topic = $2`,
    [actorId, topicOfActor(actorId) ?? null],
  )
  return found.map(({ inbox }) => inbox)
}

/** One inbox of each host that this node ever dealt with: whoever was asked something has the key of the node's own actor. */
export async function inboxesOfHosts(db: Db): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    db,
    `select distinct on (host) inbox from (
       select host, inbox, 1 as rank from delivery
       union select lower(substring(inbox from '^https?://([^/?#]+)')), coalesce(shared_inbox, inbox), 0 from follower
       union select lower(substring(inbox from '^https?://([^/?#]+)')), inbox, 0 from holder where inbox is not null
       union select lower(substring(inbox from '^https?://([^/?#]+)')), inbox, 1 from partner
         where following = 'accepted' or follower = 'accepted'
     ) known where host <> '' order by host, rank, length(inbox)`,
  )
  return found.map(({ inbox }) => inbox)
}

/** Of these actors, those that are of people who have left: their last words must be checked by the key that others have. */
export async function actorsOfRetired(db: Db): Promise<ReadonlySet<string>> {
  const found = await rows<{ id: string }>(
    db,
    'select id from person join actor_key on actor_id = id where retired_at is not null',
  )
  return new Set(found.map(({ id }) => id))
}
