import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { readListing } from '../../src/partners/copy.ts'
import type { CleanListing, ReadListing } from '../../src/partners/copy.ts'
import { contentHash } from '../../src/partners/set.ts'

type Terms = { readonly [term: string]: unknown }
type Schema = { readonly properties?: Readonly<Record<string, Schema>>; readonly items?: Schema }

const ajv = new Ajv2020({ strict: true })
formats.default(ajv)
const schemaOf = (name: string) => JSON.parse(read(`../../schemas/${name}.json`)) as Schema
const isListing = ajv.compile<CleanListing>(schemaOf('listing'))

// The first and the third listing of our own vectors: one with every part, one with none that may be left out.
const { listings } = JSON.parse(read('../vectors/directory-1.json')) as { listings: { document: Terms }[] }
const asha = listings[0]?.document as Terms & CleanListing & { readonly peerChat: Terms }
const minimal = listings[2]?.document as Terms & CleanListing

const north = { origin: 'https://north.example', directoryId: 'https://north.example/ap/directory' }

test.each(listings)('the published listing $document.id is read', ({ document }) => {
  expect(fetched(document)).toMatchObject({
    listing: { id: document['id'], name: document['name'] },
    contentHash: contentHash(document),
  })
})

test('a listing with nothing to leave out is copied as it is', () => {
  expect(fetched(asha)).toEqual({ listing: asha, contentHash: contentHash(asha) })
  expect(fetched(minimal)).toEqual({ listing: minimal, contentHash: contentHash(minimal) })
})

test('what the schema does not name is left out at every level, and still counts in the hash', () => {
  const withSecrets = withTermEverywhere(asha)
  expect(JSON.stringify(withSecrets).match(/secret/g)).toHaveLength(8)
  expect(fetched(withSecrets)).toEqual({ listing: asha, contentHash: contentHash(withSecrets) })
  expect(contentHash(withSecrets)).not.toBe(contentHash(asha))
})

test('a copy can hold every term that the schema names', () => {
  const full = {
    ...asha,
    links: ['https://example.org/asha'],
    sharesInWords: ['tea'],
    wantsToTryInWords: ['coffee'],
    worksFor: { ...asha.worksFor, url: 'https://example.org/' },
  }
  const answer = fetched(full)
  expect('listing' in answer ? termsOf(answer.listing) : []).toEqual(termsOfSchema(schemaOf('listing')))
})

test('a term called __proto__ changes nothing but the hash', () => {
  const crafted = JSON.parse(
    `{"__proto__":{"url":"https://evil.example/"},${JSON.stringify(minimal).slice(1)}`,
  ) as Terms
  const answer = fetched(crafted)
  expect(answer).toEqual({ listing: minimal, contentHash: contentHash(crafted) })
  expect('listing' in answer && answer.listing.url).toBeUndefined()
})

