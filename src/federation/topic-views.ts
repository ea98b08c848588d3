import type { App } from '../app.ts'
import { topicActor } from '../common/addresses.ts'
import { keyedHash } from '../common/ids.ts'
import { conceptIri } from '../common/vocabularies.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { hasBlocks, isBlockedFor } from '../safety/block-views.ts'
import { isTopic } from './topics.ts'
import type { TopicFollower } from './topic-store.ts'

/**
 * Since when a topic is there, or undefined: the host offers topics, the role is one, nobody had its name as a handle, its keys are made,
 * and a public person of that role is in it by her own choice, or somebody follows it.
 */
export async function topicSince(
  app: Pick<App, 'config' | 'db' | 'secrets' | 'now'>,
  role: string,
): Promise<Date | undefined> {
  if (app.config.topics === 'off' || !isTopic(role)) return undefined
  const found = await oneRow<{ since: Date }>(
    app.db,
    often(`select min(made_at) as since from actor_key where actor_id = $1
       and not exists (select from profile where handle = $2)
       and not exists (select from retired_handle where hash = $3)
       and (exists (select from topic_follower where topic = $2)
         or exists (select from posting join listing on listing.account_id = posting.account_id
           where posting.topic and listing.public and listing.unlisted_since is null and listing.review_at > $5
             and listing.public_document::jsonb -> 'hasOccupation' @> jsonb_build_array(jsonb_build_object('occupationalCategory', $4::text))))
     having count(*) > 0`),
    [topicActor(role), role, keyedHash(app.secrets.hashing, role), conceptIri('roles', role), app.now()],
  )
  return found?.since
}

/** A follower of a topic by its id. */
export function topicFollowerById(reader: Reader, id: string): Promise<TopicFollower | undefined> {
  return oneRow<TopicFollower>(
    reader,
    'select id, topic, actor, inbox, shared_inbox as "sharedInbox", follow from topic_follower where id = $1',
    [id],
  )
}

/** Where a topic's activities go: each follower's shared inbox where there is one, once. */
export async function topicInboxes(reader: Reader, role: string): Promise<readonly string[]> {
  const found = await rows<{ inbox: string }>(
    reader,
    'select distinct coalesce(shared_inbox, inbox) as inbox from topic_follower where topic = $1',
    [role],
  )
  return found.map(({ inbox }) => inbox)
}

/** The same without those followers whom a person blocked, or who blocked her. */
export async function topicInboxesFor(reader: Reader, role: string, accountId: string): Promise<readonly string[]> {
  if (!(await hasBlocks(reader, accountId))) return topicInboxes(reader, role)
  const followers = await rows<{ actor: string; inbox: string }>(
    reader,
    'select actor, coalesce(shared_inbox, inbox) as inbox from topic_follower where topic = $1 order by id',
    [role],
  )
  const inboxes = new Set<string>()
  for (const { actor, inbox } of followers) {
    const host = URL.parse(actor)?.host ?? ''
    if (!inboxes.has(inbox) && !(await isBlockedFor(reader, accountId, { actor, host }))) inboxes.add(inbox)
  }
  return [...inboxes]
}

export type Announcement = {
  readonly id: string
  readonly topic: string
  readonly noteId: string
  readonly number: number
  readonly inboxes: readonly string[]
}

/** What topics announced of a person and did not take back. */
export function standingAnnouncements(reader: Reader, personId: string): Promise<Announcement[]> {
  return rows<Announcement>(
    reader,
    `select a.id, a.topic, a.note_id as "noteId", note.number, a.inboxes from topic_announcement a join note on note.id = a.note_id
     where note.person_id = $1 and a.undone_at is null order by a.made_at, a.id`,
    [personId],
  )
}

/** Whether a topic announced that Note, ever. */
export async function wasAnnounced(reader: Reader, role: string, noteId: string): Promise<boolean> {
  const found = await oneRow(reader, 'select 1 from topic_announcement where topic = $1 and note_id = $2', [
    role,
    noteId,
  ])
  return found !== undefined
}

/** People whose Notes are announced still and should not be, since they were taken back, or nothing may be announced: at most `limit`. */
export async function peopleToUnannounce(
  reader: Reader,
  topics: 'on' | 'off',
  limit: number,
): Promise<readonly string[]> {
  const found = await rows<{ personId: string }>(
    reader,
    `select distinct note.person_id as "personId" from topic_announcement a join note on note.id = a.note_id
     where a.undone_at is null and (note.deleted_at is not null or $2 = 'off') limit $1`,
    [limit, topics],
  )
  return found.map(({ personId }) => personId)
}
