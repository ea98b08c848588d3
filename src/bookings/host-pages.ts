import type { Router } from 'express'
import type { App } from '../app.ts'
import { readPlace, readySentences } from '../chats/place.ts'
import { day as dayLong, dayOf, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { typedDay } from '../listing/flag.ts'
import { listingOf } from '../listing/views.ts'
import { profileOf } from '../profile/views.ts'
import { weekDays } from '../profile/working-week.ts'
import { button, form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { callOffDay, changePlace, endOfficeHours, setOfficeHours, toldWording } from './actions.ts'
import {
  capacities,
  everies,
  lengths,
  longestDays,
  mostHours,
  ownClock,
  type HoursTerms,
  type OfficeHours,
} from './office-hours.ts'
import { comersOf, hoursLine, shownTime, type Reader } from './shown.ts'
import { comingTo, hoursOf, timesOf } from './views.ts'

/** So many of the next times stand on the page. */
const mostShown = 6

/** Somebody's own office hours: setting them, who comes, calling off a day, ending them. */
export function addHostPages(router: Router, app: App): void {
  page(router, app, paths.officeHours, {
    who: 'signed-in',
    view: 'bookings/hours.njk',
    load: (visit) => hoursPage(app, visit),
  })
  form(router, app, paths.newOfficeHours, {
    who: 'signed-in',
    view: 'bookings/new.njk',
    load: (visit) => newPage(app, visit),
    submit: (visit, body) => submitNew(app, visit, body),
  })
  form(router, app, paths.officeHoursPlace(':id'), {
    who: 'signed-in',
    view: 'bookings/place.njk',
    load: async (visit) => {
      const hours = await ownHours(app, visit)
      return { ...placeView(app, visit), back: paths.officeHours, id: hours.id, values: { meetingPlace: hours.place } }
    },
    submit: async (visit, body) => {
      await changePlace(app, visit.account.id, visit.params['id'] ?? '', placeIn(app, visit, body))
      visit.request.session.notice = visit.t('bookings:place.done')
      return { redirect: paths.officeHours }
    },
  })
  addEnds(router, app)
}

function addEnds(router: Router, app: App): void {
  button(router, app, paths.callOffOfficeHour(':id'), {
    who: 'signed-in',
    submit: async (visit, body) => {
      await callOffDay(app, visit.account.id, visit.params['id'] ?? '', body.text('day'))
      visit.request.session.notice = visit.t('bookings:hours.offDone')
      return { redirect: paths.officeHours }
    },
  })
  form(router, app, paths.endOfficeHours(':id'), {
    who: 'signed-in',
    view: 'bookings/end.njk',
    load: async (visit) => {
      const hours = await ownHours(app, visit)
      const coming = await comingTo(app.db, visit.account.id, visit.now)
      return {
        back: paths.officeHours,
        id: hours.id,
        line: hoursLine(hours, visit.t),
        coming: coming.filter(({ hoursId }) => hoursId === hours.id).length,
      }
    },
    submit: async (visit) => {
      await endOfficeHours(app, visit.account.id, visit.params['id'] ?? '')
      visit.request.session.notice = visit.t('bookings:end.done')
      return { redirect: paths.officeHours }
    },
  })
}

async function ownHours(app: App, { account, params, now }: SignedInVisit): Promise<OfficeHours> {
  const hours = (await hoursOf(app.db, account.id, now)).find(({ id }) => id === params['id'])
  if (!hours) throw new Refusal('booking-unknown')
  return hours
}

async function readerOf(app: App, { account, language, t }: SignedInVisit): Promise<Reader> {
  const profile = await profileOf(app.db, account.id)
  return { own: profile?.fields ?? {}, nodeZone: app.config.timeZone, language, t }
}

async function hoursPage(app: App, visit: SignedInVisit) {
  const { account, now, t } = visit
  const listing = await listingOf(app.db, account.id)
  const all = await hoursOf(app.db, account.id, now)
  const coming = await comingTo(app.db, account.id, now)
  const reader = await readerOf(app, visit)
  return {
    back: paths.myListing,
    isListed: listing !== undefined,
    mayAdd: all.length < mostHours,
    seenBy: seenBy(listing, visit),
    hours: all.map((hours) => {
      const times = timesOf(hours, now)
      return {
        id: hours.id,
        line: hoursLine(hours, t),
        until: hours.untilDay,
        capacity: hours.capacity,
        place: hours.place,
        told: hours.told,
        more: Math.max(0, times.length - mostShown),
        times: times.slice(0, mostShown).map((sitting) => ({
          day: sitting.day,
          text: shownTime(sitting, reader, null),
          comers: comersOf(coming, hours.id, sitting.day),
        })),
      }
    }),
  }
}

function seenBy(
  listing: { readonly here: boolean; readonly partners: boolean; readonly public: boolean } | undefined,
  { t }: SignedInVisit,
): readonly string[] {
  if (!listing) return []
  return (['here', 'partners', 'public'] as const)
    .filter((purpose) => listing[purpose])
    .map((purpose) => t(`bookings:seenBy.${purpose}`))
}

async function newPage(app: App, visit: SignedInVisit) {
  const { account, now, t, language } = visit
  const listing = await listingOf(app.db, account.id)
  const profile = await profileOf(app.db, account.id)
  const { zone, pattern } = ownClock(profile?.fields ?? {}, now)
  const end = dayParts(dayOf(later(now, 60 * dayLong)))
  return {
    back: paths.officeHours,
    isListed: listing !== undefined,
    hasClock: zone !== undefined,
    toHours: `${paths.profile('hours')}?from=check`,
    week: weekDays
      .filter((day) => (pattern[day] ?? []).length > 0)
      .map((day) => ({
        value: day,
        text: t(`profile:days.${day}`),
        hint: { text: (pattern[day] ?? []).map((span) => t('bookings:new.span', span)).join(', ') },
      })),
    lengths: lengths.map((minutes) => ({
      value: String(minutes),
      text: t('bookings:new.minutes', { count: minutes }),
    })),
    everies: everies.map((every) => ({ value: every, text: t(`bookings:new.every.${every}`) })),
    capacities: capacities.map((count) => ({ value: String(count), text: t('bookings:new.people', { count }) })),
    days: longestDays,
    example: `${end.day} ${end.month} ${end.year}`,
    ...placeView(app, visit),
    told: listing?.public ? toldWording(app, language) : undefined,
    values: {
      sittingLength: '30',
      every: 'fortnight',
      people: '1',
      'untilDay-day': end.day,
      'untilDay-month': end.month,
      'untilDay-year': end.year,
    },
  }
}

async function submitNew(app: App, visit: SignedInVisit, body: Body) {
  const until = typedDay('untilDay', {
    day: body.text('untilDay-day'),
    month: body.text('untilDay-month'),
    year: body.text('untilDay-year'),
  })
  const terms: HoursTerms = {
    weekDay: body.text('weekDay'),
    startsAt: typedTime(body.text('startsAt')),
    minutes: Number(body.text('sittingLength')),
    every: body.text('every'),
    capacity: Number(body.text('people')),
    untilDay: 'day' in until ? until.day : '',
    place: placeIn(app, visit, body),
    told: body.all('told').includes('yes'),
  }
  try {
    await setOfficeHours(app, visit.account.id, { terms, language: visit.language })
  } catch (error) {
    // That no day was typed and that it is none are different things to say.
    if (error instanceof InvalidInput && 'problem' in until)
      throw new InvalidInput(error.problems.map((one) => (one.field === 'untilDay' ? until.problem : one)))
    throw error
  }
  visit.request.session.notice = visit.t('bookings:new.done')
  return { redirect: paths.officeHours }
}

// 9:00, 9.00 and 0900 are all 09:00.
function typedTime(text: string): string {
  const [, hours = '', minutes = ''] = /^(\d{1,2})[:.h]?(\d\d)$/.exec(text.replaceAll(' ', '')) ?? []
  return hours === '' ? text : `${hours.padStart(2, '0')}:${minutes}`
}

function placeView(app: App, { t }: SignedInVisit) {
  const { places } = readySentences(t)
  return { hasWords: app.config.requestText, readyPlaces: places.filter(({ value }) => value.endsWith('-me')) }
}

function placeIn(app: App, { t }: SignedInVisit, body: Body): string {
  return readPlace({ places: body.all('meetingPlace'), needs: [] }, app.config.requestText, t).place ?? ''
}

function dayParts(text: string) {
  const [year = '', month = '', dayNumber = ''] = text.split('-')
  return { day: String(Number(dayNumber)), month: String(Number(month)), year }
}
