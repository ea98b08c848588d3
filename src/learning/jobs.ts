import { accountById } from '../accounts/views.ts'
import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import type { Chat } from '../chats/record.ts'
import { chatById, chatOf } from '../chats/views.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { forgetLearning, tidyLearning } from './actions.ts'
import { questionMail, wishMail } from './mails.ts'
import { beginAfterChats, noteAsked, noteWishTold, renewShownTotals } from './worth-actions.ts'
import { worthOf } from './worth-views.ts'

/** The mails after a chat, each once, and what follows for a person's learning when her account was closed. */
export const learningJobs: JobHandlers = {
  async 'learning.ask'(app, { chatId }) {
    const worth = await worthOf(app.db, chatId)
    const found = await readerOf(app, chatId)
    if (!found || !worth || worth.answer !== null || worth.askedAt !== null) return
    await app.mail.send(questionMail(app, found.account, found.chat))
    await noteAsked(app, chatId)
  },
  async 'learning.tell-wish'(app, { chatId }) {
    const worth = await worthOf(app.db, chatId)
    const found = await readerOf(app, chatId)
    if (!found || !worth?.theirWish || worth.wishes) return
    // Before the mail: somebody elsewhere who wishes and takes it back again and again sends no mails through us.
    if (await noteWishTold(app, chatId)) await app.mail.send(wishMail(app, found.account, found.chat))
  },
  'learning.account-closed': (app, { accountId }) => forgetLearning(app, accountId),
}

/** A chat that is over and has not been blocked since, with the account of whose record it is. */
async function readerOf(
  app: App,
  chatId: string,
): Promise<{ readonly chat: Chat; readonly account: Account } | undefined> {
  const known = await chatById(app.db, chatId, app.now())
  const chat = known && (await chatOf(app.db, known.accountId, chatId, app.now()))
  const account = chat && (await accountById(app.db, chat.accountId))
  return chat?.state === 'ended' && account?.state === 'active' ? { chat, account } : undefined
}

export const learningTimetable: readonly TimetableEntry[] = [
  { name: 'learning.after-chats', cron: '*/15 * * * *', run: beginAfterChats },
  { name: 'learning.renew-totals', cron: '29 2 * * *', run: renewShownTotals },
  { name: 'learning.tidy', cron: '41 3 * * *', run: tidyLearning },
]
