import { lastLeaseEnd } from './listing.ts'

/** What a person reads about one node that may hold a copy. */
export type HolderState = {
  readonly host: string
  readonly state: 'holds' | 'mayHold' | 'confirmed' | 'waiting' | 'ended'
  readonly day?: Date
}

/** A holder of a listing that is shown: it holds the newest, or may hold an older one or none. */
export function holding(holder: {
  readonly host: string
  readonly confirmed: boolean
  readonly ended: boolean
}): HolderState {
  const { host, confirmed, ended } = holder
  return { host, state: confirmed && !ended ? 'holds' : 'mayHold' }
}

/** A holder of a listing that was withdrawn then: it confirmed, or its lease ends seven days after at the latest (FEDERATION.md 6). */
export function dropping(
  holder: { readonly host: string; readonly confirmed: boolean },
  withdrawnAt: Date,
  now: Date,
): HolderState {
  const { host, confirmed } = holder
  if (confirmed) return { host, state: 'confirmed' }
  const end = lastLeaseEnd(withdrawnAt)
  return { host, state: end <= now ? 'ended' : 'waiting', day: end }
}
