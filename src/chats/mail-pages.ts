import type { Router } from 'express'
import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { running } from '../listing/flag.ts'
import { flagOf } from '../listing/views.ts'
import { form } from '../web/form.ts'
import type { View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import { accept, decline } from './actions.ts'
import { readAnswerToken, timeOfAct, type MailedAct } from './answer-token.ts'
import { clocksOfReader } from './chat-pages.ts'
import { lastDayToAnswer } from './clocks.ts'
import type { Chat } from './record.ts'
import { shownTime } from './shown.ts'
import { chatOf } from './views.ts'

/** The page that a mail's "yes" and "not now" lead to: looking changes nothing, one press answers, and nobody needs to be signed in. */
export function addMailPages(router: Router, app: App): void {
  form(router, app, paths.chatByMail, {
    who: 'anyone',
    view: 'chats/by-mail.njk',
    load: (visit) => byMailPage(app, visit),
    submit: async (visit, body) => {
      const { accountId, act, chat } = await asked(app, visit)
      const token = encodeURIComponent(visit.query['token'] ?? '')
      if (!chat?.deeds.includes('accept')) return { redirect: `${paths.chatByMail}?token=${token}` }
      if (act === 'not-now') await decline(app, accountId, chat.id)
      else {
        const slot = slotOf(chat, act)
        const isOpen = running(await flagOf(app.db, accountId), visit.now) !== undefined
        const flag = isOpen ? body.text('flag') : 'stay'
        if (flag !== 'stay' && flag !== 'close') throw new InvalidInput([{ field: 'flag', rule: 'choose' }])
        if (!slot || slot.from <= visit.now) throw new Refusal('chat-not-possible')
        await accept(app, accountId, chat.id, { slot, place: null, access: null, flag })
      }
      return { redirect: `${paths.chatByMail}?token=${token}&done=` }
    },
  })
}

// Whoever has the link sees a name and a time, as in the mail; never the lines, nor a place.
async function byMailPage(app: App, visit: Visit): Promise<View> {
  const { query, now, language, t } = visit
  const { accountId, act, chat } = await asked(app, visit)
  const slot = chat && slotOf(chat, act)
  const isNo = act === 'not-now'
  const isWaiting = chat?.deeds.includes('accept') === true && (isNo || (slot !== undefined && slot.from > now))
  // Only what was answered: where it went on from there, whoever has the link does not learn.
  const { version, by } = chat?.exchange.plan ?? {}
  const isAnswer = isNo ? chat?.state === 'declined' : chat?.state === 'arranged' && version === 1 && by === 'asked'
  const isDone = query['done'] !== undefined && isAnswer
  if (!chat || (!isWaiting && !isDone)) return { chat: false }
  const clocks = (await clocksOfReader(app, accountId, now))(chat)
  const agreed = isDone ? (chat.exchange.plan.slot ?? undefined) : slot
  return {
    chat: true,
    id: chat.id,
    act: isNo ? 'no' : 'yes',
    isDone,
    name: chat.peer.name,
    answerBy: lastDayToAnswer(chat.exchange.lapsesAt, clocks, language),
    time: agreed && shownTime(agreed, clocks, language, t),
    hasFlag: !isNo && running(await flagOf(app.db, accountId), now) !== undefined,
    values: { flag: 'stay' },
  }
}

async function asked(app: App, { query, now }: Visit) {
  const { accountId, id, act } = readAnswerToken(app.secrets.hashing, query['token'] ?? '')
  const account = await accountById(app.db, accountId)
  const chat = account?.state === 'active' ? await chatOf(app.db, accountId, id, now) : undefined
  return { accountId, act, chat }
}

function slotOf({ exchange: { plan } }: Chat, act: MailedAct) {
  const number = timeOfAct(act)
  return number === undefined ? undefined : plan.offered[number]
}
