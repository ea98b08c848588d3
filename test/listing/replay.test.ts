import { appendFile, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { makePersonalToken } from '../../src/accounts/token-actions.ts'
import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { allowScope, closeToChat, endScope, markFull, pauseUntil, renew, withdraw } from '../../src/listing/actions.ts'
import { limitCopies } from '../../src/listing/limit-actions.ts'
import { completeLog } from '../../src/listing/replay-actions.ts'
import { relist, unlist } from '../../src/listing/unlist-actions.ts'
import { flagOf, listingOf } from '../../src/listing/views.ts'
import { backup } from '../../src/ops/backup.ts'
import { restore } from '../../src/ops/restore.ts'
import { receipts } from '../../src/profile/views.ts'
import { saveAudience, saveFields } from '../../src/profile/actions.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { aLog, aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { publishedOf, visible } from './reads.ts'

const said = { language: 'en', channel: 'page' } as const

/** A node with its database's address and its log at hand. */
async function aHouse(withdrawalLog?: string) {
  const databaseUrl = await freshDatabase()
  const log = withdrawalLog ?? (await aLog())
  const node = await aNode({ databaseUrl, withdrawalLog: log })
  return { node, databaseUrl, log }
}

type House = Awaited<ReturnType<typeof aHouse>>

const files: string[] = []
afterAll(async () => {
  for (const file of files) await rm(file, { recursive: true, force: true })
})

async function aBackup({ databaseUrl }: House): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-replay-'))
  files.push(folder)
  await backup(databaseUrl, join(folder, 'backup'))
  return join(folder, 'backup')
}

/** The node dies, and its backup takes its place. */
async function fromBackup({ node, log }: House, file: string): Promise<TestNode> {
  await node.stop()
  const databaseUrl = await emptyDatabase()
  await restore(databaseUrl, file)
  return again(node, databaseUrl, log)
}

function again(node: TestNode, databaseUrl: string, withdrawalLog: string): Promise<TestNode> {
  const settings = { PORT: new URL(node.url).port, SIDEWAYS_ORIGIN: node.url }
  return aNode({ databaseUrl, withdrawalLog, time: node.time, settings })
}

async function epochOf(node: TestNode): Promise<string | undefined> {
  return (await rows<{ epoch: string }>(node.app.db, 'select epoch from directory_state'))[0]?.epoch
}

const linesIn = async (log: string): Promise<readonly string[]> => (await readFile(log, 'utf8')).trim().split('\n')
const marksAside = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.includes('"mark"'))

type Change = (node: TestNode, who: Resident) => Promise<unknown>

