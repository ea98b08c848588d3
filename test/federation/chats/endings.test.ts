import { callOff, move, sayPlace } from '../../../src/chats/actions.ts'
import { hasOpenChatAt } from '../../../src/chats/views.ts'
import { later, minute } from '../../../src/common/clock.ts'
import { rows } from '../../../src/database/database.ts'
import { withdraw } from '../../../src/listing/actions.ts'
import { listingOf } from '../../../src/listing/views.ts'
import { leave } from '../../../src/partners/actions.ts'
import { blockActor } from '../../../src/safety/actions.ts'
import { enqueue } from '../../../src/jobs/queue.ts'
import { forgetRemembered } from '../../../src/safety/block-views.ts'
import { keepDomainBlock } from '../../../src/safety/store.ts'
import { listed } from '../../support/resident.ts'
import { hostOf, settleUndo, subscribe } from '../../partners/people.ts'
import { agreed, anOpenResident, aSlot, asked, chatIdOf } from '../../support/chats.ts'
import { agreedOn, aPair, aSide, carried, chatAt, readAs, twoPartners, type Pair, type Two } from './two.ts'

let two: Two

beforeEach(async () => {
  two = await twoPartners()
})

const states = async ({ asha, ben }: Pair) => [
  (await chatAt(two.north, asha))?.state,
  (await chatAt(two.south, ben))?.state,
]
const actorOf = async (node: Two['north'], { id }: Pair['asha']): Promise<string> =>
  `${node.url}/ap/people/${(await listingOf(node.app.db, id))?.personId}`
const noPartners = async (): Promise<void> => {
  await leave(two.north.app, hostOf(two.south))
  await leave(two.south.app, hostOf(two.north))
  await settleUndo(two.north, two.south)
  await settleUndo(two.south, two.north)
  for (const node of [two.north, two.south])
    expect(
      await rows(node.app.db, `select 1 from partner where following = 'accepted' or follower = 'accepted'`),
    ).toEqual([])
}

test('where two nodes end their partnership, a request is withdrawn on both, and what was agreed goes on', async () => {
  const waits = await aPair(two)
  const goesOn = await aPair(two)
  await asked(two.north, waits.asha, waits.names.ben)
  const id = await asked(two.north, goesOn.asha, goesOn.names.ben)
  await carried(two.north, two.south)
  await agreed(two.south, goesOn.ben)
  await carried(two.north, two.south)
  await noPartners()
  expect(await states(waits)).toEqual(['withdrawn', 'withdrawn'])
  expect(await states(goesOn)).toEqual(['arranged', 'arranged'])
  // The keys of both must still be had, by a node that has forgotten them.
  await rows(two.north.app.db, 'delete from remote_actor')
  await rows(two.south.app.db, 'delete from remote_actor')
  for (const node of [two.north, two.south]) node.time = later(node.time, 7 * 60 * minute)
  await move(two.north.app, goesOn.asha.id, id, aSlot(two.north, 6))
  await carried(two.north, two.south)
  const his = await chatAt(two.south, goesOn.ben)
  expect(his?.exchange.plan.slot).toEqual(aSlot(two.north, 6))
  await sayPlace(two.south.app, goesOn.ben.id, his?.id ?? '', { place: 'Room 9', access: null })
  await carried(two.south, two.north)
  await callOff(two.north.app, goesOn.asha.id, id)
  await carried(two.south, two.north)
  expect(await states(goesOn)).toEqual(['called-off', 'called-off'])
  expect(agreedOn(await chatAt(two.north, goesOn.asha))).toEqual(agreedOn(await chatAt(two.south, goesOn.ben)))
})

