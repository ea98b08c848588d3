// Requests and messages as they come from a partner node, without the wire.
import { accept, decline, withdraw } from '../../src/chats/actions.ts'
import { mayAsk } from '../../src/chats/ask-views.ts'
import type { Message } from '../../src/chats/chat.ts'
import { endChatsWith, endRefusedChats } from '../../src/chats/ending-actions.ts'
import { receiveChatMessage, receiveOffer, type OfferFacts } from '../../src/chats/receive-actions.ts'
import { letAsk } from '../../src/chats/steps.ts'
import { markLapsed, tidyChats } from '../../src/chats/tidy-actions.ts'
import { chatsOf } from '../../src/chats/views.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { leave } from '../../src/partners/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { anOpenResident, aSlot, asked, chatWords, entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import type { Resident } from '../support/resident.ts'

const host = 'south.example'
const origin = `https://${host}`

let node: TestNode
let asha: Resident
let people = 0
let offers = 0

beforeAll(async () => {
  node = await aNode()
  await addOrigin(node.app.db, 1, host)
  await rows(
    node.app.db,
    `insert into partner (id, host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, country, directory_key,
       following, follower, created_at, updated_at)
     values (1, $1, $2, $2 || '/ap/directory', '', '', '', '', '', 'IE', '', 'accepted', 'accepted', now(), now())`,
    [host, origin],
  )
}, 60_000)

beforeEach(async () => {
  people += 1
  asha = await anOpenResident(node, `asha${people}`, `Asha ${people}`)
})

const actorOf = (number: number): string => `${origin}/ap/people/p${number}`

async function facts(from: number, change: Partial<OfferFacts> = {}): Promise<OfferFacts> {
  const listing = await listingOf(node.app.db, asha.id)
  offers += 1
  return {
    offer: `${actorOf(from)}/offers/${offers}`,
    personId: listing?.personId ?? '',
    flag: null,
    context: `${origin}/ap/chats/${offers}`,
    kind: 'first-chat',
    lines: chatWords,
    times: [aSlot(node)],
    introducedBy: null,
    invited: [],
    madeAt: node.time,
    lapsesAt: later(node.time, 14 * day),
    peer: {
      actor: actorOf(from),
      host,
      name: 'Ben',
      organisation: null,
      role: null,
      country: 'IE',
      handle: null,
      page: null,
      entry: null,
    },
    ...change,
  }
}

const herChats = () => chatsOf(node.app.db, asha.id, node.time)
const states = async (): Promise<readonly string[]> => (await herChats()).map(({ state }) => state).toSorted()

async function waiting(): Promise<readonly string[]> {
  const found = await rows<{ what: string }>(
    node.app.db,
    'select m.what from chat_message m join chat c on c.id = m.chat_id where c.account_id = $1 order by m.number',
    [asha.id],
  )
  return found.map(({ what }) => what)
}

/** She asks somebody at the other node, who is listed here. */
async function askedThere(number: number): Promise<string> {
  const flagged = Array.from({ length: 50 }, (_, seed) => inventedPerson(seed)).find((one) => one.peerChat)?.peerChat
  if (!flagged) throw new Error('nobody is open')
  const document = inventedPerson(number, origin, {
    name: `There ${number}`,
    peerChat: { ...flagged, published: '2026-11-01T00:00:00Z', endTime: '2026-12-31T23:59:59Z' },
  })
  await node.app.db.transaction((tx) =>
    indexEntries(tx, node.app.secrets.order, [{ originId: 1, audience: 'members', document }]),
  )
  return asked(node, asha, `There ${number}`)
}

test('a request is kept once, however often it comes', async () => {
  const given = await facts(100)
  expect(await receiveOffer(node.app, given)).toBe('kept')
  expect(await receiveOffer(node.app, given)).toBe('ignored')
  const [chat] = await herChats()
  expect(chat).toMatchObject({
    state: 'requested',
    side: 'asked',
    lines: { why: chatWords.why },
    peer: { name: 'Ben' },
  })
  expect(chat?.exchange.plan.offered).toEqual([aSlot(node)])
})

test('what is not from a partner node, to nobody here, or over already is passed over in silence', async () => {
  const given = await facts(101)
  const elsewhere = { ...given, peer: { ...given.peer, host: 'nowhere.example' } }
  expect(await receiveOffer(node.app, elsewhere)).toBe('ignored')
  expect(await receiveOffer(node.app, { ...given, personId: 'nobody' })).toBe('ignored')
  expect(await receiveOffer(node.app, { ...given, lapsesAt: node.time })).toBe('ignored')
  expect(await receiveOffer(node.app, { ...given, madeAt: later(node.time, -31 * day) })).toBe('ignored')
  expect(await receiveOffer(node.app, { ...given, lapsesAt: later(node.time, 25 * day) })).toBe('ignored')
  expect(await herChats()).toEqual([])
})

test('who is not open for it, is blocked, or has one open already: refused once, and then passed over', async () => {
  expect(await receiveOffer(node.app, await facts(102, { kind: 'reading-pair' }))).toBe('refused')
  expect(await receiveOffer(node.app, await facts(102))).toBe('kept')
  const second = await facts(102)
  expect(await receiveOffer(node.app, second)).toBe('refused')
  expect(await receiveOffer(node.app, second)).toBe('ignored')
  await blockActor(node.app, { accountId: asha.id, actor: actorOf(103), host })
  expect(await receiveOffer(node.app, await facts(103))).toBe('refused')
  await closeToChat(node.app, asha)
  expect(await receiveOffer(node.app, await facts(104))).toBe('refused')
  expect(await states()).toEqual(['requested'])
})

test('after a no the same person is refused for 14 days, and others are not', async () => {
  await receiveOffer(node.app, await facts(105))
  const [chat] = await herChats()
  await decline(node.app, asha.id, chat?.id ?? '')
  expect(await waiting()).toEqual(['decline'])
  expect(await receiveOffer(node.app, await facts(105))).toBe('refused')
  expect(await receiveOffer(node.app, await facts(106))).toBe('kept')
})

test('nobody asks more than five people here in a day, and who asks from here no more than five anywhere', async () => {
  const kept: string[] = []
  for (let one = 0; one < 6; one += 1) {
    kept.push(await receiveOffer(node.app, await facts(107)))
    asha = await anOpenResident(node, `more${people}x${one}`, `More ${people} ${one}`)
  }
  expect(kept).toEqual(['kept', 'kept', 'kept', 'kept', 'kept', 'refused'])
  for (const number of [120, 121, 122, 123, 124]) await askedThere(number)
  await expect(askedThere(125)).rejects.toMatchObject({
    code: 'chat-not-askable',
    detail: { because: 'too-many-today' },
  })
})

test('an introduction lets one request through without a flag and names only who introduced them', async () => {
  await closeToChat(node.app, asha)
  const sam = `${origin}/ap/people/sam`
  const peer = { actor: actorOf(108), accountId: null }
  const pair = { accountId: asha.id, side: 'asked', peer, introducer: sam } as const
  await node.app.db.transaction((tx) => letAsk(tx, node.app, pair, later(node.time, day)))
  expect(await receiveOffer(node.app, await facts(108, { introducedBy: `${origin}/ap/people/eve` }))).toBe('kept')
  const [chat] = await herChats()
  expect(chat?.introducedBy).toBeNull()
  await receiveChatMessage(node.app, {
    actor: actorOf(108),
    about: chat?.offer ?? '',
    message: { type: 'undo', version: 0 },
  })
  expect(await receiveOffer(node.app, await facts(108, { introducedBy: sam }))).toBe('refused')
  await node.app.db.transaction((tx) => letAsk(tx, node.app, pair, later(node.time, day)))
  expect(await receiveOffer(node.app, await facts(108, { introducedBy: sam }))).toBe('kept')
  expect((await herChats()).map(({ introducedBy }) => introducedBy)).toContain(sam)
})

test('two requests that crossed: the lower one counts, on whichever node it is read', async () => {
  await askedThere(109)
  const [own] = await herChats()
  const lower = `${origin}/0`
  const higher = `${origin}/zz`
  expect((own?.offer ?? '') > higher).toBe(false)
  expect(await receiveOffer(node.app, await facts(109, { offer: higher }))).toBe('ignored')
  expect(await states()).toEqual(['requested'])
  // Not the host decides but the whole address: this one begins with a lower letter.
  expect(await receiveOffer(node.app, await facts(109, { offer: `http://0.example/${lower}` }))).toBe('kept')
  expect(await states()).toEqual(['requested', 'withdrawn'])
  expect(await waiting()).toEqual(['offer', 'undo'])
})

test('only the other side of a chat can say anything about it, and nothing beyond what can be', async () => {
  await askedThere(110)
  const [chat] = await herChats()
  const about = chat?.offer ?? ''
  const agreement = `${actorOf(110)}/agreements/1`
  const slot = aSlot(node)
  const yes: Message = {
    type: 'accept',
    plan: { version: 1, by: 'asked', slot, offered: [] },
    word: { edition: 1, place: 'Room 1', access: null },
  }
  expect(await receiveChatMessage(node.app, { actor: actorOf(111), about, message: yes, agreement })).toBe(false)
  const far = { from: later(node.time, 29 * day), until: later(node.time, 29.1 * day) }
  const tooFar: Message = { ...yes, plan: { version: 1, by: 'asked', slot: far, offered: [] } }
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: tooFar, agreement })).toBe(false)
  const notHers: Message = { ...yes, plan: { version: 1, by: 'asker', slot, offered: [] } }
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: notHers, agreement })).toBe(false)
  // More changes than both sides together may make; each would be a mail.
  const tooHigh: Message = { ...yes, plan: { version: 101, by: 'asked', slot, offered: [] } }
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: tooHigh, agreement })).toBe(false)
  const tooOften: Message = { ...yes, word: { ...yes.word, edition: 51 } }
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: tooOften, agreement })).toBe(false)
  expect(await states()).toEqual(['requested'])
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: yes, agreement })).toBe(true)
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about, message: yes, agreement })).toBe(true)
  expect((await herChats())[0]).toMatchObject({
    state: 'arranged',
    agreement,
    exchange: { words: { asked: { place: 'Room 1' } } },
  })
  const undo: Message = { type: 'undo', version: 1 }
  expect(await receiveChatMessage(node.app, { actor: actorOf(110), about: `${agreement}#accept`, message: undo })).toBe(
    true,
  )
  expect(await states()).toEqual(['called-off'])
})

