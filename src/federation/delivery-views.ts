import { often, oneRow, rows, type Db, type Reader } from '../database/database.ts'
import { isStuck, passes, triesInTurn, type HostState } from './delivery-circuit.ts'

/** Anything that distinguishes our locks of hosts from other advisory locks. */
const lockClass = 1_936_287_859

const hostColumns = `coalesce(h.failures, 0) as failures, h.failing_since as "failingSince", h.not_before as "notBefore",
  coalesce(h.asked_to_wait, false) as "isAsked", h.last_status as "lastStatus", h.last_error as "lastError", h.last_took as "lastTook",
  h.tried_at as "triedAt", h.answered_at as "answeredAt"`

export type DueHost = Omit<HostState, 'triedAt'> & { readonly host: string; readonly triedAt: Date | null }

/**
 * Locks hosts for which something is due, at most `limit`: first those that answer, then those whose oldest delivery is oldest. The
 * locks are of this connection: they end with `unlockHosts`, or with the process.
 */
export function lockDueHosts(
  connection: Reader,
  { now, busy, limit }: { readonly now: Date; readonly busy: readonly string[]; readonly limit: number },
): Promise<DueHost[]> {
  return rows<DueHost>(
    connection,
    often(`with due as materialized (
       select d.host, min(d.number) as first, coalesce(h.failures, 0) > 0 as fails
       from delivery d left join delivery_host h on h.host = d.host
       where d.state = 'waiting' and d.next_try_at <= $1 and not d.host = any($2::text[]) and (h.not_before is null or h.not_before <= $1)
       group by 1, 3 order by fails, first limit $3),
     locked as materialized (select *, pg_try_advisory_lock(${lockClass}, hashtext(host)) as is_ours from due)
     select l.host, ${hostColumns} from locked l left join delivery_host h on h.host = l.host where l.is_ours order by l.fails, l.first`),
    [now, busy, limit],
  )
}

export async function unlockHosts(connection: Reader, hosts: readonly string[]): Promise<void> {
  await rows(
    connection,
    often(`select pg_advisory_unlock(${lockClass}, hashtext(host)) from unnest($1::text[]) as host`),
    [hosts],
  )
}

/** Ends every lock of this connection, before somebody else has it. */
export async function unlockAll(connection: Reader): Promise<void> {
  await rows(connection, 'select pg_advisory_unlock_all()')
}

export type DueDelivery = {
  readonly id: string
  readonly host: string
  readonly inbox: string
  readonly sender: string
  readonly attempts: number
  readonly activityId: string
  readonly giveUpAt: Date
  /** It tells of somebody, or something, that has been taken back since: only a Delete may still go out. */
  readonly isOver: boolean
  /** Something older of the same sender waits for the same inbox, until then. */
  readonly behind: Date | null
}

// Of a person who left only what was made since is sent, and Deletes; of a Note that was taken back, not its Create.
const isOver = `a.id not like '%#delete' and (
  exists (select from person p where p.id = a.sender and p.retired_at > a.made_at)
  or exists (select from note n where n.person_id = a.sender and n.deleted_at is not null and a.id like '%/notes/' || n.number || '/activity'))`

