import { changed, often, rows, type Tx } from '../database/database.ts'
import { isStuck, passes, type HostState } from './delivery-circuit.ts'

export type OutgoingActivity = {
  readonly id: string
  readonly sender: string
  readonly kind: string
  readonly body: string
  readonly madeAt: Date
  readonly giveUpAt: Date
}

/** Keeps a prepared body. The same id again changes nothing, but brings back a body that was forgotten. */
export async function keepActivity(tx: Tx, activity: OutgoingActivity): Promise<void> {
  await changed(
    tx,
    `insert into outgoing_activity as kept (id, sender, kind, body, made_at, give_up_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do update set body = excluded.body where kept.body = ''`,
    [activity.id, activity.sender, activity.kind, activity.body, activity.madeAt, activity.giveUpAt],
  )
}

/** One row for each inbox that an activity goes to, behind what the sender still owes that inbox. Returns how many are new. */
export async function keepDeliveries(
  tx: Tx,
  activity: Pick<OutgoingActivity, 'id' | 'sender' | 'kind'>,
  deliveries: readonly { readonly id: string; readonly inbox: string }[],
  at: Date,
): Promise<number> {
  return changed(
    tx,
    `insert into delivery (id, activity_id, sender, inbox, state, next_try_at, updated_at)
     select d.id, $1, $2, d.inbox, 'waiting', greatest($3::timestamptz,
       (select max(e.next_try_at) from delivery e where e.state = 'waiting' and e.inbox = d.inbox and e.sender = $2
          and not (${passes} and ${isStuck}))), $3
     from unnest($4::text[], $5::text[]) with ordinality as d (id, inbox, place)
     cross join (select $6::text as kind, $2::text as sender) a order by d.place
     on conflict (activity_id, inbox) do nothing`,
    [
      activity.id,
      activity.sender,
      at,
      deliveries.map(({ id }) => id),
      deliveries.map(({ inbox }) => inbox),
      activity.kind,
    ],
  )
}

export type Outcome = {
  readonly id: string
  readonly state: 'waiting' | 'delivered' | 'failed' | 'refused' | 'replaced'
  readonly status: number | undefined
  readonly error: string | undefined
  /** When it is tried again, where it waits. */
  readonly nextTry: Date | undefined
  readonly at: Date
}

/** Writes down how attempts ended; those of deliveries that were ended meanwhile change nothing. */
export async function keepOutcomes(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
  await changed(
    tx,
    often(`update delivery d set state = o.state, last_status = o.status, last_error = o.error,
       attempts = d.attempts + (o.state in ('waiting', 'delivered', 'failed'))::int,
       next_try_at = coalesce(o.next_try, d.next_try_at), updated_at = o.at
     from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as o (id, state, status, error, next_try, at)
     where d.id = o.id and d.state = 'waiting'`),
    [
      outcomes.map(({ id }) => id),
      outcomes.map(({ state }) => state),
      outcomes.map(({ status }) => status ?? null),
      outcomes.map(({ error }) => error?.slice(0, 500) ?? null),
      outcomes.map(({ nextTry }) => nextTry ?? null),
      outcomes.map(({ at }) => at),
    ],
  )
}

/** Lets deliveries wait that were not tried. */
export async function keepPutOff(tx: Tx, put: readonly { readonly id: string; readonly until: Date }[]): Promise<void> {
  await changed(
    tx,
    `update delivery d set next_try_at = p.until from unnest($1::text[], $2::timestamptz[]) as p (id, until)
     where d.id = p.id and d.state = 'waiting'`,
    [put.map(({ id }) => id), put.map(({ until }) => until)],
  )
}

/** Lets what the same sender owes the same inbox wait behind these, which failed and are tried again. */
export async function keepBehind(tx: Tx, ids: readonly string[]): Promise<void> {
  await changed(
    tx,
    often(`update delivery d set next_try_at = e.next_try_at from delivery e, outgoing_activity a
     where e.id = any($1::text[]) and e.state = 'waiting' and d.state = 'waiting' and d.inbox = e.inbox
       and d.sender is not distinct from e.sender and d.number > e.number and d.next_try_at < e.next_try_at
       and a.id = d.activity_id and not (${passes} and ${isStuck})`),
    [ids],
  )
}

