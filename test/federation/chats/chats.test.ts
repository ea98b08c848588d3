import { accept, callOff, choose, decline, move, offerTimes, sayPlace, withdraw } from '../../../src/chats/actions.ts'
import { parse } from '../../../src/common/parse.ts'
import { agreed, aSlot, asked, chatIdOf, chatWords } from '../../support/chats.ts'
import { expectFixture, type Names } from '../fixtures.ts'
import { agreedOn, again, aPair, carried, chatAt, twoPartners, waitingAt, type Pair, type Two } from './two.ts'

let two: Two

beforeAll(async () => {
  two = await twoPartners()
})

beforeEach(() => {
  two.north.posted.length = 0
  two.south.posted.length = 0
})

async function both(pair: Pair) {
  await carried(two.north, two.south)
  return { hers: await chatAt(two.north, pair.asha), his: await chatAt(two.south, pair.ben) }
}

async function expectOneTruth(pair: Pair, state: string) {
  const { hers, his } = await both(pair)
  expect([hers?.state, his?.state]).toEqual([state, state])
  expect(agreedOn(hers)).toEqual(agreedOn(his))
  expect([await waitingAt(two.north), await waitingAt(two.south)]).toEqual([0, 0])
  return { hers, his }
}

test('a request reaches the other node with its kind, lines and times, and who asks', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben)
  const { hers, his } = await expectOneTruth(pair, 'requested')
  expect(his).toMatchObject({
    side: 'asked',
    kind: 'first-chat',
    lines: { why: chatWords.why, hope: chatWords.hope, bring: chatWords.bring },
    boundaries: ['no-selling'],
    peer: { name: pair.names.asha, organisation: 'North Council', country: 'GB', role: 'Product manager' },
    context: hers?.context,
    flag: hers?.flag,
  })
  expect(his?.peer.actor.startsWith(two.north.url)).toBe(true)
  const [offer] = two.north.posted
  expect(parse('chat-offer', offer?.activity)).toBeTruthy()
  expect(offer?.url).toMatch(/\/ap\/people\/[0-9a-z]+\/inbox$/)
})

test('a yes to a time, a move, a place and a call off leave the same on both nodes at every step', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben, [aSlot(two.north, 3), aSlot(two.north, 4)])
  await carried(two.north, two.south)
  const hisId = await agreed(two.south, pair.ben, aSlot(two.north, 4))
  const { hers } = await expectOneTruth(pair, 'arranged')
  expect(hers?.exchange.words.asked).toMatchObject({ place: chatWords.place, access: chatWords.access })
  expect(parse('chat-agreement', two.south.posted[0]?.activity['result'])).toBeTruthy()
  await move(two.north.app, pair.asha.id, id, aSlot(two.north, 5))
  expect((await expectOneTruth(pair, 'arranged')).his?.exchange.plan.slot).toEqual(aSlot(two.north, 5))
  await sayPlace(two.north.app, pair.asha.id, id, { place: 'By phone', access: null })
  expect((await expectOneTruth(pair, 'arranged')).his?.exchange.words.asker.place).toBe('By phone')
  await move(two.south.app, pair.ben.id, hisId, aSlot(two.north, 6))
  await expectOneTruth(pair, 'arranged')
  await callOff(two.south.app, pair.ben.id, hisId)
  await expectOneTruth(pair, 'called-off')
})

test('a yes with other times is chosen from by the asker, who may offer others again', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben, [])
  await carried(two.north, two.south)
  const hisId = await chatIdOf(two.south, pair.ben)
  const word = { place: null, access: null, flag: 'stay' } as const
  await accept(two.south.app, pair.ben.id, hisId, { times: [aSlot(two.north, 7), aSlot(two.north, 8)], ...word })
  const { hers } = await expectOneTruth(pair, 'accepted')
  expect(hers?.deeds).toContain('choose')
  await offerTimes(two.north.app, pair.asha.id, id, [aSlot(two.north, 9)])
  expect((await expectOneTruth(pair, 'accepted')).his?.deeds).toContain('choose')
  await choose(two.south.app, pair.ben.id, hisId, aSlot(two.north, 9))
  await expectOneTruth(pair, 'arranged')
})