describe('what was taken back after a backup stays taken back', () => {
  const cases: readonly (readonly [string, Change, { scopes: readonly string[]; sameId: boolean; flag: boolean }])[] = [
    ['withdrew', (node, who) => withdraw(node.app, who, said), { scopes: [], sameId: false, flag: false }],
    [
      'left partner nodes',
      (node, who) => endScope(node.app, who, { ...said, purpose: 'partners' }),
      { scopes: ['here', 'public'], sameId: false, flag: true },
    ],
    [
      'stopped being public',
      (node, who) => endScope(node.app, who, { ...said, purpose: 'public' }),
      { scopes: ['here', 'partners'], sameId: false, flag: true },
    ],
    [
      'left this node',
      (node, who) => endScope(node.app, who, { ...said, purpose: 'here' }),
      { scopes: ['partners', 'public'], sameId: true, flag: true },
    ],
    [
      'hid from one partner node',
      (node, who) => limitCopies(node.app, who, { hosts: ['south.example'], countries: null }, said),
      { scopes: ['here', 'public'], sameId: false, flag: true },
    ],
    [
      'hid from a node, and let it in again, and left',
      async (node, who) => {
        await limitCopies(node.app, who, { hosts: ['south.example'], countries: null }, said)
        await limitCopies(node.app, who, { hosts: [], countries: null }, said)
        await endScope(node.app, who, { ...said, purpose: 'public' })
      },
      { scopes: ['here'], sameId: false, flag: true },
    ],
    [
      'kept her name from partner nodes',
      (node, who) => saveAudience(node.app, who.id, { levels: { displayName: 3 }, onlyOneInPublic: false }),
      { scopes: ['here', 'public'], sameId: false, flag: true },
    ],
    [
      'closed her flag',
      (node, who) => closeToChat(node.app, who),
      { scopes: ['here', 'partners', 'public'], sameId: true, flag: false },
    ],
    [
      'paused her flag',
      (node, who) => pauseUntil(node.app, who, '2026-12-01'),
      { scopes: ['here', 'partners', 'public'], sameId: true, flag: false },
    ],
    [
      'was full',
      (node, who) => markFull(node.app, who),
      { scopes: ['here', 'partners', 'public'], sameId: true, flag: false },
    ],
    [
      'renewed her flag and closed it then',
      async (node, who) => {
        node.time = later(node.time, day)
        await renew(node.app, who)
        await closeToChat(node.app, who)
      },
      { scopes: ['here', 'partners', 'public'], sameId: true, flag: false },
    ],
    [
      'withdrew and came back',
      async (node, who) => {
        await withdraw(node.app, who, said)
        await allowScope(node.app, who, { ...said, purpose: 'here' })
      },
      { scopes: [], sameId: false, flag: false },
    ],
    ['changed nothing', async () => undefined, { scopes: ['here', 'partners', 'public'], sameId: true, flag: true }],
  ]

  test.each(cases)('somebody who %s', async (what, change, expected) => {
    const house = await aHouse()
    const who = await aResident(house.node)
    await listed(house.node, who, ['here', 'partners', 'public'])
    await opened(house.node, who)
    const ben = await aResident(house.node, 'ben')
    await listed(house.node, ben, ['here', 'partners'])
    expect(await house.node.settle()).toEqual([])
    const file = await aBackup(house)
    const before = await visible(house.node, who.id)
    const epoch = await epochOf(house.node)
    await change(house.node, who)
    expect(await house.node.settle()).toEqual([])
    const mails = house.node.mails.length
    expect(mails).toBe(0)

    const node = await fromBackup(house, file)
    const seen = await visible(node, who.id)
    const on = (['here', 'partners', 'public'] as const).filter((purpose) => seen.listing?.[purpose])
    expect(on).toEqual(expected.scopes)
    expect(seen.listing?.id === before.listing?.id).toBe(expected.sameId)
    expect((await flagOf(node.app.db, who.id))?.closedAt === null).toBe(expected.flag)
    // What is shown is what the switches say.
    expect(seen.entries.map(({ audience }) => audience)).toEqual([
      ...(expected.scopes.includes('here') ? [1] : []),
      // Who keeps her name to herself cannot be found by everyone.
      ...(expected.scopes.includes('public') && !what.includes('name') ? [2] : []),
    ])
    if (!expected.sameId && before.iri !== undefined)
      expect((await publishedOf(node)).find(({ id }) => id === before.iri)).toMatchObject({ document: null })
    expect(await epochOf(node)).not.toBe(epoch)
    // Ben took nothing back.
    expect(await listingOf(node.app.db, ben.id)).toMatchObject({ here: true, partners: true })
    expect(await node.settle()).toEqual([])
    expect(node.mails.map(({ to, subject }) => ({ to, subject }))).toEqual(
      what === 'changed nothing'
        ? []
        : [{ to: 'asha@north.example', subject: expect.stringMatching(/^Please look at your listing on /) }],
    )
    const asked = await receipts(node.app.db, who.id)
    for (const purpose of (['here', 'partners', 'public'] as const).filter((one) => !expected.scopes.includes(one)))
      expect(asked).toContainEqual(expect.objectContaining({ purpose, given: false, channel: 'job' }))
  })
})

