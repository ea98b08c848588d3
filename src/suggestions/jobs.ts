import type { TimetableEntry } from '../jobs/timetable.ts'
import { tidyPairs } from './actions.ts'

export const suggestionTimetable: readonly TimetableEntry[] = [
  { name: 'suggestions.tidy', cron: '50 3 * * *', run: tidyPairs },
]
