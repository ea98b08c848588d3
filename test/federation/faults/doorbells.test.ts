// However doorbells come, one state is left at the end: that of the origin.
import { later, minute } from '../../../src/common/clock.ts'
import { createOutbound } from '../../../src/common/outbound.ts'
import { rows } from '../../../src/database/database.ts'
import { rootOf, type Entry } from '../../../src/partners/set.ts'
import { aNode, type TestNode } from '../../support/node.ts'
import { letGo, throughNetwork, treatDoorbells } from '../../support/node-child-faults.ts'
import type { Doorbells } from '../../support/node-child-words.ts'
import { listing, publish, settleAll, shownAt, startAfresh, subscribe, withdraw } from '../../partners/people.ts'

const out = throughNetwork(createOutbound({ allowPrivateAddresses: true, userAgent: 'Sideways' }))
let north: TestNode
let readers: readonly TestNode[]

beforeAll(async () => {
  north = await aNode({ overrides: { outbound: out } })
  readers = [
    await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } }),
    await aNode({ settings: { SIDEWAYS_NAME: 'West College' } }),
  ]
})

beforeEach(async () => {
  treatDoorbells('pass')
  for (const node of [north, ...readers]) await startAfresh(node)
  for (const reader of readers) await subscribe(reader, north)
})

/** Changes of every kind, each with a doorbell of its own. */
async function fiveChanges(): Promise<void> {
  const all: readonly (() => Promise<unknown>)[] = [
    () => publish(north, listing(north, 'asha01')),
    () => publish(north, listing(north, 'bo0001')),
    () => withdraw(north, 'asha01'),
    () => publish(north, listing(north, 'bo0001', { name: 'Bo Berg' })),
    () => publish(north, listing(north, 'cleo01')),
  ]
  for (const change of all) {
    await change()
    await settleAll(north, ...readers)
  }
}

async function expectTheOneState(): Promise<void> {
  const listed = await rows<Entry>(
    north.app.db,
    `select id, encode(content_hash, 'hex') as "contentHash" from published_listing where document is not null`,
  )
  for (const reader of readers) {
    expect(await shownAt(reader)).toEqual(['Bo Berg', 'Person cleo01'])
    const held = await rows<Entry>(reader.app.db, `select id, encode(content_hash, 'hex') as "contentHash" from copy`)
    expect(rootOf(held)).toBe(rootOf(listed))
  }
}

test.each<Doorbells>(['pass', 'twice'])('doorbells in order (%s) leave it at once', async (how) => {
  treatDoorbells(how)
  await fiveChanges()
  await expectTheOneState()
})

test.each(['as-rung', 'reversed'] as const)('doorbells that come late, %s, leave it when they come', async (order) => {
  treatDoorbells('hold')
  await fiveChanges()
  for (const reader of readers) expect(await shownAt(reader)).toEqual([])
  expect(await letGo(out, order)).toBe(10)
  await settleAll(...readers)
  await expectTheOneState()
})

test('doorbells that are lost leave it within the hour', async () => {
  treatDoorbells('lose')
  await fiveChanges()
  for (const reader of readers) expect(await shownAt(reader)).toEqual([])
  for (const node of [north, ...readers]) node.time = later(node.time, 60 * minute)
  await settleAll(north, ...readers)
  await expectTheOneState()
})
