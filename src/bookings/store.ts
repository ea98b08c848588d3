import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { AwayBooking, Booking } from './booking.ts'
import type { OfficeHours } from './office-hours.ts'

export const hoursColumns = `h.id, h.account_id as "accountId", h.person_id as "personId", h.first_day as "firstDay", h.until_day as "untilDay",
  h.starts_at as "startsAt", h.minutes, h.every, h.zone, h.country, h.region, h.capacity, h.place, h.told, h.off_days as "offDays",
  h.made_at as "madeAt", h.ended_at as "endedAt"`

export const bookingColumns = `b.id, b.hours_id as "hoursId", b.day, b.starts_at as "startsAt", b.ends_at as "endsAt",
  b.guest_account as "guestAccount", b.guest_actor as "guestActor", b.guest_name as "guestName", b.join_id as "joinId", b.state, b.sequence,
  b.told_sequence as "toldSequence", b.attempts, b.made_at as "madeAt", b.gone_at as "goneAt"`

export const awayColumns = `a.id, a.account_id as "accountId", a.person_id as "personId", a.host_actor as "hostActor",
  a.host_name as "hostName", a.event, a.starts_at as "startsAt", a.ends_at as "endsAt", a.place, a.state, a.sequence, a.wanted, a.told,
  a.attempts, a.made_at as "madeAt", a.gone_at as "goneAt"`

export async function addHours(tx: Tx, hours: OfficeHours): Promise<void> {
  await changed(
    tx,
    `insert into office_hours (id, account_id, person_id, first_day, until_day, starts_at, minutes, every, zone, country, region, capacity,
       place, told, off_days, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '{}', $15)`,
    [
      hours.id,
      hours.accountId,
      hours.personId,
      hours.firstDay,
      hours.untilDay,
      hours.startsAt,
      hours.minutes,
      hours.every,
      hours.zone,
      hours.country,
      hours.region,
      hours.capacity,
      hours.place,
      hours.told,
      hours.madeAt,
    ],
  )
}

/** Office hours, locked: of two who book at once, the second sees the first. */
export function lockHours(tx: Tx, id: string): Promise<OfficeHours | undefined> {
  return oneRow<OfficeHours>(tx, `select ${hoursColumns} from office_hours h where h.id = $1 for update`, [id])
}

export async function endHoursRow(tx: Tx, id: string, at: Date): Promise<void> {
  await changed(tx, `update office_hours set ended_at = $2, place = '' where id = $1 and ended_at is null`, [id, at])
}

export async function addOffDay(tx: Tx, id: string, day: string): Promise<void> {
  await changed(tx, `update office_hours set off_days = array_append(array_remove(off_days, $2), $2) where id = $1`, [
    id,
    day,
  ])
}

export async function keepPlace(tx: Tx, id: string, place: string): Promise<void> {
  await changed(tx, 'update office_hours set place = $2 where id = $1', [id, place])
}

export async function addBooking(tx: Tx, booking: Booking): Promise<void> {
  await changed(
    tx,
    `insert into booking (id, hours_id, day, starts_at, ends_at, guest_account, guest_actor, guest_name, join_id, state, sequence,
       told_sequence, made_at, gone_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      booking.id,
      booking.hoursId,
      booking.day,
      booking.startsAt,
      booking.endsAt,
      booking.guestAccount,
      booking.guestActor,
      booking.guestName,
      booking.joinId,
      booking.state,
      booking.sequence,
      booking.toldSequence,
      booking.madeAt,
      booking.goneAt,
    ],
  )
}

/** Changes where a booking stands. Returns whether it stood elsewhere before. */
export async function changeState(tx: Tx, id: string, state: Booking['state']): Promise<boolean> {
  const many = await changed(
    tx,
    'update booking set state = $2, sequence = sequence + 1, attempts = 0 where id = $1 and state <> $2',
    [id, state],
  )
  return many > 0
}

/** What its guest knows of it is not the newest any more. */
export async function grow(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'update booking set sequence = sequence + 1, attempts = 0 where id = $1', [id])
}

/** Its guest's node must be told again what it was told: the same Join came twice. */
export async function tellAgain(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'update booking set told_sequence = 0, attempts = 0 where id = $1', [id])
}

/** The same place under another Join, of which its guest's node must be told. */
export async function joinAnew(tx: Tx, id: string, joinId: string): Promise<void> {
  await changed(tx, 'update booking set join_id = $2, told_sequence = 0, attempts = 0 where id = $1', [id, joinId])
}

export async function keepTold(tx: Tx, id: string, sequence: number): Promise<void> {
  await changed(tx, 'update booking set told_sequence = greatest(told_sequence, $2), attempts = 0 where id = $1', [
    id,
    sequence,
  ])
}

export async function keepAttempt(tx: Tx, table: 'booking' | 'booking_away', id: string): Promise<void> {
  await changed(tx, `update ${table} set attempts = attempts + 1 where id = $1`, [id])
}

export async function addAway(tx: Tx, booking: AwayBooking): Promise<void> {
  await changed(
    tx,
    `insert into booking_away (id, account_id, person_id, host_actor, host_name, event, starts_at, ends_at, state, made_at, gone_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      booking.id,
      booking.accountId,
      booking.personId,
      booking.hostActor,
      booking.hostName,
      booking.event,
      booking.startsAt,
      booking.endsAt,
      booking.state,
      booking.madeAt,
      booking.goneAt,
    ],
  )
}

export function lockAway(tx: Tx, id: string): Promise<AwayBooking | undefined> {
  return oneRow<AwayBooking>(tx, `select ${awayColumns} from booking_away a where a.id = $1 for update`, [id])
}

export async function changeAway(
  tx: Tx,
  id: string,
  { state, sequence, place }: Pick<AwayBooking, 'state' | 'sequence' | 'place'>,
): Promise<void> {
  await changed(tx, 'update booking_away set state = $2, sequence = $3, place = $4 where id = $1', [
    id,
    state,
    sequence,
    place,
  ])
}

/** She gives it up, and its host must hear. */
export async function wantToLeave(tx: Tx, id: string): Promise<void> {
  await changed(
    tx,
    `update booking_away set state = 'left', wanted = 'leave', place = null, attempts = 0 where id = $1`,
    [id],
  )
}

export async function keepAwayTold(tx: Tx, id: string, told: AwayBooking['told']): Promise<void> {
  await changed(tx, 'update booking_away set told = $2, attempts = 0 where id = $1', [id, told])
}

/** Forgets bookings whose time to go has come, and office hours 30 days after their end: until then a Join of them is answered. */
export async function forget(tx: Tx, now: Date, before: string): Promise<void> {
  await changed(tx, 'delete from booking where gone_at <= $1', [now])
  await changed(tx, 'delete from booking_away where gone_at <= $1', [now])
  await changed(
    tx,
    `delete from office_hours h where (h.ended_at <= $2::timestamptz - interval '30 days' or h.until_day < $1)
       and not exists (select from booking b where b.hours_id = h.id)`,
    [before, now],
  )
}

/** The bookings of one time that hold or wait for a place, in the order in which they came; locked with their hours. */
export function liveAt(tx: Tx, hoursId: string, day: string): Promise<Booking[]> {
  return rows<Booking>(
    tx,
    `select ${bookingColumns} from booking b where b.hours_id = $1 and b.day = $2 and b.state in ('booked', 'waiting')
     order by b.made_at, b.id`,
    [hoursId, day],
  )
}
