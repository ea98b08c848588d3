import type { App } from '../app.ts'
import { accountById } from '../accounts/views.ts'
import { addresses } from '../common/addresses.ts'
import { entryByPerson } from '../directory/views.ts'
import type { BookingNews } from '../jobs/queue.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { partnerByHost, readingOf } from '../partners/views.ts'
import { profileOf } from '../profile/views.ts'
import { endApart, endLeftBehind, tidyBookings } from './actions.ts'
import { awayById, awayLeftBehind, liveAway } from './away-views.ts'
import type { BookingState } from './booking.ts'
import { leaveBehind } from './booking-actions.ts'
import { bookingMail, pageOf, type BookingLetter } from './mails.ts'
import { endWithoutGuest, endWithoutHost } from './receive-actions.ts'
import {
  bookingById,
  bookingsKeptApart,
  comingTo,
  hoursLeftBehind,
  liveFromElsewhere,
  nameOf,
  type BookingHere,
} from './views.ts'

const atOnce = 200

/** Mails about bookings, and the end of those that cannot be any more. */
export const bookingJobs: JobHandlers = {
  'bookings.tell': (app, { bookingId, side, news }) =>
    side === 'away' ? tellAway(app, bookingId, news) : tell(app, bookingId, side, news),
  'bookings.settle': settle,
}

/** No page shows what has ended, whether or not these ran. */
export const bookingTimetable: readonly TimetableEntry[] = [
  { name: 'bookings.settle-all', cron: '*/5 * * * *', run: settle },
  { name: 'bookings.without-other', cron: '19 * * * *', run: endThoseAlone },
  { name: 'bookings.tidy-up', cron: '37 * * * *', run: tidyBookings },
]

async function tell(app: App, id: string, side: 'guest' | 'host', news: BookingNews): Promise<void> {
  const booking = await bookingById(app.db, id, app.now())
  if (!booking || booking.startsAt <= app.now() || !isStillSo(news, booking.state)) return
  const readerId = side === 'guest' ? booking.guestAccount : booking.hours.accountId
  if (readerId === null) return
  const hostIri = addresses(app.config.origin).person(booking.hours.personId)
  const name = side === 'guest' ? await nameOf(app.db, booking.hours.accountId) : booking.guestName
  await send(app, readerId, {
    side,
    news,
    name: name ?? '',
    slot: { from: booking.startsAt, until: booking.endsAt },
    otherCountry: side === 'guest' ? await countryOf(app, readerId, hostIri) : null,
    path: pageOf(side, id),
    calendar: await calendarOf(app, booking, side, news),
  })
}

// A mail that comes late says nothing that is not so any more.
function isStillSo(news: BookingNews, state: BookingState): boolean {
  return state === (news === 'moved-up' ? 'booked' : news)
}

// A guest's calendar knows her booking, a host's the time: she has one entry for all who come.
async function calendarOf(
  app: App,
  booking: BookingHere,
  side: 'guest' | 'host',
  news: BookingNews,
): Promise<BookingLetter['calendar']> {
  const at = addresses(app.config.origin)
  const { id, hours, day, sequence } = booking
  if (side === 'guest') return forGuest(at.booking(hours.personId, id), sequence, news)
  const coming = await comingTo(app.db, hours.accountId, app.now())
  const isAnybody = coming.some((one) => one.hoursId === hours.id && one.day === day && one.state === 'booked')
  return {
    method: isAnybody ? 'REQUEST' : 'CANCEL',
    iri: at.officeHour(hours.personId, hours.id, day),
    sequence: Math.floor((app.now().getTime() - hours.madeAt.getTime()) / 1000),
  }
}

function forGuest(iri: string, sequence: number, news: BookingNews): BookingLetter['calendar'] {
  if (news === 'waiting' || news === 'refused') return undefined
  const isComing = news === 'booked' || news === 'moved-up'
  return { method: isComing ? 'REQUEST' : 'CANCEL', iri, sequence }
}

async function tellAway(app: App, id: string, news: BookingNews): Promise<void> {
  const booking = await awayById(app.db, id, app.now())
  if (!booking || booking.startsAt <= app.now() || !isStillSo(news, booking.state)) return
  const { personId, accountId, hostName, startsAt, endsAt, sequence, state } = booking
  // What she gave up herself comes after all that the host said.
  const number = state === 'left' ? sequence + 1 : sequence
  await send(app, accountId, {
    side: 'guest',
    news,
    name: hostName,
    slot: { from: startsAt, until: endsAt },
    otherCountry: await countryOf(app, accountId, booking.hostActor),
    path: pageOf('guest', id),
    calendar: forGuest(addresses(app.config.origin).booking(personId, id), number, news),
  })
}

// As far as she may know it.
async function countryOf(app: App, accountId: string, actor: string): Promise<string | null> {
  const card = await entryByPerson(app.db, app.now(), { audience: 'members', accountId }, actor)
  return card?.document.worksFor.addressCountry ?? null
}

async function send(
  app: App,
  accountId: string,
  { otherCountry, ...letter }: Omit<BookingLetter, 'clocks'> & { readonly otherCountry: string | null },
): Promise<void> {
  const account = await accountById(app.db, accountId)
  if (account?.state !== 'active') return
  const profile = await profileOf(app.db, accountId)
  const clocks = { own: profile?.fields ?? {}, otherCountry, nodeZone: app.config.timeZone }
  await app.mail.send(bookingMail(app, account, { ...letter, clocks }, app.now()))
}

/** Ends what cannot be any more: of people who are not listed under that id, and of two who are kept apart. */
async function settle(app: App): Promise<void> {
  const now = app.now()
  for (const id of await hoursLeftBehind(app.db, now, atOnce)) await endLeftBehind(app, id)
  for (const id of await bookingsKeptApart(app.db, now, atOnce)) await endApart(app, id)
  for (const id of await awayLeftBehind(app.db, now, atOnce)) await leaveBehind(app, id)
}

// Who left may not be able to say so: who is not listed any more by a node that we read well does not sit there, and does not come.
async function endThoseAlone(app: App): Promise<void> {
  for (const { id, accountId, hostActor } of await liveAway(app.db, app.now(), atOnce))
    if (await isGone(app, accountId, hostActor)) await endWithoutHost(app, id)
  for (const { id, accountId, guestActor } of await liveFromElsewhere(app.db, app.now(), atOnce))
    if (await isGone(app, accountId, guestActor)) await endWithoutGuest(app, id)
}

async function isGone(app: App, accountId: string, actor: string): Promise<boolean> {
  const partner = await partnerByHost(app.db, new URL(actor).host)
  const reading = partner && (await readingOf(app.db, partner.id))
  if (!reading || reading.hidden || reading.snapshotOpen || reading.validUntil <= app.now()) return false
  return (await entryByPerson(app.db, app.now(), { audience: 'members', accountId }, actor)) === undefined
}
