import type { App } from '../app.ts'
import { addresses, topicActor } from '../common/addresses.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { flagById, publicPerson } from '../listing/views.ts'
import { send } from './actions.ts'
import type { JsonDocument } from './documents.ts'
import { makeKeys } from './keys.ts'
import { forgetMissedPosts, settlePosts } from './note-actions.ts'
import { accountOfPerson, peopleToldOf, peopleWithDuePosts, postingOf } from './note-views.ts'
import { acceptOf, topicsOf } from './topics.ts'
import { peopleWithTurningHours } from './office-hours-views.ts'
import { peopleToUnannounce, topicFollowerById } from './topic-views.ts'

const atOnce = 500

/** A person's posts, and what topics tell of them. */
export const noteJobs: JobHandlers = {
  'federation.settle-posts': (app, { personId }) => settlePostsOf(app, personId),
  async 'federation.flag-opened'(app, { flagId }) {
    const flag = await flagById(app.db, flagId)
    if (flag) await settlePostsOf(app, flag.personId)
  },
  async 'federation.flag-closed'(app, { flagId }) {
    for (const personId of await peopleToldOf(app.db, flagId)) await settlePostsOf(app, personId)
  },
  'federation.answer-topic-follower': (app, { followerId }) => letIn(app, followerId),
}

/** Ends of posts that nobody's change tells of, and the posts that come before the end of a flag. */
export const noteTimetable: readonly TimetableEntry[] = [
  { name: 'federation.settle-due-posts', cron: '*/5 * * * *', run: settleDuePosts },
  { name: 'federation.forget-missed-posts', cron: '29 3 * * *', run: forgetMissedPosts },
]

/** Makes a person's posts what they should be now. Does nothing when they are. */
export async function settlePostsOf(app: App, personId: string): Promise<void> {
  await makeKeysFor(app, personId)
  await settlePosts(app, personId)
}

// Whoever speaks needs keys: she herself, and the topics that she is in from now on.
async function makeKeysFor(app: App, personId: string): Promise<void> {
  const person = await publicPerson(app.db, app.now(), { personId })
  if (!person) return
  await makeKeys(app, personId)
  const accountId = await accountOfPerson(app.db, personId)
  if (app.config.topics === 'off' || accountId === undefined || !(await postingOf(app.db, accountId)).topic) return
  for (const topic of topicsOf(person.document)) await makeKeys(app, topicActor(topic))
}

async function settleDuePosts(app: App): Promise<void> {
  const people = new Set([
    ...(await peopleWithDuePosts(app.db, app.now(), atOnce)),
    ...(await peopleWithTurningHours(app.db, app.now(), atOnce)),
    ...(await peopleToUnannounce(app.db, app.config.topics, atOnce)),
  ])
  for (const personId of people) await settlePostsOf(app, personId)
}

async function letIn(app: App, followerId: string): Promise<void> {
  const follower = await topicFollowerById(app.db, followerId)
  if (!follower || app.config.topics === 'off') return
  const { topic, actor } = follower
  await makeKeys(app, topicActor(topic))
  const follow = JSON.parse(follower.follow) as JsonDocument // a Follow as it came
  const body = acceptOf(addresses(app.config.origin), topic, { id: app.newId(), actor, follow })
  await send(app, { id: String(body['id']), sender: topicActor(topic), inboxes: [follower.inbox], body })
}
