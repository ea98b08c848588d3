import type { Needs } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { dropComingKeys, dropOrphanedKeys, keepAnnounced, keepComingKey, lockComingKeys } from './key-change-store.ts'
import type { KeyRow } from './key-row.ts'
import { lockKeys, replaceKey } from './key-store.ts'
import { prepare, type Prepared } from './steps.ts'

/** Keeps the pairs that an actor will use next, and queues the Update about them; false where others are on their way already. */
export function beginKeyChange(needs: Needs, actorId: string, made: readonly KeyRow[]): Promise<boolean> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const held = await lockKeys(tx, actorId)
    if (held.length === 0 || (await lockComingKeys(tx, actorId)).length > 0) return false
    const number = Math.max(...held.map((key) => key.number)) + 1
    for (const key of made) await keepComingKey(tx, actorId, key, number, now)
    await enqueue(tx, 'federation.announce-key', { actorId }, { key: actorId })
    return true
  })
}

/**
 * Sends the Update that the pairs of today sign; without one, nobody has to be told. Nothing where no pairs wait. Does nothing, and
 * returns false, when `isStill` says that the actor is not so any more.
 */
export function announceKeyChange(
  needs: Needs,
  actorId: string,
  update: Prepared | undefined,
  isStill: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  return needs.db.transaction(async (tx) => {
    if (!(await isStill(tx))) return false
    if ((await lockComingKeys(tx, actorId)).length === 0) return true
    if (update) await prepare(tx, needs, update)
    await keepAnnounced(tx, actorId, needs.now())
    return true
  })
}

/** Puts the new pairs in the place of the former; nothing is left of those. Nothing where none wait, or nobody was told yet. */
export function endKeyChange(needs: Needs, actorId: string): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    await lockKeys(tx, actorId)
    const coming = await lockComingKeys(tx, actorId)
    if (coming.length === 0 || coming.some(({ announcedAt }) => announcedAt === null)) return
    for (const key of coming) await replaceKey(tx, actorId, key, key.number, now)
    await dropComingKeys(tx, actorId)
  })
}

/** Lets pairs go that will never be used: their actor is gone, or left meanwhile and speaks its last word with the key that others have. */
export function dropKeyChanges(needs: Needs, actorIds: readonly string[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await dropOrphanedKeys(tx)
    for (const actorId of actorIds) if (actorId !== nodeActor) await dropComingKeys(tx, actorId)
  })
}
