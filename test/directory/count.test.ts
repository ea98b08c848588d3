import { openDatabase, type Db } from '../../src/database/database.ts'
import { facetCounts } from '../../src/directory/count-views.ts'
import { countTotal } from '../../src/directory/counting.ts'
import { facetsOf } from '../../src/directory/facets.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now, inventedPerson } from '../support/people.ts'

const secret = 'order'
const people = Array.from({ length: 400 }, (_, number) =>
  inventedPerson(number, `https://node${(number % 4) + 1}.example`),
)
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, secret, 400, { origins: 4 })
})
afterAll(() => db.close())

test('beside each choice stands how many it would find, and nothing under ten', async () => {
  const { values, open, isAbout, asOf } = await facetCounts(
    db,
    now,
    { audience: 'members' },
    { roles: ['product-manager'] },
  )
  const speakers = (role: string): number =>
    people.filter((person) => {
      const facets = facetsOf(person).map(({ kind, value }) => `${kind}:${value}`)
      return facets.includes(`role:${role}`)
    }).length
  for (const role of ['product-manager', 'user-researcher'])
    expect(values.get(`role:${role}`)).toEqual(countTotal(speakers(role)))
  expect(
    [...values.values(), open].filter(({ value, relation }) => value < 10 || (value === 10 && relation === 'more')),
  ).toEqual([])
  expect([isAbout, asOf]).toEqual([false, now])
})
