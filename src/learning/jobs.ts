import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { forgetLearning, tidyLearning } from './actions.ts'

/** What follows for a person's learning when her account was closed. */
export const learningJobs: JobHandlers = {
  'learning.account-closed': (app, { accountId }) => forgetLearning(app, accountId),
}

export const learningTimetable: readonly TimetableEntry[] = [
  { name: 'learning.tidy', cron: '41 3 * * *', run: tidyLearning },
]
