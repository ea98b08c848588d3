import fc from 'fast-check'
import { conceptIri, slugOfIri, vocabulary } from '../../src/common/vocabularies.ts'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import type { Card, Viewer } from '../../src/directory/card.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { familyOf } from '../../src/directory/facets.ts'
import type { SearchQuery } from '../../src/directory/query.ts'
import { indexEntries, removeEntries } from '../../src/directory/steps.ts'
import { search, widerSearches } from '../../src/directory/views.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now, inventedPerson } from '../support/people.ts'

const secret = 'order'
const member: Viewer = { audience: 'members' }
const count = 400
const people = Array.from({ length: count }, (_, number) =>
  inventedPerson(number, `https://node${(number % 4) + 1}.example`),
)
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, count, { origins: 4 })
})
afterAll(() => db.close())

async function everybody(query: SearchQuery, at = now, viewer = member): Promise<Card[]> {
  const found: Card[] = []
  let page = await search(db, at, viewer, query, secret)
  found.push(...page.cards)
  while (page.next !== undefined) {
    page = await search(db, at, viewer, { ...query, after: page.next }, secret)
    found.push(...page.cards)
  }
  return found
}

const idsOf = (cards: readonly Card[]): string[] => cards.map(({ document }) => document.id).toSorted()

/** Adds listings for one test, and takes them away again. */
async function withListings(documents: readonly ListingDocument[], work: () => Promise<void>): Promise<void> {
  await db.transaction((tx) =>
    indexEntries(
      tx,
      secret,
      documents.map((document) => ({ originId: 1, audience: 'members', document })),
    ),
  )
  try {
    await work()
  } finally {
    await db.transaction((tx) =>
      removeEntries(
        tx,
        documents.map(({ id }) => id),
      ),
    )
  }
}

// What a query asks, said once more and in another way than the index has it.
function fits(document: ListingDocument, query: SearchQuery): boolean {
  const any = (wanted: readonly string[] | undefined, has: readonly (string | undefined)[]): boolean =>
    wanted === undefined || wanted.some((one) => has.includes(one))
  const roles = document.hasOccupation.map(({ occupationalCategory }) => slugOfIri('roles', occupationalCategory ?? ''))
  const iris = (
    name: 'practices' | 'conversation-kinds',
    wanted: readonly string[] | undefined,
  ): string[] | undefined => wanted?.map((slug) => conceptIri(name, slug))
  const isOpen = document.peerChat !== undefined && Date.parse(document.peerChat.endTime) > now.getTime()
  return (
    any(
      query.roles || query.families ? [...(query.roles ?? []), ...(query.families ?? [])] : undefined,
      roles.flatMap((role) => (role === undefined ? [] : [role, ...familyOf(role)])),
    ) &&
    any(query.sectors, [slugOfIri('sectors', document.worksFor.sector ?? '')]) &&
    any(query.countries, [document.worksFor.addressCountry]) &&
    any(
      query.languages,
      (document.knowsLanguage ?? []).map(({ tag }) => tag),
    ) &&
    any(
      query.speaks,
      (document.knowsLanguage ?? []).filter(({ level }) => level !== 'slow').map(({ tag }) => tag),
    ) &&
    (query.hours === undefined || any(query.near ?? [], [document.worksFor.addressCountry])) &&
    any(iris('practices', query.shares), document.shares ?? []) &&
    any(iris('practices', query.wants), document.wantsToTry ?? []) &&
    (query.kinds === undefined ||
      (isOpen && any(iris('conversation-kinds', query.kinds), document.peerChat?.kinds ?? []))) &&
    (query.onlyOne === undefined ||
      (query.onlyOne === 'any'
        ? document.onlyOne === 'team' || document.onlyOne === 'organisation'
        : document.onlyOne === query.onlyOne)) &&
    (query.open !== true || isOpen)
  )
}

const ofVocabulary = (name: 'roles' | 'sectors' | 'practices' | 'conversation-kinds', isGrouped: boolean): string[] =>
  vocabulary(name)
    .concepts.filter(({ broader }) => !isGrouped || broader !== undefined)
    .map(({ id }) => id)
const some = (values: readonly string[]): fc.Arbitrary<string[] | undefined> =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 6 }), { nil: undefined, freq: 4 })
const families = vocabulary('roles')
  .concepts.filter(({ broader }) => broader === undefined)
  .map(({ id }) => id)
