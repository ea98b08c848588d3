import { day, later, minute } from '../../src/common/clock.ts'
import { createOutbound, type Outbound } from '../../src/common/outbound.ts'
import { rows } from '../../src/database/database.ts'
import { signingKeys } from '../../src/federation/keys.ts'
import { beginNewEpoch } from '../../src/partners/steps.ts'
import { signStatement, type Statement } from '../../src/partners/statement.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly, withdraw } from './people.ts'
import { counted, type Row } from './snapshots.ts'

// Two pages of a snapshot.
const many = 250

let north: TestNode
let south: TestNode
/** What south asked of north, as path and query. */
const asked: string[] = []
/** Changes what north answers, before south reads it. */
let change: ((path: string, body: string) => Promise<string>) | undefined

beforeAll(async () => {
  const real = createOutbound({ allowPrivateAddresses: true, userAgent: 'test' })
  const watched: Outbound = {
    close: () => real.close(),
    async fetch(request, options) {
      const { pathname, search } = new URL(request.url)
      asked.push(pathname + search)
      const answer = await real.fetch(request, options)
      if (!change || answer.status !== 200) return answer
      return { ...answer, body: Buffer.from(await change(pathname, answer.body.toString('utf8'))) }
    },
  }
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' }, overrides: { outbound: watched } })
})

beforeEach(async () => {
  change = undefined
  for (const node of [north, south]) await startAfresh(node)
  await publish(north, ...Array.from({ length: many }, (_, number) => listing(north, `p${1000 + number}`)))
  await subscribe(south, north)
  expect(await shownAt(south)).toHaveLength(many)
  asked.length = 0
})

const newEpoch = () => north.app.db.transaction((tx) => beginNewEpoch(tx, north.app, 'keys-stolen'))
const origin = () => theOnly<Row & { readonly snapshots: number }>(south, 'origin')

/** South may read that many pages of north in this minute. */
const pagesLeft = (left: number) =>
  rows(south.app.db, 'update origin set page_window = $1, pages = $2 where origin_id > 0', [south.time, 20 - left])

async function aMinuteLater(): Promise<void> {
  for (const node of [north, south]) node.time = later(node.time, minute)
  await settleAll(south, north)
}

/** North begins anew with other people; south reads one page of it. */
async function readHalf(): Promise<void> {
  for (const node of [north, south]) node.time = later(node.time, minute)
  await newEpoch()
  await publish(north, listing(north, 'p1007', { name: 'Asha Rao' }), listing(north, 'zoe001'))
  await withdraw(north, 'p1008')
  await pagesLeft(1)
  await settleAll(north, south)
  expect(await origin()).toMatchObject({ snapshot_open: true, rows_staged: 200, copies: many })
}

async function expectWhole(): Promise<void> {
  const shown = await shownAt(south)
  expect(shown).toHaveLength(many)
  expect(shown).toEqual(expect.arrayContaining(['Asha Rao', 'Person zoe001']))
  expect(shown).not.toContain('Person p1008')
  const { root } = await origin()
  expect(await theOnly<Row>(south, 'origin')).toMatchObject({ snapshot_open: false, ...(await counted(south)) })
  expect(await theOnly<{ their_root: string }>(north, 'partner')).toMatchObject({ their_root: root })
}

