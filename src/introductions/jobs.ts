import { accountById } from '../accounts/views.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { tidyIntroductions } from './actions.ts'
import { introductionMail } from './mails.ts'
import { namesOf, othersOf } from './shown-views.ts'
import { standingAt } from './introduction.ts'
import { introductionById } from './views.ts'

/** The mails of introductions. */
export const introductionMailJobs: JobHandlers = {
  async 'introductions.tell'(app, { introductionId }) {
    const one = await introductionById(app.db, introductionId, app.now())
    const account = one && (await accountById(app.db, one.accountId))
    if (!one || account?.state !== 'active') return
    // She may have answered, or it was taken back, before this job ran.
    const standing = standingAt(one, app.now())
    const isNews = one.part === 'asker' ? standing === 'agreed' : standing === 'asked' || standing === 'agreed'
    if (!isNews) return
    const others = await othersOf(app, account, one)
    if (Object.keys(others).length < 2) return
    await app.mail.send(introductionMail(app, account, one, namesOf(others, app.words.in(account.language))))
  },
}

/** Clears away what has ended. No page shows it from the second on in which it ends, whether or not this ran. */
export const introductionTimetable: readonly TimetableEntry[] = [
  { name: 'introductions.tidy-up', cron: '13 * * * *', run: tidyIntroductions },
]