const queries = fc
  .record({
    roles: some(ofVocabulary('roles', true)),
    families: some(families),
    sectors: some(ofVocabulary('sectors', false)),
    countries: some(['GB', 'IE', 'DE', 'FR', 'NO']),
    languages: some(['en', 'cy', 'de', 'fr', 'ja']),
    speaks: some(['en', 'cy', 'de']),
    near: fc.option(fc.subarray(['GB', 'IE', 'DE']), { nil: undefined, freq: 4 }),
    shares: some(ofVocabulary('practices', true)),
    wants: some(ofVocabulary('practices', true)),
    kinds: some(ofVocabulary('conversation-kinds', false)),
    onlyOne: fc.option(fc.constantFrom('any' as const, 'team' as const, 'organisation' as const), {
      nil: undefined,
      freq: 3,
    }),
    open: fc.option(fc.constant(true as const), { nil: undefined, freq: 3 }),
  })
  .map((query) => ({ ...query, ...(query.near ? { hours: 'near' as const } : {}) }))
  .map((query): SearchQuery => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)))

test('every page of every search together are exactly the people who fit, each once', async () => {
  await fc.assert(
    fc.asyncProperty(queries, fc.integer({ min: 0, max: 30 }), async (query, days) => {
      // Another day starts the ring elsewhere. Flags end as time goes, so those are asked on the first day only.
      const at = query.open === true || query.kinds !== undefined ? now : new Date(now.getTime() + days * 86_400_000)
      expect(idsOf(await everybody(query, at))).toEqual(
        people
          .filter((person) => fits(person, query))
          .map(({ id }) => id)
          .toSorted(),
      )
    }),
    { numRuns: 120 },
  )
})

test.each<[string, SearchQuery]>([
  ['role', { roles: ['product-manager'] }],
  ['family of roles', { families: ['product-and-delivery'] }],
  ['sector', { sectors: ['local-government'] }],
  ['country', { countries: ['IE'] }],
  ['language', { languages: ['cy'] }],
  ['language spoken well', { speaks: ['cy'] }],
  ['office hours that are near', { hours: 'near', near: ['GB', 'IE'] }],
  ['practice to share', { shares: ['week-notes'] }],
  ['practice to try', { wants: ['week-notes'] }],
  ['kind of conversation', { kinds: ['first-chat'] }],
  ['only one', { onlyOne: 'organisation' }],
  ['open now', { open: true }],
])('people are found by %s, and others are not', async (_name, query) => {
  const found = idsOf(await everybody(query))
  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThan(count)
  expect(found).toEqual(
    people
      .filter((person) => fits(person, query))
      .map(({ id }) => id)
      .toSorted(),
  )
})

test('two values of one kind mean either, two kinds mean both', async () => {
  const welsh = idsOf(await everybody({ languages: ['cy'] }))
  const german = idsOf(await everybody({ languages: ['de'] }))
  expect(idsOf(await everybody({ languages: ['cy', 'de'] }))).toEqual([...new Set([...welsh, ...german])].toSorted())
  const irish = idsOf(await everybody({ countries: ['IE'] }))
  expect(idsOf(await everybody({ languages: ['cy'], countries: ['IE'] }))).toEqual(
    welsh.filter((id) => irish.includes(id)),
  )
})

test.each([['Zoë'], ['zoe'], ['ZOE'], ['Zoë'.normalize('NFD')]])('“%s” finds everybody called Zoë', async (text) => {
  expect(idsOf(await everybody({ text }))).toEqual(
    people
      .filter(({ name }) => name.startsWith('Zoë '))
      .map(({ id }) => id)
      .toSorted(),
  )
})

test('“sian” finds Siân, and “o’brien” or “obrien” finds O’Brien', async () => {
  expect((await everybody({ text: 'sian' })).every(({ document }) => document.name.startsWith('Siân '))).toBe(true)
  const brien = people
    .filter(({ name }) => name.endsWith("O'Brien"))
    .map(({ id }) => id)
    .toSorted()
  for (const text of ["O'Brien", 'o’brien', 'obrien', 'brien']) expect(idsOf(await everybody({ text }))).toEqual(brien)
})

test('all words must be there, and the beginning of a longer word is enough', async () => {
  const [zoe] = await everybody({ text: 'zoe' })
  const town = zoe?.document.worksFor.name.split(' ')[0] ?? ''
  const found = await everybody({ text: `zoe ${town.slice(0, 5)}` })
  expect(found.length).toBeGreaterThan(0)
  expect(
    found.every(({ document }) => document.name.startsWith('Zoë') && document.worksFor.name.startsWith(town)),
  ).toBe(true)
})

test.each(['head of product', 'Head of Products', 'Pennaeth cynnyrch', 'rheolwr cynnyrch'])(
  '“%s” finds product managers',
  async (text) => {
    expect(idsOf(await everybody({ text }))).toEqual(idsOf(await everybody({ roles: ['product-manager'] })))
  },
)

