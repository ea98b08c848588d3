import { addresses } from '../../../src/common/addresses.ts'
import { hour, later } from '../../../src/common/clock.ts'
import { parse } from '../../../src/common/parse.ts'
import { rows } from '../../../src/database/database.ts'
import { leave } from '../../../src/partners/actions.ts'
import { blockActor } from '../../../src/safety/actions.ts'
import { answerWorth, noteWorth } from '../../../src/learning/worth-actions.ts'
import { worthOf } from '../../../src/learning/worth-views.ts'
import { hostOf, settleUndo } from '../../partners/people.ts'
import { agreed, aSlot, asked, chatIdOf } from '../../support/chats.ts'
import { again, aPair, carried, chatNow, postAs, twoPartners, type Pair, type Two } from './two.ts'

// What a chat was worth, between two nodes: first the wish travels, and what was said once both wish it.

let two: Two

beforeAll(async () => {
  two = await twoPartners()
})

type Met = Pair & { readonly hers: string; readonly his: string }

/** Two people whose chat is over. */
async function met(): Promise<Met> {
  const pair = await aPair(two)
  const slot = aSlot(two.north, 2)
  const hers = await asked(two.north, pair.asha, pair.names.ben, [slot])
  await carried(two.north, two.south)
  await agreed(two.south, pair.ben, slot)
  await carried(two.north, two.south)
  for (const node of [two.north, two.south]) {
    node.time = later(slot.until, hour)
    node.posted.length = 0
  }
  return { ...pair, hers, his: await chatIdOf(two.south, pair.ben) }
}

const hersIn = ({ hers }: Met) => worthOf(two.north.app.db, hers)
const hisIn = ({ his }: Met) => worthOf(two.south.app.db, his)

async function bothWish(pair: Met): Promise<void> {
  await answerWorth(two.north.app, pair.asha.id, pair.hers, 'partly')
  await answerWorth(two.south.app, pair.ben.id, pair.his, 'yes')
  await noteWorth(two.north.app, pair.asha.id, pair.hers, { note: 'Hers-heron.', wishes: true })
  await noteWorth(two.south.app, pair.ben.id, pair.his, { note: 'His-heron.', wishes: true })
}

/** Ids of a chat of somebody on north. */
async function chatRow(id: string) {
  const chat = await chatNow(two.north, id)
  if (!chat) throw new Error('no such chat')
  const { personId, offer, agreement, peer } = chat
  return {
    person: personId,
    actor: addresses(two.north.url).person(personId),
    offer,
    agreement: agreement ?? '',
    peer: peer.actor,
  }
}

const shown = {
  hers: { theirAnswer: 'yes', theirNote: 'His-heron.' },
  his: { theirAnswer: 'partly', theirNote: 'Hers-heron.' },
}

test('an answer alone goes nowhere; a wish goes without what was said', async () => {
  const pair = await met()
  await answerWorth(two.north.app, pair.asha.id, pair.hers, 'partly')
  await carried(two.north, two.south)
  expect(two.north.posted).toEqual([])
  await noteWorth(two.north.app, pair.asha.id, pair.hers, { note: 'Hers-heron.', wishes: true })
  await carried(two.north, two.south)
  expect(two.north.posted.map(({ activity }) => activity.type)).toEqual(['Update'])
  expect(two.north.posted[0]?.body).not.toMatch(/heron|partly/)
  expect(parse('chat-worth', two.north.posted[0]?.activity['object'])).toMatchObject({ sharesWorth: true })
  expect(await hisIn(pair)).toMatchObject({ theirWish: true, theirAnswer: null, theirNote: '' })
})

test('once both wish, both know what the other said; doubled and late messages change nothing', async () => {
  const pair = await met()
  await bothWish(pair)
  await carried(two.north, two.south)
  expect([await hersIn(pair), await hisIn(pair)]).toEqual([
    expect.objectContaining(shown.hers),
    expect.objectContaining(shown.his),
  ])
  for (const sent of [...two.north.posted, ...two.south.posted]) expect(await again(sent)).toBeLessThan(300)
  await carried(two.north, two.south)
  expect(await hersIn(pair)).toMatchObject(shown.hers)
  expect(await hisIn(pair)).toMatchObject(shown.his)
})

test('who takes it back sees nothing of the other any more, and neither does the other', async () => {
  const pair = await met()
  await bothWish(pair)
  await carried(two.north, two.south)
  await noteWorth(two.north.app, pair.asha.id, pair.hers, { note: 'Hers-heron.', wishes: false })
  await carried(two.north, two.south)
  for (const worth of [await hersIn(pair), await hisIn(pair)])
    expect(worth).toMatchObject({ theirAnswer: null, theirNote: '' })
})

test('what a node could not be told waits, and comes when it is up again', async () => {
  const pair = await met()
  two.north.isCut = true
  await bothWish(pair)
  await carried(two.north, two.south)
  expect(await hisIn(pair)).toMatchObject({ theirWish: false })
  two.north.isCut = false
  for (const node of [two.north, two.south]) node.time = later(node.time, 24 * hour)
  await carried(two.north, two.south)
  expect(await hersIn(pair)).toMatchObject(shown.hers)
  expect(await hisIn(pair)).toMatchObject(shown.his)
})

test('nobody else can speak for one of the two, and neither of them for the other', async () => {
  const pair = await met()
  await answerWorth(two.south.app, pair.ben.id, pair.his, 'yes')
  await noteWorth(two.south.app, pair.ben.id, pair.his, { note: 'His-heron.', wishes: true })
  await carried(two.north, two.south)
  const stranger = await met()
  const [ashas, others] = [await chatRow(pair.hers), await chatRow(stranger.hers)]
  const forged = (actor: string, id: string, type: 'Offer' | 'Agreement') => ({
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}/offers/forged#worth`,
    type: 'Update',
    actor,
    to: [ashas.peer],
    object: { id, type, sharesWorth: true, worthEdition: 9, worth: 'no', worthNote: 'Forged-heron.' },
  })
  const before = await hisIn(pair)
  // Somebody else of her node, of a request that is not hers; then she herself, of his Agreement.
  await postAs(two.north, others.person, ashas.peer, forged(others.actor, ashas.offer, 'Offer'))
  await postAs(two.north, ashas.person, ashas.peer, forged(ashas.actor, ashas.agreement, 'Agreement'))
  await carried(two.north, two.south)
  expect(await hisIn(pair)).toEqual(before)
})

test('whom somebody has blocked since is told nothing, and tells nothing', async () => {
  const pair = await met()
  await bothWish(pair)
  const { peer } = await chatRow(pair.hers)
  await blockActor(two.north.app, { accountId: pair.asha.id, actor: peer, host: new URL(peer).host })
  await carried(two.north, two.south)
  expect(await hisIn(pair)).toMatchObject({ theirAnswer: null })
  expect(await hersIn(pair)).toMatchObject({ theirAnswer: null })
})

test('a partnership that ended meanwhile does not keep them from it', async () => {
  const pair = await met()
  await leave(two.north.app, hostOf(two.south))
  await leave(two.south.app, hostOf(two.north))
  await settleUndo(two.north, two.south)
  await settleUndo(two.south, two.north)
  for (const node of [two.north, two.south]) {
    await rows(node.app.db, 'delete from remote_actor')
    node.time = later(node.time, 7 * hour)
  }
  await bothWish(pair)
  await carried(two.north, two.south)
  expect(await hersIn(pair)).toMatchObject(shown.hers)
  expect(await hisIn(pair)).toMatchObject(shown.his)
})
