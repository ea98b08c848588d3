import { generateKeyPairSync } from 'node:crypto'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { multikey } from '../../src/common/multibase.ts'
import { createOutbound, OutboundError, type Outbound } from '../../src/common/outbound.ts'
import { rows } from '../../src/database/database.ts'
import { backOff } from '../../src/jobs/queue.ts'
import { copiesOf, keepCopies, removeCopies } from '../../src/partners/copy-store.ts'
import { foundOf, notStaged, stageCopies, stagedAndDifferent } from '../../src/partners/staging-store.ts'
import { signStatement, type Statement } from '../../src/partners/statement.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly, withdraw } from './people.ts'
import type { Row } from './snapshots.ts'

let north: TestNode
let south: TestNode
/** When south asked north for its statement, by south's clock. */
const asked: Date[] = []
let isCut = false
let change: ((body: string) => string) | undefined
let changePage: ((body: string) => string) | undefined
/** Whether north is not told what south holds, so that nothing at north can mend it. */
let isDeaf = false
/** What happens at south while north's statement is on its way. */
let meanwhile: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  const real = createOutbound({ allowPrivateAddresses: true, userAgent: 'test' })
  const watched: Outbound = {
    close: () => real.close(),
    async fetch(request, options) {
      const isStatement = new URL(request.url).pathname.endsWith('/statement')
      if (isStatement) asked.push(south.time)
      if (isCut) throw new OutboundError('no-answer', 'cut')
      const isPage = new URL(request.url).pathname.endsWith('/listings')
      const untold = request.url.split('?')[0] ?? ''
      const answer = await real.fetch(isStatement && isDeaf ? new Request(untold, request) : request, options)
      if (isStatement) await meanwhile?.()
      const changed = isStatement ? change : isPage ? changePage : undefined
      if (!changed || answer.status !== 200) return answer
      return { ...answer, body: Buffer.from(changed(answer.body.toString('utf8'))) }
    },
  }
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' }, overrides: { outbound: watched } })
})

beforeEach(async () => {
  isCut = false
  change = changePage = undefined
  isDeaf = false
  meanwhile = undefined
  for (const node of [north, south]) await startAfresh(node)
  await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
  await subscribe(south, north)
  asked.length = 0
})

test('a statement signed by a stranger, while the directory still shows the pinned key, renews nothing and reads nothing', async () => {
  const before = await theOnly<Row>(south, 'origin')
  const { privateKey } = generateKeyPairSync('ed25519')
  change = (body) => {
    const { proof, ...statement } = JSON.parse(body) as Statement
    return JSON.stringify(signStatement(statement, privateKey, proof.verificationMethod, north.time))
  }
  await publish(north, listing(north, 'cleo01'))
  await settleAll(north, south)
  expect(await theOnly<Row>(south, 'origin')).toMatchObject({
    trouble: 'statement-forged',
    valid_until: before.valid_until,
    cursor: before.cursor,
  })
  expect(await shownAt(south)).toHaveLength(2)
})

test('a statement that was on its way while another key was pinned renews nothing', async () => {
  const before = await theOnly<Row>(south, 'origin')
  const other = multikey(generateKeyPairSync('ed25519').publicKey)
  meanwhile = () => rows(south.app.db, 'update partner set directory_key = $1', [other])
  for (const node of [north, south]) node.time = later(node.time, hour)
  await publish(north, listing(north, 'cleo01'))
  await settleAll(north, south)
  expect(await theOnly<Row>(south, 'origin')).toMatchObject({ valid_until: before.valid_until, trouble: 'key-changed' })
})

test('an origin whose page ran ahead of its own numbers is read from the beginning, and loses no withdrawal', async () => {
  isDeaf = true
  changePage = (body) => JSON.stringify({ ...(JSON.parse(body) as object), seq: Number.MAX_SAFE_INTEGER })
  await publish(north, listing(north, 'cleo01'))
  await settleAll(north, south)
  expect(await shownAt(south)).toHaveLength(3)
  changePage = undefined
  await withdraw(north, 'asha01')
  asked.length = 0
  await settleAll(north, south)
  south.time = later(south.time, hour) // its doorbell names a number that south seems to have
  await settleAll(south)
  expect(await shownAt(south)).toEqual(['Person bo0001', 'Person cleo01'])
  expect(asked.length).toBeLessThan(8)
  expect(await theOnly<Row>(south, 'origin')).toMatchObject({ cursor: '4', trouble: null, hidden: false })
})

