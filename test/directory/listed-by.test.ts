import { openDatabase, type Db } from '../../src/database/database.ts'
import type { Card } from '../../src/directory/card.ts'
import { search } from '../../src/directory/views.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now } from '../support/people.ts'

const secret = 'order'
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, 20, { origins: 4 })
})
afterAll(() => db.close())

const everybody = async (at = now): Promise<readonly Card[]> => {
  const { cards } = await search(db, at, { audience: 'members' }, {}, secret)
  expect(cards).toHaveLength(20)
  return cards
}

test('everybody is listed by the host of the node that she came from', async () => {
  for (const card of await everybody()) expect(card.document.id.startsWith(`https://${card.host}/`)).toBe(true)
})

test('a node that was silent for more than a day is said to be', async () => {
  const soon = await everybody(new Date('2026-11-23T08:29:00Z'))
  expect(soon.every(({ notConfirmedSince }) => notConfirmedSince === undefined)).toBe(true)
  const later = await everybody(new Date('2026-11-23T08:31:00Z'))
  expect(later.every(({ notConfirmedSince }) => notConfirmedSince?.toISOString() === '2026-11-22T08:30:00.000Z')).toBe(
    true,
  )
})

test('a flag that ended still shows its person, as not open, and offers nothing', async () => {
  const late = new Date('2027-03-20T09:00:00Z')
  for (const query of [{ open: true }, { kinds: ['first-chat'] }]) {
    expect((await search(db, now, { audience: 'members' }, query, secret)).cards).not.toEqual([])
    expect((await search(db, late, { audience: 'members' }, query, secret)).cards).toEqual([])
  }
  const all = await everybody(late)
  expect(all.every(({ openUntil }) => openUntil === undefined)).toBe(true)
})
