import { changed, oneRow, type Tx } from '../database/database.ts'

/** Somebody on another server who follows a topic; `follow` is the Follow as it came. */
export type TopicFollower = {
  readonly id: string
  readonly topic: string
  readonly actor: string
  readonly inbox: string
  readonly sharedInbox: string | null
  readonly follow: string
}

/** Keeps a follower of a topic, or the newest Follow of one. Returns the id under which it is kept. */
export async function keepTopicFollower(tx: Tx, follower: TopicFollower, at: Date): Promise<string> {
  const kept = await oneRow<{ id: string }>(
    tx,
    `insert into topic_follower (id, topic, actor, inbox, shared_inbox, follow, followed_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (topic, actor) do update set follow = excluded.follow, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox
     returning id`,
    [follower.id, follower.topic, follower.actor, follower.inbox, follower.sharedInbox, follower.follow, at],
  )
  if (!kept) throw new Error('a follower of a topic that was neither kept nor known')
  return kept.id
}

/** Forgets what an actor follows: of one topic, or of all. */
export async function removeTopicFollower(tx: Tx, actor: string, topic?: string): Promise<void> {
  await changed(tx, 'delete from topic_follower where actor = $1 and ($2::text is null or topic = $2)', [
    actor,
    topic ?? null,
  ])
}

/** Forgets what an actor follows by the Follow of that id. */
export async function removeTopicFollow(tx: Tx, actor: string, followId: string): Promise<void> {
  await changed(tx, `delete from topic_follower where actor = $1 and follow::json ->> 'id' = $2`, [actor, followId])
}

/** Keeps that a Note was announced, and where to. */
export async function keepAnnouncement(
  tx: Tx,
  announcement: {
    readonly id: string
    readonly topic: string
    readonly noteId: string
    readonly inboxes: readonly string[]
  },
  at: Date,
): Promise<void> {
  const { id, topic, noteId, inboxes } = announcement
  await changed(
    tx,
    'insert into topic_announcement (id, topic, note_id, inboxes, made_at) values ($1, $2, $3, $4, $5)',
    [id, topic, noteId, [...inboxes], at],
  )
}

/** Ends an announcement, once; where it went is kept no longer. */
export async function endAnnouncement(tx: Tx, id: string, at: Date): Promise<boolean> {
  const count = await changed(
    tx,
    `update topic_announcement set undone_at = $2, inboxes = '{}' where id = $1 and undone_at is null`,
    [id, at],
  )
  return count === 1
}
