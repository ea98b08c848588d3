import type { Needs } from '../app.ts'
import { hour, later } from '../common/clock.ts'
import { removeEntriesOfOrigin } from '../directory/steps.ts'
import { backOff, dequeue } from '../jobs/queue.ts'
import { blankCopies } from './copy-store.ts'
import { tellAdministrators } from './news-steps.ts'
import { erasedAfterHours, type Trouble } from './partner.ts'
import {
  forgetReading,
  hide,
  keepContact,
  keepFailure,
  lockReading,
  moveCounts,
  removeOrigin,
} from './reading-store.ts'
import { pollNext, readingInUse } from './reading-steps.ts'
import { nextPoll } from './schedule.ts'
import { emptyStaging } from './staging-store.ts'
import { lockPartner } from './store.ts'
import { endedOrigins } from './views.ts'

/** The origin answered that its statement is still the one that we hold. */
export function confirmUnchanged(needs: Needs, id: number, spread: number): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await readingInUse(tx, id))) return
    await keepContact(tx, id, needs.now())
    await pollNext(tx, id, nextPoll(needs.now(), spread))
  })
}

/** A poll that failed. The lease is not renewed, and the next try waits longer, at most six hours. */
export function failPoll(needs: Needs, id: number, trouble: Trouble, spread: number): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (!(await readingInUse(tx, id))) return
    const failures = await keepFailure(tx, id, trouble, now, trouble !== 'no-answer' && trouble !== 'host-not-allowed')
    await pollNext(tx, id, backOff(now, failures, spread))
  })
}

/**
 * Our copies do not add up whatever we do (FEDERATION.md 5, step 3), or are too many: nothing of this origin is shown, and the
 * administrators are told, once until it is shown again. Too many is no matter of minutes: the next try waits longer each time.
 */
export function hideOrigin(
  needs: Needs,
  id: number,
  trouble: 'root-differs' | 'too-many-listings',
  spread: number,
): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading) return
    await hide(tx, id)
    if (!reading.hidden) await tellAdministrators(tx, 'hidden', id)
    const failures = await keepFailure(tx, id, trouble, now, true)
    await pollNext(tx, id, trouble === 'root-differs' ? nextPoll(now, spread) : backOff(now, failures, spread))
  })
}

/** Goes on with a poll that stopped in the middle, at that time. */
export function continuePoll(needs: Needs, id: number, runAt: Date): Promise<void> {
  return needs.db.transaction((tx) => pollNext(tx, id, runAt))
}

/** Erases everything of a partner that we do not read any more. False, and nothing erased, while we do. */
export function eraseCopies(needs: Needs, id: number): Promise<boolean> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', id)
    if (!partner || partner.following === 'accepted') return false
    await dequeue(tx, 'partners.poll', String(id))
    await removeEntriesOfOrigin(tx, id)
    await removeOrigin(tx, id)
    return true
  })
}

/** Erases the copies of origins whose leases ended 24 hours ago: all but id and origin (FEDERATION.md 5). Returns how many origins. */
export async function eraseEnded(needs: Needs): Promise<number> {
  const before = later(needs.now(), -erasedAfterHours * hour)
  const ended = await endedOrigins(needs.db, before)
  for (const id of ended) {
    await needs.db.transaction(async (tx) => {
      const reading = await lockReading(tx, id)
      if (!reading || reading.validUntil >= before) return
      await removeEntriesOfOrigin(tx, id)
      await blankCopies(tx, id)
      await moveCounts(tx, id, { copies: -reading.copies })
      // A snapshot that leans on copies which are gone now is worth nothing.
      await emptyStaging(tx, id)
      await forgetReading(tx, id)
    })
  }
  return ended.length
}