test('a title and a town together find that role in that town', async () => {
  const [someone] = await everybody({ roles: ['product-manager'] })
  const town = someone?.document.worksFor.name.split(' ')[0] ?? ''
  const found = await everybody({ text: `head of product ${town}` })
  expect(idsOf(found)).toEqual(
    people
      .filter((person) => fits(person, { roles: ['product-manager'] }) && person.worksFor.name.startsWith(town))
      .map(({ id }) => id)
      .toSorted(),
  )
})

test('people with other words for their role are found by those words, and the job title of people here as well', async () => {
  const tinkerer = inventedPerson(9001, 'https://node1.example', {
    hasOccupation: [{ type: 'Occupation', name: 'Tinkerer in chief' }],
    jobTitle: 'Grade seven wrangler',
    place: 'Llanfairpwll',
    sharesInWords: ['Quilting retrospectives'],
  })
  await withListings([tinkerer], async () => {
    for (const text of ['tinkerer', 'wrangler', 'llanfairpwll', 'quilting'])
      expect(idsOf(await everybody({ text }))).toEqual([tinkerer.id])
  })
})

test.each([
  ['Pritchrad', 'Pritchard'],
  ['Virtannen', 'Virtanen'],
  ['coucnil', 'Council'],
  ['Sain', 'Siân'],
  ['jurgan', 'Jürgen'],
])('“%s”, a typing error, finds %s', async (text, meant) => {
  const page = await search(db, now, member, { text }, secret)
  expect(page.widened).toBe(true)
  expect(page.cards.length).toBeGreaterThan(2)
  expect(page.cards.some(({ document }) => `${document.name} ${document.worksFor.name}`.includes(meant))).toBe(true)
  expect(idsOf(await everybody({ text })).length).toBeGreaterThanOrEqual(page.cards.length)
})

test('who has the very words comes first, then those with similar ones, and nobody twice', async () => {
  const rare = inventedPerson(9002, 'https://node1.example', { name: 'Pritchad Single' })
  await withListings([rare], async () => {
    const found = await everybody({ text: 'pritchad' })
    expect(found.length).toBe(1)
    const others = await everybody({ text: 'pritchadd' })
    expect(others.length).toBeGreaterThan(10)
    const mixed = await everybody({ text: 'pritcha' })
    expect(new Set(idsOf(mixed)).size).toBe(mixed.length)
  })
  const lone = inventedPerson(9003, 'https://node1.example', { summary: 'Prichard is my hero' })
  await withListings([lone], async () => {
    const found = await everybody({ text: 'prichard' })
    expect(found[0]?.document.id).toBe(lone.id)
    expect(found.length).toBeGreaterThan(10)
    expect(new Set(idsOf(found)).size).toBe(found.length)
    const page = await search(db, now, member, { text: 'prichard' }, secret)
    expect(page.total?.relation === 'fewer' || page.total?.value === found.length).toBe(true)
  })
})

test('a title with a typing error still names its role', async () => {
  expect(idsOf(await everybody({ text: 'head of prodcut' }))).toEqual(
    expect.arrayContaining(idsOf(await everybody({ roles: ['product-manager'] }))),
  )
})

test('one typing error in a name of five letters or more finds its people nearly always', async () => {
  const names = [...new Set(people.flatMap(({ name }) => name.split(' ')))].filter((name) =>
    /^[A-Za-z]{5,}$/.test(name),
  )
  const tries = names.flatMap((name) =>
    [
      name.slice(0, 2) + name.slice(3),
      `${name.slice(0, 3)}${name[2]}${name.slice(3)}`,
      `${name.slice(0, 1)}x${name.slice(2)}`,
      `${name.slice(0, 2)}${name[3]}${name[2]}${name.slice(4)}`,
    ].map((typed) => ({ typed, name })),
  )
  const missed: string[] = []
  for (const { typed, name } of tries) {
    const page = await everybody({ text: typed })
    if (!page.some(({ document }) => document.name.includes(name))) missed.push(typed)
  }
  expect(tries.length).toBeGreaterThan(100)
  expect(missed.length / tries.length).toBeLessThan(0.1)
})

test('words that more people have than are looked through at once are still paged fairly and completely', async () => {
  // More than the 2,000 candidates, of two origins: the page must not come from one of them alone.
  const crowd = Array.from({ length: 2100 }, (_, number) => ({
    originId: (number % 2) + 1,
    audience: 'members' as const,
    document: { ...inventedPerson(20_000 + number), worksFor: { type: 'Organization' as const, name: 'Kommun' } },
  }))
  await db.transaction((tx) => indexEntries(tx, secret, crowd))
  const page = await search(db, now, member, { text: 'kommun' }, secret)
  expect(page.total).toEqual({ value: 1000, relation: 'more' })
  expect(new Set(page.cards.map(({ host }) => host)).size).toBe(2)
  expect(new Set(idsOf(await everybody({ text: 'kommun' }))).size).toBe(2100)
  expect(await everybody({ text: 'kommun', roles: ['product-manager'] })).toHaveLength(
    crowd.filter(({ document }) => fits(document, { roles: ['product-manager'] })).length,
  )
  await db.transaction((tx) =>
    removeEntries(
      tx,
      crowd.map(({ document }) => document.id),
    ),
  )
  expect(await rows(db, `select 1 from word where w = 'kommun'`)).toEqual([])
})

