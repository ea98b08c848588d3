import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { follow, leave, receiveReject, reject } from '../../src/partners/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { hostOf, listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly, withdraw } from './people.ts'
import { holdersOf } from './reads.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
})

beforeEach(async () => {
  for (const node of [north, south]) await startAfresh(node)
  await publish(north, listing(north, 'asha01'))
  await subscribe(south, north)
})

describe('copies are out of sight at once, before any job has run', () => {
  test('when we leave', async () => {
    await leave(south.app, hostOf(north))
    expect(await shownAt(south)).toEqual([])
  })

  test('when the origin ends what it had granted', async () => {
    const { directory_id: actor, follow_id: followId } = await theOnly<{ directory_id: string; follow_id: string }>(
      south,
      'partner',
    )
    await receiveReject(south.app, { actor, followId })
    expect(await shownAt(south)).toEqual([])
  })

  test('and are shown again when the partnership begins anew before they were erased', async () => {
    await leave(south.app, hostOf(north))
    await rows(south.app.db, 'delete from graphile_worker._private_jobs')
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
  })
})

test('an origin that had not read our Undo yet is told again that we erased', async () => {
  await leave(south.app, hostOf(north))
  expect(await south.settle()).toEqual([expect.stringContaining('still counts us')])
  expect(await rows(south.app.db, 'select 1 from copy')).toEqual([])
  expect(await north.settle()).toEqual([])
  expect(await holdersOf(north, 1)).toMatchObject([{ endedAt: expect.any(Date), confirmed: false }])
  await rows(south.app.db, 'update graphile_worker._private_jobs set run_at = now()')
  expect(await south.settle()).toEqual([])
  expect(await holdersOf(north, 1)).toMatchObject([{ endedAt: expect.any(Date), confirmed: true }])
})

describe('a node that ended and asks again', () => {
  // North ended it, and its Reject got lost: South holds what it holds.
  beforeEach(async () => {
    await leave(north.app, hostOf(south))
    await rows(north.app.db, 'delete from graphile_worker._private_jobs')
    await rows(south.app.db, `update partner set following = 'ended'`)
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    expect(await theOnly(north, 'partner')).toMatchObject({ follower: 'waiting' })
  })

  test('is named for as long as its lease could run, waiting or turned down', async () => {
    const seq = await withdraw(north, 'asha01')
    expect(await holdersOf(north, seq)).toMatchObject([
      { host: hostOf(south), endedAt: expect.any(Date), confirmed: false },
    ])
    await reject(north.app, hostOf(south))
    expect(await holdersOf(north, seq)).toMatchObject([
      { host: hostOf(south), endedAt: expect.any(Date), confirmed: false },
    ])
    north.time = later(north.time, 7 * day)
    expect(await holdersOf(north, seq)).toEqual([])
  })

  test('may still say that it erased', async () => {
    await leave(south.app, hostOf(north))
    await settleAll(south, north)
    expect(await holdersOf(north, 1)).toMatchObject([{ endedAt: expect.any(Date), confirmed: true }])
  })
})
