import type { Needs } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import type { Reached } from './follower.ts'
import { changeFollower, keepChoice, keepEnded, moveFollower, removeFollower } from './follower-store.ts'
import { giveAnswer, handOver, takeFollow, takeUndo, type AskedFollow, type FollowNeeds } from './follower-steps.ts'
import { followedBy, followerById } from './follower-views.ts'

/** A Follow of a person here (takeFollow). May come twice, late, or after its own Undo. */
export function receiveFollower(needs: FollowNeeds, asked: AskedFollow): Promise<void> {
  return needs.db.transaction((tx) => takeFollow(tx, needs, asked))
}

/** An actor takes back a Follow of a person here, or, without its id, all of them. */
export function loseFollower(needs: FollowNeeds, actor: string, personId: string, followId?: string): Promise<void> {
  return needs.db.transaction((tx) => takeUndo(tx, needs, { personId, actor, followId }))
}

/** An actor takes back a Follow that it names by nothing but its id. */
export function loseFollow(needs: FollowNeeds, actor: string, followId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await keepEnded(tx, followId, needs.now())
    for (const { personId, follows } of await followedBy(tx, actor))
      if (follows.some(({ id }) => id === followId)) await takeUndo(tx, needs, { personId, actor, followId })
  })
}

/** An actor is gone: it follows nobody any more, whatever still arrives. */
export function forgetFollower(needs: Needs, actor: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if ((await removeFollower(tx, actor)) > 0) await keepEnded(tx, actor, needs.now())
  })
}

/** A person lets a follower in, or does not, now or after all. Refusal follower-unknown when there is none of that id for that person. */
export function decideFollower(
  needs: FollowNeeds,
  personId: string,
  followerId: string,
  state: 'accepted' | 'rejected',
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const follower = await followerById(tx, followerId)
    if (follower?.personId !== personId) throw new Refusal('follower-unknown')
    if (follower.state !== state) await giveAnswer(tx, needs, follower, state)
  })
}

/** What a person chooses about who comes from her old accounts. */
export function letMovedIn(needs: Needs, personId: string, moved: boolean): Promise<void> {
  return needs.db.transaction((tx) => keepChoice(tx, personId, { moved }))
}

/** Two ends have said that a follower's account moved: the new one gets the answer that the old one had, now or when it asks. */
export function followerMoved(needs: FollowNeeds, actor: string, to: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await moveFollower(tx, actor, to)
    for (const old of await followedBy(tx, actor)) await handOver(tx, needs, old, to)
  })
}

/** A follower's own server says anew where she is reached. */
export function followerChanged(needs: Needs, actor: string, now: Reached): Promise<void> {
  return needs.db.transaction((tx) => changeFollower(tx, actor, now))
}
