import type { Router } from 'express'
import type { App } from '../app.ts'
import { day, dayOf, later } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { pauseProblems, running, typedDay } from '../listing/flag.ts'
import { flagOf } from '../listing/views.ts'
import { form } from '../web/form.ts'
import type { Redirect, View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { accept, type Acceptance } from './actions.ts'
import { pickedIn, placeIn, placeView, timesView, whilePossible } from './change-pages.ts'
import { clocksOfReader, theChat } from './chat-pages.ts'
import { mostTimes, type Slot } from './chat.ts'
import { readersClock, type HerTimes } from './clocks.ts'
import { meetingOf, readTimes, slotFrom } from './pick.ts'
import { readPlace } from './place.ts'
import type { Chat } from './record.ts'
import { shownTime } from './shown.ts'

/**
 * A yes in two steps: which time (or which other times), then where to meet, what is needed and whether she is still open. What she has
 * chosen is in the address, so that nothing is kept of an answer that is not given.
 */
export function addAnswerPages(router: Router, app: App): void {
  form(router, app, paths.answerChat(':id'), {
    who: 'signed-in',
    view: 'chats/answer.njk',
    load: (visit) => whilePossible(app, visit, 'accept', (chat, clocks) => stepPage(app, visit, chat, clocks)),
    submit: (visit, body) => goOn(app, visit, body),
  })
}

type Step =
  | { readonly step: 'time'; readonly ahead: readonly Slot[] }
  | { readonly step: 'suits'; readonly ahead: readonly Slot[] }
  | { readonly step: 'times' }
  | { readonly step: 'rest'; readonly slot: Slot }
  | { readonly step: 'rest'; readonly times: readonly Slot[] }

// Where she is, by the address. Times that have passed since they were offered are none any more.
function stepOf(visit: SignedInVisit, chat: Chat, clocks: HerTimes): Step {
  const { query, now } = visit
  const ahead = chat.exchange.plan.offered.filter(({ from }) => from > now)
  const meeting = meetingOf(chat, clocks, now)
  const times = visit
    .queryAll('times')
    .flatMap((text) => slotFrom(text, meeting) ?? [])
    .filter(({ from }) => from > now)
  if (times.length > 0) return { step: 'rest', times: times.slice(0, mostTimes) }
  const slot = ahead.find(({ from }) => from.getTime() === Date.parse(query['time'] ?? ''))
  if (slot) return { step: 'rest', slot }
  if (ahead.length === 0 || query['time'] === 'other') return { step: 'times' }
  // Where three meet, who convened them picks one of those that suit both.
  return chat.invited.length > 0 ? { step: 'suits', ahead } : { step: 'time', ahead }
}

async function stepPage(app: App, visit: SignedInVisit, chat: Chat, clocks: HerTimes): Promise<View> {
  const { account, now, language, t } = visit
  const found = stepOf(visit, chat, clocks)
  const tell = (slots: readonly Slot[]) => slots.map((slot) => shownTime(slot, clocks, language, t))
  const shared = { id: chat.id, name: chat.peer.name, step: found.step, back: paths.chat(chat.id) }
  if (found.step === 'time' || found.step === 'suits')
    return { ...shared, offered: tell(found.ahead), clock: readersClock(clocks, now, language, t), values: {} }
  const first = paths.answerChat(chat.id)
  if (found.step === 'times')
    return { ...shared, back: first, ...timesView(chat, clocks, visit), most: mostTimes, values: {} }
  const [year = '', month = '', date = ''] = dayOf(later(now, 14 * day)).split('-')
  const place = placeView(app, chat, visit)
  return {
    ...shared,
    ...place,
    back: first,
    isSlot: 'slot' in found,
    chosen: tell('slot' in found ? [found.slot] : found.times),
    flag: running(await flagOf(app.db, account.id), now),
    pauseExample: `${Number(date)} ${Number(month)} ${year}`,
    values: { ...place.values, flag: 'stay' },
  }
}

async function goOn(app: App, visit: SignedInVisit, body: Body): Promise<Redirect> {
  const chat = await theChat(app, visit)
  if (!chat.deeds.includes('accept')) return { redirect: paths.chat(chat.id) } // it was answered, or ended, in the meantime
  const clocks = (await clocksOfReader(app, visit.account.id, visit.now))(chat)
  const found = stepOf(visit, chat, clocks)
  const here = paths.answerChat(chat.id)
  if (found.step === 'time') {
    const given = body.text('time')
    const isOffered = found.ahead.some(({ from }) => from.getTime() === Date.parse(given))
    if (given !== 'other' && !isOffered) throw new InvalidInput([{ field: 'time', rule: 'choose' }])
    return { redirect: `${here}?time=${encodeURIComponent(given)}` }
  }
  if (found.step === 'suits') {
    const given = body.all('time')
    const suits = found.ahead.flatMap(({ from }) => given.filter((text) => from.getTime() === Date.parse(text)))
    if (suits.length === 0) throw new InvalidInput([{ field: 'time', rule: 'choose' }])
    return { redirect: `${here}?${suits.map((text) => `times=${encodeURIComponent(text)}`).join('&')}` }
  }
  if (found.step === 'times') {
    const slots = readTimes(pickedIn(body), meetingOf(chat, clocks, visit.now), visit.now)
    const times = slots.map((slot) => `times=${encodeURIComponent(shownTime(slot, clocks, 'en', visit.t).value)}`)
    return { redirect: `${here}?${times.join('&')}` }
  }
  const said = readPlace(placeIn(body), app.config.requestText, visit.t)
  const flag = await flagIn(app, visit, body)
  const what = 'slot' in found ? { slot: found.slot } : { times: found.times }
  await accept(app, visit.account.id, chat.id, { ...what, ...said, ...flag })
  visit.request.session.notice = visit.t('chats:answer.done', { name: chat.peer.name })
  return { redirect: paths.chat(chat.id) }
}

// Nobody is asked whose flag is down anyway.
async function flagIn(
  app: App,
  { account, now }: SignedInVisit,
  body: Body,
): Promise<Pick<Acceptance, 'flag' | 'pausedUntil'>> {
  const open = running(await flagOf(app.db, account.id), now)
  const given = body.text('flag')
  if (!open) return { flag: 'stay' }
  if (given === 'stay' || given === 'close') return { flag: given }
  if (given !== 'pause') throw new InvalidInput([{ field: 'flag', rule: 'choose' }])
  const part = (name: string): string => body.text(`pausedUntil-${name}`)
  const until = typedDay('pausedUntil', { day: part('day'), month: part('month'), year: part('year') })
  if ('problem' in until) throw new InvalidInput([until.problem])
  const problems = pauseProblems(until.day, open, now)
  if (problems.length > 0) throw new InvalidInput(problems)
  return { flag: 'pause', pausedUntil: until.day }
}
