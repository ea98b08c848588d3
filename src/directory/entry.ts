import { day, dayOf, instantOf, later } from '../common/clock.ts'
import type { FlagDocument, ListingDocument } from './document.ts'
import { facetsOf, type Facet } from './facets.ts'
import { tsvectorText, wordsOf, type ListingWords } from './words.ts'

/** What the directory keeps of a listing, but for where it came from and its place in the order. */
export type Entry = {
  /** Those of who she is and what she does, and those of what she writes. */
  readonly words: ListingWords
  readonly facets: readonly Facet[]
  readonly endsAt: Date
  readonly flagEndsAt: Date | undefined
  readonly tsv: string
  readonly doc: string
}

/** Reads a listing for the directory. Asked again for the same object, which nobody changes, it costs nothing. */
export function entryOf(document: ListingDocument): Entry {
  const known = entries.get(document)
  if (known) return known
  const words = wordsOf(document)
  const entry = {
    words,
    facets: facetsOf(document),
    endsAt: instant(document.endTime),
    flagEndsAt: document.peerChat && endOf(document.peerChat),
    tsv: tsvectorText(words),
    doc: JSON.stringify(document),
  }
  entries.set(document, entry)
  return entry
}

const entries = new WeakMap<ListingDocument, Entry>()

// At the latest with the 90th day after it was opened, whatever it says of itself (FEDERATION.md 4.1).
function endOf(flag: FlagDocument): Date {
  const end = instant(flag.endTime)
  const last = later(instant(dayOf(instant(flag.published))), 91 * day - 1000)
  return end < last ? end : last
}

function instant(text: string): Date {
  const found = instantOf(text)
  if (!found) throw new Error('a listing with a time that is none')
  return found
}
