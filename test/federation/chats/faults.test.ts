import { accept, decline, move } from '../../../src/chats/actions.ts'
import { waitingForHer } from '../../../src/chats/views.ts'
import { day, hour, later } from '../../../src/common/clock.ts'
import { rows } from '../../../src/database/database.ts'
import { makeKeys } from '../../../src/federation/keys.ts'
import { closeToChat } from '../../../src/listing/actions.ts'
import { listingOf } from '../../../src/listing/views.ts'
import { agreed, anOpenResident, aSlot, asked, chatIdOf } from '../../support/chats.ts'
import { agreedOn, aPair, carried, chatAt, postAs, twoPartners, waitingAt, type Pair, type Two } from './two.ts'

let two: Two

beforeEach(async () => {
  two = await twoPartners()
})

const states = async ({ asha, ben }: Pair) => [
  (await chatAt(two.north, asha))?.state,
  (await chatAt(two.south, ben))?.state,
]
const moveClocks = (milliseconds: number): void => {
  for (const node of [two.north, two.south]) node.time = later(node.time, milliseconds)
}

test('a node that is down for a day hears everything afterwards, in its order', async () => {
  const pair = await aPair(two)
  two.north.isCut = true
  const id = await asked(two.north, pair.asha, pair.names.ben, [aSlot(two.north, 5)])
  await two.north.settle()
  for (let hours = 0; hours < 24; hours += 6) {
    moveClocks(6 * hour)
    await two.north.settle()
    await two.south.settle()
  }
  expect(await states(pair)).toEqual(['requested', undefined])
  two.north.isCut = false
  moveClocks(7 * hour)
  await carried(two.north, two.south)
  expect(await states(pair)).toEqual(['requested', 'requested'])
  two.south.isCut = true
  await agreed(two.south, pair.ben, aSlot({ time: later(two.north.time, -31 * hour) }, 5))
  await two.south.settle()
  await move(two.south.app, pair.ben.id, await chatIdOf(two.south, pair.ben), aSlot(two.north, 6))
  moveClocks(day)
  await two.south.settle()
  expect(await states(pair)).toEqual(['requested', 'arranged'])
  two.south.isCut = false
  moveClocks(7 * hour)
  await carried(two.north, two.south)
  const hers = await chatAt(two.north, pair.asha)
  expect(hers?.state).toBe('arranged')
  expect(agreedOn(hers)).toEqual(agreedOn(await chatAt(two.south, pair.ben)))
  expect(hers?.id).toBe(id)
})

test('a yes that comes after the end is told that it came too late, and neither waits', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben, [])
  await carried(two.north, two.south)
  const lapsesAt = (await chatAt(two.south, pair.ben))?.exchange.lapsesAt ?? two.south.time
  two.south.time = later(lapsesAt, -hour)
  two.south.isCut = true
  const id = await chatIdOf(two.south, pair.ben)
  await accept(two.south.app, pair.ben.id, id, { times: [], place: null, access: null, flag: 'stay' })
  await two.south.settle()
  two.south.isCut = false
  two.south.time = later(lapsesAt, 8 * hour)
  two.north.time = later(lapsesAt, 8 * hour)
  await carried(two.south, two.north)
  expect(await states(pair)).toEqual(['lapsed', 'lapsed'])
  expect(await waitingForHer(two.south.app.db, pair.ben.id, two.south.time)).toBe(0)
})

test('of two requests that cross the lower one counts on both nodes, and the other one is withdrawn', async () => {
  const pair = await aPair(two)
  const hers = await asked(two.north, pair.asha, pair.names.ben)
  const his = await asked(two.south, pair.ben, pair.names.asha)
  await carried(two.north, two.south)
  const kept = async (node: Two['north']) =>
    (await rows<{ offer: string; standing: string }>(node.app.db, 'select offer, standing from chat')).toSorted(
      (one, other) => (one.offer < other.offer ? -1 : 1),
    )
  const [north, south] = [await kept(two.north), await kept(two.south)]
  expect([hers, his].every((id) => id !== '')).toBe(true)
  const open = (list: typeof north) => list.filter(({ standing }) => standing === 'requested').map(({ offer }) => offer)
  expect(open(north)).toEqual(open(south))
  expect(open(north)).toHaveLength(1)
  const all = [...north, ...south].map(({ offer }) => offer).toSorted()
  expect(open(north)[0]).toBe(all[0])
  expect(await waitingAt(two.north)).toBe(0)
})

