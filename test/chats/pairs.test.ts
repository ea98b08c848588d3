import { accept, ask, callOff, choose, decline, move, offerTimes, sayPlace, withdraw } from '../../src/chats/actions.ts'
import { mayAsk } from '../../src/chats/ask-views.ts'
import type { Slot } from '../../src/chats/chat.ts'
import { chatOf, chatsOf, waitingForHer } from '../../src/chats/views.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { rows } from '../../src/database/database.ts'
import { flagState } from '../../src/listing/flag.ts'
import { flagOf } from '../../src/listing/views.ts'
import { agreed, anOpenResident, aSlot, asked, chatIdOf, chatWords, entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'

let node: TestNode
let asha: Resident
let ben: Resident
let pairs = 0

beforeAll(async () => {
  node = await aNode()
}, 60_000)

/** Two people whom no other test knows. */
async function aPair(): Promise<void> {
  pairs += 1
  asha = await anOpenResident(node, `asha${pairs}`, `Asha ${pairs}`)
  ben = await anOpenResident(node, `ben${pairs}`, `Ben ${pairs}`)
}

beforeEach(aPair)

const askBen = (times?: Slot[]): Promise<string> => asked(node, asha, `Ben ${pairs}`, times)
const seenBy = async (who: Resident) => chatOf(node.app.db, who.id, await chatIdOf(node, who), node.time)

async function news(who: Resident): Promise<readonly string[]> {
  const found = await rows<{ news: string }>(
    node.app.db,
    `select payload ->> 'news' as news from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'chats.tell' and payload ->> 'chatId' = $1 order by j.id`,
    [await chatIdOf(node, who)],
  )
  return found.map((row) => row.news)
}

test('a request reaches the other person with everything that was said, and both see the same', async () => {
  const id = await askBen()
  const mine = await chatOf(node.app.db, asha.id, id, node.time)
  const his = await seenBy(ben)
  expect(mine).toMatchObject({ state: 'requested', side: 'asker', deeds: ['withdraw'], peer: { name: `Ben ${pairs}` } })
  expect(his).toMatchObject({
    state: 'requested',
    side: 'asked',
    deeds: ['accept', 'decline'],
    kind: 'first-chat',
    boundaries: ['no-selling'],
    lines: { why: chatWords.why, hope: chatWords.hope, bring: chatWords.bring },
    peer: { name: `Asha ${pairs}`, organisation: 'North Council', country: 'GB' },
  })
  expect(his?.offer).toBe(mine?.offer)
  expect(his?.context).toBe(mine?.context)
  expect(his?.exchange).toEqual(mine?.exchange)
  expect(his?.peer.actor).toBe(`${node.url}/ap/people/${mine?.personId}`)
  expect([
    await waitingForHer(node.app.db, ben.id, node.time),
    await waitingForHer(node.app.db, asha.id, node.time),
  ]).toEqual([1, 0])
  expect(await news(ben)).toEqual(['asked'])
  expect(await news(asha)).toEqual([])
})

test('nobody but the two can see or do anything about it', async () => {
  const id = await askBen()
  const carys = await anOpenResident(node, `carys${pairs}`, `Carys ${pairs}`)
  expect(await chatOf(node.app.db, carys.id, id, node.time)).toBeUndefined()
  expect(await chatsOf(node.app.db, carys.id, node.time)).toEqual([])
  await expect(withdraw(node.app, carys.id, id)).rejects.toMatchObject({ code: 'chat-unknown' })
  await expect(
    accept(node.app, ben.id, id, { slot: aSlot(node), place: null, access: null, flag: 'stay' }),
  ).rejects.toMatchObject({ code: 'chat-unknown' })
})

test('a yes to a time arranges it for both, and each knows where the other can be met', async () => {
  await askBen()
  await agreed(node, ben)
  const mine = await seenBy(asha)
  expect(mine).toMatchObject({ state: 'arranged', deeds: ['move', 'say-place', 'call-off'] })
  expect(mine?.exchange.plan).toEqual({ version: 1, by: 'asked', slot: aSlot(node), offered: [] })
  expect(mine?.exchange.words.asked).toEqual({ edition: 1, place: chatWords.place, access: chatWords.access })
  expect((await seenBy(ben))?.exchange).toEqual(mine?.exchange)
  expect((await seenBy(ben))?.agreement).toBe(mine?.agreement)
  expect([await news(asha), await news(ben)]).toEqual([['arranged'], ['asked', 'arranged']])
})

test('other times go back and forth until one of the two chooses', async () => {
  await askBen()
  const [third, fourth] = [aSlot(node, 5), aSlot(node, 6)]
  await accept(node.app, ben.id, await chatIdOf(node, ben), { times: [third], place: null, access: null, flag: 'stay' })
  const mine = await chatIdOf(node, asha)
  expect(await seenBy(asha)).toMatchObject({
    state: 'accepted',
    deeds: ['choose', 'offer-times', 'say-place', 'call-off'],
  })
  expect(await waitingForHer(node.app.db, asha.id, node.time)).toBe(1)
  await expect(choose(node.app, asha.id, mine, fourth)).rejects.toThrow(InvalidInput)
  await offerTimes(node.app, asha.id, mine, [fourth])
  await expect(choose(node.app, asha.id, mine, fourth)).rejects.toMatchObject({ code: 'chat-not-possible' })
  await choose(node.app, ben.id, await chatIdOf(node, ben), fourth)
  expect((await seenBy(asha))?.exchange.plan).toMatchObject({ version: 3, by: 'asked', slot: fourth })
  expect(await news(asha)).toEqual(['accepted', 'arranged'])
})

test('what is arranged is moved by either, found elsewhere, and called off in one step', async () => {
  await askBen()
  await agreed(node, ben)
  const [mine, his] = [await chatIdOf(node, asha), await chatIdOf(node, ben)]
  await move(node.app, asha.id, mine, aSlot(node, 8))
  expect((await seenBy(ben))?.exchange.plan).toMatchObject({ version: 2, by: 'asker', slot: aSlot(node, 8) })
  await sayPlace(node.app, asha.id, mine, { place: 'My room', access: 'Captions' })
  expect((await seenBy(ben))?.exchange.words.asker).toMatchObject({ place: 'My room', access: 'Captions' })
  await callOff(node.app, ben.id, his)
  expect([(await seenBy(asha))?.state, (await seenBy(ben))?.state]).toEqual(['called-off', 'called-off'])
  await expect(move(node.app, asha.id, mine, aSlot(node, 9))).rejects.toMatchObject({ code: 'chat-not-possible' })
  expect(await news(ben)).toEqual(['asked', 'arranged', 'changed', 'called-off'])
  expect(await news(asha)).toEqual(['arranged', 'changed', 'called-off'])
})

test('a no needs no reason, and the same person is not asked again for 14 days', async () => {
  await askBen()
  await decline(node.app, ben.id, await chatIdOf(node, ben))
  expect((await seenBy(asha))?.state).toBe('declined')
  const entry = await entryOf(node, `Ben ${pairs}`)
  const before = node.time
  expect(await mayAsk(node.app, asha.id, entry, node.time)).toMatchObject({ may: false, because: 'told-no' })
  expect(await mayAsk(node.app, ben.id, await entryOf(node, `Asha ${pairs}`), node.time)).toMatchObject({ may: true })
  expect(await mayAsk(node.app, asha.id, entry, aSlot(node, 14).from)).toMatchObject({ may: true })
  expect(node.time).toBe(before)
})

test('one open chat between two people, whichever of them asked', async () => {
  const id = await askBen()
  const [toBen, toAsha] = [await entryOf(node, `Ben ${pairs}`), await entryOf(node, `Asha ${pairs}`)]
  expect(await mayAsk(node.app, asha.id, toBen, node.time)).toEqual({ may: false, because: 'already-open', chatId: id })
  expect(await mayAsk(node.app, ben.id, toAsha, node.time)).toEqual({
    may: false,
    because: 'they-asked',
    chatId: await chatIdOf(node, ben),
  })
  await withdraw(node.app, asha.id, id)
  expect((await seenBy(ben))?.state).toBe('withdrawn')
  expect(await mayAsk(node.app, asha.id, toBen, node.time)).toMatchObject({ may: true })
})

test('two who ask each other, or one who asks twice, at the same moment: one request is made', async () => {
  const [toBen, toAsha] = [await entryOf(node, `Ben ${pairs}`), await entryOf(node, `Asha ${pairs}`)]
  const given = { kind: 'first-chat', lines: chatWords, times: [] }
  const tries = await Promise.allSettled([
    ask(node.app, asha.id, { ...given, entry: toBen }),
    ask(node.app, ben.id, { ...given, entry: toAsha }),
    ask(node.app, asha.id, { ...given, entry: toBen }),
  ])
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const failed of tries.filter(({ status }) => status === 'rejected'))
    expect(failed).toMatchObject({ reason: { code: 'chat-not-askable' } })
})

