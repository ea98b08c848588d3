import type { Step } from '../database/migrate.ts'
import { restoreBackup, type RestoreFacts } from '../database/restore.ts'
import { placeForJobs, queueJobs, waitingJobs, waitingJobsTable } from '../jobs/waiting.ts'
import { migrateQueue } from '../jobs/worker.ts'

export type { RestoreFacts }

/**
 * Fills an empty database from a backup. The next start of the node begins a new epoch, replays the withdrawal log and shows nothing
 * of other nodes before it has asked them; it refuses a log that is new, unless `logIsLost` says that there is no other. Throws BackupError and DatabaseError, whose messages say what to do.
 */
export function restore(
  databaseUrl: string,
  file: string,
  { steps, logIsLost = false }: { readonly steps?: readonly Step[]; readonly logIsLost?: boolean } = {},
): Promise<RestoreFacts> {
  const queue = {
    prepare: migrateQueue,
    jobs: waitingJobs,
    makePlace: placeForJobs,
    place: waitingJobsTable,
    fill: queueJobs,
  }
  return restoreBackup({ url: databaseUrl, file, queue, logIsLost }, steps)
}
