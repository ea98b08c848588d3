import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import type { Profile } from '../common/schema-types.ts'
import { conceptIri, labelOf, type Language, type VocabularyName } from '../common/vocabularies.ts'
import type { FlagDocument, ListingDocument, PictureDocument } from '../directory/document.ts'
import type { CleanListing } from '../partners/copy.ts'
import { pictureType } from '../profile/picture.ts'
import type { ChatFlag } from './flag.ts'

/**
 * A listing of this node as FEDERATION.md 4.1 and schemas/listing.json have it, without its `seq`. Only the one for people
 * here carries `jobTitle` and `place`, and none for partner nodes an `icon` or `verifiedLinks`: these never travel in a listing.
 */
export type OwnListing = Omit<CleanListing, 'seq'> &
  Pick<ListingDocument, 'jobTitle' | 'place' | 'icon' | 'verifiedLinks'>

/** Who reads: 3 people who sign in here, 4 partner nodes, 5 everyone. */
export type Level = 3 | 4 | 5

export type DocumentParts = {
  readonly at: Addresses
  readonly level: Level
  readonly listingId: string
  readonly personId: string
  /** What of the profile this level may see; anything else must not be in here. */
  readonly shown: Partial<Profile>
  /** Set only while the person is public: nobody else has a handle outside. */
  readonly handle: string | undefined
  readonly language: Language
  /** The links that were seen to link back, in any order. */
  readonly verifiedLinks?: readonly string[]
  /** The flag if it is open and may be seen at this level. */
  readonly flag: ChatFlag | undefined
  readonly publishedAt: Date
  readonly updatedAt: Date
  readonly reviewAt: Date
}

const publicAudience = 'https://www.w3.org/ns/activitystreams#Public'
const largestBytes = 8 * 1024
/** What the sequence number and the document's own punctuation may add to the text that is measured. */
const reservedBytes = 64

// What stands where a person keeps her name or role to a closer audience: a listing has to have both.
const someone: Readonly<Record<Language, string>> = { en: 'Somebody', cy: 'Rhywun' }
const practitioner: Readonly<Record<Language, string>> = { en: 'Practitioner', cy: 'Ymarferydd' }

/**
 * The listing of one person as one level of audience reads it: always valid by schemas/listing.json once it has a `seq`, and
 * at most 8 KiB, whatever the profile holds. A longer introduction is cut to what fits.
 */
export function listingDocument(parts: DocumentParts): OwnListing {
  const { at, level, shown, language } = parts
  const document = {
    id: at.listing(parts.listingId),
    type: 'FeaturedItem',
    attributedTo: at.directory,
    featuredObject: at.person(parts.personId),
    published: rfc3339(parts.publishedAt),
    updated: rfc3339(parts.updatedAt),
    endTime: rfc3339(parts.reviewAt),
    to: level === 5 ? [publicAudience, at.directoryFollowers] : [at.directoryFollowers],
    name: line(shown.displayName) ?? parts.handle ?? someone[language],
    ...(parts.handle === undefined
      ? {}
      : { webfinger: `${parts.handle}@${at.host}`, url: at.personPage(parts.handle) }),
    ...optional('summary', line(shown.introduction)),
    hasOccupation: occupations(shown, language),
    ...optional('onlyOne', shown.onlyOne),
    worksFor: {
      type: 'Organization',
      name: line(shown.organisation) ?? at.host.slice(0, 120),
      ...optional('sector', shown.sector === undefined ? undefined : conceptIri('sectors', shown.sector)),
      ...optional('addressCountry', shown.country),
    },
    ...optional(
      'knowsLanguage',
      shown.languages?.map(({ tag, level: ease }) => ({ tag: tag.split('-').slice(0, 5).join('-'), level: ease })),
    ),
    ...optional('shares', iris('practices', shown.shares)),
    ...optional('sharesInWords', lines(shown.sharesInWords)),
    ...optional('wantsToTry', iris('practices', shown.wantsToTry)),
    ...optional('wantsToTryInWords', lines(shown.wantsToTryInWords)),
    ...optional('links', some(shown.links)),
    ...optional('peerChat', parts.flag === undefined ? undefined : peerChat(at, parts.personId, parts.flag)),
    ...(level === 4 ? {} : optional('icon', picture(at, shown))),
    ...(level === 5
      ? optional('verifiedLinks', some(shown.links?.filter((link) => parts.verifiedLinks?.includes(link))))
      : {}),
    ...(level === 3 ? { ...optional('jobTitle', line(shown.jobTitle)), ...optional('place', line(shown.place)) } : {}),
  } satisfies OwnListing
  return fitted(document)
}

