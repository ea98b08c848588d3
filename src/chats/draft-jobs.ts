import type { TimetableEntry } from '../jobs/timetable.ts'
import { tidyDrafts } from './draft-actions.ts'

/** Clears away requests that were begun and never sent. */
export const draftTimetable: readonly TimetableEntry[] = [
  { name: 'chats.tidy-drafts', cron: '23 * * * *', run: tidyDrafts },
]