describe('a new epoch of an origin whose people are shown', () => {
  test('shows the old ones until it is read to its end, minutes later', async () => {
    const before = await shownAt(south)
    const { valid_until: lease } = await origin()
    await readHalf()
    expect(await shownAt(south)).toEqual(before)
    expect(await origin()).toMatchObject({ valid_until: lease })
    await aMinuteLater()
    await expectWhole()
    expect((await origin()).valid_until > lease).toBe(true)
  })

  test('says until then that it holds what is shown, so that nobody takes a withdrawal for done', async () => {
    const { epoch } = await origin()
    await readHalf()
    await withdraw(north, 'p1249')
    asked.length = 0
    await pagesLeft(0)
    await settleAll(north, south)
    const polls = asked.filter((path) => path.includes('/statement'))
    expect(polls.length).toBeGreaterThan(0)
    for (const path of polls)
      expect(Object.fromEntries(new URL(path, north.url).searchParams)).toMatchObject({ have: String(many), epoch })
    expect(await rows(north.app.db, 'select 1 from withdrawal_holder where confirmed_at is not null')).toEqual([])
    await aMinuteLater()
    expect(await shownAt(south)).not.toContain('Person p1249')
    expect(await rows(north.app.db, 'select 1 from withdrawal_holder where confirmed_at is null')).toEqual([])
  })

  test('goes on though the origin has forgotten tombstones from before it began', async () => {
    await readHalf()
    const { seq } = await theOnly<{ seq: string }>(north, 'directory_state')
    await rows(north.app.db, 'update directory_state set forgotten_seq = $1', [seq])
    await aMinuteLater()
    await expectWhole()
    expect(await origin()).toMatchObject({ snapshots: 2 })
  })

  test('begins again when the origin has forgotten tombstones from after it began', async () => {
    await readHalf()
    await publish(north, listing(north, 'yusuf1'))
    await withdraw(north, 'yusuf1')
    const { seq } = await theOnly<{ seq: string }>(north, 'directory_state')
    await rows(north.app.db, 'update directory_state set forgotten_seq = $1', [seq])
    await aMinuteLater()
    await expectWhole()
    expect(await origin()).toMatchObject({ snapshots: 3, snapshot_seq: null })
  })

  test('begins again when the epoch is over before it was read', async () => {
    await readHalf()
    await newEpoch()
    await aMinuteLater()
    await expectWhole()
    expect(await origin()).toMatchObject({
      snapshots: 3,
      ...(await theOnly<{ epoch: string }>(north, 'directory_state').then(({ epoch }) => ({ epoch }))),
    })
  })

  test('takes in what changes while it is read', async () => {
    await readHalf()
    await publish(north, listing(north, 'p1001', { name: 'Changed Meanwhile' }))
    await publish(north, listing(north, 'p1249', { name: 'Changed Later' }))
    await aMinuteLater()
    expect(await shownAt(south)).toEqual(expect.arrayContaining(['Changed Meanwhile', 'Changed Later']))
    await expectWhole()
  })

  test('is forgotten with the rest when the partnership ends', async () => {
    await readHalf()
    await rows(south.app.db, `update partner set following = 'ended'`)
    await rows(
      south.app.db,
      `select graphile_worker.add_job('partners.erase-copies', json_build_object('partnerId', id)) from partner`,
    )
    await south.settle()
    expect(await rows(south.app.db, 'select 1 from staged_copy union all select 1 from copy')).toEqual([])
  })
})

test('after it was told that it was restored itself, a node shows nothing of others until it has verified them', async () => {
  await rows(south.app.db, 'delete from graphile_worker._private_jobs')
  await south.app.db.transaction((tx) => beginNewEpoch(tx, south.app, 'log'))
  expect(await shownAt(south)).toEqual([])
  await rows(north.app.db, `update partner set follower = 'waiting' where follower = 'accepted'`) // cut off
  await south.settle()
  expect(await shownAt(south)).toEqual([])
  await rows(north.app.db, `update partner set follower = 'accepted' where follower = 'waiting'`)
  south.time = north.time = later(south.time, 2 * minute)
  await settleAll(south)
  expect(await shownAt(south)).toHaveLength(many)
})

describe('an origin of 1,000,001 listings', () => {
  // North says so itself, with its own key.
  beforeEach(async () => {
    const { ed25519 } = await signingKeys(north.app, 'directory')
    change = async (path, body) => {
      if (!path.endsWith('/statement')) return body
      const { proof: _, ...statement } = JSON.parse(body) as Statement
      return JSON.stringify(
        signStatement(
          { ...statement, totalItems: 1_000_001 },
          ed25519.privateKey,
          ed25519.verificationMethod,
          north.time,
        ),
      )
    }
    await publish(north, listing(north, 'zoe001'))
    await settleAll(north, south)
  })

  test('is hidden, with a word to the administrators, and not one page of it is read', async () => {
    expect(await shownAt(south)).toEqual([])
    expect(await origin()).toMatchObject({ hidden: true, trouble: 'too-many-listings', rows_held: many })
    expect(asked.filter((path) => path.includes('/statement?'))).toHaveLength(1)
    expect(asked.filter((path) => path.includes('after='))).toEqual([])
  })

  test('is asked less and less often, and shown again when it has become smaller', async () => {
    asked.length = 0
    for (let hours = 0; hours < 24; hours += 1) {
      for (const node of [north, south]) node.time = later(node.time, day / 24)
      await settleAll(south)
    }
    const polls = asked.filter((path) => path.includes('/statement?')).length
    expect(polls).toBeGreaterThanOrEqual(4)
    expect(polls).toBeLessThan(14)
    change = undefined
    for (const node of [north, south]) node.time = later(node.time, day / 2)
    await settleAll(south, north)
    expect(await shownAt(south)).toHaveLength(many + 1)
  })
})