/** One of the three documents of a listing, as steps.ts keeps them. */
export function readDocument(text: string): OwnListing {
  return JSON.parse(text) as OwnListing // our own row, written from an OwnListing
}

/** The same document without the flag, if the flag has ended by now: true even when no job has noticed (FEDERATION.md 6). */
export function withoutEndedFlag(document: OwnListing, now: Date): OwnListing {
  if (document.peerChat === undefined || Date.parse(document.peerChat.endTime) > now.getTime()) return document
  const { peerChat: _ended, ...rest } = document
  return rest
}

/** Whether two documents say the same, apart from when it was said. */
export function saysTheSame(one: OwnListing | undefined, other: OwnListing | undefined): boolean {
  if (!one || !other) return one === other
  return JSON.stringify({ ...one, updated: '' }) === JSON.stringify({ ...other, updated: '' })
}

function peerChat(at: Addresses, personId: string, flag: ChatFlag): FlagDocument {
  const id = at.chat(personId, flag.number)
  return {
    id,
    type: 'Proposal',
    purpose: 'offer',
    attributedTo: at.person(personId),
    published: rfc3339(flag.openedAt),
    endTime: rfc3339(flag.endsAt),
    kinds: flag.kinds.map((kind) => conceptIri('conversation-kinds', kind)),
    // Checked against the vocabulary when the flag was opened; the schema's list is the same one.
    ...(flag.boundaries.length > 0 ? { boundaries: flag.boundaries } : {}),
    publishes: {
      id: `${id}#primary`,
      type: 'Intent',
      action: 'deliverService',
      resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
      resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
    },
  }
}

function picture(at: Addresses, shown: Partial<Profile>): PictureDocument | undefined {
  const alt = line(shown.picture?.alt)
  if (shown.picture === undefined || alt === undefined) return undefined
  return { type: 'Image', mediaType: pictureType, url: at.media(shown.picture.name), name: alt }
}

function occupations(shown: Partial<Profile>, language: Language): ListingDocument['hasOccupation'] {
  const own = line(shown.roleInWords)
  const listed = (shown.roles ?? []).map((role): ListingDocument['hasOccupation'][number] => ({
    type: 'Occupation',
    name: labelOf('roles', role, language),
    occupationalCategory: conceptIri('roles', role),
  }))
  const all = [...listed, ...(own === undefined ? [] : [{ type: 'Occupation', name: own } as const])].slice(0, 2)
  return all.length > 0 ? all : [{ type: 'Occupation', name: practitioner[language] }]
}

function iris(name: VocabularyName, ids: readonly string[] | undefined): readonly string[] | undefined {
  return some(ids?.map((id) => conceptIri(name, id)))
}

function lines(texts: readonly string[] | undefined): readonly string[] | undefined {
  return some([...new Set((texts ?? []).flatMap((text) => line(text) ?? []))])
}

function some<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}

/** One line of plain text: line ends and tabs become spaces, what the schema refuses goes, and nothing is left of blanks. */
function line(text: string | undefined): string | undefined {
  const plain = text
    ?.replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    // Control characters, direction overrides and halves of surrogate pairs (schemas/listing.json).
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu, '')
    .trim()
  return plain === undefined || plain === '' ? undefined : plain
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  // A computed key widens to string; it is the one that was given.
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value }
}

function fitted(document: OwnListing): OwnListing {
  const excess = Buffer.byteLength(JSON.stringify(document)) + reservedBytes - largestBytes
  if (excess <= 0 || document.summary === undefined) return document
  const { summary, ...rest } = document
  const characters = Array.from(summary)
  let cut = 0
  while (characters.length > 0 && cut < excess) cut += Buffer.byteLength(JSON.stringify(characters.pop())) - 2
  const left = line(characters.join(''))
  return left === undefined ? rest : { ...document, summary: left }
}
