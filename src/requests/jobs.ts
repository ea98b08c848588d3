import { accountById } from '../accounts/views.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { ListingTools } from '../listing/tools.ts'
import { profileOf } from '../profile/views.ts'
import { forgetPerson, tidyRequests } from './actions.ts'
import { remindOfMeetings } from './meeting-actions.ts'
import { meetingToRemind } from './meeting-views.ts'
import { clockOf } from './meeting.ts'
import { reminderMail, waitingMail } from './mails.ts'
import { choiceOf, takerOf, waitingCount } from './views.ts'

/** What the listing's pages need of this area. */
export const listingTools: Omit<ListingTools, 'waitingChats' | 'holdsOfficeHours'> = {
  waitingRequests: (app, accountId) => waitingCount(app.db, accountId, app.now()),
  takesMessages: async (app, personId) => (await takerOf(app.db, app.now(), personId)) !== undefined,
}

/** The mail that says that a request waits, and what follows when somebody leaves. */
export const requestJobs: JobHandlers = {
  async 'requests.tell-waiting'(app, { accountId }) {
    const account = await accountById(app.db, accountId)
    if (account?.state !== 'active' || !(await choiceOf(app.db, accountId)).wantsMail) return
    // She may have looked, or they may have taken it back, before this job ran.
    if ((await waitingCount(app.db, accountId, app.now())) > 0) await app.mail.send(waitingMail(app, account))
  },
  async 'requests.remind'(app, { requestId, version }) {
    const meeting = await meetingToRemind(app.db, requestId, version, app.now())
    if (!meeting) return
    const account = await accountById(app.db, meeting.accountId)
    if (account?.state !== 'active') return
    const hours = (await profileOf(app.db, account.id))?.fields ?? {}
    const zone = clockOf(hours, app.now(), app.config.timeZone)
    await app.mail.send(reminderMail(app, account, { requestId, meeting, zone }))
  },
  'requests.person-left': (app, { personId }) => forgetPerson(app, personId),
}

/** Clears away what has ended. No page shows it from the second on in which it ends, whether or not this ran. */
export const requestTimetable: readonly TimetableEntry[] = [
  { name: 'requests.tidy-up', cron: '11 * * * *', run: tidyRequests },
  { name: 'requests.remind-of-meetings', cron: '*/15 * * * *', run: remindOfMeetings },
]