test('a person in partner scope is readable for the server of somebody with whom she has an open chat, and not after it', async () => {
  const pair = await aPair(two)
  const west = await aSide('West Trust')
  const asha = await actorOf(two.north, pair.asha)
  expect(await readAs(two.south, 'node', asha)).toBe(404)
  const id = await asked(two.north, pair.asha, pair.names.ben)
  expect(await readAs(two.south, 'node', asha)).toBe(200)
  expect(await readAs(west, 'node', asha)).toBe(404)
  await carried(two.north, two.south)
  expect(await readAs(two.north, 'node', await actorOf(two.south, pair.ben))).toBe(200)
  await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  await callOff(two.north.app, pair.asha.id, id)
  expect(await readAs(two.south, 'node', asha)).toBe(200) // until it has heard
  await carried(two.north, two.south)
  expect(await readAs(two.south, 'node', asha)).toBe(404)
  const { personId = '' } = (await chatAt(two.north, pair.asha)) ?? {}
  expect(await hasOpenChatAt(two.north.app.db, personId, hostOf(two.south), two.north.time)).toBe(false)
})

test('where only one of two nodes reads the other one, a person in public scope may ask, and is known by her own document', async () => {
  const west = await aSide('West Trust')
  await subscribe(west, two.south)
  const ben = await anOpenResident(two.south, 'benito', 'Benito')
  const asha = await anOpenResident(west, 'ashley', 'Ashley')
  await carried(west, two.south)
  await expect(asked(west, asha, 'Benito')).rejects.toThrow('chat-not-askable')
  await listed(west, asha, ['public'])
  await carried(west, two.south)
  await asked(west, asha, 'Benito')
  await carried(west, two.south)
  expect((await chatAt(two.south, ben))?.peer).toMatchObject({
    name: 'Ashley',
    organisation: 'North Council',
    role: 'Product manager',
    country: 'GB',
    entry: null,
  })
  await agreed(two.south, ben)
  await carried(two.south, west)
  expect((await chatAt(west, asha))?.state).toBe('arranged')
})

test('a block ends what is open on both nodes, and a request after it is refused', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  const asha = await actorOf(two.north, pair.asha)
  await blockActor(two.south.app, { accountId: pair.ben.id, actor: asha, host: hostOf(two.north) })
  await carried(two.south, two.north)
  expect((await chatAt(two.north, pair.asha))?.state).toBe('called-off')
  expect(await chatAt(two.south, pair.ben)).toBeUndefined() // not shown to him any more
  two.north.time = later(two.north.time, minute)
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  expect((await chatAt(two.north, pair.asha))?.state).toBe('declined')
})

test('who leaves ends what is open on both nodes', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  await withdraw(two.south.app, pair.ben, { language: 'en', channel: 'page' })
  await carried(two.south, two.north)
  expect(await states(pair)).toEqual(['called-off', 'called-off'])
})

test('a host that is refused ends its chats here in silence, and is not heard any more', async () => {
  const far = await aSide('Far Trust', { SIDEWAYS_ORIGIN: 'http://localhost:0' })
  await subscribe(two.north, far)
  await subscribe(far, two.north)
  const asha = await anOpenResident(two.north, 'ashling', 'Ashling')
  const dai = await anOpenResident(far, 'dai', 'Dai')
  await carried(two.north, far)
  await asked(two.north, asha, 'Dai')
  await carried(two.north, far)
  await agreed(far, dai)
  await carried(two.north, far)
  two.north.posted.length = 0
  const { app } = two.north
  // No administrator can refuse a name as wide as this one; every other name would have to be known to a name server.
  await app.db.transaction(async (tx) => {
    await keepDomainBlock(tx, { domain: 'localhost', reason: 'Spam', by: asha.id }, app.now())
    await enqueue(tx, 'federation.hosts-refused', {})
  })
  forgetRemembered(app.db)
  await two.north.settle()
  expect(await rows(app.db, 'select standing from chat')).toEqual([{ standing: 'called-off' }])
  expect(two.north.posted.map(({ activity }) => activity.type)).not.toContain('Undo')
  await callOff(far.app, dai.id, await chatIdOf(far, dai))
  await far.settle()
  expect((await rows(far.app.db, 'select 1 from chat_message')).length).toBe(1) // nobody takes it
  expect(await chatAt(two.north, asha)).toBeUndefined()
})
