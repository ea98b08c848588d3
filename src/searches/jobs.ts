import { accountById } from '../accounts/views.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { askAboutEnds, forgetEnded, noteLooked, queueDigests } from './actions.ts'
import { digestMail, endingMail } from './mails.ts'
import { lookForNews } from './news-views.ts'
import { accountsToTell, searchById } from './views.ts'

/** The mails about saved searches. What was looked at is noted after the mail has gone: one that the mail server refused comes again. */
export const searchJobs: JobHandlers = {
  async 'searches.send-digest'(app, { accountId }) {
    const account = await accountById(app.db, accountId)
    if (account?.state !== 'active') return
    // A worker that was killed leaves its job behind, to be done again hours after another one that was queued since.
    if ((await accountsToTell(app.db, app.now(), { limit: 1, accountId })).length === 0) return
    const looks = await lookForNews(app.db, account, app.now())
    if (looks.some(({ cards }) => cards.length > 0)) await app.mail.send(digestMail(app, account, looks))
    await noteLooked(app, looks)
  },
  async 'searches.offer-renewal'(app, { searchId }) {
    const search = await searchById(app.db, searchId, app.now())
    const account = search && (await accountById(app.db, search.accountId))
    if (search && account?.state === 'active') await app.mail.send(endingMail(app, account, search))
  },
}

/** A search that has ended is gone from that second on, whether or not a job has run. */
export const searchTimetable: readonly TimetableEntry[] = [
  { name: 'searches.queue-digests', cron: '11 * * * *', run: queueDigests },
  { name: 'searches.ask-about-ends', cron: '37 * * * *', run: askAboutEnds },
  { name: 'searches.forget-ended', cron: '53 3 * * *', run: forgetEnded },
]
