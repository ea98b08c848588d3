import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { prepareDirectory } from '../../src/directory/actions.ts'
import { pruneDirectoryChanges } from '../../src/directory/count-actions.ts'
import { tally } from '../../src/directory/count-answer.ts'
import { counterAside } from '../../src/directory/count-aside-views.ts'
import { tableOf } from '../../src/directory/count-keeper-views.ts'
import { everyFacet } from '../../src/directory/facets.ts'
import { removeEntries } from '../../src/directory/steps.ts'
import { facetIds } from '../../src/directory/store.ts'
import { freshDatabase } from '../support/database.ts'
import { fillDirectory, inventedNow as now, inventedPerson } from '../support/people.ts'

// What counting does when the log of changes says nothing that it can use, or when very many ask at once.

let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await fillDirectory(db, 'order', 60, { origins: 2 })
})
afterAll(() => db.close())

const asked = { now, audience: 'members', query: {}, apart: undefined, among: undefined } as const
const person = (number: number) => inventedPerson(number, `https://node${(number % 2) + 1}.example`)
const peopleIn = async (keeper: ReturnType<typeof tableOf>): Promise<number> => {
  const { values } = tally(await keeper.current(), asked, await facetIds(db, everyFacet()))
  return [...values].reduce((sum, [key, count]) => sum + (key.startsWith('country:') ? count : 0), 0)
}
const asOfAnotherServer = () =>
  rows(db, `update directory_change set xid = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8`)
const younger = 'select from directory_change where xid >= pg_snapshot_xmax(pg_current_snapshot())'

test('whoever is gone is not counted though the log was written by another server, as after a copy of the database', async () => {
  await asOfAnotherServer()
  const keeper = tableOf(db)
  const before = await peopleIn(keeper)
  await db.transaction((tx) => removeEntries(tx, [person(3).id]))
  expect(await peopleIn(keeper)).toBe(before - 1)
})

test.each([
  ['at the start', () => prepareDirectory({ db }, 'here.example')],
  ['every ten minutes', () => pruneDirectoryChanges({ db })],
])('%s the rows of another server go, and one stays', async (_, mend) => {
  await asOfAnotherServer()
  await mend()
  expect(await rows(db, younger)).toHaveLength(0)
  expect(await rows(db, 'select from directory_change')).toHaveLength(1)
  const keeper = tableOf(db)
  // Not read anew each time. It may be while a transaction of another test is older than the row that stays.
  let isKept = false
  for (let tries = 0; tries < 200 && !isKept; tries += 1) {
    const table = await keeper.current()
    isKept = (await keeper.current()) === table
  }
  expect(isKept).toBe(true)
})

test('of very many who ask the thread at once, some are told that it cannot count now', async () => {
  const counter = counterAside(db)
  try {
    const answers = await Promise.all(Array.from({ length: 500 }, () => counter.count(asked)))
    expect(answers.filter((answer) => answer === undefined).length).toBeGreaterThan(400)
    expect(answers[0]).toEqual(tally(await tableOf(db).current(), asked, await facetIds(db, everyFacet())))
    expect(await counter.count(asked)).toEqual(answers[0])
  } finally {
    await counter.close()
  }
})
