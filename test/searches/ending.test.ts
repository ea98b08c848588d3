import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { backup } from '../../src/ops/backup.ts'
import { restore } from '../../src/ops/restore.ts'
import { keepLonger, makeFeed, saveSearch } from '../../src/searches/actions.ts'
import { askedDays, lastsDays } from '../../src/searches/search.ts'
import { searchesOf } from '../../src/searches/views.ts'
import { aReader } from '../support/browser.ts'
import { emptyDatabase, freshDatabase, usersOfDatabases } from '../support/database.ts'
import { aLog, aNode, type TestNode } from '../support/node.ts'
import { aResident, type Resident } from '../support/resident.ts'
import { daysPass, savedRows } from './people.ts'

// A saved search ends by itself.

let databaseUrl: string
let log: string
let node: TestNode
let asha: Resident

beforeAll(async () => {
  databaseUrl = await freshDatabase()
  log = await aLog()
  node = await aNode({ databaseUrl, withdrawalLog: log })
  asha = await aResident(node)
})

beforeEach(async () => {
  await rows(node.app.db, 'delete from saved_search')
  node.mails.splice(0)
})

const save = () => saveSearch(node.app, asha, { roles: ['product-manager'] }, { name: 'Managers', mails: true })
const saved = () => searchesOf(node.app.db, asha.id, node.time)

it('two weeks before its end one mail asks, and nothing more comes when nobody answers', async () => {
  await save()
  const [search] = await saved()
  expect(search?.endsAt).toEqual(later(node.time, lastsDays * day))
  await daysPass(node, lastsDays - askedDays - 1)
  expect(node.mails).toEqual([])
  await daysPass(node, askedDays)
  expect(node.mails.map(({ to, subject }) => [to, subject])).toEqual([
    ['asha@north.example', expect.stringMatching(/^Keep your saved search after /)],
  ])
  expect(node.mails[0]?.text).toContain('“Managers”')
  expect(node.mails[0]?.unsubscribe).toBeUndefined()
  await daysPass(node, 2)
  expect(node.mails).toHaveLength(1)
  expect([await saved(), await savedRows(node)]).toEqual([[], []])
})

it('one press on the page that the mail leads to keeps it, without signing in; looking does not', async () => {
  await save()
  await daysPass(node, lastsDays - 3)
  const link = /\S+\/searches\/renew\?token=\S+/.exec(node.mails[0]?.text ?? '')?.[0] ?? ''
  const before = (await saved())[0]?.endsAt
  const reader = aReader(node.url)
  expect((await reader.get(link)).text).toContain('Keep your saved search?')
  expect((await saved())[0]?.endsAt).toEqual(before)
  const token = new URL(link).searchParams.get('token') ?? ''
  expect((await reader.post('/searches/renew', { token })).text).toContain('Your saved search stays')
  expect((await saved())[0]?.endsAt).toEqual(later(node.time, lastsDays * day))
  // And it is asked about again before the next end.
  node.mails.splice(0)
  await daysPass(node, lastsDays - 1)
  expect(node.mails).toHaveLength(1)
  await daysPass(node, 2)
  expect((await reader.get(link)).text).toContain('This saved search has ended')
  expect((await reader.post('/searches/renew', { token })).status).toBe(404)
})

it('what has ended is gone from that second on, even when no job has run', async () => {
  await save()
  node.time = later(node.time, lastsDays * day - 1)
  expect(await saved()).toHaveLength(1)
  node.time = later(node.time, 1)
  expect(await saved()).toEqual([])
  await expect(keepLonger(node.app, asha, String((await savedRows(node))[0]?.['id']))).rejects.toThrow('search-unknown')
})

it('a restored node brings no mail and no feed back that may have been ended since', async () => {
  await save()
  await makeFeed(node.app, asha, (await saved())[0]?.id ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'sideways-searches-'))
  usersOfDatabases.push(() => rm(folder, { recursive: true, force: true }))
  await backup(databaseUrl, join(folder, 'backup'))
  const url = await emptyDatabase()
  await restore(url, join(folder, 'backup'))
  const restored = await aNode({ databaseUrl: url, withdrawalLog: log, settings: { SIDEWAYS_ORIGIN: node.url } })
  expect(await savedRows(restored)).toEqual([
    expect.objectContaining({ name: 'Managers', mails: false, feed_hash: null }),
  ])
  expect(await savedRows(node)).toEqual([
    expect.objectContaining({ mails: true, feed_hash: expect.stringMatching(/^[0-9a-f]{64}$/) }),
  ])
})
