import { changed, often, oneRow, openDatabase, rows, type Db } from '../../src/database/database.ts'
import { freshDatabase } from '../support/database.ts'

let db: Db
const add = often(`insert into setting (name, value) values ($1, 'x')`)
const find = often('select name as id from setting where name = $1')
const planned = `select statement, generic_plans + custom_plans as times from pg_prepared_statements
  where name like 'sideways-%' order by statement desc`

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [], connections: 1 })
})

afterAll(() => db.close())

test('a statement that is sent often is planned once for a connection, in and out of transactions', async () => {
  await db.transaction(async (tx) => {
    expect(await changed(tx, add, ['one'])).toBe(1)
    expect(await oneRow(tx, find, ['one'])).toEqual({ id: 'one' })
  })
  expect(await rows(db, find, ['one'])).toEqual([{ id: 'one' }])
  expect(await rows(db, often(find), ['two'])).toEqual([])
  expect(await rows(db, planned)).toEqual([
    { statement: find, times: '3' },
    { statement: add, times: '1' },
  ])
})

test('its failure is told by code, undoes its transaction, and leaves the connection usable', async () => {
  const twice = db.transaction(async (tx) => {
    await changed(tx, add, ['three'])
    await changed(tx, add, ['three'])
  })
  await expect(twice).rejects.toMatchObject({ code: '23505' })
  expect(await rows(db, find, ['three'])).toEqual([])
})
