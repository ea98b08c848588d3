import pg from 'pg'
import { hostOf, isPopulated, originSizes, populate, populationOrder } from '../../bench/population.ts'
import { personOf, populationNow } from '../../bench/population-people.ts'
import { parse } from '../../src/common/parse.ts'
import { openDatabase } from '../../src/database/database.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { search } from '../../src/directory/views.ts'
import { readListing } from '../../src/partners/copy.ts'
import { freshDatabase } from '../support/database.ts'

const size = 600
const said = { size, seed: 3, tell: () => undefined }

test('an invented person is one whom any node would take, and always the same', () => {
  for (let number = 0; number < 300; number += 1) {
    const host = hostOf(5)
    const person = personOf(7, number, host)
    expect(
      readListing(person, { origin: `https://${host}`, directoryId: `https://${host}/ap/directory` }, (input) =>
        parse('listing', input),
      ),
    ).not.toHaveProperty('refused')
    expect(personOf(7, number, host)).toEqual(person)
  }
  expect(personOf(8, 1, hostOf(5)).name).not.toBe(personOf(7, 1, hostOf(5)).name)
})

test('a million people are spread over 3,000 nodes: one of 100,000, one of 10,000, one of 40', () => {
  const sizes = originSizes(1_000_000)
  expect({ many: sizes.length, special: sizes.slice(0, 3) }).toEqual({ many: 3000, special: [100_000, 10_000, 40] })
  expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(1_000_000)
  expect(Math.min(...sizes)).toBeGreaterThan(0)
})

test('a database is filled as the product would, and known again', async () => {
  const url = await freshDatabase()
  expect(await isPopulated(url, said)).toBe(false)
  await populate(url, said)
  expect({ same: await isPopulated(url, said), other: await isPopulated(url, { ...said, seed: 4 }) }).toEqual({
    same: true,
    other: false,
  })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const db = await openDatabase({ url, entities: [] })
  try {
    const entries = async () =>
      (
        await client.query(
          'select lid, origin_id, audience, ends_at, flag_ends_at, listing_id, account_id, facets, tsv, doc from directory_entry order by lid',
        )
      ).rows as unknown[]
    const filled = await entries()
    expect(filled).toHaveLength(size)
    await client.query('truncate directory_entry')
    const people = originSizes(size).flatMap((many, index) => Array.from({ length: many }, () => index + 1))
    await db.transaction((tx) =>
      indexEntries(
        tx,
        populationOrder,
        people.map((originId, number) => ({
          originId,
          audience: 'members',
          document: personOf(said.seed, number, hostOf(originId)),
        })),
      ),
    )
    expect(await entries()).toEqual(filled)
    const found = await search(db, populationNow, { audience: 'members' }, { open: true }, populationOrder)
    expect(found.cards).toHaveLength(20)
  } finally {
    await db.close()
    await client.end()
  }
})
