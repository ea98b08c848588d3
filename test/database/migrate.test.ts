import pg from 'pg'
import { migrations } from '../../migrations/index.ts'
import { DatabaseError, migrate } from '../../src/database/migrate.ts'
import { migrateQueue } from '../../src/jobs/worker.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

test('an empty database gets every step in order, and the tables of the queue', async () => {
  const url = await emptyDatabase()
  expect(await migrate(url, migrateQueue)).toEqual(migrations)
  const kept = await ask<{ name: string }>(url, 'select name from migration order by taken_at, name')
  expect(kept.map(({ name }) => name)).toEqual(migrations)
  expect(await ask(url, "select to_regclass('account') is not null as there")).toEqual([{ there: true }])
  expect(await ask(url, 'select count(*)::int as jobs from graphile_worker.jobs')).toEqual([{ jobs: 0 }])
})

test('a second run takes no step and changes nothing', async () => {
  const url = await freshDatabase()
  await ask(url, "insert into setting (name, value) values ('origin', 'https://peers.north.example')")
  expect(await migrate(url, migrateQueue)).toEqual([])
  expect(await ask(url, 'select value from setting')).toEqual([{ value: 'https://peers.north.example' }])
})

test('several processes that start at once take each step once', async () => {
  const url = await emptyDatabase()
  const taken = await Promise.all([1, 2, 3].map(() => migrate(url, migrateQueue)))
  expect(taken.flat()).toEqual(migrations)
})

test('a step that fails leaves nothing behind, and the next run begins with it', async () => {
  const url = await emptyDatabase()
  // The second step makes this table: in its way, somebody else's of the same name.
  await ask(url, 'create table account (id int)')
  await expect(migrate(url, migrateQueue)).rejects.toThrow(/account.*already exists/)
  expect(await ask(url, 'select name from migration')).toEqual([{ name: migrations[0] }])
  await ask(url, 'drop table account')
  expect(await migrate(url, migrateQueue)).toEqual(migrations.slice(1))
})

test('a database of a newer version is refused with what to do, and left as it is', async () => {
  const url = await freshDatabase()
  await ask(url, "insert into migration (name) values ('987-from-the-future')")
  const refused = await migrate(url, migrateQueue).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DatabaseError)
  expect(refused).toMatchObject({
    code: 'newer',
    message: expect.stringMatching(/newer version of Sideways \(it has 987-from-the-future\)\. Install that version/),
  })
  expect(await ask(url, 'select count(*)::int as steps from migration')).toEqual([{ steps: migrations.length + 1 }])
})

test.each([
  ['nobody listens', (url: URL) => (url.port = '9')],
  ['the database is not there', (url: URL) => (url.pathname = '/nowhere')],
  ['the password is wrong', (url: URL) => ((url.username = 'nobody'), (url.password = 'hunter2'))],
  ['the host is not known', (url: URL) => (url.hostname = 'database.invalid')],
])('when %s, one sentence says so and what to check, without the password', async (_what, spoil) => {
  const url = new URL(await freshDatabase())
  spoil(url)
  const refused = await migrate(url.href, migrateQueue).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DatabaseError)
  expect(refused).toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/^The database cannot be reached: .+\. Check DATABASE_URL/),
  })
  expect(String(refused)).not.toContain('hunter2')
})
