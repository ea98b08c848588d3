import fc from 'fast-check'
import { addresses } from '../../src/common/addresses.ts'
import { parse } from '../../src/common/parse.ts'
import { vocabulary } from '../../src/common/vocabularies.ts'
import {
  listingDocument,
  saysTheSame,
  withoutEndedFlag,
  type DocumentParts,
  type OwnListing,
} from '../../src/listing/document.ts'
import type { ChatFlag } from '../../src/listing/flag.ts'
import { readListing } from '../../src/partners/copy.ts'
import { canonicalForm } from '../../src/partners/set.ts'
import type { ProfileFields } from '../../src/profile/profile.ts'
import { ashasProfile } from '../support/resident.ts'

const at = addresses('https://north.example')
const opened = new Date('2026-10-01T09:00:00.123Z')

const flag: ChatFlag = {
  id: 'flag1',
  accountId: 'account1',
  number: 7,
  kinds: ['first-chat'],
  boundaries: ['no-selling', 'no-recruiting'],
  capacity: 3,
  hiddenHere: false,
  openedAt: opened,
  endsAt: new Date('2026-11-30T23:59:59Z'),
  pausedUntil: null,
  fullUntil: null,
  closedAt: null,
  closedBecause: null,
  renewalAskedAt: null,
}

const parts: DocumentParts = {
  at,
  level: 4,
  listingId: '01jbq4z8',
  personId: '6fd3',
  shown: ashasProfile,
  handle: undefined,
  language: 'en',
  flag: undefined,
  publishedAt: new Date('2026-09-02T10:00:00Z'),
  updatedAt: opened,
  reviewAt: new Date('2027-09-02T10:00:00Z'),
}

test('a listing reads as in section 4.1 of the protocol', () => {
  expect(listingDocument({ ...parts, handle: 'asha', flag })).toEqual({
    id: 'https://north.example/ap/directory/listings/01jbq4z8',
    type: 'FeaturedItem',
    attributedTo: 'https://north.example/ap/directory',
    featuredObject: 'https://north.example/ap/people/6fd3',
    published: '2026-09-02T10:00:00Z',
    updated: '2026-10-01T09:00:00Z',
    endTime: '2027-09-02T10:00:00Z',
    to: ['https://north.example/ap/directory/followers'],
    name: 'Asha Rao',
    webfinger: 'asha@north.example',
    url: 'https://north.example/@asha',
    summary: 'Only product manager at North Council.',
    hasOccupation: [
      {
        type: 'Occupation',
        name: 'Product manager',
        occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
      },
    ],
    onlyOne: 'organisation',
    worksFor: {
      type: 'Organization',
      name: 'North Council',
      sector: 'https://w3id.org/sideways/sectors#local-government',
      addressCountry: 'GB',
    },
    knowsLanguage: [
      { tag: 'en', level: 'easy' },
      { tag: 'cy', level: 'slow' },
    ],
    shares: ['https://w3id.org/sideways/practices#retrospective'],
    wantsToTry: ['https://w3id.org/sideways/practices#story-map'],
    peerChat: {
      id: 'https://north.example/ap/people/6fd3/chat/7',
      type: 'Proposal',
      purpose: 'offer',
      attributedTo: 'https://north.example/ap/people/6fd3',
      published: '2026-10-01T09:00:00Z',
      endTime: '2026-11-30T23:59:59Z',
      kinds: ['https://w3id.org/sideways/conversation-kinds#first-chat'],
      boundaries: ['no-selling', 'no-recruiting'],
      publishes: {
        id: 'https://north.example/ap/people/6fd3/chat/7#primary',
        type: 'Intent',
        action: 'deliverService',
        resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
        resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
      },
    },
  })
})

