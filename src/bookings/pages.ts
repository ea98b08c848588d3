import { Router } from 'express'
import type { App } from '../app.ts'
import { calendarText, uidOf } from '../chats/calendar.ts'
import { partsOf } from '../chats/shown.ts'
import { addresses } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { DirectoryTools } from '../directory/tools.ts'
import { entryByPerson } from '../directory/views.ts'
import { profileOf } from '../profile/views.ts'
import { button } from '../web/form.ts'
import { admit, page } from '../web/page.ts'
import { visitOf, type SignedInVisit } from '../web/visit.ts'
import { awayById, bookingsAway } from './away-views.ts'
import type { BookingState } from './booking.ts'
import { cancelBooking } from './booking-actions.ts'
import { addGuestPages } from './guest-pages.ts'
import { addHostPages } from './host-pages.ts'
import { addPublicPage } from './public-pages.ts'
import { mayCancel, shownTime, type Reader } from './shown.ts'
import type { BookingTools } from './tools.ts'
import { bookingById, bookingsHere, hoursOf, hoursOfPerson, nameOf } from './views.ts'

/** Office hours: setting them, booking them, and what somebody has booked. */
export function bookingPages(app: App, tools: BookingTools): Router {
  const router = Router()
  addHostPages(router, app)
  addGuestPages(router, app, tools)
  addPublicPage(router, app)
  page(router, app, paths.bookings, {
    who: 'signed-in',
    view: 'bookings/bookings.njk',
    load: (visit) => listPage(app, visit),
  })
  page(router, app, paths.booking(':id'), {
    who: 'signed-in',
    view: 'bookings/booking.njk',
    load: (visit) => bookingPage(app, visit),
  })
  button(router, app, paths.cancelBooking(':id'), {
    who: 'signed-in',
    submit: async (visit) => {
      await cancelBooking(app, visit.account.id, visit.params['id'] ?? '')
      visit.request.session.notice = visit.t('bookings:booking.cancelled')
      return { redirect: paths.bookings }
    },
  })
  addCalendarFile(router, app)
  return router
}

/** Whether somebody in public scope holds office hours: for her page. */
export async function holdsOfficeHours(app: App, personId: string): Promise<boolean> {
  return (await hoursOfPerson(app.db, personId, app.now())).length > 0
}

/** What the directory's pages say of office hours. */
export const directoryTools: DirectoryTools = {
  async officeHours(app, { accountId }) {
    if (accountId === undefined) return 'perhaps'
    return (await hoursOf(app.db, accountId, app.now())).length > 0 ? 'yes' : 'no'
  },
}

/** A booking as its guest reads it, wherever it was made. */
type Shown = {
  readonly id: string
  readonly name: string
  readonly from: Date
  readonly until: Date
  readonly state: BookingState
  readonly place: string | null
  /** The actor of whoever sits there. */
  readonly actor: string
  /** What makes the UID, and the version of the file. */
  readonly iri: string
  readonly sequence: number
}

async function allOf(app: App, { account, now }: SignedInVisit): Promise<readonly Shown[]> {
  const here = await bookingsHere(app.db, account.id, now)
  const away = await bookingsAway(app.db, account.id, now)
  const shown = [
    ...(await Promise.all(here.map((one) => shownHere(app, one)))),
    ...away.map((one) => shownAway(app, one)),
  ]
  return shown.toSorted((one, other) => one.from.getTime() - other.from.getTime())
}

async function shownHere(app: App, booking: Awaited<ReturnType<typeof bookingsHere>>[number]): Promise<Shown> {
  const { id, hours, startsAt, endsAt, state, sequence } = booking
  const at = addresses(app.config.origin)
  return {
    id,
    name: (await nameOf(app.db, hours.accountId)) ?? '',
    from: startsAt,
    until: endsAt,
    state,
    place: state === 'booked' && hours.place !== '' ? hours.place : null,
    actor: at.person(hours.personId),
    iri: at.booking(hours.personId, id),
    sequence,
  }
}

function shownAway(app: App, booking: Awaited<ReturnType<typeof bookingsAway>>[number]): Shown {
  const { id, hostName, startsAt, endsAt, state, place, hostActor, personId, sequence } = booking
  const iri = addresses(app.config.origin).booking(personId, id)
  return {
    id,
    name: hostName,
    from: startsAt,
    until: endsAt,
    state,
    place,
    actor: hostActor,
    iri,
    sequence,
  }
}

async function readerOf(app: App, { account, language, t }: SignedInVisit): Promise<Reader> {
  const profile = await profileOf(app.db, account.id)
  return { own: profile?.fields ?? {}, nodeZone: app.config.timeZone, language, t }
}

async function listPage(app: App, visit: SignedInVisit) {
  const reader = await readerOf(app, visit)
  return {
    back: paths.myListing,
    bookings: (await allOf(app, visit)).map(({ id, name, state, from, until }) => ({
      id,
      name,
      state,
      text: shownTime({ from, until }, reader, null),
    })),
  }
}

async function theBooking(app: App, { account, params, now }: SignedInVisit): Promise<Shown> {
  const id = params['id'] ?? ''
  const here = await bookingById(app.db, id, now)
  if (here?.guestAccount === account.id) return shownHere(app, here)
  const away = await awayById(app.db, id, now)
  if (away?.accountId !== account.id) throw new Refusal('booking-unknown')
  return shownAway(app, away)
}

async function bookingPage(app: App, visit: SignedInVisit) {
  const { id, name, state, place, actor, ...slot } = await theBooking(app, visit)
  const viewer = { audience: 'members', accountId: visit.account.id } as const
  const card = await entryByPerson(app.db, visit.now, viewer, actor)
  return {
    back: paths.bookings,
    id,
    name,
    state,
    text: shownTime(slot, await readerOf(app, visit), card?.document.worksFor.addressCountry ?? null),
    place: place === null ? undefined : partsOf(place),
    mayCancel: mayCancel(state) && slot.until > visit.now,
    key: card?.key,
  }
}

/** The file of a booking for her calendar: with the place, so for her alone, signed in. */
function addCalendarFile(router: Router, app: App): void {
  router.get(paths.bookingCalendar(':id'), async (request, response) => {
    const admitted = admit('signed-in', visitOf(app, request))
    if ('redirect' in admitted) return response.redirect(admitted.redirect)
    const { visit } = admitted
    const { id, name, state, place, from, until, iri, sequence } = await theBooking(app, visit)
    if (state !== 'booked') throw new Refusal('booking-unknown')
    const url = `${app.config.origin}${paths.booking(id)}`
    response.attachment('booking.ics').set({
      'cache-control': 'no-store',
      'content-type': 'text/calendar; charset=utf-8; method=PUBLISH',
    })
    response.send(
      calendarText({
        method: 'PUBLISH',
        uid: uidOf(iri),
        sequence,
        slot: { from, until },
        title: visit.t('bookings:calendar.guest', { name }),
        text: visit.t('bookings:calendar.text', { url }),
        ...(place === null ? {} : { place }),
        url,
        from: app.config.mailFrom,
        reader: visit.account.mail,
        madeAt: visit.now,
        language: visit.language,
      }),
    )
  })
}