test('what was kept closer or changed after the backup is not read again: answers, and those that replaced others', async () => {
  const house = await aHouse()
  const [who, ben] = [await aResident(house.node), await aResident(house.node, 'ben')]
  for (const one of [who, ben]) await listed(house.node, one, ['here', 'partners', 'public'])
  expect(await house.node.settle()).toEqual([])
  const file = await aBackup(house)
  await saveAudience(house.node.app, who.id, { levels: { sector: 4, shares: 3 }, onlyOneInPublic: false })
  expect(await house.node.settle()).toEqual([])
  await saveFields(house.node.app, who.id, {
    introduction: 'Something else.',
    wantsToTry: ['story-map', 'retrospective'],
  })
  await saveFields(house.node.app, ben.id, { wantsToTry: ['story-map', 'retrospective'] })
  expect(await house.node.settle()).toEqual([])
  const lines = (await linesIn(house.log)).flatMap((line) => (line.includes('"answers"') ? [JSON.parse(line)] : []))
  expect(lines).toMatchObject([
    { account: who.id, answers: ['shares'], from: 4 },
    { account: who.id, answers: ['sector'], from: 5 },
    { account: who.id, answers: ['introduction'], from: 3 },
  ])

  const node = await fromBackup(house, file)
  const { listing } = await visible(node, who.id)
  expect(listing).toMatchObject({ here: true, partners: true, public: true })
  const [members, partners, everyone] = [listing?.membersDocument, listing?.partnersDocument, listing?.publicDocument]
  for (const document of [members, partners, everyone]) {
    expect(document).toContain('Asha Rao')
    expect(document).not.toContain('Only product manager at North Council')
  }
  expect([members, partners, everyone].map((text) => text?.includes('sectors#'))).toEqual([true, true, false])
  expect([members, partners, everyone].map((text) => text?.includes('"shares"'))).toEqual([true, false, false])
  expect((await publishedOf(node)).map(({ document }) => document).join()).not.toMatch(
    /Asha.*Only product manager.*Ben/,
  )
  expect(await node.settle()).toEqual([])
  expect(node.mails.map(({ to }) => to)).toEqual(['asha@north.example'])
})

test('a crash between the line of an answer and its change leaves the answer as she wants it', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here'])
  await house.node.stop()
  const line = { number: 1, at: '2026-11-22T09:00:00Z', account: who.id, answers: ['introduction'], from: 3 }
  await appendFile(house.log, `${JSON.stringify(line)}\n`)
  const node = await again(house.node, house.databaseUrl, house.log)
  expect((await visible(node, who.id)).listing?.membersDocument).toContain('Only product manager')
})

test('a restored database does not start with a log that knows nothing, unless somebody said that it is lost', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here', 'partners'])
  const file = await aBackup(house)
  await withdraw(house.node.app, who, said)
  await house.node.stop()
  const databaseUrl = await emptyDatabase()
  await restore(databaseUrl, file)
  const other = await aLog()
  for (let start = 0; start < 2; start += 1)
    await expect(again(house.node, databaseUrl, other)).rejects.toMatchObject({
      name: 'StartError',
      code: 'withdrawal-log',
      message: expect.stringMatching(/is new: .*SIDEWAYS_WITHDRAWAL_LOG.*--log-lost/),
    })
  const node = await again(house.node, databaseUrl, house.log)
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  await node.stop()

  const without = await emptyDatabase()
  await restore(without, file, { logIsLost: true })
  const listedAgain = await again(house.node, without, other)
  expect(await listingOf(listedAgain.app.db, who.id)).toMatchObject({ partners: true })
})

test('a second start after a restore has nothing left to do', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here', 'partners'])
  const file = await aBackup(house)
  await endScope(house.node.app, who, { ...said, purpose: 'partners' })
  const node = await fromBackup(house, file)
  const [listing, epoch] = [await listingOf(node.app.db, who.id), await epochOf(node)]
  expect(listing).toMatchObject({ here: true, partners: false })
  const url = node.app.config.databaseUrl ?? ''
  await node.stop()
  const second = await again(node, url, house.log)
  expect(await listingOf(second.app.db, who.id)).toEqual(listing)
  expect(await epochOf(second)).toBe(epoch)
})

