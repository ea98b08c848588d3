import type { Router } from 'express'
import type { App } from '../app.ts'
import type { Chat } from '../chats/record.ts'
import { chatOf } from '../chats/views.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { minute } from '../common/clock.ts'
import { paths } from '../common/paths.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByPerson } from '../directory/views.ts'
import { ownZone } from '../hours/meeting.ts'
import { wallClock } from '../hours/week.ts'
import { profileOf } from '../profile/views.ts'
import { form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit, Visit } from '../web/visit.ts'
import { answerWorth, noteWorth, notAgain } from './worth-actions.ts'
import { worthOf, totalsShown } from './worth-views.ts'
import { answers, longestNote, shared, unsaid } from './worth.ts'

/** The private question after a chat, what both may tell each other, and whether there is a next time; and the totals for a host. */
export function addWorthPages(router: Router, app: App): void {
  form(router, app, paths.worth(':id'), {
    who: 'signed-in',
    view: 'learning/worth.njk',
    load: (visit) => worthPage(app, visit),
    async submit(visit, body) {
      const answer = answers.find((one) => one === body.text('worth'))
      if (!answer) throw new InvalidInput([{ field: 'worth', rule: 'choose' }])
      await answerWorth(app, visit.account.id, idIn(visit), answer)
      visit.request.session.notice = visit.t('learning:worth.saved')
      return { redirect: paths.worth(idIn(visit)) }
    },
  })
  form(router, app, paths.worthNote(':id'), {
    who: 'signed-in',
    view: 'learning/worth-note.njk',
    load: (visit) => notePage(app, visit),
    async submit(visit, body) {
      const share = body.text('share')
      if (share !== 'yes' && share !== 'no') throw new InvalidInput([{ field: 'share', rule: 'choose' }])
      const note = app.config.requestText ? body.text('worthNote') : ''
      await noteWorth(app, visit.account.id, idIn(visit), { note, wishes: share === 'yes' })
      visit.request.session.notice = visit.t('learning:worth.saved')
      return { redirect: paths.worth(idIn(visit)) }
    },
  })
  form(router, app, paths.worthAgain(':id'), {
    who: 'signed-in',
    view: 'learning/worth-again.njk',
    load: async (visit) => ({ ...chatFacts(await overChat(app, visit)), back: paths.worth(idIn(visit)) }),
    async submit(visit, body) {
      const again = body.text('again')
      const chat = await overChat(app, visit)
      if (again === 'again') {
        const address = await entryAddress(app, visit, chat)
        if (address !== undefined) return { redirect: address }
        visit.request.session.notice = visit.t('learning:again.gone', { peer: chat.peer.name })
        return { redirect: paths.directory }
      }
      if (again === 'not') await notAgain(app, visit.account.id, chat.id)
      else if (again !== 'later') throw new InvalidInput([{ field: 'again', rule: 'choose' }])
      visit.request.session.notice = visit.t(`learning:again.done.${again}`, { peer: chat.peer.name })
      return { redirect: paths.worth(chat.id) }
    },
  })
  page(router, app, paths.chatTotals, {
    who: 'administrator',
    view: 'learning/totals.njk',
    load: async () => ({ back: paths.administration, totals: await totalsShown(app.db) }),
  })
}

async function worthPage(app: App, visit: SignedInVisit) {
  const chat = await theChat(app, visit)
  const facts = { ...chatFacts(chat), back: paths.chat(chat.id) }
  if (chat.state !== 'ended') return { ...facts, step: 'early' }
  const worth = (await worthOf(app.db, chat.id)) ?? unsaid
  const isAsked = worth.answer === null || visit.query['change'] !== undefined
  if (isAsked) return { ...facts, step: 'ask', answers, values: { worth: worth.answer ?? '' } }
  return {
    ...facts,
    step: 'answered',
    worth,
    tookPlace: shared(worth.answer) !== null,
    logLine: await logLine(app, chat),
  }
}

async function notePage(app: App, visit: SignedInVisit) {
  const chat = await overChat(app, visit)
  const worth = (await worthOf(app.db, chat.id)) ?? unsaid
  if (shared(worth.answer) === null) return { redirect: paths.worth(chat.id) }
  return {
    ...chatFacts(chat),
    back: paths.worth(chat.id),
    worth,
    hasWords: app.config.requestText,
    longest: longestNote,
    values: { worthNote: worth.note, share: worth.wishes ? 'yes' : '' },
  }
}

function chatFacts({ id, peer, exchange, madeAt, endsAt }: Chat) {
  return { id, peer: peer.name, on: exchange.plan.slot?.from ?? madeAt, endsAt }
}

// Where she could ask the other one for another chat; undefined where that one is in the directory no longer.
async function entryAddress(app: App, { account, now }: SignedInVisit, chat: Chat): Promise<string | undefined> {
  const viewer = await viewerOf(app.db, account)
  const card = await entryByPerson(app.db, now, viewer, chat.peer.actor)
  return card && paths.entry(card.key)
}

/** The beginning of a line of her learning log: the day by her own clock, the kind and the length, and no name. */
async function logLine(app: App, chat: Chat): Promise<string> {
  const { slot } = chat.exchange.plan
  if (!slot) return paths.newLearned
  const own = (await profileOf(app.db, chat.accountId))?.fields ?? {}
  const [from, until] = [slot.from.getTime(), slot.until.getTime()]
  const day = wallClock(from, ownZone(own, { from, until }) ?? app.config.timeZone)
    .toPlainDate()
    .toString()
  const line = new URLSearchParams({ day, kind: chat.kind, minutes: String(Math.round((until - from) / minute)) })
  return `${paths.newLearned}?${line.toString()}`
}

async function overChat(app: App, visit: SignedInVisit): Promise<Chat> {
  const chat = await theChat(app, visit)
  if (chat.state !== 'ended') throw new Refusal('chat-not-possible')
  return chat
}

async function theChat(app: App, visit: SignedInVisit): Promise<Chat> {
  const chat = await chatOf(app.db, visit.account.id, idIn(visit), visit.now)
  if (!chat) throw new Refusal('chat-unknown')
  return chat
}

function idIn({ params }: Visit): string {
  return params['id'] ?? ''
}
