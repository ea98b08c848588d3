import type { Router } from 'express'
import type { App } from '../app.ts'
import type { Card } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { listingOf } from '../listing/views.ts'
import { profileOf } from '../profile/views.ts'
import { form } from '../web/form.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { bookingsAway } from './away-views.ts'
import { isLive } from './booking.ts'
import { book, bookAway } from './booking-actions.ts'
import { bookable, bookableDays, type OfficeHours } from './office-hours.ts'
import { hoursLine, shownTime, type Reader } from './shown.ts'
import type { BookingTools, TimeElsewhere } from './tools.ts'
import { bookingsHere, hoursOf, takenAt, timesOf } from './views.ts'

/** The office hours of somebody in the directory, here or at a partner node, and booking a time of them. */
export function addGuestPages(router: Router, app: App, tools: BookingTools): void {
  form(router, app, paths.hostedHours(':key'), {
    who: 'signed-in',
    view: 'bookings/hosted.njk',
    load: async (visit) => {
      const card = await cardOf(app, visit)
      if (card.isMine) return { redirect: paths.officeHours }
      return hostedPage(app, tools, visit, card)
    },
    submit: (visit, body) => submit(app, tools, visit, body),
  })
}

async function cardOf(app: App, { account, now, params }: SignedInVisit): Promise<Card> {
  const viewer = await viewerOf(app.db, account)
  const card = await entryByKey(app.db, now, viewer, params['key'] ?? '')
  if (!card) throw new Refusal('not-found')
  return card
}

type Choice = {
  readonly value: string
  readonly from: Date
  readonly until: Date
  readonly isFull: boolean
  readonly booking: string | undefined
}

async function hostedPage(app: App, tools: BookingTools, visit: SignedInVisit, card: Card) {
  const { account, language, t } = visit
  const { name, worksFor } = card.document
  const profile = await profileOf(app.db, account.id)
  const reader: Reader = { own: profile?.fields ?? {}, nodeZone: app.config.timeZone, language, t }
  const isElsewhere = card.accountId === undefined
  const listing = isElsewhere ? await listingOf(app.db, account.id) : undefined
  const choices = await choicesOf(app, tools, visit, card)
  const shown = (choices ?? []).map((choice) => ({
    ...choice,
    text: shownTime(choice, reader, worksFor.addressCountry ?? null),
  }))
  return {
    back: paths.entry(card.key),
    name,
    organisation: worksFor.name,
    host: card.host,
    isElsewhere,
    isSilent: choices === undefined,
    // Her node must know who comes.
    mustBeListed: isElsewhere && !(listing?.partners || listing?.public),
    needsProfile: !isElsewhere && profile?.fields.displayName === undefined,
    days: bookableDays,
    lines: card.accountId === undefined ? [] : await linesOf(app, visit, card.accountId),
    held: shown.filter(({ booking }) => booking !== undefined),
    items: shown
      .filter(({ booking }) => booking === undefined)
      .map(({ value, text, isFull }) => ({
        value,
        text: `${text.day}, ${text.time}`,
        hint: { text: [text.there, isFull ? t('bookings:hosted.full') : undefined].filter(Boolean).join('. ') },
      })),
    clock: shown[0]?.text.clock,
    values: {},
  }
}

async function linesOf(app: App, { now, t }: SignedInVisit, accountId: string): Promise<readonly string[]> {
  return (await hoursOf(app.db, accountId, now)).map((hours) => hoursLine(hours, t))
}

/** What can be booked of somebody; undefined when her node does not say. */
async function choicesOf(
  app: App,
  tools: BookingTools,
  { account, now }: SignedInVisit,
  card: Card,
): Promise<readonly Choice[] | undefined> {
  if (card.accountId !== undefined) return choicesHere(app, account.id, card.accountId, now)
  const times = await tools.timesElsewhere(app, card.document.featuredObject)
  const mine = (await bookingsAway(app.db, account.id, now)).filter((one) => isLive(one, now))
  return (
    times &&
    bookable(
      times.map((time) => ({ ...time, day: time.event })),
      now,
    ).flatMap(({ day: event, from, until }) => {
      const time = times.find((one) => one.event === event)
      const booking = mine.find((one) => one.event === event)?.id
      return time ? [{ value: event, from, until, isFull: time.isFull, booking }] : []
    })
  )
}

async function choicesHere(app: App, readerId: string, hostId: string, now: Date): Promise<readonly Choice[]> {
  const all: readonly OfficeHours[] = await hoursOf(app.db, hostId, now)
  const taken = await takenAt(
    app.db,
    all.map(({ id }) => id),
  )
  const mine = (await bookingsHere(app.db, readerId, now)).filter((one) => isLive(one, now))
  return all
    .flatMap((hours) =>
      bookable(timesOf(hours, now), now).map(({ day, from, until }) => ({
        value: `${hours.id} ${day}`,
        from,
        until,
        isFull: (taken.get(`${hours.id} ${day}`)?.booked ?? 0) >= hours.capacity,
        booking: mine.find((one) => one.hoursId === hours.id && one.day === day)?.id,
      })),
    )
    .toSorted((one, other) => one.from.getTime() - other.from.getTime())
}

async function submit(app: App, tools: BookingTools, visit: SignedInVisit, body: Body) {
  const card = await cardOf(app, visit)
  const value = body.text('sitting')
  if (value === '') throw new InvalidInput([{ field: 'sitting', rule: 'required' }])
  const { id } = await (card.accountId === undefined
    ? bookElsewhere(app, tools, visit, card, value)
    : bookHere(app, visit, card.accountId, value))
  visit.request.session.notice = visit.t(
    card.accountId === undefined ? 'bookings:hosted.asked' : 'bookings:hosted.done',
  )
  return { redirect: paths.booking(id) }
}

async function bookHere(app: App, { account, now }: SignedInVisit, hostId: string, value: string) {
  const [hoursId = '', day = ''] = value.split(' ')
  // Only what stands on this person's page: whoever does not see her cannot book by a number.
  if (!(await hoursOf(app.db, hostId, now)).some(({ id }) => id === hoursId)) throw new Refusal('booking-not-possible')
  return book(app, account.id, { hoursId, day })
}

async function bookElsewhere(app: App, tools: BookingTools, { account }: SignedInVisit, card: Card, value: string) {
  const { featuredObject: hostActor, name: hostName } = card.document
  const times: readonly TimeElsewhere[] = (await tools.timesElsewhere(app, hostActor)) ?? []
  const time = times.find(({ event }) => event === value)
  if (!time) throw new Refusal('booking-not-possible')
  const { event, from, until } = time
  return bookAway(app, account.id, { hostActor, hostName, event, from, until })
}
