import { sha256Hex } from '../common/ids.ts'
import { changed, rows, type Tx } from '../database/database.ts'
import type { Follower, FollowerState, Reached, StandingFollow } from './follower.ts'

/** Makes all that is done about one actor and one person happen one after the other: Undo and Follow may come at the same moment. */
export async function lockPair(tx: Tx, personId: string, actor: string): Promise<void> {
  await rows(tx, 'select pg_advisory_xact_lock(hashtextextended($1, 19))', [`${personId} ${actor}`])
}

/** Keeps a follower, or puts what is known of her now in the place of what was. */
export async function keepFollower(tx: Tx, follower: Omit<Follower, 'askedAt' | 'movedTo'>, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into follower (id, person_id, actor, handle, inbox, shared_inbox, follow, follows, state, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)
     on conflict (person_id, actor) do update set follow = excluded.follow, follows = excluded.follows, inbox = excluded.inbox,
       shared_inbox = excluded.shared_inbox, handle = excluded.handle, state = excluded.state`,
    [
      follower.id,
      follower.personId,
      follower.actor,
      follower.handle,
      follower.inbox,
      follower.sharedInbox,
      follower.follow,
      JSON.stringify(follower.follows),
      follower.state,
      at,
    ],
  )
}

/** Sets the answer to a follower. */
export async function answerFollower(tx: Tx, id: string, state: FollowerState, at: Date): Promise<void> {
  await changed(tx, 'update follower set state = $2, answered_at = $3 where id = $1', [id, state, at])
}

/** The follows of a follower that are left; the last of them is the one that answers embed. */
export async function changeFollows(
  tx: Tx,
  id: string,
  follows: readonly StandingFollow[],
  follow: string,
): Promise<void> {
  await changed(tx, 'update follower set follows = $2::jsonb, follow = $3 where id = $1', [
    id,
    JSON.stringify(follows),
    follow,
  ])
}

export async function removeFollowerById(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'delete from follower where id = $1', [id])
}

/** Ends whatever an actor follows here. */
export async function removeFollower(tx: Tx, actor: string): Promise<number> {
  return changed(tx, 'delete from follower where actor = $1', [actor])
}

export async function removeFollowersOf(tx: Tx, personId: string): Promise<void> {
  await changed(tx, 'delete from follower where person_id = $1', [personId])
}

/** Where a follower's account lives now, for every person whom it follows. */
export async function moveFollower(tx: Tx, actor: string, to: string): Promise<void> {
  await changed(tx, 'update follower set moved_to = $2 where actor = $1', [actor, to])
}

/** Where a follower is reached and how she is called, as her own server says now. */
export async function changeFollower(tx: Tx, actor: string, now: Reached): Promise<void> {
  await changed(tx, 'update follower set handle = $2, inbox = $3, shared_inbox = $4 where actor = $1', [
    actor,
    now.handle,
    now.inbox,
    now.sharedInbox,
  ])
}

/** Remembers that a Follow was taken back, or that an actor is gone: a Follow that comes late does nothing. */
export async function keepEnded(tx: Tx, id: string, at: Date): Promise<void> {
  await changed(tx, 'insert into ended_follow (hash, ended_at) values ($1, $2) on conflict (hash) do nothing', [
    sha256Hex(id),
    at,
  ])
}

export async function forgetEnded(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from ended_follow where ended_at < $1', [before])
}

/** What a person chose about who may follow her; what is left out stays. */
export async function keepChoice(
  tx: Tx,
  personId: string,
  choice: { readonly everybody?: boolean; readonly moved?: boolean },
): Promise<void> {
  await changed(
    tx,
    `insert into follow_choice (person_id, everybody, moved) values ($1, $2, coalesce($3, false))
     on conflict (person_id) do update set everybody = coalesce($2, follow_choice.everybody), moved = coalesce($3, follow_choice.moved)`,
    [personId, choice.everybody ?? null, choice.moved ?? null],
  )
}
