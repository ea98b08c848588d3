import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { logger } from '../common/log.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { restoredMail } from './mails.ts'
import { completeLog, countOn, replayWithdrawals } from './replay-actions.ts'

/**
 * What a start does about the log of withdrawals, before anybody can read anything: it takes back what an older database shows
 * again, and makes the log whole. Throws what the system says when the log cannot be read.
 */
export async function settleWithdrawals(app: App): Promise<void> {
  await replayWithdrawals(app)
  await countOn(app)
  await completeLog(app, true).catch((error: unknown) =>
    logger('listing').error(`the log of withdrawals ${app.withdrawals.path} cannot be written: ${String(error)}`),
  )
}

/** The mail to somebody whose listing or flag was taken back once more. */
export const withdrawalJobs: JobHandlers = {
  async 'listing.tell-restored'(app, { accountId }) {
    const account = await accountById(app.db, accountId)
    if (account?.state === 'active') await app.mail.send(restoredMail(app, account))
  },
}

/** Every hour what failed at its very end is done, and the log is counted on, and made whole where it could not be written. */
export const withdrawalTimetable: readonly TimetableEntry[] = [
  {
    name: 'listing.complete-log',
    cron: '53 * * * *',
    async run(app) {
      await replayWithdrawals(app)
      await countOn(app)
      await completeLog(app, false)
    },
  },
]
