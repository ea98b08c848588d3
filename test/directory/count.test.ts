import fc from 'fast-check'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import type { Card } from '../../src/directory/card.ts'
import { tally, type Asked, type Tally } from '../../src/directory/count-answer.ts'
import { counterAside } from '../../src/directory/count-aside-views.ts'
import { pruneDirectoryChanges } from '../../src/directory/count-actions.ts'
import {
  addTo,
  countBits,
  countShared,
  eachBit,
  growing,
  keepAny,
  noBits,
  setBit,
  settle,
} from '../../src/directory/count-bits.ts'
import { tableOf } from '../../src/directory/count-keeper-views.ts'
import { sampleTally } from '../../src/directory/count-sample-views.ts'
import { shareWalked } from '../../src/directory/count-text-views.ts'
import { endCounting, facetCounts } from '../../src/directory/count-views.ts'
import { aboutTotal, countTotal } from '../../src/directory/counting.ts'
import { everyFacet, facetKey, facetsOf } from '../../src/directory/facets.ts'
import type { SearchQuery } from '../../src/directory/query.ts'
import { search, type SearchPage } from '../../src/directory/views.ts'
import { indexEntries, removeEntries } from '../../src/directory/steps.ts'
import { facetIds } from '../../src/directory/store.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now, inventedPerson, numbersFrom } from '../support/people.ts'

const secret = 'order'
const member = { audience: 'members' } as const
const people = Array.from({ length: 400 }, (_, number) =>
  inventedPerson(number, `https://node${(number % 4) + 1}.example`),
)
const has = (person: (typeof people)[number], key: string): boolean =>
  facetsOf(person).some((facet) => facetKey(facet) === key)
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, 400, { origins: 4 })
})
afterAll(async () => {
  await endCounting(db)
  await db.close()
})

const asked = (query: SearchQuery): Asked => ({ now, ...member, query, apart: undefined, among: undefined })
const sorted = ({ values, open }: Tally): unknown => [
  [...values].toSorted(([one], [other]) => (one < other ? -1 : 1)),
  open,
]
const counted = (tally: Tally | undefined): unknown => tally && sorted(tally)

test('beside each choice stands how many it would find, and nothing under ten', async () => {
  const { values, open, isAbout, asOf } = await facetCounts(db, now, member, { roles: ['product-manager'] })
  for (const role of ['product-manager', 'user-researcher'])
    expect(values.get(`role:${role}`)).toEqual(countTotal(people.filter((one) => has(one, `role:${role}`)).length))
  const irish = await facetCounts(db, now, member, { countries: ['IE'], languages: ['cy'] })
  const welsh = people.filter((one) => has(one, 'language:cy'))
  expect(irish.values.get('country:GB')).toEqual(countTotal(welsh.filter((one) => has(one, 'country:GB')).length))
  for (const { value, relation } of [...values.values(), open, ...irish.values.values(), irish.open])
    expect(value > 10 || (value === 10 && relation !== 'more') || value === 0).toBe(true)
  expect([isAbout, asOf]).toEqual([false, now])
})

test.each([
  [0, { value: 0, relation: 'equal' }],
  [1, { value: 10, relation: 'fewer' }],
  [9, { value: 10, relation: 'fewer' }],
  [10, { value: 10, relation: 'equal' }],
  [43_210, { value: 43_210, relation: 'equal' }],
])('%i people are told as they may be', (count, total) => {
  expect(countTotal(count)).toEqual(total)
})

test('of a reckoned number two digits are told', () => {
  expect([0.4, 9.7, 123.4, 98_765].map((count) => aboutTotal(count))).toEqual(
    [0, 10, 120, 99_000].map((count) => (count === 10 ? { value: 10, relation: 'fewer' } : countTotal(count))),
  )
})