test('an account that was closed after the backup is closed again', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  const head = await signIn(house.node, 'head@north.example', 'administrator')
  await listed(house.node, who, ['here', 'partners'])
  const file = await aBackup(house)
  const administrator = await accountById(house.node.app.db, head.accountId)
  if (!administrator) throw new Error('an administrator without an account')
  await closeAccount(house.node.app, administrator, who.id)
  expect(await house.node.settle()).toEqual([])
  const node = await fromBackup(house, file)
  expect(await accountById(node.app.db, who.id)).toMatchObject({ state: 'closed' })
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  expect(await node.settle()).toEqual([])
  expect(node.mails.filter(({ to }) => to === 'asha@north.example')).toEqual([])
})

test('several processes that start at once on a restored database replay the log once', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here', 'partners'])
  const file = await aBackup(house)
  await withdraw(house.node.app, who, said)
  await house.node.stop()
  const databaseUrl = await emptyDatabase()
  await restore(databaseUrl, file)
  const settings = { SIDEWAYS_ORIGIN: house.node.url }
  const nodes = await Promise.all(
    [1, 2, 3].map(() => aNode({ databaseUrl, withdrawalLog: house.log, time: house.node.time, settings })),
  )
  const [node] = nodes
  if (!node) throw new Error('no node')
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  expect(
    await rows(node.app.db, `select 1 from graphile_worker.jobs where key like 'listing.tell-restored:%'`),
  ).toHaveLength(1)
  const ended = await receipts(node.app.db, who.id)
  expect(ended.filter(({ given }) => !given)).toHaveLength(2)
  expect((await linesIn(house.log)).every((line) => JSON.parse(line))).toBe(true)
})

test('a start that is cut off in the middle of a replay begins again', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here', 'partners', 'public'])
  const file = await aBackup(house)
  await endScope(house.node.app, who, { ...said, purpose: 'partners' })
  await endScope(house.node.app, who, { ...said, purpose: 'public' })
  await house.node.stop()
  const databaseUrl = await emptyDatabase()
  await restore(databaseUrl, file)
  for (const cut of [2, 5]) {
    let ids = 0
    const newId = (): string => {
      ids += 1
      if (ids > cut) throw new Error('cut off')
      return house.node.app.newId()
    }
    const settings = { SIDEWAYS_ORIGIN: house.node.url }
    const start = aNode({ databaseUrl, withdrawalLog: house.log, settings, overrides: { newId } })
    await expect(start).rejects.toThrow('cut off')
  }
  const node = await again(house.node, databaseUrl, house.log)
  expect(await listingOf(node.app.db, who.id)).toMatchObject({ here: true, partners: false, public: false })
  expect(await node.settle()).toEqual([])
})

test('a crash between the line and its change is finished by the next start, without an alarm', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here', 'partners'])
  const listing = await listingOf(house.node.app.db, who.id)
  const epoch = await epochOf(house.node)
  await house.node.stop()
  const [{ value } = { value: '0' }] = await withDb(house, (node) =>
    rows<{ value: string }>(node.app.db, `select value from setting where name = 'withdrawals.number'`),
  )
  const line = {
    number: Number(value) + 1,
    at: '2026-11-22T09:00:00Z',
    account: who.id,
    listing: listing?.id,
    still: [],
  }
  await appendFile(house.log, `${JSON.stringify(line)}\n{"number":99,"at":"2026-11-`)
  const node = await again(house.node, house.databaseUrl, house.log)
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  expect(await epochOf(node)).toBe(epoch)
  expect(await node.settle()).toEqual([])
  expect(node.mails).toEqual([])
  expect((await linesIn(house.log)).every((text) => JSON.parse(text))).toBe(true)
})

