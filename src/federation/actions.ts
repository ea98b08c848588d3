import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import type { KeyRow } from './key-row.ts'
import { forgetEnded } from './follower-store.ts'
import { forgetWhoAsked } from './leaving-store.ts'
import { dropWaiting, forgetBodies, forgetDelivered, forgetHosts } from './delivery-store.ts'
import { prepare, type Prepared } from './steps.ts'
import { dropCached, dropExpiredCache, forgetGone, forgetReceived, keepCached, keepKey } from './store.ts'

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

/** Sends one prepared activity. */
export function send(needs: Needs, activity: Prepared): Promise<void> {
  return needs.db.transaction((tx) => prepare(tx, needs, activity))
}

/**
 * Sends what a person is now; what was waiting to say what she was before is not sent any more. Does nothing, and returns false, when
 * `isStill` says that it is not so any more.
 */
export function sendUpdate(
  needs: Needs,
  activity: Prepared,
  updatesOf: string,
  isStill: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  return needs.db.transaction(async (tx) => {
    if (!(await isStill(tx))) return false
    await dropWaiting(tx, updatesOf, activity.id, needs.now())
    await prepare(tx, needs, activity)
    return true
  })
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
    await forgetBodies(tx, later(now, -day))
    await forgetHosts(tx, later(now, -30 * day))
    await forgetGone(tx, later(now, -30 * day))
    await forgetEnded(tx, later(now, -30 * day))
    await forgetWhoAsked(tx, later(now, -7 * day))
  })
}