/** Writes down what is known of hosts. */
export async function keepHosts(tx: Tx, hosts: ReadonlyMap<string, HostState>): Promise<void> {
  const states = [...hosts.values()]
  await changed(
    tx,
    often(`insert into delivery_host (host, failures, failing_since, not_before, asked_to_wait, last_status, last_error, last_took,
       tried_at, answered_at)
     select * from unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::boolean[], $6::int[], $7::text[], $8::int[],
       $9::timestamptz[], $10::timestamptz[])
     on conflict (host) do update set failures = excluded.failures, failing_since = excluded.failing_since,
       not_before = excluded.not_before, asked_to_wait = excluded.asked_to_wait, last_status = excluded.last_status,
       last_error = excluded.last_error, last_took = excluded.last_took, tried_at = excluded.tried_at,
       answered_at = excluded.answered_at`),
    [
      [...hosts.keys()],
      states.map(({ failures }) => failures),
      states.map(({ failingSince }) => failingSince),
      states.map(({ notBefore }) => notBefore),
      states.map(({ isAsked }) => isAsked),
      states.map(({ lastStatus }) => lastStatus),
      states.map(({ lastError }) => lastError),
      states.map(({ lastTook }) => lastTook),
      states.map(({ triedAt }) => triedAt),
      states.map(({ answeredAt }) => answeredAt),
    ],
  )
}

/** Lets a host be asked at once that does not answer, as far as we know; not one that asked us to wait. True when there was one. */
export async function closeCircuit(tx: Tx, host: string): Promise<boolean> {
  const count = await changed(
    tx,
    `update delivery_host set failures = 0, failing_since = null, not_before = null where host = $1 and failures > 0 and not asked_to_wait`,
    [host],
  )
  return count > 0
}

/** What waits for these hosts because they did not answer, or failed, is due now. */
export async function makeDue(tx: Tx, hosts: readonly string[], at: Date): Promise<void> {
  await changed(
    tx,
    `update delivery set next_try_at = $2 where state = 'waiting' and host = any($1::text[]) and next_try_at > $2
       and (last_status is null or last_status = 429 or last_status >= 500)`,
    [hosts, at],
  )
}

/** Ends waiting deliveries of activities whose ids begin so, all but those of `except`. */
export async function dropWaiting(tx: Tx, prefix: string, except: string, at: Date): Promise<void> {
  await changed(
    tx,
    `update delivery set state = 'replaced', last_error = 'replaced', updated_at = $3
     where state = 'waiting' and activity_id <> $2 and starts_with(activity_id, $1)`,
    [prefix, except, at],
  )
}

/** Ends what waits past its time. What was never tried is tried once first, unless its host does not answer. */
export async function giveUpLate(tx: Tx, now: Date): Promise<number> {
  return changed(
    tx,
    `update delivery d set state = 'failed', last_error = coalesce(d.last_error, 'no answer in time'), updated_at = $1
     from outgoing_activity a where a.id = d.activity_id and d.state = 'waiting' and coalesce(d.give_up_at, a.give_up_at) < $1
       and (d.attempts > 0 or exists (select from delivery_host h where h.host = d.host and (h.failures > 0 or h.not_before > $1)))`,
    [now],
  )
}

/** The hosts whose waiting deliveries end because nothing may be sent there. */
export async function refuseWaiting(tx: Tx, hosts: readonly string[], at: Date): Promise<void> {
  await changed(
    tx,
    `update delivery set state = 'refused', last_error = 'refused here', updated_at = $2 where state = 'waiting' and host = any($1::text[])`,
    [hosts, at],
  )
}

// What would be out of date now: something later of the same sort has reached the same inbox, or waits for it.
const isOvertaken = `exists (select from outgoing_activity b join delivery later on later.activity_id = b.id and later.inbox = d.inbox
  where b.sender = a.sender and b.made_at >= a.made_at and later.number > d.number and later.state in ('waiting', 'delivered')
    and (b.kind = a.kind and a.kind = 'Update'
      or a.kind in ('Follow', 'Undo', 'Accept', 'Reject', 'Move') and b.kind in ('Follow', 'Undo', 'Accept', 'Reject', 'Move')
      or a.kind in ('Add', 'Remove') and b.kind in ('Add', 'Remove')))`

