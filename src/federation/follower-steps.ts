import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import { activityStreams } from './context.ts'
import {
  comingAlongLasts,
  embeddedFollow,
  firstState,
  withFollow,
  withoutFollow,
  type Follower,
  type FollowerState,
  type Reached,
} from './follower.ts'
import {
  answerFollower,
  changeFollows,
  keepEnded,
  keepFollower,
  lockPair,
  removeFollowerById,
} from './follower-store.ts'
import { anAliasMovedSince, followed, followerOf, isEnded, movedFollowers, type Followed } from './follower-views.ts'
import { prepare } from './steps.ts'
import { dropWaiting } from './delivery-store.ts'

/** Our own origin is part of every answer. */
export type FollowNeeds = Needs & { readonly config: Pick<App['config'], 'origin' | 'acceptFollowers'> }

/** A Follow of a person here, with what its actor's own server says of the actor. */
export type AskedFollow = Reached & {
  readonly personId: string
  readonly actor: string
  readonly followId: string
}

/**
 * Takes a Follow: kept and, where the person has said what to answer, answered. The same again gets the same answer again. One that was
 * taken back already, or whose sender and person are kept apart, does nothing.
 */
export async function takeFollow(tx: Tx, needs: FollowNeeds, asked: AskedFollow): Promise<void> {
  const { personId, actor, followId } = asked
  const now = needs.now()
  await lockPair(tx, personId, actor)
  if (await isEnded(tx, [followId, actor])) return
  const person = await followed(tx, personId)
  if (!person || (await isBlockedFor(tx, person.accountId, { actor, host: new URL(actor).host }))) return
  const kept = await followerOf(tx, personId, actor)
  const iri = addresses(needs.config.origin).person(personId)
  const follower = {
    ...asked,
    id: kept?.id ?? needs.newId(),
    follow: JSON.stringify(embeddedFollow(followId, actor, iri)),
    follows: withFollow(kept?.follows ?? [], { id: followId, at: now }),
    state: kept?.state ?? 'waiting',
  } as const
  // Whoever followed her before her move stays; nobody new comes in.
  if (!kept && person.movedTo !== null) return sayAnswer(tx, needs, follower, 'rejected')
  const state = kept?.state ?? (await firstAnswer(tx, needs, person, follower))
  await keepFollower(tx, { ...follower, state }, now)
  await endMoved(tx, personId, actor)
  if (state !== 'waiting') await sayAnswer(tx, needs, follower, state)
}

async function firstAnswer(
  tx: Tx,
  needs: FollowNeeds,
  person: Followed,
  { personId, actor }: Pick<Follower, 'personId' | 'actor'>,
): Promise<FollowerState> {
  const before = await movedFollowers(tx, personId, actor)
  return firstState({
    before: before[0]?.state,
    everybody: person.everybody ?? needs.config.acceptFollowers === 'automatic',
    comesAlong: person.moved && (await anAliasMovedSince(tx, personId, later(needs.now(), -comingAlongLasts))),
  })
}

// Her old account is in the list no more once the new one is.
async function endMoved(tx: Tx, personId: string, actor: string): Promise<void> {
  for (const old of await movedFollowers(tx, personId, actor)) await removeFollowerById(tx, old.id)
}

/** Takes back a Follow, or, without its id, all of that actor. One that has not arrived yet will do nothing when it does. */
export async function takeUndo(
  tx: Tx,
  needs: FollowNeeds,
  undone: { readonly personId: string; readonly actor: string; readonly followId: string | undefined },
): Promise<void> {
  const { personId, actor, followId } = undone
  await lockPair(tx, personId, actor)
  if (followId !== undefined) await keepEnded(tx, followId, needs.now())
  const kept = await followerOf(tx, personId, actor)
  if (!kept) return
  const left = withoutFollow(kept.follows, followId, needs.now())
  const newest = left.at(-1)
  if (!newest) return removeFollowerById(tx, kept.id)
  const iri = addresses(needs.config.origin).person(personId)
  await changeFollows(tx, kept.id, left, JSON.stringify(embeddedFollow(newest.id, actor, iri)))
}

/** Answers a follower and keeps the answer. */
export async function giveAnswer(
  tx: Tx,
  needs: FollowNeeds,
  follower: Follower,
  state: Exclude<FollowerState, 'waiting'>,
): Promise<void> {
  await answerFollower(tx, follower.id, state, needs.now())
  // What waits to say otherwise is not sent any more.
  const person = addresses(needs.config.origin).person(follower.personId)
  for (const earlier of ['accept', 'reject'])
    await dropWaiting(tx, `${person}#${earlier}-${follower.id}-`, '', needs.now())
  await sayAnswer(tx, needs, follower, state)
}

/** After a follower moved: where the new account asked already, it gets the answer that the old one had. */
export async function handOver(tx: Tx, needs: FollowNeeds, old: Follower, to: string): Promise<void> {
  await lockPair(tx, old.personId, to)
  const fresh = await followerOf(tx, old.personId, to)
  if (!fresh) return
  await removeFollowerById(tx, old.id)
  if (fresh.state === 'waiting' && old.state !== 'waiting') await giveAnswer(tx, needs, fresh, old.state)
}

// Every Accept and Reject embeds the Follow that it answers: Mastodon matches by its id, GoToSocial reads the object.
async function sayAnswer(
  tx: Tx,
  needs: FollowNeeds,
  follower: Pick<Follower, 'id' | 'personId' | 'actor' | 'inbox' | 'follow'>,
  state: Exclude<FollowerState, 'waiting'>,
): Promise<void> {
  const person = addresses(needs.config.origin).person(follower.personId)
  const name = state === 'accepted' ? 'accept' : 'reject'
  const id = `${person}#${name}-${follower.id}-${needs.newId()}`
  await prepare(tx, needs, {
    id,
    sender: follower.personId,
    inboxes: [follower.inbox],
    body: {
      '@context': activityStreams,
      id,
      type: state === 'accepted' ? 'Accept' : 'Reject',
      actor: person,
      to: [follower.actor],
      object: JSON.parse(follower.follow), // our own: embeddedFollow wrote it
    },
  })
}
