import { day, later } from '../common/clock.ts'
import { leaseDays } from '../partners/partner.ts'
import type { Scopes } from './scopes.ts'

/** What the outside knows somebody by. Retired for good when she leaves the scopes in which the id was known. */
export type Person = {
  readonly id: string
  readonly accountId: string | null
  /** Only while she is public. */
  readonly handle: string | null
  readonly createdAt: Date
  readonly publicSince: Date | null
  readonly retiredAt: Date | null
  /** The actor that she moved to, and how people write it; null unless she moved. */
  readonly movedTo: string | null
  readonly movedToName: string | null
  /** When she last moved, also when she took it back. */
  readonly movedAt: Date | null
}

/** Where somebody is listed and what is shown there now, each document as JSON text; there is no row when she is not listed. */
export type Listing = Scopes & {
  readonly id: string
  readonly accountId: string
  readonly personId: string
  readonly publishedAt: Date
  readonly updatedAt: Date
  /** The yearly review: not shown from then on. */
  readonly reviewAt: Date
  readonly reviewAskedAt: Date | null
  readonly membersDocument: string | null
  readonly partnersDocument: string | null
  readonly publicDocument: string | null
  /** The open flag that followers were told of. */
  readonly announcedFlag: string | null
  /** Since when her public page and actor are blank, by her own wish; null while they are not. */
  readonly unlistedSince: Date | null
}

/** A listing that partner nodes were told to drop. */
export type WithdrawnListing = { readonly id: string; readonly accountId: string; readonly withdrawnAt: Date }

/** How long a listing stays without a word of its owner, and how long before the end she is asked. */
export const reviewAfterDays = 365
export const reviewAskDaysBefore = 30
/** How long somebody can look up who has confirmed a withdrawal, after the last copy has ended. */
export const withdrawalKeptDays = 30
/** The same in milliseconds from the withdrawal. */
export const withdrawalKeptFor = (leaseDays + withdrawalKeptDays) * day

/** When a listing that is confirmed now has its next review. */
export function nextReview(now: Date): Date {
  return later(now, reviewAfterDays * day)
}

/** When the last copy of a listing that was withdrawn then has ended, whatever happens: a lease may be as young as the withdrawal. */
export function lastLeaseEnd(withdrawnAt: Date): Date {
  return later(withdrawnAt, leaseDays * day)
}