/** What is due for these hosts, oldest first, at most `limit` for each; before it, what goes past something that no try helps. */
export function dueDeliveries(
  reader: Reader,
  hosts: readonly string[],
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<DueDelivery[]> {
  return rows<DueDelivery>(
    reader,
    often(`select d.id, d.host, d.inbox, a.sender, d.attempts, d.activity_id as "activityId",
       coalesce(d.give_up_at, a.give_up_at) as "giveUpAt", ${isOver} as "isOver",
       earlier.behind
     from unnest($1::text[]) as due (host)
     cross join lateral (select * from delivery o where o.state = 'waiting' and o.host = due.host and o.next_try_at <= $2
                         order by o.number limit $3) d
     join outgoing_activity a on a.id = d.activity_id
     cross join lateral (select max(e.next_try_at) filter (where e.next_try_at > $2 and not (${passes} and ${isStuck})) as behind,
         bool_or(${passes} and ${isStuck}) is true as is_passed
       from delivery e where e.state = 'waiting' and e.inbox = d.inbox and e.sender is not distinct from d.sender
         and e.number < d.number) earlier
     order by not (earlier.is_passed and d.attempts < ${triesInTurn}), d.number`),
    [hosts, now, limit],
  )
}

/** The bodies of activities, by their ids. */
export async function bodiesOf(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await rows<{ id: string; body: string }>(
    reader,
    often('select id, body from outgoing_activity where id = any($1::text[])'),
    [ids],
  )
  return new Map(found.map(({ id, body }) => [id, body]))
}

/** When the next delivery is due, hosts that are not asked yet included; undefined when none waits. */
export async function nextDue(reader: Reader): Promise<Date | undefined> {
  // '-infinity' is no instant in JavaScript, and means at once.
  const found = await oneRow<{ at: Date | null }>(
    reader,
    often(`select min(greatest(due.at, h.not_before, 'epoch')) as at
     from (select host, min(next_try_at) as at from delivery where state = 'waiting' group by host) due
     left join delivery_host h on h.host = due.host`),
  )
  return found?.at ?? undefined
}

/** Hosts that nothing is sent to for now because they did not answer. At most 10,000. */
export async function silentHosts(db: Db, now: Date): Promise<ReadonlySet<string>> {
  const found = await rows<{ host: string }>(
    db,
    often(`select host from delivery_host where not_before > $1 and failures > 0 and not asked_to_wait limit 10000`),
    [now],
  )
  return new Set(found.map(({ host }) => host))
}

export type HostLine = DueHost & {
  readonly waiting: number
  readonly failed: number
  /** Types of activities that wait or failed, and how many of each. */
  readonly kinds: readonly { readonly kind: string; readonly waiting: number; readonly failed: number }[]
  readonly oldest: Date | null
  readonly nextTry: Date | null
}

/** Hosts for which something waits or failed since `since`, those with most trouble first; at most 200. Only hosts, types and counts. */
export function hostLines(db: Db, since: Date): Promise<HostLine[]> {
  return rows<HostLine>(
    db,
    `with kinds as (
       select d.host, coalesce(a.kind, '') as kind, count(*) filter (where d.state = 'waiting')::int as waiting,
         count(*) filter (where d.state = 'failed')::int as failed,
         min(a.made_at) filter (where d.state = 'waiting') as oldest,
         min(greatest(d.next_try_at, 'epoch')) filter (where d.state = 'waiting') as next_try
       from delivery d join outgoing_activity a on a.id = d.activity_id
       where d.state = 'waiting' or (d.state = 'failed' and d.updated_at >= $1)
       group by 1, 2)
     select k.host, ${hostColumns}, sum(k.waiting)::int as waiting, sum(k.failed)::int as failed, min(k.oldest) as oldest,
       min(greatest(k.next_try, h.not_before)) as "nextTry",
       json_agg(json_build_object('kind', k.kind, 'waiting', k.waiting, 'failed', k.failed) order by k.kind) as kinds
     from kinds k left join delivery_host h on h.host = k.host
     group by k.host, h.host order by sum(k.failed) desc, sum(k.waiting) desc, k.host limit 200`,
    [since],
  )
}

export type DeliveryTotals = {
  readonly waiting: number
  readonly failed: number
  readonly oldest: Date | null
  /** Hosts that answered within the last day. */
  readonly answering: number
}

/** How much waits and failed since `since`, and the making of the oldest that waits. */
export async function deliveryTotals(db: Db, since: Date, dayBefore: Date): Promise<DeliveryTotals> {
  const found = await oneRow<DeliveryTotals>(
    db,
    `select count(*) filter (where d.state = 'waiting')::int as waiting, count(*) filter (where d.state = 'failed')::int as failed,
       min(a.made_at) filter (where d.state = 'waiting') as oldest,
       (select count(*)::int from delivery_host where answered_at >= $2) as answering
     from delivery d join outgoing_activity a on a.id = d.activity_id
     where d.state = 'waiting' or (d.state = 'failed' and d.updated_at >= $1)`,
    [since, dayBefore],
  )
  return found ?? { waiting: 0, failed: 0, oldest: null, answering: 0 }
}

/** Types of activities that failed since `since`, and how many of each. */
export function failedKinds(db: Db, since: Date): Promise<{ readonly kind: string; readonly failed: number }[]> {
  return rows(
    db,
    `select coalesce(a.kind, '') as kind, count(*)::int as failed from delivery d join outgoing_activity a on a.id = d.activity_id
     where d.state = 'failed' and d.updated_at >= $1 group by 1 order by 1`,
    [since],
  )
}
