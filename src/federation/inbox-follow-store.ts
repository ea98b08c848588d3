import { changed, often, rows, type Tx } from '../database/database.ts'
import type { Follower } from './follower.ts'

/** An actor elsewhere and a person here. */
export type Pair = { readonly personId: string; readonly actor: string }

/** As lockPair, for many. */
export async function lockPairs(tx: Tx, pairs: readonly Pair[]): Promise<void> {
  await rows(
    tx,
    often(`select count(pg_advisory_xact_lock(hashtextextended(name, 19)))
     from (select name from unnest($1::text[]) as name order by name) as sorted`),
    [pairs.map(({ personId, actor }) => `${personId} ${actor}`)],
  )
}

/** As keepFollower, for many: no two of one pair. Those that are there keep their state. */
export async function keepFollowers(
  tx: Tx,
  followers: readonly Omit<Follower, 'askedAt' | 'movedTo'>[],
  at: Date,
): Promise<void> {
  await changed(
    tx,
    often(`insert into follower (id, person_id, actor, handle, inbox, shared_inbox, follow, follows, state, asked_at)
     select id, person, actor, handle, inbox, shared, follow, follows::jsonb, state, $10
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
       as given (id, person, actor, handle, inbox, shared, follow, follows, state)
     on conflict (person_id, actor) do update set follow = excluded.follow, follows = excluded.follows, inbox = excluded.inbox,
       shared_inbox = excluded.shared_inbox, handle = excluded.handle`),
    [
      followers.map(({ id }) => id),
      followers.map(({ personId }) => personId),
      followers.map(({ actor }) => actor),
      followers.map(({ handle }) => handle),
      followers.map(({ inbox }) => inbox),
      followers.map(({ sharedInbox }) => sharedInbox),
      followers.map(({ follow }) => follow),
      followers.map(({ follows }) => JSON.stringify(follows)),
      followers.map(({ state }) => state),
      at,
    ],
  )
}

export async function removeFollowersById(tx: Tx, ids: readonly string[]): Promise<void> {
  await changed(tx, often('delete from follower where id = any($1)'), [ids])
}

/** As keepEnded, for many, by their hashes. */
export async function keepEndedHashes(tx: Tx, hashes: readonly string[], at: Date): Promise<void> {
  await changed(
    tx,
    often(`insert into ended_follow (hash, ended_at) select hash, $2 from unnest($1::text[]) as hash order by hash
     on conflict (hash) do nothing`),
    [hashes, at],
  )
}