test('words are counted over the people whom they find, also where they have a typing error', async () => {
  const brien = people.filter(({ name }) => name.endsWith("O'Brien"))
  for (const text of ["O'Brien", 'obrien']) {
    const { values, isAbout } = await facetCounts(db, now, member, { text })
    for (const country of ['GB', 'IE', 'DE']) {
      const count = brien.filter((one) => has(one, `country:${country}`)).length
      expect(values.get(`country:${country}`)).toEqual(count === 0 ? undefined : countTotal(count))
    }
    expect(isAbout).toBe(false)
  }
  expect((await facetCounts(db, now, member, { text: 'Pritchrad' })).values.size).toBeGreaterThan(0)
  expect((await facetCounts(db, now, member, { text: 'xyzzyqu' })).values.size).toBe(0)
})

test.each<SearchQuery>([
  { text: "O'Brien" },
  { text: 'council' },
  { text: 'Pritchrad' },
  { text: 'zoe', countries: ['DE'] },
  { text: 'Pritchrad', languages: ['en'] },
  { text: 'head of product' },
  { countries: ['GB'], onlyOne: 'any' },
])('what is counted for %j are the people on its pages', async (query) => {
  const found: Card[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: SearchPage = await search(db, now, member, after === '' ? query : { ...query, after }, secret)
    found.push(...page.cards)
    after = page.next
  }
  const { values } = await facetCounts(db, now, member, query)
  for (const kind of ['sector', 'share', 'language', 'country'] as const) {
    const asks = { sector: query.sectors, share: query.shares, language: query.languages, country: query.countries }
    if (asks[kind]) continue // counted without what is asked of it
    const shown = Map.groupBy(
      found.flatMap(({ document }) => facetsOf(document).filter((facet) => facet.kind === kind)),
      facetKey,
    )
    expect(new Map([...values].filter(([key]) => key.startsWith(`${kind}:`)))).toEqual(
      new Map([...shown].map(([key, facets]) => [key, countTotal(facets.length)])),
    )
  }
})

test('a hidden person is not counted, whatever her node says anew', async () => {
  const keeper = tableOf(db)
  const numbers = await facetIds(db, everyFacet())
  const count = async (): Promise<number> =>
    tally(await keeper.current(), asked({}), numbers).values.get('only-one:team') ?? 0
  const person = inventedPerson(1, 'https://node2.example', { onlyOne: 'team' })
  const put = (): Promise<void> =>
    db.transaction((tx) => indexEntries(tx, secret, [{ originId: 2, audience: 'members', document: person }]))
  await put()
  const before = await count()
  await rows(db, `insert into hidden_entry values ('h', $1, $2, 'h', 'n', null, $3)`, [
    person.featuredObject,
    person.id,
    now,
  ])
  expect(await count()).toBe(before - 1)
  await put()
  expect(await count()).toBe(before - 1)
  await rows(db, 'delete from hidden_entry')
  expect(await count()).toBe(before)
})

test('whoever came before somebody asked is counted, however many ask at once, and after the log was cut short', async () => {
  const keeper = tableOf(db)
  const numbers = await facetIds(db, everyFacet())
  const before = tally(await keeper.current(), asked({}), numbers).values.get('country:NZ') ?? 0
  const stranger = (number: number) => {
    const person = inventedPerson(7000 + number, 'https://node1.example')
    return { ...person, worksFor: { ...person.worksFor, addressCountry: 'NZ' } }
  }
  const counts: (number | undefined)[] = []
  await Promise.all(
    Array.from({ length: 30 }, async (_, number) => {
      await db.transaction((tx) =>
        indexEntries(tx, secret, [{ originId: 1, audience: 'members', document: stranger(number) }]),
      )
      counts.push(tally(await keeper.current(), asked({}), numbers).values.get('country:NZ'))
    }),
  )
  expect(Math.max(...counts.map((count) => count ?? 0))).toBe(before + 30)
  await pruneDirectoryChanges({ db })
  await rows(db, 'delete from directory_change where number < (select max(number) from directory_change)')
  await db.transaction((tx) =>
    removeEntries(
      tx,
      Array.from({ length: 30 }, (_, number) => stranger(number).id),
    ),
  )
  await rows(db, 'delete from directory_change where number < (select max(number) from directory_change)')
  expect(tally(await keeper.current(), asked({}), numbers).values.get('country:NZ') ?? 0).toBe(before)
})

