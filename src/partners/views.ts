import { day, later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import type { HeldReading, PartnerOverview } from './facts.ts'
import { leaseDays, type Partner, type Reading } from './partner.ts'
import { readingColumns } from './reading-store.ts'
import { findPartner, partnerColumns } from './store.ts'
import type { NamedNode } from './withdrawal-views.ts'

export type { PartnerOverview } from './facts.ts'

const heldReadingSql = `select o.origin_id as id, ${readingColumns}, o.copies, o.rows_held as "rowsHeld", o.rows_staged as "rowsStaged"
  from origin o`

/** Every node that we deal or dealt with: those that wait for an answer first, then by host. At most 1,000. */
export async function partners(reader: Reader): Promise<readonly PartnerOverview[]> {
  const found = await rows<Partner>(
    reader,
    `select ${partnerColumns} from partner p order by (p.follower = 'waiting') desc, p.host limit 1000`,
  )
  const readings = await rows<HeldReading>(reader, `${heldReadingSql} where o.origin_id = any($1)`, [
    found.map(({ id }) => id),
  ])
  const byId = new Map(readings.map((reading) => [reading.id, reading]))
  return found.map((partner) => overviewOf(partner, byId.get(partner.id)))
}

export async function partnerOverview(reader: Reader, id: number): Promise<PartnerOverview | undefined> {
  const partner = await findPartner(reader, 'id', id)
  return (
    partner && overviewOf(partner, await oneRow<HeldReading>(reader, `${heldReadingSql} where o.origin_id = $1`, [id]))
  )
}

function overviewOf(partner: Partner, reading: HeldReading | undefined): PartnerOverview {
  // After the end of a lease rows stay without their listings: those were not refused.
  const isErased = reading === undefined || reading.epoch === null
  return {
    ...partner,
    reading: reading ?? null,
    copies: reading?.copies ?? 0,
    refused: isErased ? 0 : reading.rowsHeld - reading.copies,
  }
}

/** Why listings of a partner were refused, and how many each, most first. */
export function refusedCopies(
  reader: Reader,
  partnerId: number,
): Promise<{ readonly because: string; readonly count: number }[]> {
  return rows(
    reader,
    `select refused as because, count(*)::int as count from copy
     where origin_id = $1 and refused is not null and refused <> 'erased' group by refused order by count desc, because`,
    [partnerId],
  )
}

export function partnerById(reader: Reader, id: number): Promise<Partner | undefined> {
  return findPartner(reader, 'id', id)
}

export function partnerByHost(reader: Reader, host: string): Promise<Partner | undefined> {
  return findPartner(reader, 'host', host)
}

/** Whether a host is that of a partner node (`isPartner`). */
export async function isPartnerHost(reader: Reader, host: string): Promise<boolean> {
  const found = await oneRow(
    reader,
    often(`select 1 from partner where host = $1 and (following = 'accepted' or follower = 'accepted')`),
    [host],
  )
  return found !== undefined
}

/** The partner whose directory that is, whatever we have to do with it. */
export function partnerByDirectory(reader: Reader, directoryId: string): Promise<Partner | undefined> {
  return findPartner(reader, 'directory_id', directoryId)
}

/** Our reading of a partner, or undefined when we do not read it. */
export function readingOf(reader: Reader, partnerId: number): Promise<Reading | undefined> {
  return oneRow<Reading>(reader, often(`select ${readingColumns} from origin o where o.origin_id = $1`), [partnerId])
}

/** Our partner nodes: those who may read partner scope, and whom the doorbell rings for. */
export function acceptedFollowers(reader: Reader): Promise<Partner[]> {
  return rows<Partner>(reader, `select ${partnerColumns} from partner p where p.follower = 'accepted' order by p.host`)
}

/**
 * The partner node whose directory that actor is, or undefined: the one question that guards partner scope. One that shows another key
 * than the pinned one is no partner until an administrator has compared it.
 */
export function acceptedFollower(reader: Reader, directoryId: string): Promise<Partner | undefined> {
  return oneRow<Partner>(
    reader,
    `select ${partnerColumns} from partner p where p.directory_id = $1 and p.follower = 'accepted' and p.offered_key is null`,
    [directoryId],
  )
}

/** Hosts that we know, for the warning about look-alikes. */
export async function knownHosts(reader: Reader): Promise<readonly string[]> {
  const found = await rows<{ host: string }>(
    reader,
    `select host from partner where following in ('requested', 'accepted') or follower = 'accepted' order by host limit 5000`,
  )
  return found.map(({ host }) => host)
}

/** A node that holds, or may hold, a copy of what was published under some seq. */
export type Holder = NamedNode & {
  /** A partner: it said that it has applied this seq. One that ended: it said that it has erased everything. */
  readonly confirmed: boolean
  readonly lastPoll: Date | null
  /** When it stopped being a partner; null for one that is. It may ask to be one again. */
  readonly endedAt: Date | null
}

/**
 * The nodes to name to a person for a listing or tombstone with that seq (FEDERATION.md 6). Partners that ended are named for the
 * longest lease after their end, also those that ask again; `have=0` confirms only for them, since a first poll says it too.
 */
export function holdersOf(reader: Reader, seq: number, now: Date): Promise<Holder[]> {
  return rows<Holder>(
    reader,
    `select p.id as "partnerId", p.host, p.organisation, p.country, p.policy, p.their_poll as "lastPoll",
       case when p.follower <> 'accepted' then p.follower_ended_at end as "endedAt",
       case when p.follower = 'accepted' then coalesce(p.their_have >= $1 and p.their_epoch = s.epoch, false)
         else coalesce(p.their_have = 0, false) end as confirmed
     from partner p cross join directory_state s
     where p.follower = 'accepted' or p.follower_ended_at > $2
     order by p.host`,
    [seq, later(now, -leaseDays * day)],
  )
}

/** Origins whose leases ended before `before` and of which copies are still kept. */
export async function endedOrigins(reader: Reader, before: Date): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(
    reader,
    'select origin_id as id from origin where origin_id > 0 and valid_until < $1 and epoch is not null order by origin_id limit 1000',
    [before],
  )
  return found.map(({ id }) => id)
}

