import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { deliverDue } from './deliver.ts'

/** A look at what is due; what an older version queued for each delivery is one too. */
export const deliveryJobs: JobHandlers = { 'federation.deliver': (app) => deliverDue(app) }

export const deliveryTimetable: readonly TimetableEntry[] = [
  // Whoever prepares something queues a look; this is for a look that was lost with a process, or gave up without a database.
  { name: 'federation.deliver-due', cron: '*/10 * * * *', run: deliverDue },
]
