import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { day, later } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { setAside, tidyPairs } from '../../src/suggestions/actions.ts'
import { metKeptDays, mostPairs, pairKey } from '../../src/suggestions/pair.ts'
import { rememberMet } from '../../src/suggestions/steps.ts'
import { aReader, type Reader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

let node: TestNode
let asha: Resident
let reader: Reader

beforeAll(async () => {
  node = await aNode()
  asha = await aResident(node)
  reader = await signIn(node, 'asha@north.example')
})

async function somebody(handle: string, organisation: string): Promise<Resident> {
  const who = await aResident(node, handle, { displayName: `Peer ${handle}`, organisation })
  await listed(node, who, ['here'])
  await opened(node, who)
  return who
}

const press = (path: string, form: Record<string, string> = {}): Promise<{ readonly text: string }> =>
  reader.post(path, form)
const pairs = (): Promise<{ kind: string; pair: Buffer }[]> => rows(node.app.db, 'select kind, pair from pair_memory')

test('a page that asks to sign in first, and then who you are', async () => {
  expect((await aReader(node.url).get(paths.suggestions)).url).toContain(paths.signIn)
  const ben = await signIn(node, 'ben@north.example')
  const { text } = await ben.get(paths.suggestions)
  expect(text).toContain('this node has to know what you do')
  expect(text).toContain(`href="${paths.myProfile}"`)
})

test('the first of a node reads that she is the first, and what to do', async () => {
  const { text } = await reader.get(paths.suggestions)
  expect(text).toContain('You are the first')
  expect(text).toContain('This node has no partner nodes yet')
  expect(text).toContain(`href="${paths.myListing}"`)
})

test('a colleague is not suggested, and the page says that nobody fits', async () => {
  await somebody('cai', 'City of North Council')
  expect((await reader.get(paths.suggestions)).text).toContain('Nobody fits today')
})

test('on a small node the few who fit are shown, with the reasons', async () => {
  await somebody('dot', 'Eastmere College')
  await aResident(node, 'eve', { organisation: 'Velden' }) // not listed
  const { text } = await reader.get(paths.suggestions)
  expect(text).toContain('Peer dot')
  expect(text).not.toContain('Peer cai')
  expect(text).toContain('Today there is only one person: of each organisation only one is shown')
  expect(text).toContain('Same role as yours: Product manager')
  expect(text).toContain('You are both the only one with your role')
  expect(text).toContain('Works in your country: United Kingdom')
  expect(text).toContain('You both speak')
  expect((await reader.get(`${paths.suggestions}?lang=cy`)).text).toContain('Heddiw dim ond un person sydd')
  await reader.get(`${paths.suggestions}?lang=en`)
})

test('"not this person" is for good, says nothing about whom, and can be taken back as a whole', async () => {
  const { text } = await reader.get(paths.suggestions)
  const entry = /name="entry" value="([^"]+)"/.exec(text)?.[1] ?? ''
  expect((await press(paths.notThisPerson, { entry })).text).toContain('is not suggested to you again')
  node.time = later(node.time, day)
  const after = (await reader.get(paths.suggestions)).text
  expect(after).not.toContain('Peer dot')
  expect(after).toContain('You said “not this person” once')
  const [kept] = await pairs()
  expect(kept?.kind).toBe('set-aside')
  expect(kept?.pair).toHaveLength(32)
  expect((await press(paths.forgetSetAside)).text).toContain('Peer dot')
  expect(await pairs()).toEqual([])
})

test('somebody who is not there, or oneself, is not set aside', async () => {
  expect((await reader.post(paths.notThisPerson, { entry: '0000000000000' })).status).toBe(404)
  expect((await reader.post(paths.notThisPerson, { entry: '' })).status).toBe(404)
  expect((await aReader(node.url).post(paths.notThisPerson, { entry: '' })).url).toContain(paths.signIn)
  expect(await pairs()).toEqual([])
})

test('a meeting is forgotten after two years, by the month; a meeting later moves that, an earlier one does not', async () => {
  const { db, secrets } = node.app
  const met = { hashingKey: secrets.hashing, accountId: asha.id, personId: 'https://p.example/1' }
  const first = node.time // in the second half of November
  for (const days of [0, 10, 5]) await db.transaction((tx) => rememberMet(tx, { ...met, at: later(first, days * day) }))
  node.time = later(new Date('2026-12-01T00:00:00Z'), metKeptDays * day - 1)
  await node.runTimetable('suggestions.tidy')
  expect((await pairs()).map(({ pair }) => pair.toString('hex'))).toEqual([
    pairKey(secrets.hashing, asha.id, 'https://p.example/1'),
  ])
  node.time = later(node.time, 1)
  await node.runTimetable('suggestions.tidy')
  expect(await pairs()).toEqual([])
  node.time = first
})

test('no time of a meeting is kept by which two memories could be put together', async () => {
  const { db, secrets } = node.app
  for (const [personId, at] of [
    ['https://p.example/2', '2026-11-03T10:00:00Z'],
    ['https://p.example/3', '2026-11-27T15:30:00Z'],
  ] as const)
    await db.transaction((tx) =>
      rememberMet(tx, { hashingKey: secrets.hashing, accountId: asha.id, personId, at: new Date(at) }),
    )
  const kept = await rows<{ until: Date }>(db, `select distinct until from pair_memory where kind = 'met'`)
  expect(kept.map(({ until }) => until.toISOString())).toEqual(['2028-10-31T00:00:00.000Z'])
  await rows(db, `delete from pair_memory where kind = 'met'`)
})

test('a memory has an end: nobody fills the table', async () => {
  const { db, secrets } = node.app
  await rows(
    db,
    `insert into pair_memory (account_id, pair, kind) select $1, sha256(n::text::bytea), 'set-aside' from generate_series(1, $2::int) n`,
    [asha.id, mostPairs],
  )
  const one = setAside({ ...node.app, hashingKey: secrets.hashing }, asha.id, 'https://p.example/2')
  await expect(one).rejects.toMatchObject({ code: 'too-many-requests' })
})

test('whoever leaves takes her memory along', async () => {
  const chief = await signIn(node, 'chief@north.example', 'administrator')
  const account = await accountById(node.app.db, chief.accountId)
  if (!account) throw new Error('no administrator')
  expect(await pairs()).not.toEqual([])
  await closeAccount(node.app, account, asha.id)
  expect(await node.settle()).toEqual([])
  expect(await pairs()).toEqual([])
})

test('what a backup still had of somebody who left goes in the night', async () => {
  await rows(node.app.db, `insert into pair_memory (account_id, pair, kind) values ($1, '\\x01', 'set-aside')`, [
    asha.id,
  ])
  await tidyPairs(node.app)
  expect(await pairs()).toEqual([])
})
