import type { Clock } from '../common/clock.ts'
import { queueName, writeBackup, type BackupFacts } from '../database/backup.ts'
import { waitingJobColumns, waitingJobs } from '../jobs/waiting.ts'

export type { BackupFacts }
export { queueName }

/** Writes a backup of the node on that database into a file. Throws BackupError and DatabaseError, whose messages say what to do. */
export function backup(databaseUrl: string, file: string, now?: Clock): Promise<BackupFacts> {
  return writeBackup(databaseUrl, file, { columns: waitingJobColumns, select: waitingJobs }, now)
}