test('nobody but the other of the two can say anything about a chat', async () => {
  const pair = await aPair(two)
  const cleo = await anOpenResident(two.south, 'cleo', 'Cleo')
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  await agreed(two.south, pair.ben) // which waits to be sent
  const chat = await chatAt(two.south, pair.ben)
  const to = chat?.peer.actor ?? ''
  const cleosId = (await listingOf(two.south.app.db, cleo.id))?.personId ?? ''
  const bensId = chat?.personId ?? ''
  const cleoIri = `${two.south.url}/ap/people/${cleosId}`
  const context = 'https://www.w3.org/ns/activitystreams'
  const result = { id: `${cleoIri}/agreements/1`, type: 'Agreement', attributedTo: cleoIri, edition: 1 }
  // Her own yes to his request; his yes under her key; a no of hers.
  const forged = [
    { '@context': context, id: `${cleoIri}#1`, type: 'Accept', actor: cleoIri, to: [to], object: chat?.offer, result },
    { '@context': context, id: `${cleoIri}#2`, type: 'Reject', actor: cleoIri, to: [to], object: chat?.offer },
    {
      '@context': context,
      id: `${cleoIri}#3`,
      type: 'Undo',
      actor: cleoIri,
      to: [to],
      object: { type: 'Offer', id: chat?.offer },
    },
  ]
  await makeKeys(two.south.app, cleosId)
  for (const one of forged) expect(await postAs(two.south, cleosId, to, one)).toBe(202)
  const inHisName = {
    ...forged[1],
    id: `${two.south.url}/ap/people/${bensId}#4`,
    actor: `${two.south.url}/ap/people/${bensId}`,
  }
  expect(await postAs(two.south, cleosId, to, inHisName)).toBe(401)
  expect(await two.north.settle()).toEqual([])
  expect((await chatAt(two.north, pair.asha))?.state).toBe('requested')
  await carried(two.south, two.north)
  expect(await states(pair)).toEqual(['arranged', 'arranged'])
})

test('a request in the name of somebody else, about the flag of somebody else, or with words of another form is none', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  const offer = two.north.posted[0]?.activity
  const chat = await chatAt(two.north, pair.asha)
  const bens = chat?.peer.actor ?? ''
  const personId = chat?.personId ?? ''
  const of = (more: object, number: number) => ({ ...offer, id: `${offer?.actor}/offers/x${number}`, ...more })
  const object = offer?.['object'] as { readonly stipulates: object }
  const wrong = [
    of({ object: { ...object, attributedTo: `${two.north.url}/ap/people/other` } }, 1),
    of({ object: { ...object, stipulates: { ...object.stipulates, satisfies: `${offer?.actor}/chat/1#primary` } } }, 2),
    of({ to: [`${two.south.url}/ap/people/nobody1`] }, 3),
    of({ why: 'two\nlines' }, 4),
    of({ hope: 'x'.repeat(301) }, 5),
    of({ proposedTimes: [{ startTime: '2026-11-27T10:00:00Z', endTime: '2026-11-27T19:00:00Z' }] }, 6),
    of({ endTime: '2027-11-27T10:00:00Z' }, 7),
    of({ context: 'https://elsewhere.example/ap/chats/1' }, 8),
    of({ kind: 'https://elsewhere.example/kinds#first-chat' }, 9),
  ]
  for (const one of wrong) expect(await postAs(two.north, personId, bens, one)).toBe(202)
  expect(await two.south.settle()).toEqual([])
  expect(await rows(two.south.app.db, 'select 1 from chat')).toHaveLength(1)
  expect(await rows(two.south.app.db, 'select 1 from chat_refusal')).toEqual([])
  // One that is right in all of this is looked at, and refused: one is open already.
  await postAs(two.north, personId, bens, of({}, 10))
  expect(await two.south.settle()).toEqual([])
  expect(await rows(two.south.app.db, 'select 1 from chat_refusal')).toHaveLength(1)
})

test('a flag that closed meanwhile, a pause after a no, and a sixth request in a day are refused on the other node too', async () => {
  const pair = await aPair(two)
  await closeToChat(two.south.app, pair.ben)
  await asked(two.north, pair.asha, pair.names.ben) // the news has not come yet
  await carried(two.north, two.south)
  expect(await states(pair)).toEqual(['declined', undefined])
  const other = await aPair(two)
  await asked(two.north, other.asha, other.names.ben)
  await carried(two.north, two.south)
  await decline(two.south.app, other.ben.id, await chatIdOf(two.south, other.ben))
  await carried(two.north, two.south)
  // Her node forgets what it knows; his does not.
  await rows(two.north.app.db, 'delete from chat_pause')
  await asked(two.north, other.asha, other.names.ben)
  await carried(two.north, two.south)
  expect(await states(other)).toEqual(['declined', 'declined'])
  const asker = (await aPair(two)).asha
  for (let number = 1; number <= 6; number += 1) {
    const { names } = await aPair(two)
    await rows(two.north.app.db, 'delete from chat_arrival')
    await asked(two.north, asker, names.ben)
  }
  await carried(two.north, two.south)
  const found = await rows<{ standing: string }>(two.north.app.db, 'select standing from chat where account_id = $1', [
    asker.id,
  ])
  expect(found.map(({ standing }) => standing).toSorted()).toEqual([
    'declined',
    ...Array.from({ length: 5 }, () => 'requested'),
  ])
})
