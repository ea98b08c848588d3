import type { Needs } from '../app.ts'
import { blockedFollowers, dropRefusedDeliveries, removeRefusedFollowers } from './block-store.ts'
import { removeFollowerById } from './follower-store.ts'
import { giveAnswer, type FollowNeeds } from './follower-steps.ts'
import { followerById } from './follower-views.ts'

/** Ends what followed a person before she blocked it, and tells each with a Reject of its Follow: nothing says why. */
export function turnBlockedAway(needs: FollowNeeds, blockId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const id of await blockedFollowers(tx, blockId)) {
      const follower = await followerById(tx, id)
      if (!follower) continue
      await giveAnswer(tx, needs, follower, 'rejected')
      await removeFollowerById(tx, id)
    }
  })
}

/** Ends what follows anybody here from refused hosts, and what waits to be sent there. Nothing is said to them. */
export function dropRefused(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeRefusedFollowers(tx)
    await dropRefusedDeliveries(tx, needs.now())
  })
}
