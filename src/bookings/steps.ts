import type { Needs } from '../app.ts'
import type { Tx } from '../database/database.ts'
import { enqueue, type BookingNews } from '../jobs/queue.ts'
import { listingOf } from '../listing/views.ts'
import { isLive, type Booking } from './booking.ts'
import type { OfficeHours } from './office-hours.ts'
import { changeState, endHoursRow, grow, liveAt } from './store.ts'
import { comingTo } from './views.ts'

/** Tells the guest of a booking what became of it: by mail when she is here, else her node. */
export async function tellGuest(
  tx: Tx,
  { id, guestAccount }: Pick<Booking, 'id' | 'guestAccount'>,
  news: BookingNews,
): Promise<void> {
  if (guestAccount === null) await enqueue(tx, 'federation.send-booking', { bookingId: id }, { key: id })
  else await enqueue(tx, 'bookings.tell', { bookingId: id, side: 'guest', news }, { key: `guest ${id}` })
}

/** Tells the host of a booking by mail; her calendar too. */
export async function tellHost(tx: Tx, { id }: Pick<Booking, 'id'>, news: BookingNews): Promise<void> {
  await enqueue(tx, 'bookings.tell', { bookingId: id, side: 'host', news }, { key: `host ${id}` })
}

/** Gives a place that became free to whoever waits for it. The hours are locked. */
export async function moveUp(tx: Tx, hours: OfficeHours, day: string): Promise<void> {
  const live = await liveAt(tx, hours.id, day)
  const free = hours.capacity - live.filter(({ state }) => state === 'booked').length
  for (const next of live.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free))) {
    await changeState(tx, next.id, 'booked')
    await tellGuest(tx, next, 'moved-up')
    await tellHost(tx, next, 'booked')
  }
}

/** Ends a booking by its guest, and gives the place on. The hours are locked. */
export async function giveUp(tx: Tx, hours: OfficeHours, booking: Booking): Promise<void> {
  if (!(await changeState(tx, booking.id, 'left'))) return
  // Her calendar takes it out; another node knows it already.
  if (booking.guestAccount !== null) await tellGuest(tx, booking, 'left')
  if (booking.state === 'booked') await tellHost(tx, booking, 'left')
  await moveUp(tx, hours, booking.day)
}

/** Calls a booking off by its host. Whoever waits moves up only where the time itself stays. The hours are locked. */
export async function callOff(tx: Tx, booking: Booking): Promise<void> {
  if (!(await changeState(tx, booking.id, 'called-off'))) return
  await tellGuest(tx, booking, 'called-off')
  if (booking.state === 'booked') await tellHost(tx, booking, 'called-off')
}

/** Ends office hours with all that was booked of them. They are locked. */
export async function endAll(tx: Tx, needs: Needs, hours: OfficeHours): Promise<void> {
  const now = needs.now()
  const coming = (await comingTo(tx, hours.accountId, now)).filter(({ hoursId }) => hoursId === hours.id)
  for (const booking of coming) if (isLive(booking, now)) await callOff(tx, booking)
  await endHoursRow(tx, hours.id, now)
  await tellFollowers(tx, hours)
}

/** Lets what her followers read of office hours be made anew. */
export async function tellFollowers(tx: Tx, { accountId, personId, told }: OfficeHours): Promise<void> {
  const listing = told ? await listingOf(tx, accountId) : undefined
  if (listing?.public && listing.personId === personId)
    await enqueue(tx, 'federation.settle-posts', { personId }, { key: personId })
}

/** Has a guest's node told again, since the place changed. */
export async function newEdition(tx: Tx, booking: Booking): Promise<void> {
  if (booking.state !== 'booked') return
  await grow(tx, booking.id)
  await tellGuest(tx, booking, 'booked')
}