describe('a listing is refused, and its id and hash are kept,', () => {
  test.each([
    ['without a name', { name: undefined }, 'invalid'],
    ['with a name of 61 characters', { name: 'a'.repeat(61) }, 'invalid'],
    ['with a name of spaces', { name: '   ' }, 'invalid'],
    ['with a line break in its name', { name: 'Asha\nRao' }, 'invalid'],
    ['with text that runs backwards', { summary: 'moc.elpmaxe\u202e' }, 'invalid'],
    ['with a sixth practice', { shares: [1, 2, 3, 4, 5, 6].map((n) => `https://w3id.org/p#${n}`) }, 'invalid'],
    ['with a concept that is a script', { shares: ['javascript:alert(1)'] }, 'invalid'],
    ['with a link that is not https', { links: ['http://example.org/'] }, 'invalid'],
    ['without a role', { hasOccupation: [] }, 'invalid'],
    [
      'with a third role',
      { hasOccupation: [...asha.hasOccupation, ...asha.hasOccupation, ...asha.hasOccupation] },
      'invalid',
    ],
    ['with a seq that is not whole', { seq: 1.5 }, 'invalid'],
    ['with a seq of nought', { seq: 0 }, 'invalid'],
    ['with a time that has no zone', { updated: '2026-10-01T09:00:00' }, 'invalid'],
    ['with a day that does not exist', { updated: '2026-02-30T09:00:00Z' }, 'invalid'],
    ['that says it is a tombstone', { type: 'Tombstone' }, 'invalid'],
    ['of another directory', { attributedTo: 'https://south.example/ap/directory' }, 'other-directory'],
    ['of a person elsewhere', { featuredObject: 'https://south.example/ap/people/1' }, 'person-elsewhere'],
    ['of a person on another port', { featuredObject: 'https://north.example:8443/ap/people/1' }, 'person-elsewhere'],
    ['of a person without TLS', { featuredObject: 'http://north.example/ap/people/1' }, 'person-elsewhere'],
    ['with a handle elsewhere', { webfinger: 'asha@south.example' }, 'person-elsewhere'],
    ['with a page elsewhere', { url: 'https://south.example/@asha' }, 'person-elsewhere'],
    ['with a flag elsewhere', { peerChat: { ...asha.peerChat, id: 'https://south.example/7' } }, 'flag-elsewhere'],
    [
      'with the flag of another person',
      { peerChat: { ...asha.peerChat, attributedTo: `${north.origin}/ap/people/other` } },
      'flag-elsewhere',
    ],
    ['with a flag of 91 days', { peerChat: { ...asha.peerChat, endTime: '2026-12-31T00:00:00Z' } }, 'flag-too-long'],
    ['of more than 8 KiB', { future: 'a'.repeat(8 * 1024) }, 'too-large'],
    ['of more than 8 KiB in fewer characters', { future: '€'.repeat(3 * 1024) }, 'too-large'],
  ])('%s', (_, changes, refused) => {
    const wrong = JSON.parse(JSON.stringify({ ...asha, ...changes })) as unknown
    expect(fetched(wrong)).toEqual({ refused, id: asha.id, contentHash: contentHash(wrong) })
  })
})

test('a listing of 8 KiB is copied, and one byte more is not', () => {
  const room = 8 * 1024 - JSON.stringify({ ...asha, future: '' }).length
  expect(fetched({ ...asha, future: 'a'.repeat(room) })).toHaveProperty('listing')
  expect(fetched({ ...asha, future: 'a'.repeat(room + 1) })).toHaveProperty('refused', 'too-large')
})

test('a flag may end with its ninetieth day', () => {
  expect(fetched({ ...asha, peerChat: { ...asha.peerChat, endTime: '2026-12-30T23:59:59Z' } })).toHaveProperty(
    'listing',
  )
})

test.each([
  'https://south.example/ap/directory/listings/1',
  'https://north.example.evil.example/listings/1',
  'https://north.example@evil.example/listings/1',
  'https://asha@north.example/listings/1',
  'https://NORTH.example/listings/1',
  'https://north.example/listings/../listings/1',
  'https://north.example/listings/1 00\nhttps://north.example/listings/2',
  'not an address',
])('of a listing with the id "%s" nothing is kept', (id) => {
  expect(fetched({ ...asha, id })).toEqual({ refused: 'id-elsewhere' })
})

test.each([
  [undefined],
  [null],
  ['listing'],
  [7],
  [[]],
  [{}],
  [{ id: 7 }],
  [{ id: `${north.origin}/${'a'.repeat(600)}` }],
])('of %j, which has no id, nothing is kept', (wrong) => {
  expect(fetched(wrong)).toEqual({ refused: wrong === undefined ? 'no-canonical-form' : 'invalid' })
})

test('of a listing that has no canonical form nothing is kept', () => {
  const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as unknown
  expect(fetched({ ...asha, name: 'Asha \ud83d' })).toEqual({ refused: 'no-canonical-form' })
  expect(fetched({ ...asha, deep })).toEqual({ refused: 'no-canonical-form' })
})

test('the hash is of what was fetched, not of what checking made of it', () => {
  const before = contentHash(asha)
  const answer = readListing(structuredClone(asha), north, (input) => {
    // A validator that writes to its input, as Ajv does with defaults.
    Object.assign(input as object, { name: 'Somebody else' })
    return input as CleanListing
  })
  expect(answer).toHaveProperty('contentHash', before)
})

