import { accountById } from '../accounts/views.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { ListingTools } from '../listing/tools.ts'
import { forgetPerson, tidyRequests } from './actions.ts'
import { waitingMail } from './mails.ts'
import { choiceOf, waitingCount } from './views.ts'

/** What the listing's pages need of this area. */
export const listingTools: ListingTools = {
  waitingRequests: (app, accountId) => waitingCount(app.db, accountId, app.now()),
}

/** The mail that says that a request waits, and what follows when somebody leaves. */
export const requestJobs: JobHandlers = {
  async 'requests.tell-waiting'(app, { accountId }) {
    const account = await accountById(app.db, accountId)
    if (account?.state !== 'active' || !(await choiceOf(app.db, accountId)).wantsMail) return
    // She may have looked, or they may have taken it back, before this job ran.
    if ((await waitingCount(app.db, accountId, app.now())) > 0) await app.mail.send(waitingMail(app, account))
  },
  'requests.person-left': (app, { personId }) => forgetPerson(app, personId),
}

/** Clears away what has ended. No page shows it from the second on in which it ends, whether or not this ran. */
export const requestTimetable: readonly TimetableEntry[] = [
  { name: 'requests.tidy-up', cron: '11 * * * *', run: tidyRequests },
]
