import type { Router } from 'express'
import type { App } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { software } from '../common/software.ts'
import { countries } from '../common/vocabularies.ts'
import type { OwnHours } from '../hours/meeting.ts'
import type { Span } from '../hours/span.ts'
import { wallClock } from '../hours/week.ts'
import { profileOf } from '../profile/views.ts'
import { button, form } from '../web/form.ts'
import { admit, type View } from '../web/page.ts'
import { visitOf, type Body, type SignedInVisit } from '../web/visit.ts'
import { answer } from './actions.ts'
import { meetingCalendar } from './meeting-calendar.ts'
import { forgetMeeting, noteMeeting } from './meeting-actions.ts'
import { meetingOf } from './meeting-views.ts'
import {
  clockOf,
  isInsideHours,
  lengths,
  longestPlace,
  mostTimes,
  timesToOffer,
  typedLength,
  typedMeeting,
  type Meeting,
} from './meeting.ts'
import { keptDays, mayAnswer, type OpenRequest } from './request.ts'
import { clockName, timesText, timeText } from './times-text.ts'
import { requestOf } from './views.ts'

/** Shows the page of a request with these words in its answer, ready to be sent or changed. */
export type ShowAnswer = (visit: SignedInVisit, request: OpenRequest, text: string) => Promise<View>

/** Offering times in words to somebody outside, and noting for herself which was agreed. */
export function addMeetingPages(router: Router, app: App, showAnswer: ShowAnswer): void {
  form(router, app, paths.requestTimes(':id'), {
    who: 'signed-in',
    view: 'requests/times.njk',
    load: (visit) => timesPage(app, visit),
    submit: async (visit, body) => {
      const request = await answerable(app, visit)
      const text = await textOf(app, visit, body)
      // Where nobody writes in her own words, these are ready ones: there is nothing to change in them.
      if (!app.config.requestText) return sendAtOnce(app, visit, request.id, text)
      return { show: 'requests/request.njk', view: await showAnswer(visit, request, text) }
    },
  })
  form(router, app, paths.requestMeeting(':id'), {
    who: 'signed-in',
    view: 'requests/meeting.njk',
    load: (visit) => meetingPage(app, visit),
    submit: (visit, body) => note(app, visit, body),
  })
  button(router, app, paths.forgetRequestMeeting(':id'), {
    who: 'signed-in',
    submit: async (visit) => {
      const id = visit.params['id'] ?? ''
      await forgetMeeting(app, visit.account.id, id)
      visit.request.session.notice = visit.t('requests:meeting.forgotten')
      const isLeft = await requestOf(app.db, visit.account.id, id, visit.now)
      return { redirect: isLeft ? paths.request(id) : paths.requests }
    },
  })
  addCalendarFile(router, app)
}

async function sendAtOnce(app: App, { account, t, request }: SignedInVisit, id: string, text: string) {
  await answer(app, account.id, id, text)
  request.session.notice = t('requests:answer.done')
  return { redirect: paths.request(id) }
}

function addCalendarFile(router: Router, app: App): void {
  router.get(paths.requestCalendar(':id'), async (request, response) => {
    const visit = admit('signed-in', visitOf(app, request))
    if ('redirect' in visit) return response.redirect(visit.redirect)
    const { account, now, t } = visit.visit
    const { id, handle } = await theRequest(app, visit.visit)
    const meeting = await meetingOf(app.db, account.id, id, now)
    if (!meeting) throw new Refusal('request-unknown')
    const file = meetingCalendar({
      meeting,
      uid: `${id}@${new URL(app.config.origin).host}`,
      summary: t('requests:meeting.summary', { who: handle }),
      software: software.name,
      now,
    })
    response
      .set({ 'cache-control': 'no-store', 'content-disposition': 'attachment; filename="talk.ics"' })
      .type('text/calendar; charset=utf-8; method=PUBLISH')
      .send(file)
  })
}

/** What the page of a request shows of the talk that she noted. */
export async function meetingShown(app: App, { account, now, language, t }: SignedInVisit, id: string): Promise<View> {
  const meeting = await meetingOf(app.db, account.id, id, now)
  if (!meeting) return {}
  const zone = clockOf(await hoursOf(app, account.id), now, app.config.timeZone)
  return { meeting: { ...meeting, when: timeText(spanOf(meeting), zone, { t, language }) } }
}

async function timesPage(app: App, visit: SignedInVisit): Promise<View> {
  const { account, now, language, t } = visit
  const { id, handle } = await answerable(app, visit)
  const hours = await hoursOf(app, account.id)
  const zone = clockOf(hours, now, app.config.timeZone)
  const offered = timesToOffer(hours, now, app.config.timeZone, lengths[0])
  return {
    back: paths.request(id),
    id,
    handle,
    clock: clockName(now.getTime(), zone, language),
    times: offered.map((span) => ({ value: String(span.from), text: timeText(span, zone, { t, language }) })),
    most: mostTimes,
    countries: countries(language).map(({ code, name }) => ({ value: code, text: name })),
    ...typingHelp(now, zone, t),
    values: { length: String(lengths[0]) },
  }
}

