import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { enqueue } from '../jobs/queue.ts'
import { isStillAnnounced } from '../listing/steps.ts'
import type { FollowerState } from './follower.ts'
import type { KeyRow } from './key-row.ts'
import { prepare, type Prepared } from './steps.ts'
import {
  answerFollower,
  dropCached,
  dropExpiredCache,
  dropWaiting,
  endNote,
  forgetDelivered,
  forgetGone,
  forgetReceived,
  keepCached,
  keepFollower,
  keepHolder,
  keepKey,
  keepNote,
  keepOutcome,
  keepReceived,
  removeFollower,
  removeFollowersOf,
  type DeliveryOutcome,
  type NewFollower,
} from './store.ts'

/** Keeps the keys that an actor lacked. */
export function keepKeys(needs: Needs, actorId: string, keys: readonly KeyRow[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const key of keys) await keepKey(tx, actorId, key, needs.now())
  })
}

/** Queues a key pair for an actor that needs one. */
export function wantKeys(needs: Needs, actorId: string): Promise<void> {
  return needs.db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId }, { key: actorId }))
}

/** Puts a verified activity aside, to be worked on by a worker: the sender is answered at once. */
export function putAside(needs: Needs, message: string): Promise<void> {
  return needs.db.transaction((tx) => enqueue(tx, 'federation.inbox', { message }, { attempts: 8 }))
}

/** Sends one prepared activity. */
export function send(needs: Needs, activity: Prepared): Promise<void> {
  return needs.db.transaction((tx) => prepare(tx, needs, activity))
}

/** Sends what a person is now; what was waiting to say what she was before is not sent any more. */
export function sendUpdate(needs: Needs, activity: Prepared, updatesOf: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await dropWaiting(tx, updatesOf, activity.id, needs.now())
    await prepare(tx, needs, activity)
  })
}

/** A Follow of a public person: kept, and queued for its answer unless a person must decide. */
export function receiveFollower(needs: Needs, follower: Omit<NewFollower, 'id'>): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const kept = await keepFollower(tx, { ...follower, id: needs.newId() }, needs.now())
    if (kept.state === 'waiting') return
    const answer = kept.state === 'accepted' ? 'accept' : 'reject'
    await enqueue(tx, 'federation.answer-follower', { followerId: kept.id, answer }, { key: kept.id })
  })
}

/** A person lets a follower in, or does not. Refusal follower-unknown when there is none of that id for that person. */
export function decideFollower(
  needs: Needs,
  personId: string,
  followerId: string,
  state: Exclude<FollowerState, 'waiting'>,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await answerFollower(tx, followerId, personId, state, needs.now()))) throw new Refusal('follower-unknown')
    await enqueue(
      tx,
      'federation.answer-follower',
      { followerId, answer: state === 'accepted' ? 'accept' : 'reject' },
      { key: followerId },
    )
  })
}

/** An actor stops following one person, or, when it is gone, everybody. */
export function loseFollower(needs: Needs, actor: string, personId?: string): Promise<number> {
  return needs.db.transaction((tx) => removeFollower(tx, actor, personId))
}

/** The Note that says that a flag is open, kept and sent in one; nothing when it was closed meanwhile. */
export function announceFlag(
  needs: Needs,
  flagId: string,
  personId: string,
  note: string,
  activities: readonly Prepared[],
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await isStillAnnounced(tx, personId, flagId))) return
    await keepNote(tx, flagId, personId, note, needs.now())
    for (const activity of activities) await prepare(tx, needs, activity)
  })
}

/** The Note taken back; nothing when it was never sent or is gone already. */
export function withdrawNote(needs: Needs, flagId: string, activities: readonly Prepared[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await endNote(tx, flagId, needs.now()))) return
    for (const activity of activities) await prepare(tx, needs, activity)
  })
}

/** The last activities of a person who left public scope; her followers end with them. */
export function sayGoodbye(needs: Needs, personId: string, activities: readonly Prepared[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const activity of activities) await prepare(tx, needs, activity)
    await removeFollowersOf(tx, personId)
  })
}

/** Writes down how a delivery went and, unless it ended, queues the next try. */
export function finishAttempt(
  needs: Needs,
  deliveryId: string,
  outcome: DeliveryOutcome,
  nextTry?: Date,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const isCurrent = await keepOutcome(tx, deliveryId, outcome, needs.now())
    if (isCurrent && outcome.state === 'waiting')
      await enqueue(
        tx,
        'federation.deliver',
        { deliveryId },
        { key: deliveryId, ...(nextTry ? { runAt: nextTry } : {}) },
      )
  })
}

/** Writes down a host that was delivered to or fetched a public actor with a signature. */
export function noteHolder(needs: Needs, personId: string, host: string): Promise<void> {
  return needs.db.transaction((tx) => keepHolder(tx, personId, host, needs.now()))
}

/** Remembers an activity id, so that a second copy does nothing. */
export function rememberReceived(needs: Needs, id: string): Promise<void> {
  return needs.db.transaction((tx) => keepReceived(tx, id, needs.now()))
}

export function putInCache(needs: Needs, key: string, value: string, expiresAt: Date): Promise<void> {
  return needs.db.transaction((tx) => keepCached(tx, key, value, expiresAt))
}

export function takeFromCache(needs: Needs, key: string): Promise<void> {
  return needs.db.transaction((tx) => dropCached(tx, key))
}

/** Forgets what has ended: cache, ids received, bodies delivered, and, of people who left, holders and keys, 30 days ago. */
export function tidyUp(needs: Needs): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    await dropExpiredCache(tx, now)
    await forgetReceived(tx, later(now, -30 * day))
    await forgetDelivered(tx, later(now, -30 * day), later(now, -day))
    await forgetGone(tx, later(now, -30 * day))
  })
}
