import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { listingOf } from '../listing/views.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import { awayAt, awayById } from './away-views.ts'
import { countsOf, emptyBooking, goneAt, isLive, mostADay, placeFor, type Booking } from './booking.ts'
import { bookable, type OfficeHours, type Sitting } from './office-hours.ts'
import { areKeptApart } from './apart-views.ts'
import { giveUp, tellGuest, tellHost } from './steps.ts'
import { addAway, addBooking, liveAt, lockAway, lockHours, wantToLeave } from './store.ts'
import { bookingById, isRunning, madeSince, nameOf, timesOf } from './views.ts'

/** A time of office hours here. */
export type Which = { readonly hoursId: string; readonly day: string }

/**
 * Somebody here books a time of office hours here: a place, or the one waiting place; whoever has one already keeps it. Refuses with
 * booking-unknown, booking-not-possible (too early, too late, her own), booking-full, profile-incomplete or too-many-requests.
 */
export function book(needs: Needs, accountId: string, which: Which): Promise<{ readonly id: string }> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const { hours, sitting } = await sittingToBook(tx, which, now)
    if (hours.accountId === accountId) throw new Refusal('booking-not-possible')
    if (await areKeptApart(tx, hours.accountId, accountId)) throw new Refusal('booking-unknown')
    const live = await liveAt(tx, hours.id, sitting.day)
    const known = live.find(({ guestAccount }) => guestAccount === accountId)
    if (known) return { id: known.id }
    const name = await nameOf(tx, accountId)
    if (name === undefined) throw new Refusal('profile-incomplete')
    if ((await madeSince(tx, { accountId }, later(now, -day))) >= mostADay) throw new Refusal('too-many-requests')
    const state = placeFor(hours.capacity, countsOf(live))
    if (state === 'refused') throw new Refusal('booking-full')
    const booking: Booking = {
      ...emptyBooking,
      id: needs.newId(),
      hoursId: hours.id,
      day: sitting.day,
      startsAt: sitting.from,
      endsAt: sitting.until,
      guestAccount: accountId,
      guestName: name,
      state,
      madeAt: now,
      goneAt: goneAt(sitting.until, now),
    }
    await addBooking(tx, booking)
    await tellGuest(tx, booking, state)
    if (state === 'booked') await tellHost(tx, booking, 'booked')
    return { id: booking.id }
  })
}

async function sittingToBook(
  tx: Tx,
  { hoursId, day: which }: Which,
  now: Date,
): Promise<{ readonly hours: OfficeHours; readonly sitting: Sitting }> {
  const hours = await lockHours(tx, hoursId)
  if (!hours || !(await isRunning(tx, hoursId, now))) throw new Refusal('booking-unknown')
  const sitting = bookable(timesOf(hours, now), now).find((one) => one.day === which)
  if (!sitting) throw new Refusal('booking-not-possible')
  return { hours, sitting }
}

/** A guest gives up her place, or stops waiting; whoever waits moves up. Once more does nothing. */
export function cancelBooking(needs: Needs, accountId: string, id: string): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const known = await bookingById(tx, id, now)
    if (known?.guestAccount === accountId) {
      const hours = await lockHours(tx, known.hoursId)
      const booking = await bookingById(tx, id, now)
      if (hours && booking && isLive(booking, now)) await giveUp(tx, hours, booking)
      return
    }
    const away = await awayById(tx, id, now)
    if (away?.accountId !== accountId) throw new Refusal('booking-unknown')
    if (isLive(away, now)) await giveUpAway(tx, away.id, { isOwn: true })
  })
}

/** Takes a guest's own booking at another node back; her own calendar hears of it. */
async function giveUpAway(tx: Tx, id: string, { isOwn }: { readonly isOwn: boolean }): Promise<void> {
  const before = await lockAway(tx, id)
  if (!before || before.state === 'left') return
  await wantToLeave(tx, id)
  await enqueue(tx, 'federation.send-join', { bookingId: id }, { key: id })
  if (isOwn && before.state === 'booked')
    await enqueue(tx, 'bookings.tell', { bookingId: id, side: 'away', news: 'left' }, { key: `away ${id}` })
}

/** A time of office hours at a partner node, as that node says. */
export type AwaySitting = {
  readonly hostActor: string
  readonly hostName: string
  readonly event: string
  readonly from: Date
  readonly until: Date
}

/**
 * Somebody here books a time at a partner node; her node asks, and she hears the answer. Refuses with booking-not-listed where that node
 * cannot read who she is, booking-not-possible, booking-unknown where the two are kept apart, or too-many-requests.
 */
export function bookAway(
  needs: Needs & Pick<App, 'config'>,
  accountId: string,
  sitting: AwaySitting,
): Promise<{ readonly id: string }> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const listing = await listingOf(tx, accountId)
    if (!listing || !(listing.partners || listing.public)) throw new Refusal('booking-not-listed')
    const known = await awayAt(tx, accountId, sitting.event)
    if (known) return { id: known.id }
    const isOnHost = sitting.event.startsWith(`${sitting.hostActor}/`)
    const within = bookable([{ day: '', from: sitting.from, until: sitting.until }], now).length === 1
    if (!isOnHost || !within || sitting.until <= sitting.from) throw new Refusal('booking-not-possible')
    const host = { actor: sitting.hostActor, host: new URL(sitting.hostActor).host }
    if (host.host === addresses(needs.config.origin).host || (await isBlockedFor(tx, accountId, host)))
      throw new Refusal('booking-unknown')
    if ((await madeSince(tx, { accountId }, later(now, -day))) >= mostADay) throw new Refusal('too-many-requests')
    const id = needs.newId()
    await addAway(tx, {
      id,
      accountId,
      personId: listing.personId,
      hostActor: sitting.hostActor,
      hostName: sitting.hostName.slice(0, 200),
      event: sitting.event,
      startsAt: sitting.from,
      endsAt: sitting.until,
      place: null,
      state: 'asked',
      sequence: 0,
      wanted: 'join',
      told: null,
      attempts: 0,
      madeAt: now,
      goneAt: goneAt(sitting.until, now),
    })
    await enqueue(tx, 'federation.send-join', { bookingId: id }, { key: id })
    return { id }
  })
}

/** Takes back a booking at another node of somebody who is not known there any more, or who blocked its host. */
export function leaveBehind(needs: Needs, id: string): Promise<void> {
  return needs.db.transaction((tx) => giveUpAway(tx, id, { isOwn: true }))
}