test('a withdrawal that the database refused at its very end is done within the hour, unless she decided anew', async () => {
  const { node } = await aHouse()
  const [asha, ben, cai] = [await aResident(node), await aResident(node, 'ben'), await aResident(node, 'cai')]
  for (const who of [asha, ben, cai]) await listed(node, who, ['here', 'partners'])
  const { db } = node.app
  const refusing: typeof db = {
    ...db,
    transaction: (work) =>
      db.transaction(async (tx) => {
        await work(tx)
        throw new Error('refused')
      }),
  }
  for (const who of [asha, cai])
    await expect(withdraw({ ...node.app, db: refusing }, who, said)).rejects.toThrow('refused')
  expect(await listingOf(db, asha.id)).toBeDefined()
  // Both take the number of the change that was refused.
  await withdraw(node.app, ben, said)
  await endScope(node.app, cai, { ...said, purpose: 'partners' })
  await node.runTimetable('listing.complete-log')
  expect(await listingOf(db, asha.id)).toBeUndefined()
  expect(await listingOf(db, cai.id)).toMatchObject({ here: true, partners: false })
  await listed(node, asha, ['here'])
  await node.runTimetable('listing.complete-log')
  expect(await listingOf(db, asha.id)).toMatchObject({ here: true })
  expect(await node.settle()).toEqual([])
  expect(node.mails).toEqual([])
})

test('a change of which only the line is there yet is waited for', async () => {
  const { node } = await aHouse()
  const who = await aResident(node)
  await listed(node, who, ['here', 'partners'])
  await opened(node, who)
  const { db } = node.app
  const noted = Promise.withResolvers<undefined>()
  const goOn = Promise.withResolvers<undefined>()
  const slow: typeof db = {
    ...db,
    transaction: (work) =>
      db.transaction(async (tx) => {
        const result = await work(tx)
        noted.resolve(undefined)
        await goOn.promise
        return result
      }),
  }
  const paused = pauseUntil({ ...node.app, db: slow }, who, '2026-12-01')
  await noted.promise
  const hour = node.runTimetable('listing.complete-log')
  await new Promise((resolve) => setTimeout(resolve, 300))
  goOn.resolve(undefined)
  await Promise.all([paused, hour])
  expect(await flagOf(db, who.id)).toMatchObject({ closedAt: null, pausedUntil: new Date('2026-12-01T00:00:00Z') })
})

// Starts the node once more, only to look.
async function withDb<Result>(house: House, look: (node: TestNode) => Promise<Result>): Promise<Result> {
  const node = await again(house.node, house.databaseUrl, house.log)
  const result = await look(node)
  await node.stop()
  return result
}

test('a line is written for what is taken back, holds only ids and times, and nothing for anything else', async () => {
  const { node, log } = await aHouse()
  const start = (await linesIn(log)).length
  const who = await aResident(node)
  await listed(node, who, ['here', 'partners', 'public'])
  await opened(node, who)
  node.time = later(node.time, day)
  await renew(node.app, who)
  expect((await linesIn(log)).length).toBe(start)
  const { id } = (await listingOf(node.app.db, who.id)) ?? { id: '' }
  await withdraw(node.app, who, said)
  const lines = (await linesIn(log)).slice(start).map((text) => JSON.parse(text) as object)
  const at = '2026-11-23T09:00:00Z'
  expect(lines).toEqual([
    { number: 1, at, account: who.id, listing: id, still: [] },
    { number: 1, at, account: who.id, flag: expect.any(String) },
  ])
})

test('a withdrawal whose line cannot be written happens all the same; administrators see it until it is written', async () => {
  const { node, log } = await aHouse()
  const who = await aResident(node)
  await listed(node, who, ['here', 'partners'])
  const administrator = await signIn(node, 'head@north.example', 'administrator')
  const title = 'The log of withdrawals cannot be written'
  expect((await administrator.get('/administration')).text).not.toContain(title)
  const kept = await readFile(log)
  await rm(log)
  await mkdir(log) // nobody, not even root, can write a folder
  await withdraw(node.app, who, said)
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  expect((await administrator.get('/administration')).text).toContain(title)
  await expect(completeLog(node.app, false)).rejects.toThrow(/EISDIR/)
  await rm(log, { recursive: true })
  await writeFile(log, kept)
  await chmod(log, 0o600)
  expect((await administrator.get('/administration')).text).toContain('1 line is missing in the file.')
  await node.runTimetable('listing.complete-log')
  expect((await administrator.get('/administration')).text).not.toContain(title)
  expect((await linesIn(log)).filter((line) => line.includes('"listing"'))).toHaveLength(1)
})