test('a yes with no times yet is a yes', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben, [])
  await carried(two.north, two.south)
  const hisId = await chatIdOf(two.south, pair.ben)
  await accept(two.south.app, pair.ben.id, hisId, { times: [], place: null, access: null, flag: 'stay' })
  await expectOneTruth(pair, 'accepted')
})

test('a no and a withdrawal end it on both nodes, and no reason is sent', async () => {
  const pair = await aPair(two)
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  await decline(two.south.app, pair.ben.id, await chatIdOf(two.south, pair.ben))
  await expectOneTruth(pair, 'declined')
  const [no] = two.south.posted
  expect(Object.keys(no?.activity ?? {}).toSorted()).toEqual(['@context', 'actor', 'id', 'object', 'to', 'type'])
  const other = await aPair(two)
  const id = await asked(two.north, other.asha, other.names.ben)
  await carried(two.north, two.south)
  await withdraw(two.north.app, other.asha.id, id)
  await expectOneTruth(other, 'withdrawn')
})

test('what is posted twice, or late and out of order, changes nothing', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  await move(two.north.app, pair.asha.id, id, aSlot(two.north, 6))
  const { hers } = await expectOneTruth(pair, 'arranged')
  for (const one of [...two.north.posted, ...two.south.posted].toReversed()) expect(await again(one)).toBe(202)
  expect((await expectOneTruth(pair, 'arranged')).hers?.exchange).toEqual(hers?.exchange)
})

test('what is sent is as it is kept for others to read', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben, [aSlot(two.north, 3), aSlot(two.north, 4)])
  await carried(two.north, two.south)
  const hisId = await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  await move(two.north.app, pair.asha.id, id, aSlot(two.north, 5))
  await carried(two.north, two.south)
  await callOff(two.south.app, pair.ben.id, hisId)
  await carried(two.north, two.south)
  const other = await aPair(two)
  await asked(two.north, other.asha, other.names.ben)
  await carried(two.north, two.south)
  await decline(two.south.app, other.ben.id, await chatIdOf(two.south, other.ben))
  await carried(two.north, two.south)
  const kinds = [
    ['chat-offer', two.north, 'Offer'],
    ['chat-accept', two.south, 'Accept'],
    ['chat-update', two.north, 'Update'],
    ['chat-undo', two.south, 'Undo'],
    ['chat-reject', two.south, 'Reject'],
  ] as const
  for (const [name, node, type] of kinds) {
    const found = node.posted.find(({ activity }) => activity.type === type)
    if (!found) throw new Error(`no ${type} was sent`)
    expectFixture(name, found.activity, namesIn(found.body))
  }
})

// Whatever is random, by what stands in its place.
function namesIn(body: string): Names {
  const names: Record<string, string> = {
    [two.north.url]: 'https://north.example',
    [two.south.url]: 'https://south.example',
  }
  const made = [
    [/people\/([0-9a-z]{20})/g, 'p'],
    [/offers\/([0-9a-z]{20})/g, 'o'],
    [/agreements\/([0-9a-z]{20})/g, 'a'],
    [/ap\/chats\/([0-9a-z]{20})/g, 'c'],
    [/#update-(\d+)/g, 'u'],
    [/#not-now-([0-9a-f]{24})/g, 'n'],
  ] as const
  for (const [pattern, letter] of made)
    for (const [index, one] of [...new Set([...body.matchAll(pattern)].map(([, lot = '']) => lot))].entries())
      names[letter === 'u' ? `#update-${one}` : one] = letter === 'u' ? '#update-1' : `${letter}${index + 1}`
  return names
}
