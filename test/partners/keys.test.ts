import { keysFromCommandLine } from '../../src/federation/key-command.ts'
import { rows } from '../../src/database/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly } from './people.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_COUNTRY: 'IE' } })
})

beforeEach(async () => {
  for (const node of [north, south]) await startAfresh(node)
})

type PartnerRow = { directory_key: string; offered_key: string | null; key_changed_at: Date | null }
type OriginRow = { valid_until: Date; hidden: boolean; trouble: string | null; statement: string | null; epoch: string }

const keys = async (node: TestNode, verb: string) => {
  const done = await keysFromCommandLine(node.app, { verb, settle: () => node.settle() })
  if (!done) throw new Error(`keys has no ${verb}`)
  return done.keys
}

test('a node with new keys is read on without anybody doing anything', async () => {
  await publish(north, listing(north, 'asha01'))
  await subscribe(south, north)
  const before = await theOnly<PartnerRow>(south, 'partner')
  const rotated = await keys(north, 'rotate')
  await settleAll(north, south)

  const after = await theOnly<PartnerRow>(south, 'partner')
  expect(after.directory_key).not.toBe(before.directory_key)
  expect(after).toMatchObject({ offered_key: null, key_changed_at: south.time })
  const origin = await theOnly<OriginRow>(south, 'origin')
  expect(origin).toMatchObject({ hidden: false, trouble: null })
  expect(origin.statement).toContain(`#ed25519-${rotated.number}"`)
  expect(await shownAt(south)).toEqual(['Person asha01'])

  // Doorbells, polls and pages go on with the new RSA key as well.
  await publish(north, listing(north, 'bo0001'))
  await settleAll(north, south)
  expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
  expect(await rows(north.app.db, `select 1 from delivery where state <> 'delivered'`)).toEqual([])
})
