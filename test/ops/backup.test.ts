import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { migrations, migrationSql } from '../../migrations/index.ts'
import { BackupError } from '../../src/database/backup-error.ts'
import { backedUp, leftOut } from '../../src/database/backup-tables.ts'
import type { Step } from '../../src/database/migrate.ts'
import { backup } from '../../src/ops/backup.ts'
import { savePicture } from '../../src/profile/picture-actions.ts'
import { restore } from '../../src/ops/restore.ts'
import { photoWithPlace } from '../profile/pictures.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { aLog, aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened } from '../support/resident.ts'

let folder: string
let north: TestNode
let northUrl: string
let log: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sideways-backup-'))
  northUrl = await freshDatabase()
  log = await aLog()
  north = await aNode({ databaseUrl: northUrl, withdrawalLog: log })
  const asha = await aResident(north, 'asha', { links: ['https://asha.example/'] })
  const picture = { file: await photoWithPlace(), alt: 'Asha', level: 5 } as const
  await savePicture(north.app, asha.id, picture, { language: 'en', wording: 'yes' })
  await listed(north, asha, ['here', 'partners', 'public'])
  await opened(north, asha)
  await aResident(north, 'ben', { displayName: 'Ben\tÖ\\.', introduction: 'first\n\\.\nlast', shares: [] })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)

async function ask<Row extends object>(url: string, sql: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql, parameters)).rows
  } finally {
    await client.end()
  }
}

const everyTable = `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`

async function contentOf(url: string, table: string): Promise<readonly string[]> {
  return (await ask<{ row: string }>(url, `select t::text as row from ${table} t order by 1`)).map(({ row }) => row)
}

test('every table is either in a backup or left out for a reason', async () => {
  const there = (await ask<{ name: string }>(northUrl, everyTable)).map(({ name }) => name)
  expect(there.filter((name) => !backedUp.includes(name) && !(name in leftOut))).toEqual([])
  expect([...backedUp, ...Object.keys(leftOut)].filter((name) => !there.includes(name))).toEqual([])
  expect(backedUp.filter((name) => name in leftOut)).toEqual([])
})

test('a table comes after those that it refers to', async () => {
  const references = await ask<{ from: string; to: string }>(
    northUrl,
    `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace`,
  )
  expect(references.length).toBeGreaterThan(5)
  const wrong = references.filter(
    ({ from, to }) => backedUp.includes(from) && backedUp.indexOf(to) >= backedUp.indexOf(from),
  )
  expect(wrong).toEqual([])
})

test('what was backed up is what is restored: every row, every number, every job', async () => {
  const file = at('whole')
  const made = await backup(northUrl, file)
  expect(made).toMatchObject({ origin: north.url, rows: { account: 2, listing: 1, actor_key: 4 } })
  expect(made.rows['job']).toBeGreaterThan(0)
  const info = await stat(file)
  expect(info.mode & 0o777).toBe(0o600)
  expect(info.size).toBe(made.bytes)
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])

  const url = await emptyDatabase()
  const done = await restore(url, file)
  expect(done).toMatchObject({ origin: north.url, madeAt: made.madeAt, rows: made.rows, upgraded: [] })
  for (const table of backedUp.filter((name) => name !== 'setting'))
    expect({ table, rows: await contentOf(url, table) }).toEqual({ table, rows: await contentOf(northUrl, table) })
  const settings = await contentOf(url, 'setting')
  expect(settings.filter((row) => !row.startsWith('(restored,'))).toEqual(await contentOf(northUrl, 'setting'))
  // The restore writes these itself: steps, empty buckets, and what it changed in the directory.
  const written = ['migration', 'published_bucket', 'directory_change']
  for (const table of Object.keys(leftOut).filter((name) => !written.includes(name)))
    expect({ table, rows: await contentOf(url, table) }).toEqual({ table, rows: [] })
  const jobs = `select tasks.identifier, payload::text, run_at, max_attempts, key from graphile_worker._private_jobs jobs
    join graphile_worker._private_tasks tasks on tasks.id = task_id order by 1, 2`
  expect(await ask(url, jobs)).toEqual(await ask(northUrl, jobs))
  const numbers = `select c.relname, s.last_value from pg_sequences s join pg_class c on c.relname = s.sequencename
    where s.schemaname = 'public' and c.relname <> 'directory_change_number_seq' order by 1`
  expect(await ask(url, numbers)).toEqual(await ask(northUrl, numbers))
})

test('the two who met do not stand beside each other', async () => {
  const people = await ask<{ id: string }>(northUrl, 'select id from account order by id limit 2')
  const pairs = ['ee', '11', 'aa', '44'] // as two meetings were remembered: hers, then his
  for (const [index, pair] of pairs.entries())
    await ask(
      northUrl,
      `insert into pair_memory (account_id, pair, kind, until) values ($1, decode($2, 'hex'), 'met', '2028-12-01')`,
      [people[index % 2]?.id, pair],
    )
  await backup(northUrl, at('met'))
  const text = gunzipSync(await readFile(at('met'))).toString('utf8')
  expect([...text.matchAll(/x(ee|11|aa|44)\s+met\b/g)].map(([, pair]) => pair)).toEqual(pairs.toSorted())
  await ask(northUrl, 'delete from pair_memory')
})

