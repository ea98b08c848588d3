import { day, later } from '../common/clock.ts'
import { oneRow, rows, type Reader } from '../database/database.ts'
import { leaseDays, type Partner, type Reading } from './partner.ts'
import { readingColumns } from './reading-store.ts'
import { findPartner, partnerColumns } from './store.ts'
import type { NamedNode } from './withdrawal-views.ts'

/** A partner with what we hold of it; `reading` is null where we do not read it. */
export type PartnerOverview = Partner & {
  readonly reading: Reading | null
  /** Listings held and shown while their lease runs. */
  readonly copies: number
  /** Listings refused: only their id and hash are kept. */
  readonly refused: number
}

type OverviewRow = Partner & Partial<Reading> & { readonly copies: number; readonly refusedCopies: number }

const overviewSql = `select ${partnerColumns}, ${readingColumns},
    (select count(*)::int from copy c where c.origin_id = p.id and c.refused is null) as copies,
    (select count(*)::int from copy c where c.origin_id = p.id and c.refused is not null and c.refused <> 'erased') as "refusedCopies"
  from partner p left join origin o on o.origin_id = p.id`

/** Every node that we deal or dealt with: those that wait for an answer first, then by host. At most 1,000. */
export async function partners(reader: Reader): Promise<readonly PartnerOverview[]> {
  const found = await rows<OverviewRow>(
    reader,
    `${overviewSql} order by (p.follower = 'waiting') desc, p.host limit 1000`,
  )
  return found.map(overviewOf)
}

export async function partnerOverview(reader: Reader, id: number): Promise<PartnerOverview | undefined> {
  const found = await oneRow<OverviewRow>(reader, `${overviewSql} where p.id = $1`, [id])
  return found && overviewOf(found)
}

function overviewOf({ copies, refusedCopies, ...row }: OverviewRow): PartnerOverview {
  const {
    validUntil,
    hidden,
    trouble,
    cursor,
    epoch,
    root,
    statement,
    etag,
    lastPoll,
    lastContact,
    failures,
    snapshotOpen,
    ...partner
  } = row
  const isRead = validUntil instanceof Date
  // A left join: all columns of the reading are there, or none.
  const reading = isRead
    ? ({
        validUntil,
        hidden,
        trouble,
        cursor,
        epoch,
        root,
        statement,
        etag,
        lastPoll,
        lastContact,
        failures,
            snapshotOpen,
      } as Reading)
    : null
  return { ...partner, reading, copies, refused: refusedCopies }
}

export function partnerById(reader: Reader, id: number): Promise<Partner | undefined> {
  return findPartner(reader, 'id', id)
}

export function partnerByHost(reader: Reader, host: string): Promise<Partner | undefined> {
  return findPartner(reader, 'host', host)
}

/** The partner whose directory that is, whatever we have to do with it. */
export function partnerByDirectory(reader: Reader, directoryId: string): Promise<Partner | undefined> {
  return findPartner(reader, 'directory_id', directoryId)
}

/** Our reading of a partner, or undefined when we do not read it. */
export function readingOf(reader: Reader, partnerId: number): Promise<Reading | undefined> {
  return oneRow<Reading>(reader, `select ${readingColumns} from origin o where o.origin_id = $1`, [partnerId])
}

/** Our partner nodes: those who may read partner scope, and whom the doorbell rings for. */
export function acceptedFollowers(reader: Reader): Promise<Partner[]> {
  return rows<Partner>(reader, `select ${partnerColumns} from partner p where p.follower = 'accepted' order by p.host`)
}

/** The partner node whose directory that actor is, or undefined: the one question that guards partner scope. */
export function acceptedFollower(reader: Reader, directoryId: string): Promise<Partner | undefined> {
  return oneRow<Partner>(
    reader,
    `select ${partnerColumns} from partner p where p.directory_id = $1 and p.follower = 'accepted'`,
    [directoryId],
  )
}

/** Whether that actor is the directory of a partner node. */
export async function isAcceptedFollower(reader: Reader, directoryId: string): Promise<boolean> {
  return (await acceptedFollower(reader, directoryId)) !== undefined
}

/** What the directory's own document says of it: how many people it lists for partner nodes, and since when it is there. */
export async function directoryFacts(reader: Reader): Promise<{ readonly listed: number; readonly since: Date }> {
  const found = await oneRow<{ listed: number; since: Date }>(
    reader,
    'select (select count(*)::int from published_listing where document is not null) as listed, began_at as since from directory_state',
  )
  if (!found) throw new Error('the directory has no state')
  return found
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
       case when p.follower = 'accepted' then coalesce(p.their_have >= $1 and coalesce(p.their_epoch, s.epoch) = s.epoch, false)
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

/** Every node that we deal with, in one direction or both. */
export async function settledPartners(reader: Reader): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(
    reader,
    `select id from partner where following in ('requested', 'accepted') or follower in ('waiting', 'accepted') order by id`,
  )
  return found.map(({ id }) => id)
}

/** How many nodes wait for an answer. */
export async function waitingCount(reader: Reader): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    `select count(*)::int as count from partner where follower = 'waiting'`,
  )
  return found?.count ?? 0
}