test('a log that was lost is written anew from what the database knows', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here'])
  await withdraw(house.node.app, who, said)
  const before = marksAside(await linesIn(house.log))
  const epoch = await epochOf(house.node)
  await house.node.stop()
  await rm(house.log)
  const node = await again(house.node, house.databaseUrl, house.log)
  expect(marksAside(await linesIn(house.log))).toEqual(before)
  expect(await epochOf(node)).toBe(epoch)
})

test('an older database is noticed by the count of starts, though nobody took anything back', async () => {
  const house = await aHouse()
  const epoch = await epochOf(house.node)
  await house.node.stop()
  await appendFile(house.log, '{"mark":5}\n')
  const node = await again(house.node, house.databaseUrl, house.log)
  expect(await epochOf(node)).not.toBe(epoch)
  const now = await epochOf(node)
  await node.stop()
  expect(await epochOf(await again(node, house.databaseUrl, house.log))).toBe(now)
})

test('an older database has nobody signed in, and its links and tokens work no more', async () => {
  const house = await aHouse()
  const reader = await signIn(house.node, 'asha@north.example')
  expect((await reader.get('/me')).url).toBe('/me')
  await reader.post('/sign-in', { mail: 'asha@north.example' })
  expect(await rows(house.node.app.db, 'select 1 from sign_in_request where used_at is null')).toHaveLength(1)
  const wish = { id: house.node.app.newId(), name: 'Intranet', scopes: ['directory:read'] as const, days: 30 }
  const token = await makePersonalToken(house.node.app, { id: reader.accountId }, wish)
  await house.node.stop()
  await appendFile(house.log, '{"mark":50}\n')
  const node = await again(house.node, house.databaseUrl, house.log)
  expect(await rows(node.app.db, 'select 1 from session union all select 1 from sign_in_request')).toEqual([])
  expect((await reader.get('/me')).url).toMatch(/^\/sign-in/)
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
  expect((await reader.get('/api/v1/listings', headers)).status).toBe(401)
})

test('what is older than 400 days leaves the log at a start', async () => {
  const house = await aHouse()
  const who = await aResident(house.node)
  await listed(house.node, who, ['here'])
  await withdraw(house.node.app, who, said)
  await house.node.runTimetable('listing.complete-log')
  await house.node.stop()
  house.node.time = later(house.node.time, 399 * day)
  const node = await again(house.node, house.databaseUrl, house.log)
  expect(await linesIn(house.log)).toHaveLength(3) // the node, the withdrawal, one mark
  await node.stop()
  house.node.time = later(house.node.time, 2 * day)
  await again(house.node, house.databaseUrl, house.log)
  expect((await linesIn(house.log)).map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(['log', 'mark'])
})

test('the log of another node stops the start, with what to do', async () => {
  const house = await aHouse()
  await expect(aNode({ withdrawalLog: house.log })).rejects.toMatchObject({
    name: 'StartError',
    code: 'withdrawal-log',
    message: expect.stringMatching(/belongs to http.*SIDEWAYS_WITHDRAWAL_LOG/),
  })
})

test('who hides stays hidden after a restore, and can show herself again', async () => {
  const house = await aHouse()
  const { node } = house
  const asha = await aResident(node)
  await listed(node, asha, ['here', 'public'])
  const file = await aBackup(house)
  await unlist(node.app, asha)
  const restored = await fromBackup(house, file)
  const page = () => fetch(`${restored.url}/@asha`)
  expect((await page()).status).toBe(404)
  expect((await listingOf(restored.app.db, asha.id))?.public).toBe(true)
  await relist(restored.app, asha)
  expect((await page()).status).toBe(200)
})
