import fc from 'fast-check'
import { openDatabase, type Db } from '../../src/database/database.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { facetsOf } from '../../src/directory/facets.ts'
import { find, seek, withinLimit } from '../../src/directory/find-views.ts'
import { placeOf, placeOfKey, startOf } from '../../src/directory/order.ts'
import type { SearchQuery } from '../../src/directory/query.ts'
import type { Route } from '../../src/directory/route.ts'
import { indexEntries, removeEntriesOfOrigin } from '../../src/directory/steps.ts'
import { textQuery } from '../../src/directory/text.ts'
import { search } from '../../src/directory/views.ts'
import { wordsOf } from '../../src/directory/words.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, fillDirectory, inventedNow, inventedPerson } from '../support/people.ts'

const secret = 'order'
const people = 400
let db: Db
let everybody: readonly { readonly place: bigint; readonly document: ListingDocument }[]

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, people, { origins: 4 })
  everybody = Array.from({ length: people }, (_, number) => {
    const document = inventedPerson(number, `https://node${(number % 4) + 1}.example`)
    return { place: placeOf(secret, 'members', document.id), document }
  })
})
afterAll(() => db.close())

const ways: readonly Route[] = [
  { kind: 'all' },
  { kind: 'ring', share: 1, byIndex: false },
  { kind: 'ring', share: 0.001, byIndex: false },
  { kind: 'ring', share: 0.01, byIndex: true },
  { kind: 'ring', share: 0.3, byIndex: true },
]

// Said as plainly as can be: who fits, in the order from the start, and who she is before what she writes.
function expected(query: SearchQuery, start: bigint): readonly bigint[] {
  const has = (document: ListingDocument, kind: string, values: readonly string[] = []): boolean =>
    values.length === 0 || facetsOf(document).some((facet) => facet.kind === kind && values.includes(facet.value))
  const fits = (words: readonly string[]): boolean =>
    query.text === undefined || words.some((word) => word.startsWith(query.text ?? ''))
  const fitting = everybody.filter(
    ({ document }) => has(document, 'country', query.countries) && has(document, 'speaks-well', query.speaks),
  )
  const round = (of: typeof fitting): bigint[] => {
    const places = of.map(({ place }) => place).toSorted((one, other) => (one < other ? -1 : 1))
    return [...places.filter((place) => place > start), ...places.filter((place) => place <= start)]
  }
  const who = fitting.filter(({ document }) => fits(wordsOf(document).strong))
  const others = fitting.filter((one) => !who.includes(one) && fits(wordsOf(one.document).weak))
  return [...round(who), ...round(others)]
}

const queries = fc.record(
  {
    countries: fc.subarray(['GB', 'DE', 'SE'], { minLength: 1 }),
    speaks: fc.subarray(['en', 'cy'], { minLength: 1, maxLength: 1 }),
    text: fc.constantFrom('council', 'evans', 'service', 'mornings', 'research', 'planning', 'davi'),
  },
  { requiredKeys: [] },
)

test('whichever way people are looked for, the same are found, in the same order, page after page', async () => {
  const start = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n })
  await fc.assert(
    fc.asyncProperty(
      queries,
      start,
      fc.constantFrom(...ways),
      fc.integer({ min: 1, max: 90 }),
      async (query, from, way, limit) => {
        const found = await withinLimit(db, async (reader) => {
          const text = query.text === undefined ? undefined : textQuery(query.text)
          const sight = { audience: 'members', now: inventedNow } as const
          const who = await seek(reader, sight, query, text, { who: true })
          const rounds = text ? [who, await seek(reader, sight, query, text, { before: who })] : [who]
          const places: bigint[] = []
          for (const sought of rounds)
            for (let last: bigint | undefined; ;) {
              const page = (await find(reader, sought, { start: from, last, limit }, way)).found.map(({ lid }) =>
                BigInt(lid),
              )
              places.push(...page)
              last = page.at(-1)
              if (page.length < limit || last === undefined) break
            }
          return places
        })
        expect(found).toEqual(expected(query, from))
      },
    ),
    { numRuns: 150 },
  )
})

test('a directory of one very large node and small ones shows everybody in the order drawn by lot, whatever is asked', async () => {
  const many = 100_000
  await db.transaction(async (tx) => {
    await addOrigin(tx, 9, 'large.example')
    await indexEntries(tx, secret, [
      {
        originId: 9,
        audience: 'members',
        document: inventedPerson(3, 'https://large.example', { summary: 'I look after one service.', onlyOne: 'team' }),
      },
    ])
  })
  // The same person again and again, each time in another place.
  await db.pool.query(
    `insert into directory_entry (lid, origin_id, audience, ends_at, flag_ends_at, listing_id, facets, tsv, doc)
     select ('x' || substr(md5(n::text), 1, 16))::bit(64)::bigint & 9223372036854775807, origin_id, audience, ends_at, flag_ends_at,
       listing_id || n, facets, tsv, doc
     from directory_entry cross join generate_series(1, ${many}) n where origin_id = 9`,
  )
  await db.pool.query('vacuum analyze directory_entry')
  const { rows } = await db.pool.query<{ lid: string; isLarge: boolean; looks: boolean }>(
    `select lid::text, origin_id = 9 as "isLarge", tsv @@ 'look:*'::tsquery as looks from directory_entry`,
  )
  expect(rows.filter(({ isLarge }) => isLarge)).toHaveLength(many + 1)
  const start = startOf(secret, '2026-11-22')
  const inOrder = (some: typeof rows): readonly bigint[] => {
    const places = some.map(({ lid }) => BigInt(lid)).toSorted((one, other) => (one < other ? -1 : 1))
    return [...places.filter((place) => place > start), ...places.filter((place) => place <= start)]
  }
  for (const [query, fitting] of [
    [{}, rows],
    [{ text: 'look' }, rows.filter(({ looks }) => looks)],
    [{ onlyOne: 'any' }, undefined],
  ] as const) {
    const shown: bigint[] = []
    const hosts = new Set<string>()
    for (let after: string | undefined; shown.length < 2000;) {
      const asked = { ...query, ...(after === undefined ? {} : { after }) }
      const page = await search(db, inventedNow, { audience: 'members' }, asked, secret)
      shown.push(...page.cards.map(({ key }) => placeOfKey(key) ?? -1n))
      for (const { host } of page.cards) hosts.add(host)
      after = page.next
      if (after === undefined) break
    }
    if (fitting) expect(shown).toEqual(inOrder(fitting).slice(0, shown.length))
    expect({ query, shown: shown.length, hosts: hosts.size > 1 }).toMatchObject({ shown: 2000, hosts: true })
  }
  await db.transaction((tx) => removeEntriesOfOrigin(tx, 9))
}, 180_000)
