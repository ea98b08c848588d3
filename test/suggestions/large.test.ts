// What is promised holds as well where not everybody is read.
import { conceptIri } from '../../src/common/vocabularies.ts'
import { openDatabase, reading, rows, type Db } from '../../src/database/database.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { askerOf } from '../../src/suggestions/asker.ts'
import { choosePeople, type Chosen } from '../../src/suggestions/choose-views.ts'
import { numbersFor, pool, startFor } from '../../src/suggestions/pool-views.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now, inventedPerson } from '../support/people.ts'

const secret = 'order'
const people = 8_000
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, people, { origins: 40 })
}, 120_000)
afterAll(() => db.close())

const fields = {
  roles: ['product-manager'],
  organisation: 'Nowhere Trust',
  sector: 'local-government',
  country: 'GB',
  languages: [{ tag: 'en', level: 'easy' as const }],
  shares: ['retrospective'],
  wantsToTry: ['story-map'],
}

async function chosen(
  given: Parameters<typeof askerOf>[0],
  day = '2026-11-22',
): Promise<{ readonly people: readonly Chosen[]; readonly read: number }> {
  return reading(db, 10_000, async (reader) => {
    const asker = askerOf(given, now)
    const work = {
      asker,
      sight: { audience: 'members' as const, now, accountId: 'asker' },
      start: startFor(secret, day, 'asker'),
      numbers: await numbersFor(reader, asker),
      memory: { has: () => false },
    }
    return { people: await choosePeople(reader, work), read: (await pool(reader, work)).people.length }
  })
}

const open = Array.from({ length: 50 }, (_, seed) => inventedPerson(seed)).find((one) => one.peerChat !== undefined)

/** Lists somebody who is open, with nothing in common but a language. */
async function list(number: number, change: Partial<ListingDocument>, originId = 1): Promise<string> {
  const document = inventedPerson(number, `https://node${originId}.example`, {
    ...(open?.peerChat ? { peerChat: open.peerChat } : {}),
    hasOccupation: [{ type: 'Occupation', name: 'Q' }],
    knowsLanguage: [{ tag: 'en', level: 'easy' }],
    shares: [],
    wantsToTry: [],
    ...change,
  })
  await db.transaction((tx) => indexEntries(tx, secret, [{ originId, audience: 'members', document }]))
  return document.id
}

test('five are found on all axes although only some are read, and others on another day', async () => {
  const days = await Promise.all(['2026-11-22', '2026-11-23', '2026-11-24'].map((day) => chosen(fields, day)))
  for (const { people: five, read } of days) {
    expect(five).toHaveLength(5)
    expect(new Set(five.flatMap(({ on }) => [...on])).size).toBe(3)
    expect(read).toBeLessThan(people / 4)
  }
  const names = days.map(({ people: five }) => five.map(({ lid }) => lid).join())
  expect(new Set(names).size).toBeGreaterThan(1)
})

test('the only one of the own country is found wherever in the order she stands', async () => {
  const iceland = { ...fields, country: 'IS' }
  expect((await chosen(iceland)).people.filter(({ on }) => on.has('near'))).toEqual([])
  const body = (name: string): ListingDocument['worksFor'] => ({ type: 'Organization', name, addressCountry: 'IS' })
  // Colleagues first: they are of no use, however many.
  for (let number = 0; number < 70; number += 1) await list(20_000 + number, { worksFor: body('Nowhere Trust') })
  expect((await chosen(iceland)).people.filter(({ on }) => on.has('near'))).toEqual([])
  await list(20_100, { worksFor: body('Reykholt') })
  const found = (await chosen(iceland)).people
  expect(found).toHaveLength(5)
  expect(found.filter(({ on }) => on.has('near')).map(({ fit }) => fit.sameCountry)).toEqual(['IS'])
})

test('whoever speaks a rare language finds the few who do', async () => {
  const ids = [await list(21_000, { knowsLanguage: [{ tag: 'fo', level: 'easy' }] })]
  ids.push(await list(21_001, { knowsLanguage: [{ tag: 'fo', level: 'slow' }] }, 2))
  const { people: found } = await chosen({ ...fields, languages: [{ tag: 'fo', level: 'easy' }] })
  expect(found).toHaveLength(2)
  const listed = await rows<{ id: string }>(db, 'select listing_id as id from directory_entry where lid = any($1)', [
    found.map(({ lid }) => lid),
  ])
  expect(listed.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
})

test('a node with most of the people has one place of five, like any other', async () => {
  const worksFor = (number: number): ListingDocument['worksFor'] => ({ type: 'Organization', name: `Body ${number}` })
  const swap = {
    hasOccupation: [
      { type: 'Occupation' as const, name: 'P', occupationalCategory: conceptIri('roles', 'product-manager') },
    ],
    shares: [conceptIri('practices', 'story-map')],
    wantsToTry: [conceptIri('practices', 'retrospective')],
  }
  for (let number = 0; number < 60; number += 1) await list(30_000 + number, { ...swap, worksFor: worksFor(number) }, 1)
  for (let number = 60; number < 64; number += 1)
    await list(30_000 + number, { ...swap, worksFor: worksFor(number) }, number - 50)
  const { people: found } = await chosen(fields)
  expect(new Set(found.map(({ origin }) => origin)).size).toBe(5)
})