test('a restored database starts as the same node', async () => {
  const file = at('same')
  await backup(northUrl, file)
  const url = await emptyDatabase()
  await restore(url, file)
  const restored = await aNode({ databaseUrl: url, withdrawalLog: log, settings: { SIDEWAYS_ORIGIN: north.url } })
  expect(restored.app.secrets).toEqual(north.app.secrets)
})

const refused = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof BackupError ? error.code : String(error)),
  )

describe('refused before anything is written', () => {
  let whole: Buffer
  let url: string
  beforeAll(async () => {
    await backup(northUrl, at('good'))
    whole = await readFile(at('good'))
    url = await emptyDatabase()
  })
  afterEach(async () => {
    expect(await ask(url, everyTable)).toEqual([])
  })

  async function restoreOf(bytes: Buffer): Promise<string> {
    await writeFile(at('bad'), bytes)
    return refused(restore(url, at('bad')))
  }
  const changed = (change: (text: string) => string): Buffer => {
    const text = gunzipSync(whole).toString('utf8')
    const other = change(text)
    expect(other).not.toBe(text)
    return gzipSync(other)
  }

  test.each([0, 1, 20, 200])('a file that was cut at byte %i', async (length) => {
    expect(await restoreOf(whole.subarray(0, length))).toMatch(/damaged|no-backup/)
  })

  test('a file that lost its last bytes', async () => {
    expect(await restoreOf(whole.subarray(0, -9))).toBe('damaged')
  })

  test('a file that lost its last line', async () => {
    expect(await restoreOf(changed((text) => text.slice(0, text.trimEnd().lastIndexOf('\n') + 1)))).toBe('damaged')
  })

  test('a name that was changed', async () => {
    expect(await restoreOf(changed((text) => text.replace('Asha Rao', 'Asha Roa')))).toBe('damaged')
  })

  test('a row that was left out', async () => {
    expect(await restoreOf(changed((text) => text.replace(/^.*ben@north\.example.*\n/m, '')))).toBe('damaged')
  })

  test('something behind the end', async () => {
    expect(await restoreOf(changed((text) => `${text}more\n`))).toBe('damaged')
  })

  test('a file that is something else', async () => {
    expect(await restoreOf(Buffer.from('create table account ();'))).toBe('no-backup')
    expect(await restoreOf(gzipSync('create table account ();\n'))).toBe('no-backup')
    expect(await refused(restore(url, at('nowhere')))).toBe('file')
  })

  test('a backup of a newer version', async () => {
    expect(await restoreOf(changed((text) => text.replace('"version":1', '"version":2')))).toBe('newer')
    const older = migrations.slice(0, -1).map((name) => ({ name, sql: migrationSql(name) }))
    expect(await refused(restore(url, at('good'), { steps: older }))).toBe('newer')
  })

  test('a database that is not empty', async () => {
    expect(await refused(restore(northUrl, at('good')))).toBe('not-empty')
    expect(await refused(restore(await freshDatabase(), at('good')))).toBe('not-empty')
  })

  test('a database whose tables were dropped while its jobs stayed', async () => {
    const left = await freshDatabase()
    await (await aNode({ databaseUrl: left })).stop()
    await ask(left, `select graphile_worker.add_job('accounts.tell-approved', '{"accountId":"a"}')`)
    await ask(left, 'drop schema public cascade')
    await ask(left, 'create schema public')
    expect(await refused(restore(left, at('good')))).toBe('not-empty')
    await ask(left, 'select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))')
    expect(await restore(left, at('good'))).toMatchObject({ origin: north.url })
  })

  test('a step that fails leaves nothing behind', async () => {
    const broken: Step = { name: '999-broken', sql: 'alter table account add column mail text' }
    await expect(restore(url, at('good'), { steps: [...steps(), broken] })).rejects.toThrow(/already exists/)
  })
})

const steps = (): readonly Step[] => migrations.map((name) => ({ name, sql: migrationSql(name) }))

test('a backup of an older version is brought up by the later steps', async () => {
  await backup(northUrl, at('older'))
  const url = await emptyDatabase()
  const later: Step = {
    name: '999-nicknames',
    sql: `alter table account add column nickname text; update account set nickname = split_part(mail, '@', 1);
      alter table account alter column nickname set not null`,
  }
  expect(await restore(url, at('older'), { steps: [...steps(), later] })).toMatchObject({ upgraded: ['999-nicknames'] })
  expect(await ask(url, 'select nickname from account order by 1')).toEqual([{ nickname: 'asha' }, { nickname: 'ben' }])
  expect(await ask(url, `select name from migration where name like '999%'`)).toEqual([{ name: '999-nicknames' }])
})

test('a database on which no node was started has nothing to back up, and no file appears', async () => {
  expect(await refused(backup(await emptyDatabase(), at('nothing')))).toBe('no-node')
  expect(await refused(backup(await freshDatabase(), at('nothing')))).toBe('no-node')
  expect((await readdir(folder)).filter((name) => name.startsWith('nothing'))).toEqual([])
  expect(await refused(backup(northUrl, at('no-such-folder/file')))).toBe('file')
})
