import type { Router } from 'express'
import type { App } from '../app.ts'
import { day, dayOf, later } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import type { Redirect, View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { callOff, choose, decline, move, offerTimes, sayPlace, withdraw } from './actions.ts'
import { clocksOfReader, theChat } from './chat-pages.ts'
import { mostTimes, type Deed } from './chat.ts'
import { readersClock, type HerTimes } from './clocks.ts'
import { meetingOf, readTimes, suggestedTimes, type PickedTimes } from './pick.ts'
import { placeValues, readPlace, readySentences, type PlaceForm } from './place.ts'
import type { Chat } from './record.ts'
import { shownTime } from './shown.ts'

/** What either side does about a chat, each by a short form of its own; a yes is in answer-pages.ts. */
export function addChangePages(router: Router, app: App): void {
  addChoosePage(router, app)
  addTimesPage(router, app)
  addMovePage(router, app)
  addPlacePage(router, app)
  const end = { decline: paths.declineChat, callOff: paths.callOffChat, withdraw: paths.withdrawChat }
  addEndPage(router, app, { what: 'decline', deed: 'decline', path: end.decline, work: decline })
  addEndPage(router, app, { what: 'callOff', deed: 'call-off', path: end.callOff, work: callOff })
  addEndPage(router, app, { what: 'withdraw', deed: 'withdraw', path: end.withdraw, work: withdraw })
}

/** Shows a form about a chat while its reader may do that, and the chat itself otherwise. */
export async function whilePossible(
  app: App,
  visit: SignedInVisit,
  deed: Deed,
  view: (chat: Chat, clocks: HerTimes) => Promise<View | Redirect> | View | Redirect,
): Promise<View | Redirect> {
  const chat = await theChat(app, visit)
  if (!chat.deeds.includes(deed)) return { redirect: paths.chat(chat.id) }
  return view(chat, (await clocksOfReader(app, visit.account.id, visit.now))(chat))
}

/** What a page needs to let its reader pick times for a chat (pick.njk). */
export function timesView(chat: Chat, clocks: HerTimes, { now, language, t }: SignedInVisit): View {
  const { slot, offered } = chat.exchange.plan
  const [year = '', month = '', date = ''] = dayOf(later(now, 7 * day)).split('-')
  return {
    suggested: suggestedTimes(meetingOf(chat, clocks, now), slot ? [slot] : offered, now).map((one) =>
      shownTime(one, clocks, language, t),
    ),
    clock: readersClock(clocks, now, language, t),
    example: `${Number(date)} ${Number(month)} ${year}`,
  }
}

/** The times that a form sent. */
export function pickedIn(body: Body): PickedTimes {
  return {
    times: body.all('times'),
    day: { day: body.text('typedDay-day'), month: body.text('typedDay-month'), year: body.text('typedDay-year') },
    clock: body.text('typedTime'),
  }
}

/** What a form with place-fields.njk sent. */
export function placeIn(body: Body): PlaceForm {
  return { places: body.all('meetingPlace'), needs: body.all('accessNeeds') }
}

/** What a page with place-fields.njk needs, and the values of its fields. */
export function placeView(app: App, chat: Chat, { t }: SignedInVisit) {
  const hasWords = app.config.requestText
  return { hasWords, ready: readySentences(t), values: placeValues(chat.exchange.words[chat.side], hasWords, t) }
}

function addChoosePage(router: Router, app: App): void {
  form(router, app, paths.chooseTime(':id'), {
    who: 'signed-in',
    view: 'chats/change.njk',
    load: (visit) =>
      whilePossible(app, visit, 'choose', (chat, clocks) => {
        const { now, language, t } = visit
        const ahead = chat.exchange.plan.offered.filter(({ from }) => from > now)
        if (ahead.length === 0) return { redirect: paths.offerTimes(chat.id) }
        return {
          ...changeView(chat, 'choose'),
          offered: ahead.map((slot) => shownTime(slot, clocks, language, t)),
          clock: readersClock(clocks, now, language, t),
          values: {},
        }
      }),
    submit: async (visit, body) => {
      const chat = await theChat(app, visit)
      const slot = chat.exchange.plan.offered.find(({ from }) => from.getTime() === Date.parse(body.text('times')))
      const problem = !slot ? 'choose' : slot.from <= visit.now ? 'past' : undefined
      if (!slot || problem) throw new InvalidInput([{ field: 'times', rule: problem ?? 'choose' }])
      await choose(app, visit.account.id, chat.id, slot)
      return done(visit, chat, 'change.choose.done')
    },
  })
}

function addTimesPage(router: Router, app: App): void {
  form(router, app, paths.offerTimes(':id'), {
    who: 'signed-in',
    view: 'chats/change.njk',
    load: (visit) =>
      whilePossible(app, visit, 'offer-times', (chat, clocks) => ({
        ...changeView(chat, 'times'),
        ...timesView(chat, clocks, visit),
        most: mostTimes,
        values: {},
      })),
    submit: async (visit, body) => {
      const { chat, slots } = await pickedFor(app, visit, body, mostTimes)
      await offerTimes(app, visit.account.id, chat.id, slots)
      return done(visit, chat, 'change.times.done')
    },
  })
}

function addMovePage(router: Router, app: App): void {
  form(router, app, paths.moveChat(':id'), {
    who: 'signed-in',
    view: 'chats/change.njk',
    load: (visit) =>
      whilePossible(app, visit, 'move', (chat, clocks) => {
        const { slot } = chat.exchange.plan
        return {
          ...changeView(chat, 'move'),
          ...timesView(chat, clocks, visit),
          time: slot && shownTime(slot, clocks, visit.language, visit.t),
          most: 1,
          values: {},
        }
      }),
    submit: async (visit, body) => {
      const { chat, slots } = await pickedFor(app, visit, body, 1)
      await move(app, visit.account.id, chat.id, slots[0])
      return done(visit, chat, 'change.move.done')
    },
  })
}

function addPlacePage(router: Router, app: App): void {
  form(router, app, paths.chatPlace(':id'), {
    who: 'signed-in',
    view: 'chats/change.njk',
    load: (visit) =>
      whilePossible(app, visit, 'say-place', (chat) => ({
        ...changeView(chat, 'place'),
        ...placeView(app, chat, visit),
      })),
    submit: async (visit, body) => {
      const chat = await theChat(app, visit)
      await sayPlace(app, visit.account.id, chat.id, readPlace(placeIn(body), app.config.requestText, visit.t))
      return done(visit, chat, 'change.place.done')
    },
  })
}

type End = {
  readonly what: 'decline' | 'callOff' | 'withdraw'
  readonly deed: Deed
  readonly path: (id: string) => string
  readonly work: typeof decline
}

// Each end is asked for once more: nothing brings it back.
function addEndPage(router: Router, app: App, { what, deed, path, work }: End): void {
  form(router, app, path(':id'), {
    who: 'signed-in',
    view: 'chats/end.njk',
    load: (visit) => whilePossible(app, visit, deed, (chat) => changeView(chat, what)),
    submit: async (visit) => {
      const chat = await theChat(app, visit)
      await work(app, visit.account.id, chat.id)
      return done(visit, chat, `end.${what}.done`)
    },
  })
}

function changeView({ id, peer }: Chat, what: string) {
  return { back: paths.chat(id), id, name: peer.name, what }
}

async function pickedFor(app: App, visit: SignedInVisit, body: Body, most: number) {
  const chat = await theChat(app, visit)
  const clocks = (await clocksOfReader(app, visit.account.id, visit.now))(chat)
  return { chat, slots: readTimes(pickedIn(body), meetingOf(chat, clocks, visit.now), visit.now, most) }
}

function done({ request, t }: SignedInVisit, { id, peer }: Chat, key: string): Redirect {
  request.session.notice = t(`chats:${key}`, { name: peer.name })
  return { redirect: paths.chat(id) }
}
