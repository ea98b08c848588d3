import { day, hour, instantOf, later } from '../common/clock.ts'

/** What a follower from another server was told. */
export type FollowerState = 'waiting' | 'accepted' | 'rejected'

/** One Follow that stands: its id, and when it came (RFC 3339). */
export type StandingFollow = { readonly id: string; readonly at: string }

/** How a follower is called, and where she is reached, as her own server says. */
export type Reached = { readonly handle: string | null; readonly inbox: string; readonly sharedInbox: string | null }

/** Somebody on another server who follows a person here; `follow` is the Follow that our answers embed, as JSON text. */
export type Follower = {
  readonly id: string
  readonly personId: string
  readonly actor: string
  readonly handle: string | null
  readonly inbox: string
  readonly sharedInbox: string | null
  readonly follow: string
  /** The ids under which she asked and that she has not taken back, the newest last. */
  readonly follows: readonly StandingFollow[]
  readonly state: FollowerState
  readonly askedAt: Date
  readonly movedTo: string | null
}

/** How long an older Follow of the same actor may still turn out to be the newer one. */
const disorderLasts = day

/** The Follow that Accept and Reject embed: exactly what Mastodon, GoToSocial, Misskey and snac2 look at. */
export function embeddedFollow(id: string, actor: string, person: string) {
  return { id, type: 'Follow', actor, object: person } as const
}

/** The follows of an actor after one more. Earlier ones count on for a day only: a server that asks again has forgotten the first. */
export function withFollow(
  follows: readonly StandingFollow[],
  follow: { readonly id: string; readonly at: Date },
): readonly StandingFollow[] {
  const fresh = follows.filter(({ id, at }) => {
    const came = instantOf(at)
    return id !== follow.id && came !== undefined && came > later(follow.at, -disorderLasts)
  })
  return [...fresh.slice(-9), { id: follow.id, at: follow.at.toISOString() }]
}

/**
 * What an Undo leaves of the follows of an actor. It takes back the Follow that it names; of those that came before it, only what came
 * within an hour may be the newer one. An id that is not known may be of an earlier Follow that has not arrived yet, while the newest is
 * fresh; otherwise it ends all, since Misskey names another id than it sent.
 */
export function withoutFollow(
  follows: readonly StandingFollow[],
  followId: string | undefined,
  now: Date,
): readonly StandingFollow[] {
  if (followId === undefined) return []
  const cameSince = (follow: StandingFollow | undefined, wait: number): boolean => {
    const came = instantOf(follow?.at ?? '')
    return came !== undefined && came > later(now, -wait)
  }
  const place = follows.findIndex(({ id }) => id === followId)
  if (place !== -1)
    return [...follows.slice(0, place).filter((one) => cameSince(one, hour)), ...follows.slice(place + 1)]
  return cameSince(follows.at(-1), disorderLasts) && !namesPair(followId) ? follows : []
}

// Misskey's Undo names the pair: https://host/follows/{follower}/{followee}.
function namesPair(followId: string): boolean {
  return /\/follows\/[^/#?]+\/[^/#?]+$/.test(followId)
}

/** What is known when somebody asks to follow for the first time. */
export type Asking = {
  /** The answer that an account of hers had which moved to this one. */
  readonly before: FollowerState | undefined
  /** Whether the person lets everybody in. */
  readonly everybody: boolean
  /** Whether the person lets in who comes from an old account of hers that moved here at most 14 days ago. */
  readonly comesAlong: boolean
}

/** What a new follower is told. */
export function firstState({ before, everybody, comesAlong }: Asking): FollowerState {
  if (before !== undefined && before !== 'waiting') return before
  return everybody || comesAlong ? 'accepted' : 'waiting'
}

/** How long after a Move to her the followers of an old account may come along. */
export const comingAlongLasts = 14 * day
