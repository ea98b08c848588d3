import type { Needs } from '../app.ts'
import { hour, later } from '../common/clock.ts'
import { enqueue } from '../jobs/queue.ts'
import { removeAliasesOf } from './alias-store.ts'
import { removeFollowersOf } from './follower-store.ts'
import { forgetHandle, keepHolder, keepHolderInbox } from './leaving-store.ts'
import { prepare, type Prepared } from './steps.ts'

/** The last activities of a person who left public scope; her followers, her other accounts and her name end with them. */
export function sayGoodbye(needs: Needs, personId: string, activities: readonly Prepared[]): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const activity of activities) await prepare(tx, needs, activity)
    await removeFollowersOf(tx, personId)
    await removeAliasesOf(tx, personId)
    await forgetHandle(tx, personId)
  })
}

/**
 * Writes down a host that was delivered to, or whose actor `askedBy` fetched a public person with a signature: it is told when she leaves.
 */
export function noteHolder(needs: Needs, personId: string, host: string, askedBy?: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const isToFind = await keepHolder(
      tx,
      personId,
      { host, ...(askedBy === undefined ? {} : { askedBy }) },
      needs.now(),
    )
    if (isToFind) await enqueue(tx, 'federation.find-holders', { personId }, { key: personId })
  })
}

/** Where a host that holds a person is told; who asked for her is forgotten. */
export function foundHolder(needs: Needs, personId: string, host: string, inbox: string): Promise<void> {
  return needs.db.transaction((tx) => keepHolderInbox(tx, personId, host, inbox))
}

/** Looks for the rest of them in an hour: those that did not say are forgotten after a week (tidyUp). */
export function lookAgain(needs: Needs, personId: string): Promise<void> {
  const runAt = later(needs.now(), hour)
  return needs.db.transaction((tx) => enqueue(tx, 'federation.find-holders', { personId }, { key: personId, runAt }))
}
