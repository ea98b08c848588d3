import { day, later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { daysOff } from '../hours/days-off.ts'
import type { Booking } from './booking.ts'
import { dayAt, sittings, spanOf, type OfficeHours, type Sitting } from './office-hours.ts'
import { bookingColumns, hoursColumns } from './store.ts'

export type { OfficeHours } from './office-hours.ts'

// Hours count only while their owner is listed under the id under which she set them, and her account is active.
const running = `office_hours h join listing l on l.account_id = h.account_id and l.person_id = h.person_id
  join account c on c.id = h.account_id and c.state = 'active'`

/** The office hours of an account that have not ended, oldest first. */
export function hoursOf(reader: Reader, accountId: string, now: Date): Promise<OfficeHours[]> {
  return rows<OfficeHours>(
    reader,
    `select ${hoursColumns} from ${running} where h.account_id = $1 and h.ended_at is null and h.until_day >= $2 and l.review_at > $3
     order by h.made_at, h.id`,
    [accountId, dayAt(later(now, -day), 'UTC'), now],
  )
}

/** The same by a person id. */
export function hoursOfPerson(reader: Reader, personId: string, now: Date): Promise<OfficeHours[]> {
  return rows<OfficeHours>(
    reader,
    `select ${hoursColumns} from ${running} where h.person_id = $1 and h.ended_at is null and h.until_day >= $2 and l.review_at > $3
     order by h.made_at, h.id`,
    [personId, dayAt(later(now, -day), 'UTC'), now],
  )
}

/** Office hours by their id, whatever became of them. */
export function hoursById(reader: Reader, id: string): Promise<OfficeHours | undefined> {
  return oneRow<OfficeHours>(reader, `select ${hoursColumns} from office_hours h where h.id = $1`, [id])
}

/** Whether office hours with that id can be booked at all: they run, and their owner is listed. */
export async function isRunning(reader: Reader, id: string, now: Date): Promise<boolean> {
  return (
    (await oneRow(reader, `select 1 from ${running} where h.id = $1 and h.ended_at is null and l.review_at > $2`, [
      id,
      now,
    ])) !== undefined
  )
}

/** The times of office hours that lie ahead, without the holidays of her place. */
export function timesOf(hours: OfficeHours, now: Date): readonly Sitting[] {
  const holidays =
    hours.country === null ? [] : (daysOff(hours.country, spanOf(hours), hours.region ?? undefined) ?? [])
  return sittings(hours, holidays, now)
}

/** How many have a place at each of the times of some office hours, by `hours day`, and how many wait. */
export async function takenAt(
  reader: Reader,
  hoursIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly booked: number; readonly waiting: number }>> {
  const found = await rows<{ key: string; booked: number; waiting: number }>(
    reader,
    `select b.hours_id || ' ' || b.day as key, count(*) filter (where b.state = 'booked')::int as booked,
       count(*) filter (where b.state = 'waiting')::int as waiting
     from booking b where b.hours_id = any($1) and b.state in ('booked', 'waiting') group by 1`,
    [[...hoursIds]],
  )
  return new Map(found.map(({ key, booked, waiting }) => [key, { booked, waiting }]))
}

/** Who comes to somebody's office hours, for her alone: soonest first. */
export function comingTo(reader: Reader, accountId: string, now: Date): Promise<Booking[]> {
  return rows<Booking>(
    reader,
    `select ${bookingColumns} from booking b join office_hours h on h.id = b.hours_id
     where h.account_id = $1 and b.state in ('booked', 'waiting') and b.ends_at > $2 and b.gone_at > $2
     order by b.starts_at, b.made_at, b.id limit 500`,
    [accountId, now],
  )
}

/** A booking with the office hours that it is of. */
export type BookingHere = Booking & { readonly hours: OfficeHours }

/** What a person booked here, soonest first; nothing that is gone. */
export async function bookingsHere(reader: Reader, accountId: string, now: Date): Promise<BookingHere[]> {
  const found = await rows<Booking>(
    reader,
    `select ${bookingColumns} from booking b where b.guest_account = $1 and b.gone_at > $2 and b.state <> 'left'
     order by b.starts_at, b.id limit 200`,
    [accountId, now],
  )
  return withHours(reader, found)
}

/** One of them by its id, whatever its state. */
export async function bookingById(reader: Reader, id: string, now: Date): Promise<BookingHere | undefined> {
  const found = await rows<Booking>(
    reader,
    `select ${bookingColumns} from booking b where b.id = $1 and b.gone_at > $2`,
    [id, now],
  )
  return (await withHours(reader, found))[0]
}

async function withHours(reader: Reader, found: readonly Booking[]): Promise<BookingHere[]> {
  const hours = await rows<OfficeHours>(reader, `select ${hoursColumns} from office_hours h where h.id = any($1)`, [
    [...new Set(found.map(({ hoursId }) => hoursId))],
  ])
  return found.flatMap((one) => {
    const its = hours.find(({ id }) => id === one.hoursId)
    return its ? [{ ...one, hours: its }] : []
  })
}

/** The booking that a Join of another node made. */
export function bookingByJoin(reader: Reader, actor: string, joinId: string): Promise<Booking | undefined> {
  return oneRow<Booking>(
    reader,
    `select ${bookingColumns} from booking b where b.guest_actor = $1 and b.join_id = $2`,
    [actor, joinId],
  )
}

/** How many bookings a guest made here since then, whatever became of them. */
export async function madeSince(
  reader: Reader,
  guest: { readonly accountId: string } | { readonly actor: string },
  since: Date,
): Promise<number> {
  const isHere = 'accountId' in guest
  const found = await oneRow<{ many: number }>(
    reader,
    isHere
      ? `select ((select count(*) from booking where guest_account = $1 and made_at > $2)
           + (select count(*) from booking_away where account_id = $1 and made_at > $2))::int as many`
      : 'select count(*)::int as many from booking where guest_actor = $1 and made_at > $2',
    [isHere ? guest.accountId : guest.actor, since],
  )
  return found?.many ?? 0
}

/** The name of an account's entry in the directory, as people here read it. */
export async function nameOf(reader: Reader, accountId: string): Promise<string | undefined> {
  const found = await oneRow<{ name: string | null }>(
    reader,
    `select fields ->> 'displayName' as name from profile where account_id = $1`,
    [accountId],
  )
  return found?.name ?? undefined
}

/** Office hours that run on although their owner's listing, id or account ended; and bookings of them that are to end. At most `limit`. */
export async function hoursLeftBehind(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select h.id from office_hours h where h.ended_at is null and not exists (
       select from listing l join account c on c.id = l.account_id
       where l.account_id = h.account_id and l.person_id = h.person_id and l.review_at > $1 and c.state = 'active') limit $2`,
    [now, limit],
  )
  return found.map(({ id }) => id)
}

/** Live bookings of guests who are kept apart from their host by a block of either, or whose host is refused. At most `limit`. */
export async function bookingsKeptApart(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select b.id from booking b join office_hours h on h.id = b.hours_id
     where b.state in ('booked', 'waiting') and b.ends_at > $1 and (
       exists (select from person_block p where p.account_id = h.account_id and p.blocked_account_id = b.guest_account)
       or exists (select from person_block p where p.account_id = b.guest_account and p.blocked_account_id = h.account_id)
       or (b.guest_actor is not null and (
         exists (select from person_block p where p.account_id = h.account_id
           and (p.actor = b.guest_actor or p.domain = any(domains_of(${hostSql('b.guest_actor')}))))
         or exists (select from received_block r where r.account_id = h.account_id
           and r.pair = sha256(convert_to(h.account_id || E'\\n' || b.guest_actor, 'UTF8')))
         or refused_host(${hostSql('b.guest_actor')})))
       or (b.guest_account is not null and not exists (select from account c where c.id = b.guest_account and c.state = 'active')))
     limit $2`,
    [now, limit],
  )
  return found.map(({ id }) => id)
}

