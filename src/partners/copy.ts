import type { FlagDocument, ListingDocument } from '../directory/document.ts'
import { canonicalForm, sha256Hex } from './canonical.ts'

/** A listing of another node with the terms of `schemas/listing.json` and no others: all that may be stored or shown. */
export type CleanListing = Omit<ListingDocument, 'seq' | 'jobTitle' | 'place' | 'icon' | 'verifiedLinks'> & {
  readonly seq: number
}

/** The node that a listing came from: `origin` is scheme, host and port, as in `https://north.example`. */
export type ListingOrigin = { readonly origin: string; readonly directoryId: string }

/** Why a listing is not copied; for the administrator, who sees only how many. */
export type ListingRefusal =
  | 'no-canonical-form'
  | 'too-large'
  | 'id-elsewhere'
  | 'invalid'
  | 'other-directory'
  | 'person-elsewhere'
  | 'flag-elsewhere'
  | 'flag-too-long'

/** A copy with the hash that counts in the root; or a refusal, with what must be kept so that the root still adds up. */
export type ReadListing =
  | { readonly listing: CleanListing; readonly contentHash: string }
  | { readonly refused: ListingRefusal; readonly id?: string; readonly contentHash?: string }

const largestListing = 8 * 1024
const longestId = 512
const day = 24 * 60 * 60 * 1000
const longestFlag = 90

/** What counts in the root of a listing whose id is on its origin: judged or not. `bytes` is the length of its one canonical form. */
export type IdentifiedListing = { readonly id: string; readonly contentHash: string; readonly bytes: number }

/** A listing as fetched from its origin, judged by FEDERATION.md 4.1 and 5; `parse` checks the schema and throws. */
export function readListing(
  document: unknown,
  from: ListingOrigin,
  parse: (input: unknown) => CleanListing,
): ReadListing {
  const identified = identifyListing(document, from)
  if ('refused' in identified) return identified
  const { id, contentHash } = identified
  const judged = judgeListing(document, identified, from, parse)
  return 'refused' in judged ? { ...judged, id, contentHash } : { ...judged, contentHash }
}

/** The id and hash of a listing as fetched; refused when it has none, or an id elsewhere: then nothing of it can be kept. */
export function identifyListing(
  document: unknown,
  from: ListingOrigin,
): IdentifiedListing | { readonly refused: ListingRefusal } {
  const id = idOf(document)
  let text: string
  try {
    text = canonicalForm(document)
  } catch {
    // Without a hash there is nothing to keep: the root will not add up, and the administrator is told.
    return { refused: 'no-canonical-form' }
  }
  if (id === undefined) return { refused: 'invalid' }
  if (!isOn(from.origin, id)) return { refused: 'id-elsewhere' }
  return { id, contentHash: sha256Hex(text), bytes: Buffer.byteLength(text) }
}

/** Whether an identified listing may be copied. The same document from the same origin is always judged the same. */
export function judgeListing(
  document: unknown,
  { bytes }: Pick<IdentifiedListing, 'bytes'>,
  from: ListingOrigin,
  parse: (input: unknown) => CleanListing,
): { readonly listing: CleanListing } | { readonly refused: ListingRefusal } {
  if (bytes > largestListing) return { refused: 'too-large' }
  let parsed: CleanListing
  try {
    parsed = parse(document)
  } catch {
    // Whatever the schema has against it, one bad listing is refused alone.
    return { refused: 'invalid' }
  }
  const refused = refusalOf(parsed, from)
  return refused === undefined ? { listing: withKnownTermsOnly(parsed) } : { refused }
}

function refusalOf(listing: CleanListing, from: ListingOrigin): ListingRefusal | undefined {
  if (listing.attributedTo !== from.directoryId) return 'other-directory'
  if (!isPersonOn(from.origin, listing)) return 'person-elsewhere'
  const { peerChat } = listing
  if (peerChat === undefined) return undefined
  if (peerChat.attributedTo !== listing.featuredObject) return 'flag-elsewhere'
  if (!isOn(from.origin, peerChat.id) || !isOn(from.origin, peerChat.publishes.id)) return 'flag-elsewhere'
  return isFlagTooLong(peerChat) ? 'flag-too-long' : undefined
}

// One host for a person's handle, actor and page (FEDERATION.md, Addresses): else a node could list people of another one.
function isPersonOn(origin: string, { featuredObject, url, webfinger }: CleanListing): boolean {
  return (
    isOn(origin, featuredObject) &&
    (url === undefined || isOn(origin, url)) &&
    (webfinger === undefined || webfinger.split('@')[1] === new URL(origin).host)
  )
}

// In days, not hours: a flag ends with its last day, as in the example of FEDERATION.md 4.1.
function isFlagTooLong({ published, endTime }: FlagDocument): boolean {
  const days = Math.floor(Date.parse(endTime) / day) - Math.floor(Date.parse(published) / day)
  return !(days <= longestFlag)
}

/**
 * Whether an id is on an origin. Only in its normal spelling, so that one thing has one id, and without the spaces and line breaks that
 * would let an id write lines of its own into a bucket.
 */
export function isOn(origin: string, id: string): boolean {
  const url = URL.parse(id)
  return url !== null && url.href === id && url.origin === origin && url.username === '' && url.password === ''
}

function idOf(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !('id' in document)) return undefined
  return typeof document.id === 'string' && document.id.length <= longestId ? document.id : undefined
}

function withKnownTermsOnly(listing: CleanListing): CleanListing {
  return {
    ...only(listing, [
      'id',
      'type',
      'attributedTo',
      'featuredObject',
      'seq',
      'published',
      'updated',
      'endTime',
      'to',
      'name',
      'webfinger',
      'url',
      'summary',
      'onlyOne',
      'shares',
      'sharesInWords',
      'wantsToTry',
      'wantsToTryInWords',
      'links',
    ]),
    hasOccupation: listing.hasOccupation.map((role) => only(role, ['type', 'name', 'occupationalCategory'])),
    worksFor: only(listing.worksFor, ['type', 'name', 'url', 'sector', 'addressCountry']),
    ...(listing.knowsLanguage && {
      knowsLanguage: listing.knowsLanguage.map((language) => only(language, ['tag', 'level'])),
    }),
    ...(listing.peerChat && { peerChat: flagWithKnownTermsOnly(listing.peerChat) }),
  }
}

function flagWithKnownTermsOnly(flag: FlagDocument): FlagDocument {
  const { publishes } = flag
  return {
    ...only(flag, ['id', 'type', 'purpose', 'attributedTo', 'published', 'endTime', 'kinds', 'boundaries']),
    publishes: {
      ...only(publishes, ['id', 'type', 'action', 'resourceConformsTo']),
      ...(publishes.resourceQuantity && {
        resourceQuantity: only(publishes.resourceQuantity, ['hasUnit', 'hasNumericalValue']),
      }),
    },
  }
}

function only<T extends object, Term extends keyof T>(source: T, terms: readonly Term[]): Pick<T, Term> {
  const entries = terms.filter((term) => Object.hasOwn(source, term)).map((term) => [term, source[term]])
  // Object.fromEntries forgets the names of the terms, which are those asked for.
  return Object.fromEntries(entries) as Pick<T, Term>
}
