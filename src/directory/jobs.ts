import type { TimetableEntry } from '../jobs/timetable.ts'
import { mendDictionary } from './actions.ts'

export const directoryTimetable: readonly TimetableEntry[] = [
  { name: 'directory.mend-dictionary', cron: '40 3 * * *', run: mendDictionary },
]
