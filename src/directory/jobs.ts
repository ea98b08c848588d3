import type { TimetableEntry } from '../jobs/timetable.ts'
import type { App } from '../app.ts'
import { learnWords, mendDictionary, mendRefusedOrigins } from './actions.ts'
import { pruneDirectoryChanges } from './count-actions.ts'

export const directoryTimetable: readonly TimetableEntry[] = [
  { name: 'directory.learn-words', cron: '* * * * *', run: learnEachMinute },
  { name: 'directory.mend-dictionary', cron: '40 3 * * *', run: mendDictionary },
  { name: 'directory.mend-refused-origins', cron: '50 * * * *', run: mendRefusedOrigins },
  { name: 'directory.prune-changes', cron: '*/10 * * * *', run: pruneDirectoryChanges },
]

async function learnEachMinute(app: App): Promise<void> {
  await learnWords(app)
}