test('the log of changes is kept short, and never empty', async () => {
  for (let change = 0; change < 30; change += 1) await rows(db, 'insert into directory_change default values')
  await rows(db, 'insert into directory_change (lids) select array[n] from generate_series(1, 3000) n')
  await rows(db, 'insert into directory_change default values')
  const count = async (): Promise<unknown> => rows(db, 'select count(*)::int as count from directory_change')
  await pruneDirectoryChanges({ db })
  expect(await count()).toEqual([{ count: 3001 }]) // those of one transaction stay together
})

test('a thread counts as this one does, and is told of changes', async () => {
  const counter = counterAside(db)
  try {
    const numbers = await facetIds(db, everyFacet())
    const keeper = tableOf(db)
    const apart = { origins: [1], lids: [], accounts: [] }
    for (const query of [{}, { open: true, countries: ['GB'] }])
      expect(counted(await counter.count({ ...asked(query), apart }))).toEqual(
        sorted(tally(await keeper.current(), { ...asked(query), apart }, numbers)),
      )
    const before = (await counter.count(asked({})))?.values.get('country:GB') ?? 0
    const gone = people.find((person) => has(person, 'country:GB'))
    await db.transaction((tx) => removeEntries(tx, [gone?.id ?? '']))
    expect((await counter.count(asked({})))?.values.get('country:GB')).toBe(before - 1)
  } finally {
    await counter.close()
  }
  await expect(counter.count(asked({}))).rejects.toThrow('ended')
})

test('what is reckoned from a part is exact where the part is all', async () => {
  const numbers = await facetIds(db, everyFacet())
  const table = await tableOf(db).current()
  for (const query of [{}, { open: true, sectors: ['health'] }, { countries: ['GB'], onlyOne: 'any' as const }]) {
    const { isAbout, ...sample } = await sampleTally(db, { ...member, now }, query)
    expect([isAbout, sorted(sample)]).toEqual([false, sorted(tally(table, asked(query), numbers))])
  }
})

test('how far along the ring so many were found says how many there are', () => {
  const next = numbersFrom(7)
  const tries = Array.from({ length: 100 }, () => {
    const ring = Array.from({ length: 1000 }, () => BigInt(Math.floor(next() * 2 ** 31)) << 32n)
    const first = ring.toSorted((one, other) => (one < other ? -1 : 1)).slice(0, 100)
    return first.length / shareWalked(first.at(-1), first.length)
  })
  const mean = tries.reduce((sum, one) => sum + one, 0) / tries.length
  expect(Math.abs(mean - 1000)).toBeLessThan(30)
})

test('sets of numbers hold what was put in, in both their forms', () => {
  const members = fc.uniqueArray(fc.nat(500), { maxLength: 120 })
  fc.assert(
    fc.property(
      members,
      fc.array(members, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 4000 }),
      (base, others, size) => {
        const bits = noBits(512)
        for (const number of base) setBit(bits, number)
        const sets = others.map((other) => {
          const set = growing()
          for (const [index, number] of other.entries()) {
            addTo(set, number)
            if (index === 40) settle(set, size) // from then on perhaps a bit for each
          }
          return set
        })
        expect(countBits(bits)).toBe(base.length)
        for (const [index, set] of sets.entries())
          expect(countShared(bits, set)).toBe(base.filter((number) => others[index]?.includes(number)).length)
        keepAny(bits, sets)
        const left: number[] = []
        eachBit(bits, (number) => left.push(number))
        expect(left).toEqual(
          base.filter((number) => others.some((other) => other.includes(number))).toSorted((one, other) => one - other),
        )
      },
    ),
  )
})