/** The partners that we read. */
export async function followedPartners(reader: Reader): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(reader, `select id from partner where following = 'accepted' order by id`)
  return found.map(({ id }) => id)
}

/** The partner whose directory that is, where it moved to, and so on. */
export async function heirsOf(reader: Reader, directoryId: string): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(
    reader,
    `with recursive heir (id, moved_to) as (
       select id, moved_to from partner where directory_id = $1
       union select n.id, n.moved_to from partner n join heir on n.directory_id = heir.moved_to)
     select id from heir order by id`,
    [directoryId],
  )
  return found.map(({ id }) => id)
}

/** Every node that we deal with, in one direction or both. */
export async function settledPartners(reader: Reader): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(
    reader,
    `select id from partner where following in ('requested', 'accepted') or follower in ('waiting', 'accepted') order by id`,
  )
  return found.map(({ id }) => id)
}

/** The hosts of nodes that we deal with and that are refused now. */
export async function refusedPartners(reader: Reader): Promise<readonly string[]> {
  const found = await rows<{ host: string }>(
    reader,
    `select host from partner where (following in ('requested', 'accepted') or follower in ('waiting', 'accepted'))
       and refused_host(host) order by host`,
  )
  return found.map(({ host }) => host)
}

/** How many nodes wait for an answer. */
export async function waitingCount(reader: Reader): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    `select count(*)::int as count from partner where follower = 'waiting'`,
  )
  return found?.count ?? 0
}

/** How many partners need a look of an administrator: something is wrong that time alone does not mend, or a choice waits. */
export async function troubledCount(reader: Reader, now: Date): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    `select count(*)::int as count from partner p left join origin o on o.origin_id = p.id and p.following = 'accepted'
     where p.offered_key is not null or (p.moved_to is not null and (p.following = 'accepted' or p.follower = 'accepted'))
       or o.hidden or o.trouble <> 'no-answer' or (o.last_poll is not null and (o.last_contact is null or o.last_contact <= $1))`,
    [later(now, -day)],
  )
  return found?.count ?? 0
}

/** When this node was last found to have been restored from a backup, why, and how many of those that it reads have not answered since. */
export type Restored = { readonly at: Date; readonly because: 'log' | 'partner'; readonly unverified: number }

/** The last restore after `since`, if there was one. */
export function restoredAfter(reader: Reader, since: Date): Promise<Restored | undefined> {
  return oneRow<Restored>(
    reader,
    `select s.restored_at as at, s.restored_because as because,
       (select count(*)::int from origin o join partner p on p.id = o.origin_id and p.following = 'accepted'
          where o.valid_until <= s.restored_at) as unverified
     from directory_state s where s.restored_at > $1`,
    [since],
  )
}