test('an origin whose pages run ahead of its numbers again and again is asked less and less often', async () => {
  isDeaf = true
  changePage = (body) =>
    JSON.stringify({ ...(JSON.parse(body) as object), seq: Number.MAX_SAFE_INTEGER, orderedItems: [] })
  await withdraw(north, 'asha01')
  await settleAll(north, south)
  for (let passed = 0; passed < 60; passed += 1) {
    south.time = later(south.time, minute)
    await south.settle()
  }
  expect(await theOnly<Row>(south, 'origin')).toMatchObject({ trouble: 'too-many-snapshots' })
  expect(asked.length).toBeLessThan(40)
})

test('a tombstone of what cannot be a listing of its origin takes nothing with it, and stops nothing', async () => {
  const stranger = { id: 'https://other.example/listings/1\u0000', type: 'Tombstone' }
  changePage = (body) => {
    const page = JSON.parse(body) as { orderedItems: object[] }
    return JSON.stringify({ ...page, orderedItems: [stranger, ...page.orderedItems] })
  }
  await withdraw(north, 'asha01')
  await settleAll(north, south)
  expect(await shownAt(south)).toEqual(['Person bo0001'])
})

test('an origin that is cut off is asked less and less often, at least every six hours, and never given up', async () => {
  isCut = true
  const begin = south.time
  while (south.time < later(begin, 8 * day)) {
    south.time = later(south.time, hour)
    await south.settle()
    const shown = await shownAt(south)
    expect(shown).toHaveLength(south.time < later(begin, 7 * day) ? 2 : 0)
  }
  const gaps = asked.slice(1).map((time, index) => time.getTime() - (asked[index]?.getTime() ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(7 * hour)
  expect(gaps.slice(-20).every((gap) => gap >= 5 * hour)).toBe(true)
  isCut = false
  north.time = south.time = later(south.time, 6 * hour)
  await settleAll(south, north)
  expect(await shownAt(south)).toHaveLength(2)
}, 120_000)

test('a wait after failures doubles, and is never longer than six hours', () => {
  const now = new Date('2026-11-22T09:00:00Z')
  const waits = [1, 2, 3, 8, 9, 10, 50].map((failures) =>
    [0, 1].map((spread) => (backOff(now, failures, spread).getTime() - now.getTime()) / minute),
  )
  expect(waits.slice(0, 3)).toEqual([
    [1, 1.1],
    [2, 2.2],
    [4, 4.4],
  ])
  for (const [shortest = 0, longest = 0] of waits) expect([longest <= 360, longest > shortest]).toEqual([true, true])
})

// Rows that this transaction has read so far.
const readSql = `select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
  where relname in ('copy', 'staged_copy')`

test('what a page looks up does not grow with what is held, and what a snapshot compares only in step with it', async () => {
  const { origin_id: id } = await theOnly<Row & { origin_id: number }>(south, 'origin')
  for (const table of ['copy', 'staged_copy'])
    await rows(
      south.app.db,
      `insert into ${table} (origin_id, bucket, id, seq, content_hash)
       select $1, n % 256, 'https://north.example/' || n, n, sha256('x') from generate_series(1, 20000) as n`,
      [id],
    )
  const read = await south.app.db.transaction(async (tx) => {
    const keys = Array.from({ length: 200 }, (_, number) => {
      const id = `https://north.example/${number * 90}`
      return { id, bucket: (number * 90) % 256 }
    })
    const copies = keys.map((key) => ({ ...key, seq: 1, contentHash: '00', refused: null }))
    await copiesOf(tx, id, keys)
    await foundOf(tx, id, keys)
    await keepCopies(tx, id, copies)
    await stageCopies(
      tx,
      id,
      copies.map((copy) => ({ ...copy, document: null })),
    )
    await removeCopies(tx, 'copy', id, keys)
    await removeCopies(tx, 'staged_copy', id, keys)
    return rows<{ read: number }>(tx, readSql)
  })
  for (const { read: rows } of read) expect(rows).toBeLessThan(2_000)

  const compared = await south.app.db.transaction(async (tx) => {
    for await (const batch of notStaged(tx, id, 500)) expect(batch).toHaveLength(2) // the two that north has
    for await (const batch of stagedAndDifferent(tx, id, 500)) expect(batch).toEqual([])
    return rows<{ read: number }>(tx, readSql)
  })
  for (const { read: rows } of compared) expect(rows).toBeLessThan(100_000)
})
