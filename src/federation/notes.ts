import type { Addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { slugOfIri } from '../common/vocabularies.ts'
import type { CleanListing } from '../partners/copy.ts'

/** What a post in words tells: her flag opened, its end comes near, a practice that she shares became public. */
export type WordsKind = 'opened' | 'closing' | 'practice'
export const wordsKinds: readonly WordsKind[] = ['opened', 'closing', 'practice']

/** What a post tells; that of office hours is an Event. */
export type NoteKind = WordsKind | 'office-hours'

/** What a person chooses by itself: each kind of post, and whether those who follow her role hear of an open flag. */
export type PostSwitch = WordsKind | 'topic'
export const postSwitches: readonly PostSwitch[] = [...wordsKinds, 'topic']
export type Posting = { readonly [Switch in PostSwitch]: boolean }

/** How it is until she chooses. */
export const defaultPosting: Posting = { opened: true, closing: false, practice: false, topic: false }

/** At most so many posts in any so many days, counted back from the moment at which one more would be made. */
export const mostPosts = 4
export const postDays = 30
/** How many days before the end of a flag the second post comes, and how long the flag must have been open by then. */
export const closingDays = 3
export const openDaysBeforeClosing = 7
/** How long a post about a practice stays. */
export const practiceDays = 90

/** A post as it is kept; one without a number was never sent, since there had been too many. */
export type Note = {
  readonly id: string
  readonly personId: string
  readonly kind: NoteKind
  readonly number: number | null
  /** The number of the flag that it tells of. */
  readonly flagNumber: number | null
  /** Of a post about office hours: which, while they run and are to be told. */
  readonly hoursId: string | null
  readonly practices: readonly string[]
  /** What it says of her job, as `jobKey` has it; empty when that was not noted. */
  readonly job: string
  /** The document as it was sent; null once it was taken back. */
  readonly body: string | null
  readonly madeAt: Date
  readonly endsAt: Date
  readonly deletedAt: Date | null
}

/** What everyone may read of a person, as far as posts go. */
export type PublicSide = {
  readonly document: Pick<CleanListing, 'peerChat' | 'shares' | 'sharesInWords' | 'hasOccupation' | 'worksFor'>
}

/**
 * Whether what a post says is true now, whatever jobs have run: its time has not passed, everyone may read the same of her job, and the
 * flag or every practice that it names is still public. `person` is undefined when she is not public any more.
 */
export function isTrue(at: Addresses, note: Note, person: PublicSide | undefined, now: Date): boolean {
  if (!person || note.number === null || note.deletedAt !== null || note.endsAt <= now) return false
  if (note.job !== '' && note.job !== jobKey(person.document)) return false
  if (note.kind === 'office-hours') return note.hoursId !== null
  if (note.kind === 'practice') {
    const shared = new Set(practiceKeys(person.document))
    return note.practices.every((key) => shared.has(key))
  }
  return note.flagNumber !== null && person.document.peerChat?.id === at.chat(note.personId, note.flagNumber)
}

/** What a document says of somebody's job, short enough to compare. */
export function jobKey({ hasOccupation, worksFor }: PublicSide['document']): string {
  const roles = hasOccupation.map(({ name, occupationalCategory }) => occupationalCategory ?? name)
  return sha256Hex(JSON.stringify([roles, worksFor.name, worksFor.sector ?? ''])).slice(0, 20)
}

/** The practices that a document shares, by short keys: the concept's own id, or a hash of her own words. */
export function practiceKeys(document: PublicSide['document']): readonly string[] {
  return sharedPractices(document).map(({ key }) => key)
}

/** The same with the concept's IRI, or her words. */
export function sharedPractices({
  shares = [],
  sharesInWords = [],
}: Pick<PublicSide['document'], 'shares' | 'sharesInWords'>): readonly {
  readonly key: string
  readonly iri?: string
  readonly words?: string
}[] {
  return [
    ...shares.map((iri) => ({ key: slugOfIri('practices', iri) ?? hashed(iri), iri })),
    ...sharesInWords.map((words) => ({ key: hashed(words), words })),
  ]
}

function hashed(text: string): string {
  return `own-${sha256Hex(text).slice(0, 20)}`
}

/** Whether it is time to say that a flag ends soon: it was open for a week, and ends by itself within days. */
export function isClosingSoon(flag: { readonly openedAt: Date; readonly endsAt: Date }, now: Date): boolean {
  return (
    flag.endsAt > now &&
    flag.endsAt <= later(now, closingDays * day) &&
    flag.openedAt <= later(flag.endsAt, -(openDaysBeforeClosing + closingDays) * day)
  )
}

/** When the next post may be made, by when the latest ones were made: now, or once the oldest that counts is 30 days old. */
export function nextPostAt(made: readonly Date[], now: Date): Date {
  const counted = made
    .filter((at) => at > later(now, -postDays * day))
    .toSorted((one, other) => other.getTime() - one.getTime())
  const oldest = counted[mostPosts - 1]
  return oldest === undefined ? now : later(oldest, postDays * day)
}
