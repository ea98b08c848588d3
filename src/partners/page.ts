import type { Listing } from '../common/schema-types.ts'
import {
  identifyListing,
  isOn,
  judgeListing,
  type CleanListing,
  type ListingOrigin,
  type ListingRefusal,
} from './copy.ts'
import { bucketOf } from './set.ts'

/** A listing of another node to be kept whole, or refused: then only its id and hash are kept, so that the root still adds up. */
export type Judgement = { readonly listing: CleanListing } | { readonly refused: ListingRefusal }

/** A listing as read from a page. What is held already with the same hash was judged before, so `judge` is asked only for the others; twice, it costs once. */
export type ReadCopy = {
  readonly id: string
  readonly bucket: number
  readonly seq: number
  readonly contentHash: string
  readonly judge: () => Judgement
}

/** What a page changes: copies by id, and the ids of tombstones. */
export type PageChanges = { readonly copies: readonly ReadCopy[]; readonly gone: readonly string[] }

/** Where on the page an item may be: newer than `after`, not newer than `seq`. */
export type PageBounds = { readonly after: number; readonly seq: number }

/**
 * Reads a page of changes (FEDERATION.md 4.2 and 5). A bad listing is refused alone; undefined when the page itself is none: items
 * out of order or beyond its own cursor, since then the cursor could not be right. Of an id that comes twice the last counts.
 */
export function readPage(
  items: readonly unknown[],
  bounds: PageBounds,
  from: ListingOrigin,
  parse: (input: unknown) => Listing,
): PageChanges | undefined {
  const changes = new Map<string, ReadCopy | 'gone'>()
  let last = bounds.after
  for (const item of items) {
    const seq = seqOf(item)
    if (seq !== undefined) {
      if (seq <= last || seq > bounds.seq) return undefined
      last = seq
    }
    const gone = tombstoneOf(item, from)
    if (gone !== undefined) {
      changes.set(gone, 'gone')
      continue
    }
    const copy = copyOf(item, seq ?? last, from, parse)
    if (copy) changes.set(copy.id, copy)
  }
  const entries = [...changes]
  return {
    copies: entries.flatMap(([, change]) => (change === 'gone' ? [] : [change])),
    gone: entries.flatMap(([id, change]) => (change === 'gone' ? [id] : [])),
  }
}

// What has no hash, or no id on its origin, cannot be kept at all: the root will not add up, and the origin is hidden.
function copyOf(
  item: unknown,
  seq: number,
  from: ListingOrigin,
  parse: (input: unknown) => Listing,
): ReadCopy | undefined {
  const read = identifyListing(item, from)
  if ('refused' in read) return undefined
  const { id, contentHash } = read
  let judgement: Judgement | undefined
  const judge = (): Judgement => (judgement ??= judgeListing(item, read, from, parse))
  return { id, bucket: bucketOf(id), seq, contentHash, judge }
}

function seqOf(item: unknown): number | undefined {
  if (typeof item !== 'object' || item === null || !('seq' in item)) return undefined
  return Number.isSafeInteger(item.seq) ? (item.seq as number) : undefined // isSafeInteger is the check
}

// Obeyed whatever else it carries or lacks: to refuse a tombstone would keep a withdrawn person on show. Of an id elsewhere nothing is held.
function tombstoneOf(item: unknown, { origin }: ListingOrigin): string | undefined {
  if (typeof item !== 'object' || item === null || !('type' in item) || item.type !== 'Tombstone' || !('id' in item))
    return undefined
  return typeof item.id === 'string' && isOn(origin, item.id) ? item.id : undefined
}