test('a yes to a request that was taken back is answered, so that nobody waits in vain', async () => {
  const id = await askedThere(112)
  await withdraw(node.app, asha.id, id)
  const [chat] = await herChats()
  const message: Message = {
    type: 'accept',
    plan: { version: 1, by: 'asked', slot: aSlot(node), offered: [] },
    word: { edition: 1, place: 'Room 1', access: null },
  }
  const agreement = `${actorOf(112)}/agreements/1`
  await receiveChatMessage(node.app, { actor: actorOf(112), about: chat?.offer ?? '', message, agreement })
  expect(await waiting()).toEqual(['offer', 'undo', 'too-late'])
  expect((await herChats())[0]).toMatchObject({ state: 'withdrawn', agreement })
})

test('who is gone, blocked, or at a refused host: what was open ends, and a refused host hears nothing', async () => {
  for (const number of [130, 131, 132]) await receiveOffer(node.app, await facts(number))
  const find = async (number: number) => (await herChats()).find(({ peer }) => peer.actor === actorOf(number))
  const third = await find(132)
  await accept(node.app, asha.id, third?.id ?? '', { slot: aSlot(node), place: null, access: null, flag: 'stay' })
  await endChatsWith(node.app, actorOf(130))
  expect((await find(130))?.state).toBe('declined')
  await blockActor(node.app, { accountId: asha.id, actor: actorOf(131), host })
  await node.settle()
  expect(await find(131)).toBeUndefined()
  const [blocked] = await rows<{ standing: string }>(node.app.db, 'select standing from chat where peer_actor = $1', [
    actorOf(131),
  ])
  expect(blocked?.standing).toBe('declined')
  await rows(node.app.db, `insert into domain_block (domain, reason, blocked_at) values ('south.example', '-', now())`)
  await endRefusedChats(node.app)
  const [refused] = await rows<{ standing: string; told: number }>(
    node.app.db,
    'select standing, (select count(*)::int from chat_message where chat_id = c.id) as told from chat c where peer_actor = $1',
    [actorOf(132)],
  )
  expect(refused).toEqual({ standing: 'called-off', told: 0 })
  // She is not left waiting in a room: her calendar has that hour back.
  expect(await node.settle()).toEqual([])
  expect(node.mails.map(({ subject }) => subject)).toContain('Your chat with Ben will not take place')
  await rows(node.app.db, `delete from domain_block`)
})