test('two who do something at the same moment: one of the two deeds is done, and both stand at the same', async () => {
  const id = await askBen()
  const his = await chatIdOf(node, ben)
  const tries = await Promise.allSettled([
    withdraw(node.app, asha.id, id),
    accept(node.app, ben.id, his, { slot: aSlot(node), place: null, access: null, flag: 'stay' }),
  ])
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await seenBy(asha))?.state).toBe((await seenBy(ben))?.state)
})

test('what is wrong with a request is said at once', async () => {
  const entry = await entryOf(node, `Ben ${pairs}`)
  const given = { entry, kind: 'first-chat', lines: chatWords, times: [] }
  const problems = async (change: object): Promise<readonly string[]> => {
    const error: unknown = await ask(node.app, asha.id, { ...given, ...change }).catch((thrown: unknown) => thrown)
    return error instanceof InvalidInput ? error.problems.map(({ field, rule }) => `${field} ${rule}`) : []
  }
  expect(
    await problems({
      kind: 'shadow-half-day',
      lines: { why: '', hope: 'see https://a.example/b', bring: 'x'.repeat(301) },
    }),
  ).toEqual(['kind choose', 'why required', 'hope link', 'bring maxLength'])
  expect(await problems({ times: [aSlot(node, -1)] })).toEqual(['times past'])
  expect(await problems({ times: [aSlot(node, 25)] })).toEqual(['times late'])
  expect(await problems({ times: [aSlot(node, 2), aSlot(node, 2)] })).toEqual(['times twice'])
  expect(await problems({ times: [1, 2, 3, 4].map((days) => aSlot(node, days)) })).toEqual(['times maxItems'])
})