test('only people who sign in here read the job title and the place', () => {
  const shown = { ...ashasProfile, jobTitle: 'Lead product manager', place: 'Northford' }
  expect(listingDocument({ ...parts, shown, level: 3 })).toMatchObject({
    jobTitle: 'Lead product manager',
    place: 'Northford',
  })
  for (const level of [4, 5] as const) {
    const document = listingDocument({ ...parts, shown, level })
    expect(document).not.toHaveProperty('jobTitle')
    expect(document).not.toHaveProperty('place')
  }
})

test('a public listing is addressed to everyone, and nobody else has a handle outside', () => {
  expect(listingDocument({ ...parts, level: 5, handle: 'asha' }).to).toContain(
    'https://www.w3.org/ns/activitystreams#Public',
  )
  expect(listingDocument({ ...parts, level: 4 })).not.toHaveProperty('webfinger')
  expect(listingDocument({ ...parts, level: 4 }).to).toEqual([at.directoryFollowers])
})

test('a role in her own words has no category, and labels are in her language', () => {
  const { roles: _roles, ...shown } = ashasProfile
  expect(listingDocument({ ...parts, shown: { ...shown, roleInWords: 'Bridge keeper' } }).hasOccupation).toEqual([
    { type: 'Occupation', name: 'Bridge keeper' },
  ])
  expect(listingDocument({ ...parts, language: 'cy' }).hasOccupation[0]?.name).not.toBe('Product manager')
})

test('what a person keeps closer than her listing is not filled in from elsewhere', () => {
  const document = listingDocument({ ...parts, shown: {} })
  expect(document).toMatchObject({
    name: 'Somebody',
    hasOccupation: [{ type: 'Occupation', name: 'Practitioner' }],
    worksFor: { name: 'north.example' },
  })
  expect(JSON.stringify(document)).not.toMatch(/Asha|North Council|product/)
})

test('a flag that has ended is not in the document, whether or not a job has run', () => {
  const document = listingDocument({ ...parts, flag })
  expect(withoutEndedFlag(document, new Date('2026-11-30T23:59:58Z'))).toHaveProperty('peerChat')
  expect(withoutEndedFlag(document, new Date('2026-11-30T23:59:59Z'))).not.toHaveProperty('peerChat')
})

test('a document that only says later when it was said says the same', () => {
  const later = listingDocument({ ...parts, updatedAt: new Date('2026-12-01T09:00:00Z') })
  expect(saysTheSame(listingDocument(parts), later)).toBe(true)
  expect(saysTheSame(listingDocument(parts), listingDocument({ ...parts, flag }))).toBe(false)
})

const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength }),
    fc.string({ unit: 'grapheme-composite', maxLength }),
    fc
      .constantFrom(
        ' ',
        '\u202e',
        '\n\n',
        '"'.repeat(maxLength),
        '\\'.repeat(maxLength),
        '\ud800',
        '𝔄'.repeat(maxLength),
      )
      .map((text) => Array.from(text).slice(0, maxLength).join('')),
  )
const slugs = (name: 'roles' | 'practices' | 'conversation-kinds', maxLength: number) =>
  fc.uniqueArray(fc.constantFrom(...vocabulary(name).concepts.map(({ id }) => id)), { maxLength })