test('a node on another port is an origin of its own', () => {
  const local = { origin: 'http://localhost:3001', directoryId: 'http://localhost:3001/ap/directory' }
  const moved = JSON.parse(JSON.stringify(asha).replaceAll('https://north.example', local.origin)) as Terms
  const listing = { ...moved, webfinger: 'asha@localhost:3001' }
  expect(readListing(listing, local, parse)).toHaveProperty('listing')
  expect(readListing(listing, { ...local, origin: 'http://localhost:3002' }, parse)).toEqual({
    refused: 'id-elsewhere',
  })
})

describe('the schemas', () => {
  const isTombstone = ajv.compile(schemaOf('tombstone'))
  const isPage = ajv.compile(schemaOf('changes-page'))
  const isBuckets = ajv.compile(schemaOf('buckets'))
  const isStatement = ajv.compile(schemaOf('statement'))

  test('a tombstone is obeyed even when it carries more than it may', () => {
    const tombstone = {
      id: asha.id,
      type: 'Tombstone',
      formerType: 'FeaturedItem',
      deleted: '2026-10-09T14:05:00Z',
      seq: 845,
    }
    expect(isTombstone(tombstone)).toBe(true)
    expect(isTombstone({ ...tombstone, name: 'Asha Rao' })).toBe(true)
    expect(isTombstone({ ...tombstone, seq: undefined })).toBe(false)
  })

  test('a page with one bad item is a page; one with 201 items is not', () => {
    const page = {
      id: `${north.directoryId}/listings?after=812`,
      type: 'OrderedCollectionPage',
      seq: 845,
      orderedItems: [] as unknown[],
    }
    expect(isPage(page)).toBe(true)
    expect(isPage({ ...page, orderedItems: [asha, { name: 7 }] })).toBe(true)
    expect(isPage({ ...page, orderedItems: Array.from({ length: 201 }, () => asha) })).toBe(false)
  })

  test('the published statements fit, and a proof that may expire does not', () => {
    const { statement, statementWithoutContext } = JSON.parse(read('../vectors/directory-1.json')) as Record<
      string,
      { proof: object }
    >
    expect(isStatement(statement)).toBe(true)
    expect(isStatement(statementWithoutContext)).toBe(true)
    expect(isStatement({ ...statement, proof: { ...statement?.proof, expires: '2026-10-09T14:05:00Z' } })).toBe(false)
  })

  test('buckets are 256, no more and no fewer', () => {
    const buckets = {
      id: `${north.directoryId}/listings/buckets`,
      type: 'DirectoryBuckets',
      attributedTo: north.directoryId,
      epoch: 'b7c1f0',
      seq: 845,
    }
    const hashes = (length: number) => Array.from({ length }, () => 'a'.repeat(64))
    expect(isBuckets({ ...buckets, buckets: hashes(256) })).toBe(true)
    expect(isBuckets({ ...buckets, buckets: hashes(255) })).toBe(false)
    expect(isBuckets({ ...buckets, buckets: hashes(257) })).toBe(false)
  })
})

function fetched(document: unknown): ReadListing {
  return readListing(document, north, parse)
}

function parse(input: unknown): CleanListing {
  if (!isListing(input)) throw new TypeError('Not a listing')
  return input
}

function withTermEverywhere(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTermEverywhere)
  if (typeof value !== 'object' || value === null) return value
  return {
    ...Object.fromEntries(Object.entries(value).map(([term, inner]) => [term, withTermEverywhere(inner)])),
    secret: 1,
  }
}

function termsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((inner) => termsOf(inner, path)))].sort()
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .flatMap(([term, inner]) => [`${path}/${term}`, ...termsOf(inner, `${path}/${term}`)])
    .sort()
}

function termsOfSchema(schema: Schema, path = ''): readonly string[] {
  return Object.entries(schema.properties ?? {})
    .flatMap(([term, inner]) => [`${path}/${term}`, ...termsOfSchema(inner.items ?? inner, `${path}/${term}`)])
    .sort()
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}
