import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import type { Tx } from '../database/database.ts'
import { takeFollow, takeUndo, type AskedFollow, type FollowNeeds } from './follower-steps.ts'
import { embeddedFollow, withFollow, withoutFollow, type Follower } from './follower.ts'
import { keepEndedHashes, keepFollowers, lockPairs, removeFollowersById, type Pair } from './inbox-follow-store.ts'
import {
  blockedAmong,
  endedAmong,
  followersAmong,
  movedAmong,
  openPeople,
  type OpenPerson,
} from './inbox-follow-views.ts'

/** A Follow, or an Undo of one, of a person here. */
export type FollowWork =
  | { readonly kind: 'follow'; readonly asked: AskedFollow }
  | { readonly kind: 'undo'; readonly personId: string; readonly actor: string; readonly followId: string | undefined }

type Kept = Omit<Follower, 'askedAt' | 'movedTo'>

/**
 * Does many Follows and Undos in few statements, those of one pair in their order, with the very results of takeFollow and takeUndo. Where
 * an answer must be sent, somebody moved or was blocked, those two do it themselves.
 */
export async function takeFollowWork(tx: Tx, needs: FollowNeeds, work: readonly FollowWork[]): Promise<void> {
  const byPair = new Map<string, { readonly pair: Pair; readonly work: FollowWork[] }>()
  for (const one of work) {
    const { personId, actor } = one.kind === 'follow' ? one.asked : one
    const name = `${personId} ${actor}`
    const group = byPair.get(name) ?? { pair: { personId, actor }, work: [] }
    group.work.push(one)
    byPair.set(name, group)
  }
  const groups = [...byPair.values()]
  const known = await knownOf(tx, needs, groups)
  const result: Result = { kept: [], removed: [], ended: new Set() }
  const special: FollowWork[] = []
  for (const group of groups) {
    if (isPlain(needs, known, group)) settle(needs, known, group, result)
    else special.push(...group.work)
  }
  const now = needs.now()
  if (result.ended.size > 0) await keepEndedHashes(tx, [...result.ended], now)
  if (result.removed.length > 0) await removeFollowersById(tx, result.removed)
  if (result.kept.length > 0) await keepFollowers(tx, result.kept, now)
  for (const one of special) {
    if (one.kind === 'undo') await takeUndo(tx, needs, one)
    else if (known.people.has(one.asked.personId)) await takeFollow(tx, needs, one.asked)
  }
}

type Group = { readonly pair: Pair; readonly work: readonly FollowWork[] }
type Result = { readonly kept: Kept[]; readonly removed: string[]; readonly ended: Set<string> }

type Known = {
  readonly people: ReadonlyMap<string, OpenPerson>
  readonly ended: ReadonlySet<string>
  readonly followers: ReadonlyMap<string, Follower>
  /** Pairs that are not plain: kept apart, or followed already by an account that moved. */
  readonly odd: ReadonlySet<string>
}

async function knownOf(tx: Tx, needs: FollowNeeds, groups: readonly Group[]): Promise<Known> {
  const pairs = groups.map(({ pair }) => pair)
  await lockPairs(tx, pairs)
  const follows = groups.filter(({ work }) => work.some(({ kind }) => kind === 'follow'))
  const people = await openPeople(tx, needs.now(), [...new Set(follows.map(({ pair }) => pair.personId))])
  const asking = follows.flatMap(({ pair }) => {
    const person = people.get(pair.personId)
    return person ? [{ ...pair, accountId: person.accountId, hostname: new URL(pair.actor).hostname }] : []
  })
  const hashes = follows.flatMap(({ pair, work }) => [
    sha256Hex(pair.actor),
    ...work.flatMap((one) => (one.kind === 'follow' ? [sha256Hex(one.asked.followId)] : [])),
  ])
  const none = asking.length === 0
  return {
    people,
    ended: none ? new Set() : await endedAmong(tx, hashes),
    followers: new Map((await followersAmong(tx, pairs)).map((one) => [nameOf(one), one])),
    odd: new Set(none ? [] : [...(await blockedAmong(tx, asking)), ...(await movedAmong(tx, asking))].map(nameOf)),
  }
}

function nameOf({ personId, actor }: Pair): string {
  return `${personId} ${actor}`
}

// Whether nothing but rows of followers comes of it.
function isPlain({ config }: FollowNeeds, { people, followers, odd }: Known, { pair, work }: Group): boolean {
  if (work.every(({ kind }) => kind === 'undo')) return true
  const person = people.get(pair.personId)
  if (!person) return false
  const state = followers.get(nameOf(pair))?.state ?? 'waiting'
  const everybody = person.everybody ?? config.acceptFollowers === 'automatic'
  return state === 'waiting' && !everybody && !person.moved && person.movedTo === null && !odd.has(nameOf(pair))
}

// takeFollow and takeUndo, in memory, for a pair that is plain.
function settle(needs: FollowNeeds, known: Known, { pair, work }: Group, result: Result): void {
  const now = needs.now()
  const iri = addresses(needs.config.origin).person(pair.personId)
  const before = known.followers.get(nameOf(pair))
  let kept: Kept | undefined = before
  for (const one of work) {
    if (one.kind === 'follow') {
      const { asked } = one
      const hashes = [sha256Hex(asked.followId), sha256Hex(asked.actor)]
      if (hashes.some((hash) => known.ended.has(hash) || result.ended.has(hash))) continue
      kept = {
        ...asked,
        id: kept?.id ?? needs.newId(),
        follow: JSON.stringify(embeddedFollow(asked.followId, asked.actor, iri)),
        follows: withFollow(kept?.follows ?? [], { id: asked.followId, at: now }),
        state: kept?.state ?? 'waiting',
      }
    } else {
      if (one.followId !== undefined) result.ended.add(sha256Hex(one.followId))
      if (!kept) continue
      const left = withoutFollow(kept.follows, one.followId, now)
      const newest = left.at(-1)
      kept = newest && {
        ...kept,
        follows: left,
        follow: JSON.stringify(embeddedFollow(newest.id, pair.actor, iri)),
      }
    }
  }
  if (before && kept?.id !== before.id) result.removed.push(before.id)
  if (kept && kept !== before) result.kept.push(kept)
}
