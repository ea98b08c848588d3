import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { profileOf } from '../profile/views.ts'
import { newsMail, reminderMail, type About } from './mails.ts'
import type { Chat } from './record.ts'
import { noteTakenOut, noteTold, queueReminders } from './told-actions.ts'
import { toldOf } from './told-views.ts'
import { chatById, chatOf } from './views.ts'

/** The mails about chats. What a calendar was told is noted after the mail has gone: one that the mail server refused comes again. */
export const chatMailJobs: JobHandlers = {
  async 'chats.tell'(app, { chatId, news }) {
    // Whom she blocked she hears nothing of, but that her calendar has that hour back.
    const chat = await (news === 'called-off' ? chatById : shownById)(app.db, chatId, app.now())
    const about = chat && (await aboutOf(app, chat))
    const told = about && newsMail(app, about, news)
    if (!about || !told) return
    await app.mail.send(told.mail)
    if (told.change?.method === 'REQUEST') await noteTold(app, chatId, told.change)
    if (told.change?.method === 'CANCEL') await noteTakenOut(app, chatId)
  },
  async 'chats.remind'(app, { chatId }) {
    const chat = await shownById(app.db, chatId, app.now())
    const slot = chat?.state === 'arranged' ? chat.exchange.plan.slot : null
    if (!chat || !slot || slot.from <= app.now()) return
    const about = await aboutOf(app, chat)
    if (about) await app.mail.send(reminderMail(app, about, slot))
  },
}

/** Whoever has agreed on a time is reminded the day before. */
export const chatReminderTimetable: readonly TimetableEntry[] = [
  { name: 'chats.queue-reminders', cron: '*/10 * * * *', run: queueReminders },
]

/** What a mail or a file about a chat needs to know of its reader; undefined when she has left. */
export async function aboutOf(app: App, chat: Chat): Promise<About | undefined> {
  const reader = await accountById(app.db, chat.accountId)
  if (reader?.state !== 'active') return undefined
  const own = (await profileOf(app.db, reader.id))?.fields ?? {}
  const clocks = { own, otherCountry: chat.peer.country, nodeZone: app.config.timeZone }
  return { reader, chat, clocks, told: await toldOf(app.db, chat.id), now: app.now() }
}

async function shownById(db: App['db'], id: string, now: Date): Promise<Chat | undefined> {
  const chat = await chatById(db, id, now)
  return chat && chatOf(db, chat.accountId, id, now)
}