const shownProfiles: fc.Arbitrary<ProfileFields> = fc
  .record(
    {
      displayName: anyText(60),
      roles: slugs('roles', 2).filter((list) => list.length > 0),
      roleInWords: anyText(60),
      jobTitle: anyText(80),
      onlyOne: fc.constantFrom('none' as const, 'team' as const, 'organisation' as const),
      organisation: anyText(80),
      sector: fc.constantFrom(...vocabulary('sectors').concepts.map(({ id }) => id)),
      country: fc.constantFrom('GB', 'DE'),
      place: anyText(40),
      languages: fc.array(
        fc.record({
          tag: fc.constantFrom('en', 'cy', 'zh-Hant-TW', 'sl-aa-bb-cc-dd-ee-ff'),
          level: fc.constantFrom('easy' as const, 'slow' as const),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      shares: slugs('practices', 5),
      sharesInWords: fc.array(anyText(60), { maxLength: 2 }),
      wantsToTry: slugs('practices', 5),
      wantsToTryInWords: fc.array(anyText(60), { maxLength: 2 }),
      introduction: anyText(400),
      links: fc.uniqueArray(
        fc.integer({ min: 0, max: 200 }).map((length) => `https://example.org/${'x'.repeat(length)}`),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: [] },
  )
  // exactOptionalPropertyTypes: fast-check leaves keys out, its type says they may be undefined.
  .map((fields) => fields as ProfileFields)

const flags = fc.option(
  fc.record({
    kinds: slugs('conversation-kinds', 5).filter((list) => list.length > 0),
    boundaries: fc.subarray(['no-selling', 'no-recruiting', 'no-press', 'not-my-organisation', 'one-language']),
    number: fc.integer({ min: 1, max: 100_000 }),
  }),
  { nil: undefined },
)

test('whatever a profile holds, its listing is valid, at most 8 KiB, and one that a partner node keeps', () => {
  const longest = addresses(`https://${Array.from({ length: 4 }, () => 'n'.repeat(60)).join('.')}.example`)
  fc.assert(
    fc.property(
      shownProfiles,
      flags,
      fc.constantFrom(3 as const, 4 as const, 5 as const),
      fc.boolean(),
      fc.constantFrom(at, longest),
      fc.constantFrom('en' as const, 'cy' as const),
      (shown, terms, level, isPublic, where, language) => {
        const document: OwnListing = listingDocument({
          ...parts,
          at: where,
          level,
          language,
          shown,
          listingId: '0123456789abcdefghjk',
          personId: '0123456789abcdefghjk',
          handle: isPublic ? 'a'.repeat(30) : undefined,
          flag: terms && { ...flag, ...terms },
        })
        const sent = { ...document, seq: Number.MAX_SAFE_INTEGER }
        const received: unknown = JSON.parse(JSON.stringify(sent))
        expect(parse('listing', received)).toBe(received)
        expect(Buffer.byteLength(canonicalForm(JSON.parse(JSON.stringify(sent))))).toBeLessThanOrEqual(8192)
        const read = readListing(
          JSON.parse(JSON.stringify(sent)),
          { origin: where.origin, directoryId: where.directory },
          (input) => parse('listing', input),
        )
        expect('refused' in read ? read.refused : undefined).toBeUndefined()
      },
    ),
    { numRuns: 400 },
  )
})

test('an introduction gives way when everything else leaves too little room', () => {
  const longest = addresses(`https://${Array.from({ length: 4 }, () => 'n'.repeat(60)).join('.')}.example`)
  const practices = vocabulary('practices')
    .concepts.map(({ id }) => id)
    .toSorted((one, other) => other.length - one.length)
  const wide = (length: number): string => '𝔄'.repeat(length)
  const document = listingDocument({
    ...parts,
    at: longest,
    handle: 'a'.repeat(30),
    shown: {
      ...ashasProfile,
      displayName: wide(60),
      organisation: wide(80),
      roleInWords: wide(60),
      introduction: wide(400),
      shares: practices.slice(0, 5),
      wantsToTry: practices.slice(5, 10),
      sharesInWords: [wide(60), wide(59)],
      wantsToTryInWords: [wide(60), wide(59)],
      links: [1, 2, 3, 4].map((number) => `https://example.org/${'x'.repeat(234)}${number}`),
    },
    flag: {
      ...flag,
      kinds: vocabulary('conversation-kinds')
        .concepts.map(({ id }) => id)
        .slice(0, 5),
    },
  })
  expect(Buffer.byteLength(JSON.stringify({ ...document, seq: Number.MAX_SAFE_INTEGER }))).toBeLessThanOrEqual(8192)
  expect(Array.from(document.summary ?? '').length).toBeLessThan(400)
  expect(Array.from(document.summary ?? '').length).toBeGreaterThan(100)
})
