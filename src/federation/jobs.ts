import type { App } from '../app.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { tidyUp } from './actions.ts'
import { chatJobs } from './chat-jobs.ts'
import { deliveryJobs, deliveryTimetable } from './delivery-jobs.ts'
import { inboxJobs, inboxTimetable } from './inbox-work.ts'
import { comingKeys, inboxesThatKnow } from './key-change-views.ts'
import { introductionJobs } from './introduction-jobs.ts'
import { keyJobs, keyTimetable } from './key-jobs.ts'
import { makeKeys } from './keys.ts'
import { officeHoursJobs } from './office-hours-jobs.ts'
import { noteJobs, noteTimetable, settlePostsOf } from './note-jobs.ts'
import { leavingJobs, personGone } from './leaving-jobs.ts'
import { sendCurrentUpdate } from './person-update.ts'
import { followerInboxes } from './views.ts'

/** What federation does when something changed. Each loads what is true now, and does nothing when the thing is gone. */
export function federationJobs(): JobHandlers {
  return {
    'federation.make-keys': (app, { actorId }) => makeKeys(app, actorId),
    ...deliveryJobs,
    ...chatJobs,
    ...introductionJobs,
    ...officeHoursJobs,
    ...inboxJobs,
    ...keyJobs,
    // What is new first, then what she is now.
    async 'federation.person-changed'(app, { personId }) {
      await settlePostsOf(app, personId)
      await personChanged(app, personId)
    },
    // Her posts first: once she is gone, some servers take nothing more from her.
    async 'federation.person-gone'(app, { personId }) {
      await settlePostsOf(app, personId)
      await personGone(app, personId)
    },
    ...leavingJobs,
    ...noteJobs,
  }
}

export const federationTimetable: readonly TimetableEntry[] = [
  { name: 'federation.tidy-up', cron: '17 3 * * *', run: tidyUp },
  ...inboxTimetable,
  ...keyTimetable,
  ...deliveryTimetable,
  ...noteTimetable,
]

async function personChanged(app: App, personId: string): Promise<void> {
  await makeKeys(app, personId)
  await sendCurrentUpdate(app, personId, () => inboxesToTell(app, personId))
}

// While her key changes, an Update takes the place of the one that says so: it goes wherever that one was going.
async function inboxesToTell(app: App, personId: string): Promise<readonly string[]> {
  const isChanging = (await comingKeys(app.db, personId)).length > 0
  return isChanging ? inboxesThatKnow(app.db, personId) : followerInboxes(app.db, personId)
}