test('the order is the same all day and for every reader, and starts at another place the next day', async () => {
  const today = await everybody({})
  const evening = await everybody({}, new Date('2026-11-22T23:59:59Z'))
  const tomorrow = await everybody({}, new Date('2026-11-23T00:00:01Z'))
  const names = (cards: readonly Card[]): string[] => cards.map(({ key }) => key)
  expect(names(evening)).toEqual(names(today))
  expect(names(tomorrow)).not.toEqual(names(today))
  const first = names(tomorrow)[0] ?? ''
  const turn = names(today).indexOf(first)
  expect(names(tomorrow)).toEqual([...names(today).slice(turn), ...names(today).slice(0, turn)])
})

test('a search that is paged over midnight leaves nobody out and shows nobody twice', async () => {
  const first = await search(db, new Date('2026-11-22T23:59:59Z'), member, {}, secret)
  const found = [...first.cards]
  let next = first.next
  while (next !== undefined) {
    const page = await search(db, new Date('2026-11-23T00:00:01Z'), member, { after: next }, secret)
    found.push(...page.cards)
    next = page.next
  }
  expect(idsOf(found)).toEqual(people.map(({ id }) => id).toSorted())
})

test('somebody who leaves between two pages moves nobody else', async () => {
  const first = await search(db, now, member, {}, secret)
  const last = first.cards.at(-1)?.document
  if (!last || first.next === undefined) throw new Error('no second page')
  const before = await search(db, now, member, { after: first.next }, secret)
  await db.transaction((tx) => removeEntries(tx, [last.id]))
  const after = await search(db, now, member, { after: first.next }, secret)
  expect(after.cards).toEqual(before.cards)
  const originId = Number(/node(\d)/.exec(last.id)?.[1])
  await db.transaction((tx) => indexEntries(tx, secret, [{ originId, audience: 'members', document: last }]))
})

test('a cursor that is not ours is a mistake in the question', async () => {
  for (const after of ['x', 'A'.repeat(34)])
    await expect(search(db, now, member, { after }, secret)).rejects.toMatchObject({ problems: [{ field: 'after' }] })
})

test('no number of people below ten is told', async () => {
  const sizes = new Map<number, unknown>()
  for (const { id } of vocabulary('roles').concepts) {
    const page = await search(db, now, member, { roles: [id] }, secret)
    sizes.set(page.cards.length, page.total)
  }
  for (const [size, total] of sizes) {
    if (size === 0) expect(total).toEqual({ value: 0, relation: 'equal' })
    else if (size < 10) expect(total).toEqual({ value: 10, relation: 'fewer' })
  }
  expect([...sizes.keys()].some((size) => size > 0 && size < 10)).toBe(true)
  expect((await search(db, now, member, {}, secret)).total).toEqual({ value: count, relation: 'equal' })
})

test('the total is told once, on the first page', async () => {
  const first = await search(db, now, member, {}, secret)
  expect((await search(db, now, member, { after: first.next ?? '' }, secret)).total).toBeUndefined()
})

test('an empty search says which one thing to leave out, and how many that would be', async () => {
  const query: SearchQuery = { roles: ['product-manager'], countries: ['NO'], open: true }
  expect((await search(db, now, member, query, secret)).cards).toEqual([])
  const ways = await widerSearches(db, now, member, query)
  expect(ways.map(({ asked }) => asked)).toEqual([[{ part: 'countries', value: 'NO' }]])
  expect(ways[0]?.query).toEqual({ roles: ['product-manager'], open: true })
  expect(await widerSearches(db, now, member, { countries: ['NO'], languages: ['ja'] })).toEqual([])
})

test('a facet of several values is left out as a whole, since each of them is one more way to fit', async () => {
  const ways = await widerSearches(db, now, member, { roles: ['product-manager'], countries: ['NO', 'JP'] })
  expect(ways.map(({ kind, query }) => [kind, query])).toEqual([['without', { roles: ['product-manager'] }]])
})

test('where leaving out one thing is not enough, an empty search says what finds somebody alone', async () => {
  const query: SearchQuery = { roles: ['product-manager'], countries: ['NO'], languages: ['ja'] }
  const ways = await widerSearches(db, now, member, query)
  expect(ways.map(({ kind, query: alone }) => [kind, alone])).toEqual([['alone', { roles: ['product-manager'] }]])
})
