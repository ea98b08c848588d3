import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { enqueue, enqueueAll } from '../jobs/queue.ts'
import type { FollowNeeds } from './follower-steps.ts'
import { takeFollowWork, type FollowWork } from './inbox-follow-steps.ts'
import {
  dropActors,
  dropActorsBefore,
  endActivities,
  keepActivities,
  keepActor,
  setAside,
  type NewActivity,
} from './inbox-store.ts'

export type { NewActivity } from './inbox-store.ts'

/**
 * Keeps activities whose signatures were checked, in this order, and queues a worker for them: answered 202 once this is done. What matters
 * only if something of its actor is held is kept only then, and one whose id came within 30 days is not kept again.
 */
export function storeActivities(needs: Needs, activities: readonly NewActivity[]): Promise<void> {
  // The first of two with one id is kept, as if it had come alone.
  const byId = new Map(activities.toReversed().map((activity) => [activity.id, activity]))
  const comes = new Set(activities.flatMap(({ actor, ifHeld }) => (ifHeld ? [] : [actor])))
  const fresh = activities
    .filter((activity) => byId.get(activity.id) === activity)
    .map((activity) => ({ ...activity, ifHeld: activity.ifHeld && !comes.has(activity.actor) }))
  return needs.db.transaction(async (tx) => {
    if ((await keepActivities(tx, fresh)) > 0) await wantWorker(tx)
  })
}

/** How a piece of work on stored activities ended. */
export type WorkDone = {
  readonly done: readonly string[]
  /** Numbers with how often they failed, and when to try again. */
  readonly aside: readonly { readonly number: string; readonly failures: number; readonly at: Date }[]
  /** Whether more wait than were taken. */
  readonly more?: boolean
}

/** Has a worker look once more in a second, for what was being stored while the last one ended. */
export function lookAgain(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) =>
    enqueue(tx, 'federation.inbox', { again: true }, { key: 'again', inTurn: true, runAt: later(needs.now(), 1_000) }),
  )
}

/** Writes down what was done; what was set aside has a job of its own. */
export async function endWork(needs: Needs, { done, aside, more }: WorkDone): Promise<void> {
  if (done.length === 0 && aside.length === 0 && !more) return
  await needs.db.transaction(async (tx) => {
    if (done.length > 0) await endActivities(tx, done)
    if (aside.length > 0) await setAside(tx, aside)
    for (const { number, at } of aside)
      await enqueueAll(tx, 'federation.inbox-aside', [{ payload: { number }, key: number }], {
        runAt: at,
        attempts: 25,
      })
    if (more) await wantWorker(tx)
  })
}

/** Does many Follows and Undos of people here and ends the activities that asked for them, all or none. */
export function endFollowWork(needs: FollowNeeds, work: readonly FollowWork[], done: readonly string[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await takeFollowWork(tx, needs, work)
    await endActivities(tx, done)
  })
}

/** Keeps what an actor's server says of it now. */
export function keepRemoteActor(needs: Needs, id: string, document: string): Promise<void> {
  return needs.db.transaction((tx) => keepActor(tx, id, document, needs.now()))
}

/** Forgets what an actor's server said of it, since it says that it changed. */
export function forgetRemoteActor(needs: Needs, actor: string): Promise<void> {
  return needs.db.transaction((tx) => dropActors(tx, [actor]))
}

/** Forgets actors that were not read for a week. */
export function forgetOldActors(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => dropActorsBefore(tx, later(needs.now(), -7 * day)))
}

// One at a time works, whatever process it is in, so that activities of one actor stay in order.
function wantWorker(tx: Parameters<typeof enqueue>[0]): Promise<void> {
  return enqueue(tx, 'federation.inbox', {}, { key: 'all', inTurn: true, unlessDue: true })
}
