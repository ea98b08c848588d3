import { later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { keysFromCommandLine } from '../../src/federation/key-command.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { follow, leave, reject } from '../../src/partners/actions.ts'
import { listing, hostOf, publish, settleAll, settleUndo, subscribe, theOnly, withdraw } from '../partners/people.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { expectFixture, type Names } from './fixtures.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
  await withdraw(north, 'bo0001')
  await subscribe(south, north)
})

const names = async (): Promise<Names> => {
  const { epoch } = await theOnly<{ epoch: string }>(north, 'directory_state')
  return {
    [north.url]: 'https://north.example',
    [south.url]: 'https://south.example',
    [hostOf(north)]: 'north.example',
    [hostOf(south)]: 'south.example',
    [epoch]: '4f1d2c',
  }
}

async function expectAnswer(name: string, path: string, sender: 'directory' | 'node' = 'directory'): Promise<void> {
  const answer = await signedGet(south.app, sender, `${north.url}${path}`)
  expect(answer.status).toBe(200)
  // JSON of ours.
  expectFixture(name, JSON.parse(answer.body.toString('utf8')) as object, await names())
}

/** The newest activity of that type that a node has sent. */
async function sent(node: TestNode, type: string): Promise<{ readonly id: string }> {
  const bodies = await rows<{ body: string }>(node.app.db, 'select body from outgoing_activity order by made_at desc')
  // Bodies of ours.
  const found = bodies
    .map(({ body }) => JSON.parse(body) as { id: string; type: string })
    .find((one) => one.type === type)
  if (!found) throw new Error(`no ${type} was sent`)
  return found
}

/** The last part of an id, which is random. */
const lotOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

async function expectSent(name: string, node: TestNode, type: string, more: Names = {}): Promise<void> {
  const activity = await sent(node, type)
  expectFixture(name, activity, { ...(await names()), [lotOf(activity.id)]: '1', ...more })
}

test('what a node says of itself is as it is kept', async () => {
  await expectAnswer('node-actor', '/actor')
  await expectAnswer('organisation', '/ap/org')
  await expectAnswer('directory-actor', '/ap/directory')
  await expectAnswer('directory-keys', '/ap/directory/keys')
  await expectAnswer('directory-followers', '/ap/directory/followers')
  await expectAnswer('directory-outbox', '/ap/directory/outbox')
})

test('what partner nodes read is as it is kept', async () => {
  await expectAnswer('directory-statement', '/ap/directory/listings/statement')
  await expectAnswer('directory-buckets', '/ap/directory/listings/buckets')
  await expectAnswer('directory-page', '/ap/directory/listings?after=0&limit=200')
  await expectAnswer('directory-listings', '/ap/directory/listings')
})

test('what directories tell each other is as it is kept', async () => {
  const { id: first } = await sent(south, 'Follow')
  const followed = { [lotOf(first)]: '1' }
  await expectSent('directory-follow', south, 'Follow', followed)
  await expectSent('directory-accept', north, 'Accept', followed)
  await publish(north, listing(north, 'cleo01'))
  north.time = later(north.time, minute)
  await settleAll(north, south)
  await expectSent('directory-doorbell', north, 'Update')
  await leave(south.app, hostOf(north))
  await settleUndo(south, north)
  await expectSent('directory-undo', south, 'Undo', followed)
  south.time = later(south.time, minute)
  await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
  await settleAll(south, north)
  const { id: second } = await sent(south, 'Follow')
  await reject(north.app, hostOf(south))
  await settleAll(north, south)
  await expectSent('directory-reject', north, 'Reject', { [lotOf(second)]: '1' })
})

test('a change of the directory key is as it is kept', async () => {
  await keysFromCommandLine(north.app, { verb: 'rotate', settle: () => north.settle() })
  await expectAnswer('directory-key-change', '/ap/directory/keys')
})
