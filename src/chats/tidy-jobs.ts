import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { endChatsOfGoneEntries, endChatsOfPerson, forgetClosed, withdrawFromFormerPartner } from './ending-actions.ts'
import { markLapsed, tidyChats } from './tidy-actions.ts'

/** What becomes of chats when somebody leaves, or a node stops being a partner. */
export const chatEndingJobs: JobHandlers = {
  'chats.person-left': (app, { personId }) => endChatsOfPerson(app, personId),
  'chats.account-closed': (app, { accountId }) => forgetClosed(app, accountId),
  'chats.entries-gone': (app) => endChatsOfGoneEntries(app),
  'chats.partner-ended': (app, { partnerId }) => withdrawFromFormerPartner(app, partnerId),
}

/** Requests lapse, and everything is forgotten in time. No page shows a chat from the second on in which it ends, whether or not this ran. */
export const chatTimetable: readonly TimetableEntry[] = [
  { name: 'chats.lapse', cron: '*/10 * * * *', run: markLapsed },
  { name: 'chats.tidy-up', cron: '17 * * * *', run: tidyChats },
]