test('of a refused host every chat ends, however many there are', async () => {
  expect(await receiveOffer(node.app, await facts(137))).toBe('kept')
  await rows(
    node.app.db,
    `insert into chat select n.* from chat c, generate_series(1, 600) s, jsonb_populate_record(c, jsonb_build_object('id', 'many' || s,
       'offer', 'many' || s)) n where c.peer_actor = $1`,
    [actorOf(137)],
  )
  await rows(
    node.app.db,
    `update chat set made_at = made_at - interval '1 hour', ends_at = ends_at - interval '1 hour' where id in ('many1', 'many3')`,
  )
  await rows(
    node.app.db,
    `update chat set standing = 'declined' where id like 'many%' and id not in ('many1', 'many3')`,
  )
  await rows(node.app.db, `insert into domain_block (domain, reason, blocked_at) values ('south.example', '-', now())`)
  await endRefusedChats(node.app)
  await rows(node.app.db, `delete from domain_block`)
  expect(
    await rows(node.app.db, `select 1 from chat where peer_actor = $1 and standing = 'requested'`, [actorOf(137)]),
  ).toEqual([])
  await rows(node.app.db, `delete from chat where id like 'many%'`)
})

test('one who is refused again and again is answered twenty times in a day, and what she takes back is remembered as often', async () => {
  await closeToChat(node.app, asha)
  const answers: string[] = []
  for (let number = 0; number < 25; number += 1) answers.push(await receiveOffer(node.app, await facts(138)))
  expect(answers.filter((one) => one === 'refused')).toHaveLength(20)
  expect(answers.filter((one) => one === 'ignored')).toHaveLength(5)
  expect(await receiveOffer(node.app, await facts(139))).toBe('refused')
  const actor = actorOf(138)
  const message: Message = { type: 'undo', version: 0 }
  for (let number = 0; number < 25; number += 1)
    await receiveChatMessage(node.app, { actor, about: `${actor}/offers/unknown${number}`, message })
  const stranger = 'https://stranger.example/people/1'
  await receiveChatMessage(node.app, { actor: stranger, about: `${stranger}/offers/1`, message })
  await receiveChatMessage(node.app, { actor, about: `${stranger}/offers/1`, message })
  expect(await rows(node.app.db, 'select 1 from chat_undone')).toHaveLength(20)
})

