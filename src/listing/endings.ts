import { isWider, type Limit } from '../partners/limit.ts'
import type { Field, ReaderLevel } from '../profile/profile.ts'
import { lostAnswers } from './answers.ts'
import { readDocument } from './document.ts'
import { flagState, running, type ChatFlag } from './flag.ts'
import type { Listing } from './listing.ts'
import { purposes, type Purpose } from './scopes.ts'

/** What decides who sees somebody, at one instant. */
export type Shown = {
  readonly listing: Listing | undefined
  readonly flag: ChatFlag | undefined
  /** Whom her copies are limited to. */
  readonly limit: Limit
}

/** What a change took back: a listing (`still`: where she stays), answers that readers from a level on saw until then, a public page, or a flag. */
export type Ending =
  | { readonly listing: string; readonly still: readonly Purpose[] }
  | { readonly answers: readonly Field[]; readonly from: ReaderLevel }
  | { readonly unlisted: string }
  | { readonly flag: string }

/**
 * What must not come back with an older database: a listing whose id ended or that fewer may see, an answer that fewer may see or that
 * says something else, and a flag that is shown no more, or for less. Who is hidden from some partner nodes is, after a restore, on none until she says so again: the log does not
 * say from whom. What the clock ended by itself is left out: it has ended in an older database as well.
 */
export function endings(before: Shown, after: Shown, now: Date): readonly Ending[] {
  return [
    ...endedListing(before, after),
    ...hidden(before.listing, after.listing),
    ...endedAnswers(before.listing, after.listing),
    ...endedFlag(before.flag, after.flag, now),
  ]
}

function endedListing(before: Shown, after: Shown): readonly Ending[] {
  const { listing } = before
  if (!listing) return []
  const isNarrower = listing.partners && isWider(after.limit, before.limit)
  const still = purposes.filter((purpose) => {
    if (!after.listing?.[purpose]) return false
    if (purpose === 'partners' && isNarrower) return false
    // The switch is on and nothing is shown: she keeps to herself what a listing cannot be without.
    return !(isSeen(listing, purpose) && !isSeen(after.listing, purpose))
  })
  const isSame = after.listing?.id === listing.id && purposes.every((one) => !listing[one] || still.includes(one))
  return isSame ? [] : [{ listing: listing.id, still }]
}

function hidden(before: Listing | undefined, after: Listing | undefined): readonly Ending[] {
  const isHidden = after?.public === true && after.unlistedSince !== null
  return before?.public && before.unlistedSince === null && isHidden ? [{ unlisted: after.id }] : []
}

// An answer that was changed is one that was taken back: what it said must not be read again.
function endedAnswers(before: Listing | undefined, after: Listing | undefined): readonly Ending[] {
  const noted = new Set<Field>()
  const readers = [
    [3, before?.membersDocument, after?.membersDocument],
    [4, before?.partnersDocument, after?.partnersDocument],
    [5, before?.publicDocument, after?.publicDocument],
  ] as const
  return readers.flatMap(([from, was, is]) => {
    if (typeof was !== 'string' || typeof is !== 'string' || was === is) return []
    const answers = lostAnswers(readDocument(was), readDocument(is)).filter((field) => !noted.has(field))
    for (const field of answers) noted.add(field)
    return answers.length > 0 ? [{ answers, from }] : []
  })
}

function isSeen(listing: Listing, purpose: Purpose): boolean {
  if (purpose === 'here') return listing.membersDocument !== null
  return purpose === 'partners' ? listing.partnersDocument !== null : listing[purpose]
}

function endedFlag(before: ChatFlag | undefined, after: ChatFlag | undefined, now: Date): readonly Ending[] {
  if (!before || !running(before, now)) return []
  if (after && running(after, now) && !isLess(before, after, now)) return []
  if (after?.id === before.id && after.closedBecause === 'lapsed') return []
  return [{ flag: before.id }]
}

/** Whether a running flag shows less than another one: for less long, for fewer kinds of chat, to fewer people, or not at the moment. */
function isLess(before: ChatFlag, after: ChatFlag, now: Date): boolean {
  const isLater = (one: Date | null, other: Date | null): boolean =>
    other !== null && other > now && (one === null || other > one)
  return (
    (flagState(before, now) === 'open' && flagState(after, now) !== 'open') ||
    isLater(before.pausedUntil, after.pausedUntil) ||
    isLater(before.fullUntil, after.fullUntil) ||
    after.endsAt < before.endsAt ||
    (after.hiddenHere && !before.hiddenHere) ||
    before.kinds.some((kind) => !after.kinds.includes(kind))
  )
}