test('a yes decides about the flag, and as many as she wants in a month close it until the next', async () => {
  const state = async () => flagState(await flagOf(node.app.db, ben.id), node.time)
  await askBen()
  await agreed(node, ben)
  expect(await state()).toBe('open')
  const carys = await anOpenResident(node, `carys${pairs}`, `Carys ${pairs}`)
  await asked(node, carys, `Ben ${pairs}`)
  await agreed(node, ben)
  expect(await state()).toBe('full')
  const dai = await anOpenResident(node, `dai${pairs}`, `Dai ${pairs}`)
  expect(await mayAsk(node.app, dai.id, await entryOf(node, `Ben ${pairs}`), node.time)).toMatchObject({
    may: false,
    because: 'not-open',
  })
  // What the other calls off before its time does not count.
  await callOff(node.app, carys.id, await chatIdOf(node, carys))
  expect(await state()).toBe('open')
  await asked(node, dai, `Ben ${pairs}`)
  await agreed(node, ben)
  expect(await state()).toBe('full')
  // What he calls off himself counts no more either, but nobody opens his flag for him.
  await callOff(node.app, ben.id, await chatIdOf(node, ben))
  expect(await state()).toBe('full')
  expect(await rows(node.app.db, 'select agreed from chat_tally where account_id = $1', [ben.id])).toEqual([
    { agreed: 1 },
  ])
  await asked(node, dai, `Carys ${pairs}`)
  await accept(node.app, carys.id, await chatIdOf(node, carys), {
    slot: aSlot(node),
    place: null,
    access: null,
    flag: 'close',
  })
  expect(flagState(await flagOf(node.app.db, carys.id), node.time)).toBe('closed')
})

test('what is agreed stays in her list, however many have asked since', async () => {
  await askBen()
  const his = await agreed(node, ben)
  await rows(
    node.app.db,
    `insert into chat select c.* from chat o, generate_series(1, 120) n, jsonb_populate_record(o, jsonb_build_object('id', o.id || n,
       'offer', o.offer || n, 'standing', 'declined', 'made_at', o.made_at + interval '1 second', 'ends_at', o.ends_at)) c
     where o.id = $1`,
    [his],
  )
  const list = await chatsOf(node.app.db, ben.id, node.time)
  expect(list).toHaveLength(100)
  expect(list.at(-1)?.id).toBe(his)
})
