import { day, later } from '../common/clock.ts'
import { sameWordFor } from '../partners/acknowledgement.ts'
import { leaseDays } from '../partners/partner.ts'
import { lastLeaseEnd } from './listing.ts'

/** How it stands with the copy at one node; `at` is the instant that its sentence names. */
export type CopyState =
  /** It holds the newest, and said so then. */
  | { readonly state: 'holds'; readonly at: Date }
  /** It may hold an older one, which it may show until then. */
  | { readonly state: 'older'; readonly at: Date; readonly asked: Date }
  /** It has not asked since there was something to read. */
  | { readonly state: 'unread' }
  /** It has not asked since then, so that every lease has ended. */
  | { readonly state: 'silent'; readonly at: Date }
  /** It was never given one. */
  | { readonly state: 'hidden' }
  /** It said then that its copy is gone. */
  | { readonly state: 'gone'; readonly at: Date }
  /** It may hold one until then at the latest. */
  | { readonly state: 'waiting'; readonly at: Date }
  /** It said nothing, and its copy ended by itself then. */
  | { readonly state: 'ended'; readonly at: Date }

type Polled = { readonly confirmed: boolean; readonly lastPoll: Date | null }

/** A partner that may read a listing since then. Its lease is at most as young as its last question, which may be a little younger than what is kept of it. */
export function heldCopy({ confirmed, lastPoll }: Polled, since: Date | null, now: Date): CopyState {
  if (lastPoll === null || (!confirmed && since !== null && lastPoll < since)) return { state: 'unread' }
  const end = later(lastPoll, leaseDays * day + sameWordFor)
  if (end <= now) return { state: 'silent', at: lastPoll }
  return confirmed ? { state: 'holds', at: lastPoll } : { state: 'older', at: end, asked: lastPoll }
}

/** A node from which a copy was taken at `from`: by a withdrawal, by hiding, or because it is no partner any more. */
export function takenCopy(confirmedAt: Date | null, from: Date, now: Date): CopyState {
  if (confirmedAt !== null) return { state: 'gone', at: confirmedAt }
  const end = lastLeaseEnd(from)
  return { state: end <= now ? 'ended' : 'waiting', at: end }
}

/** What somebody reads above a list of copies: nobody has one, all is settled, or until when something may be left. */
export type Outlook =
  | { readonly what: 'nobody' }
  | { readonly what: 'settled' }
  | { readonly what: 'waiting'; readonly until: Date | undefined }

/** The outlook of some copies; `until` is the last end that is known. */
export function outlook(copies: readonly CopyState[]): Outlook {
  if (copies.length === 0) return { what: 'nobody' }
  const open = copies.filter(({ state }) => state === 'older' || state === 'unread' || state === 'waiting')
  if (open.length === 0) return { what: 'settled' }
  const ends = open.flatMap((copy) => ('at' in copy ? [copy.at] : []))
  return { what: 'waiting', until: ends.toSorted((one, other) => one.getTime() - other.getTime()).at(-1) }
}
