import type { Needs } from '../app.ts'
import { enqueue } from '../jobs/queue.ts'
import { keepEnded } from './follower-store.ts'
import { isEnded } from './follower-views.ts'
import { keepTopicFollower, removeTopicFollow, removeTopicFollower, type TopicFollower } from './topic-store.ts'

/** A Follow of a topic: kept, and queued for its answer. The same one again gets its answer again; one that was taken back does nothing. */
export function followTopic(
  needs: Needs,
  { followId, ...follower }: Omit<TopicFollower, 'id'> & { readonly followId: string },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (await isEnded(tx, [followId])) return
    const followerId = await keepTopicFollower(tx, { ...follower, id: needs.newId() }, needs.now())
    await enqueue(tx, 'federation.answer-topic-follower', { followerId }, { key: followerId })
  })
}

/** An actor stops following one topic, or, when it is gone, every topic. The Follow that it names may arrive after that. */
export function leaveTopic(needs: Needs, actor: string, topic?: string, followId?: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeTopicFollower(tx, actor, topic)
    if (followId !== undefined) await keepEnded(tx, followId, needs.now())
  })
}

/** An actor takes back a Follow that it names by nothing but its id. */
export function leaveTopicOf(needs: Needs, actor: string, followId: string): Promise<void> {
  return needs.db.transaction((tx) => removeTopicFollow(tx, actor, followId))
}
