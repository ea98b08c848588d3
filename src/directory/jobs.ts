import type { TimetableEntry } from '../jobs/timetable.ts'
import { mendDictionary } from './actions.ts'
import { pruneDirectoryChanges } from './count-actions.ts'

export const directoryTimetable: readonly TimetableEntry[] = [
  { name: 'directory.mend-dictionary', cron: '40 3 * * *', run: mendDictionary },
  { name: 'directory.prune-changes', cron: '*/10 * * * *', run: pruneDirectoryChanges },
]
