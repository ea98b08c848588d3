import type { Needs } from '../app.ts'
import { enqueue } from '../jobs/queue.ts'
import { keepTopicFollower, removeTopicFollower, type TopicFollower } from './topic-store.ts'

/** A Follow of a topic: kept, and queued for its answer. The same one again gets its answer again. */
export function followTopic(needs: Needs, follower: Omit<TopicFollower, 'id'>): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const followerId = await keepTopicFollower(tx, { ...follower, id: needs.newId() }, needs.now())
    await enqueue(tx, 'federation.answer-topic-follower', { followerId }, { key: followerId })
  })
}

/** An actor stops following one topic, or, when it is gone, every topic. */
export function leaveTopic(needs: Needs, actor: string, topic?: string): Promise<void> {
  return needs.db.transaction((tx) => removeTopicFollower(tx, actor, topic))
}