/** The live bookings of people of other nodes, soonest first, with whose office hours they are of. At most `limit`. */
export function liveFromElsewhere(
  reader: Reader,
  now: Date,
  limit: number,
): Promise<{ readonly id: string; readonly accountId: string; readonly guestActor: string }[]> {
  return rows(
    reader,
    `select b.id, h.account_id as "accountId", b.guest_actor as "guestActor" from booking b join office_hours h on h.id = b.hours_id
     where b.guest_actor is not null and b.state in ('booked', 'waiting') and b.ends_at > $1 order by b.starts_at, b.id limit $2`,
    [now, limit],
  )
}

/**
 * Whether a host may read who this person is, since somebody there comes to her or she to somebody there, or is still to hear what became
 * of that: it must know her key.
 */
export async function hasBookingAt(reader: Reader, personId: string, host: string, now: Date): Promise<boolean> {
  const found = await oneRow(
    reader,
    often(`select 1 from booking b join office_hours h on h.id = b.hours_id
       where h.person_id = $1 and b.guest_actor is not null and split_part(b.guest_actor, '/', 3) = $2 and b.gone_at > $3
         and ((b.state in ('booked', 'waiting') and b.ends_at > $3) or (b.state in ('called-off', 'refused') and b.told_sequence < b.sequence))
     union all select 1 from booking_away a where a.person_id = $1 and split_part(a.host_actor, '/', 3) = $2 and a.gone_at > $3
       and ((a.state in ('asked', 'booked', 'waiting') and a.ends_at > $3)
         or (a.state = 'left' and a.told is distinct from 'leave' and a.told is distinct from 'failed'))`),
    [personId, host, now],
  )
  return found !== undefined
}

/** The host name in an address, as SQL. */
export function hostSql(address: string): string {
  return `substring(${address} from '^https?://([^/:]+)')`
}