/** Lets what failed since `since` wait again, at one host or of one kind: tried at once, and until `giveUpAt`. Returns how many. */
export async function retryFailed(
  tx: Tx,
  { host, kind }: { readonly host?: string | undefined; readonly kind?: string | undefined },
  { at, since, giveUpAt }: { readonly at: Date; readonly since: Date; readonly giveUpAt: Date },
): Promise<number> {
  return changed(
    tx,
    `update delivery d set state = 'waiting', attempts = 0, next_try_at = $3, updated_at = $3,
       give_up_at = greatest(a.give_up_at, $5::timestamptz)
     from outgoing_activity a where a.id = d.activity_id and d.state = 'failed' and d.updated_at >= $4 and a.body <> ''
       and ($1::text is null or d.host = $1) and ($2::text is null or a.kind = $2) and not ${isOvertaken}`,
    [host ?? null, kind ?? null, at, since, giveUpAt],
  )
}

/** Makes everything that waits for a host due now. Returns how many. */
export async function hurryWaiting(tx: Tx, host: string, at: Date): Promise<number> {
  await changed(
    tx,
    'update delivery_host set not_before = null, asked_to_wait = false where host = $1 and not_before is not null',
    [host],
  )
  return changed(
    tx,
    `update delivery set next_try_at = least(next_try_at, $2::timestamptz) where state = 'waiting' and host = $1`,
    [host, at],
  )
}

/** Ends all that waits for a host. Returns how many. */
export async function giveUpHost(tx: Tx, host: string, at: Date): Promise<number> {
  return changed(
    tx,
    `update delivery set state = 'failed', last_error = 'given up here', updated_at = $2 where state = 'waiting' and host = $1`,
    [host, at],
  )
}

/** Hosts that deliveries of people reached, and where: who may hold a copy of them. */
export async function keepReached(
  tx: Tx,
  reached: readonly { readonly sender: string; readonly host: string; readonly inbox: string }[],
  at: Date,
): Promise<void> {
  await changed(
    tx,
    often(`insert into holder (person_id, host, inbox, first_at, last_at)
     select distinct on (p.id, r.host) p.id, r.host, r.inbox, $4::timestamptz, $4::timestamptz
     from unnest($1::text[], $2::text[], $3::text[]) as r (sender, host, inbox) join person p on p.id = r.sender
     order by p.id, r.host
     on conflict (person_id, host) do update set last_at = greatest(holder.last_at, excluded.last_at),
       inbox = coalesce(holder.inbox, excluded.inbox)`),
    [reached.map(({ sender }) => sender), reached.map(({ host }) => host), reached.map(({ inbox }) => inbox), at],
  )
}

/** Forgets the bodies of which nothing waits or failed, made before `before`: where they went is kept, what they said is not. */
export async function forgetBodies(tx: Tx, before: Date): Promise<void> {
  await changed(
    tx,
    `update outgoing_activity a set body = '' where made_at < $1 and body <> ''
       and not exists (select from delivery d where d.activity_id = a.id and d.state in ('waiting', 'failed'))`,
    [before],
  )
}

/**
 * Forgets bodies whose deliveries all ended before `before`; their rows go with them. What the directory rang, thousands of rows a
 * time, means nothing once its hour is over: it goes where that was before `over`.
 */
export async function forgetDelivered(tx: Tx, before: Date, over: Date): Promise<number> {
  return changed(
    tx,
    `delete from outgoing_activity a
     where (made_at < $1 or (sender = 'directory' and give_up_at < $2 and give_up_at <= made_at + interval '1 hour'))
       and not exists (select from delivery d where d.activity_id = a.id
         and (d.state = 'waiting' or (a.give_up_at > a.made_at + interval '1 hour' and d.updated_at >= $1)))`,
    [before, over],
  )
}

/** Forgets hosts that nothing was sent to since `before`, and that nothing waits for. */
export async function forgetHosts(tx: Tx, before: Date): Promise<void> {
  await rows(
    tx,
    `delete from delivery_host h where tried_at < $1
       and not exists (select from delivery d where d.host = h.host and d.state = 'waiting')`,
    [before],
  )
}