/** The times that she chose and typed, in words. InvalidInput when there are none, too many, or one that cannot be. */
async function textOf(app: App, visit: SignedInVisit, body: Body): Promise<string> {
  const { account, now, language, t } = visit
  const hours = await hoursOf(app, account.id)
  const zone = clockOf(hours, now, app.config.timeZone)
  const minutes = typedLength(body.text('length'))
  const offered = timesToOffer(hours, now, app.config.timeZone, lengths[0])
  const chosen = offered
    .filter(({ from }) => body.all('times').includes(String(from)))
    .map(({ from }): Span => ({ from, until: from + minutes * 60_000 }))
  // Longer than what was offered, one may end after her day.
  if (chosen.some((span) => !isInsideHours(span, hours, now, app.config.timeZone)))
    throw new InvalidInput([{ field: 'times', rule: 'outside' }])
  const typed = typedParts(body)
  const isTyped = Object.values(typed).some((part) => part !== '')
  const own = isTyped ? typedMeeting(typed, minutes, zone, { now, latest: later(now, keptDays * day) }) : undefined
  if (own && 'problems' in own) throw new InvalidInput(own.problems)
  const spans = [...chosen, ...(own ? [spanOf(own)] : [])].toSorted((one, other) => one.from - other.from)
  if (spans.length === 0) throw new InvalidInput([{ field: 'times', rule: 'required' }])
  if (spans.length > mostTimes) throw new InvalidInput([{ field: 'times', rule: 'most', detail: { count: mostTimes } }])
  const country = body.text('country')
  return timesText(spans, { t, language, zone, ...(country === '' ? {} : { country }) })
}

async function meetingPage(app: App, visit: SignedInVisit): Promise<View> {
  const { account, now, language, t } = visit
  const { id, handle } = await theRequest(app, visit)
  const zone = clockOf(await hoursOf(app, account.id), now, app.config.timeZone)
  const known = await meetingOf(app.db, account.id, id, now)
  return {
    back: paths.request(id),
    id,
    handle,
    clock: clockName(now.getTime(), zone, language),
    hasPlace: app.config.requestText,
    longest: longestPlace,
    ...typingHelp(now, zone, t),
    values: known ? valuesOf(known, zone) : { length: String(lengths[0]) },
  }
}

async function note(app: App, visit: SignedInVisit, body: Body) {
  const { account, now, t, request } = visit
  const id = visit.params['id'] ?? ''
  const hours = await hoursOf(app, account.id)
  const zone = clockOf(hours, now, app.config.timeZone)
  const minutes = typedLength(body.text('length'))
  const times = typedMeeting(typedParts(body), minutes, zone, { now, latest: later(now, keptDays * day) })
  if ('problems' in times) throw new InvalidInput(times.problems)
  const place = app.config.requestText ? body.text('meetingPlace') : ''
  await noteMeeting(app, account.id, id, { ...times, place: place === '' ? null : place })
  request.session.notice = t('requests:meeting.noted')
  return { redirect: paths.request(id) }
}

function typingHelp(now: Date, zone: string, t: SignedInVisit['t']): View {
  const example = wallClock(now.getTime(), zone).add({ days: 7 })
  return {
    example: `${example.day} ${example.month} ${example.year}`,
    lengths: lengths
      .toSorted((one, other) => one - other)
      .map((length) => ({ value: String(length), text: t('requests:meeting.minutes', { count: length }) })),
  }
}

function valuesOf(meeting: Meeting, zone: string) {
  const begin = wallClock(meeting.from.getTime(), zone)
  return {
    'meetingDay-day': String(begin.day),
    'meetingDay-month': String(begin.month),
    'meetingDay-year': String(begin.year),
    meetingTime: begin.toPlainTime().toString({ smallestUnit: 'minute' }),
    length: String(Math.round((meeting.until.getTime() - meeting.from.getTime()) / 60_000)),
    meetingPlace: meeting.place ?? '',
  }
}

function typedParts(body: Body) {
  return {
    day: body.text('meetingDay-day'),
    month: body.text('meetingDay-month'),
    year: body.text('meetingDay-year'),
    time: body.text('meetingTime'),
  }
}

function spanOf({ from, until }: { readonly from: Date; readonly until: Date }): Span {
  return { from: from.getTime(), until: until.getTime() }
}

async function hoursOf(app: App, accountId: string): Promise<OwnHours> {
  return (await profileOf(app.db, accountId))?.fields ?? {}
}

async function answerable(app: App, visit: SignedInVisit): Promise<OpenRequest> {
  const found = await theRequest(app, visit)
  if (!mayAnswer(found)) throw new Refusal('request-not-opened')
  return found
}

async function theRequest(app: App, { account, params, now }: SignedInVisit): Promise<OpenRequest> {
  const found = await requestOf(app.db, account.id, params['id'] ?? '', now)
  if (!found) throw new Refusal('request-unknown')
  return found
}