test('a request lapses on both sides, its asker is told, and everything is gone after 30 days', async () => {
  const before = node.time
  const id = await askedThere(140)
  await receiveOffer(node.app, await facts(141))
  node.time = later(before, 20 * day)
  expect(await states()).toEqual(['lapsed', 'lapsed'])
  await markLapsed(node.app)
  const told = await rows<{ id: string }>(
    node.app.db,
    `select payload ->> 'chatId' as id from graphile_worker._private_jobs where payload ->> 'news' = 'lapsed'`,
  )
  expect(told).toContainEqual({ id })
  expect(told).not.toContainEqual({ id: (await herChats()).find(({ side }) => side === 'asked')?.id })
  node.time = later(before, 30 * day)
  expect(await herChats()).toEqual([])
  await tidyChats(node.app)
  for (const table of [
    'chat',
    'chat_message',
    'chat_refusal',
    'chat_undone',
    'chat_arrival',
    'chat_tally',
    'chat_pause',
    'chat_admission',
  ])
    expect([table, await rows(node.app.db, `select 1 from ${table}`)]).toEqual([table, []])
  node.time = before
})

test('when a partnership ends, what waits is withdrawn at once and what was agreed goes on', async () => {
  await askedThere(150)
  await receiveOffer(node.app, await facts(151))
  await receiveOffer(node.app, await facts(152))
  const agreedOne = (await herChats()).find(({ peer }) => peer.actor === actorOf(152))
  await accept(node.app, asha.id, agreedOne?.id ?? '', { slot: aSlot(node), place: null, access: null, flag: 'stay' })
  await leave(node.app, host)
  await node.settle()
  expect(await states()).toEqual(['arranged', 'withdrawn', 'withdrawn'])
  expect(await receiveOffer(node.app, await facts(153))).toBe('ignored')
  const entry = await entryOf(node, 'There 150').catch(() => undefined)
  if (entry !== undefined) expect(await mayAsk(node.app, asha.id, entry, node.time)).toMatchObject({ may: false })
})
