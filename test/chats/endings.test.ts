import { accountById } from '../../src/accounts/views.ts'
import { accept, callOff, move, sayPlace } from '../../src/chats/actions.ts'
import { lapsesAt } from '../../src/chats/answering.ts'
import { mostChanges, type ChatState } from '../../src/chats/chat.ts'
import { endChatsOfGoneEntries } from '../../src/chats/ending-actions.ts'
import { chatById } from '../../src/chats/views.ts'
import { day, instantOf, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { endScope, withdraw as withdrawListing } from '../../src/listing/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { saveDraft } from '../../src/chats/draft-actions.ts'
import { tidyChats } from '../../src/chats/tidy-actions.ts'
import { closeAccount } from '../../src/accounts/actions.ts'
import { agreed, anOpenResident, aSlot, asked, chatIdOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listed, type Resident } from '../support/resident.ts'

let node: TestNode
let asha: Resident
let ben: Resident
let pairs = 0

beforeAll(async () => {
  node = await aNode()
}, 60_000)

beforeEach(async () => {
  pairs += 1
  asha = await anOpenResident(node, `asha${pairs}`, `Asha ${pairs}`)
  ben = await anOpenResident(node, `ben${pairs}`, `Ben ${pairs}`)
})

const said = { language: 'en', channel: 'page' } as const

async function states(): Promise<readonly (ChatState | undefined)[]> {
  const ids = await rows<{ id: string }>(node.app.db, 'select id from chat where account_id = any($1) order by side', [
    [asha.id, ben.id],
  ])
  const chats = await Promise.all(ids.map(({ id }) => chatById(node.app.db, id, node.time)))
  return chats.map((chat) => chat?.state)
}

test('who withdraws from everywhere takes back what she asked, and calls off what was agreed', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await withdrawListing(node.app, asha, said)
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['withdrawn', 'withdrawn'])
})

test('who is asked and leaves says no by it; who has said yes calls it off', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await withdrawListing(node.app, ben, said)
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['declined', 'declined'])
})

test('a chat that was agreed is called off when one of the two closes her account', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await agreed(node, ben)
  await rows(node.app.db, `update account set role = 'administrator' where id = $1`, [asha.id])
  const administrator = await accountById(node.app.db, asha.id)
  await saveDraft(node.app, ben.id, 'somebody', { kind: 'first-chat' })
  // Of a chat elsewhere nothing is left but that it ended, and that only until it was heard.
  await rows(
    node.app.db,
    `insert into chat select c.* from chat o, jsonb_populate_record(o, jsonb_build_object('id', 'far', 'offer', 'far',
       'peer_account_id', null, 'peer_actor', 'https://south.example/p', 'peer_host', 'south.example')) c where o.account_id = $1`,
    [ben.id],
  )
  if (administrator) await closeAccount(node.app, administrator, ben.id)
  await node.settle()
  expect(await states()).toEqual(['called-off', 'called-off'])
  const left = await rows<{ left: string }>(
    node.app.db,
    `select concat(c.id, c.standing, c.why, c.asked_place, c.plan_from, m.what) as left from chat c join chat_message m on m.chat_id = c.id
     where c.account_id = $1`,
    [ben.id],
  )
  expect(left).toEqual([{ left: 'farcalled-offundo' }])
  expect(await rows(node.app.db, 'select 1 from ask_draft where account_id = $1', [ben.id])).toEqual([])
  await rows(node.app.db, `delete from chat_message where chat_id = 'far'`)
  await tidyChats(node.app)
  expect(await states()).toEqual(['called-off'])
})

test('who is listed for more people as well goes on; who takes a scope back is somebody new to all, and asks anew', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await listed(node, asha, ['public'])
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['requested', 'requested'])
  await endScope(node.app, asha, { ...said, purpose: 'public' })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['withdrawn', 'withdrawn'])
})

test('a block ends what is open between the two, and nobody is told why', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await agreed(node, ben)
  const his = await chatById(node.app.db, await chatIdOf(node, ben), node.time)
  const { actor, host } = his?.peer ?? { actor: '', host: '' }
  await blockActor(node.app, { accountId: ben.id, actor, host, blockedAccountId: asha.id })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['called-off', 'called-off'])
})

test('nobody sends the other on and on: fifty changes a side are enough, and calling off is always possible', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await agreed(node, ben)
  const mine = await chatIdOf(node, asha)
  await rows(node.app.db, 'update chat set asker_edition = $2 where id = $1', [mine, mostChanges])
  await expect(move(node.app, asha.id, mine, aSlot(node, 7))).rejects.toMatchObject({ code: 'chat-not-possible' })
  await expect(sayPlace(node.app, asha.id, mine, { place: 'x', access: null })).rejects.toMatchObject({
    code: 'chat-not-possible',
  })
  await callOff(node.app, asha.id, mine)
  expect(await states()).toEqual(['called-off', 'called-off'])
})

test('what nobody answered has lapsed by the clock alone, and cannot be answered then', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  const his = await chatIdOf(node, ben)
  const before = node.time
  node.time = later(before, 16 * day)
  const given = { times: [aSlot(node, 2)], place: null, access: null, flag: 'stay' } as const
  await expect(accept(node.app, ben.id, his, given)).rejects.toMatchObject({ code: 'chat-not-possible' })
  expect(await states()).toEqual(['lapsed', 'lapsed'])
  node.time = before
})

test('a chat with somebody whose own node took her listing back ends; while a snapshot is read it does not', async () => {
  await asked(node, asha, `Ben ${pairs}`)
  await agreed(node, ben)
  const { db } = node.app
  // As if the two were on two nodes.
  await rows(
    db,
    `insert into partner (id, host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, country, directory_key,
       following, follower, created_at, updated_at)
     values (1, 'south.example', '', 'd', '', '', '', '', '', 'IE', '', 'accepted', 'accepted', now(), now())`,
  )
  await rows(
    db,
    `insert into origin (origin_id, host, valid_until, cursor, snapshot_open) values (1, 'south.example', now() + interval '9 days', 5, true)`,
  )
  const id = await chatIdOf(node, asha)
  await rows(
    db,
    `update chat set peer_account_id = null, peer_host = 'south.example', peer_entry = 'https://south.example/l' where id = $1`,
    [id],
  )
  await endChatsOfGoneEntries(node.app)
  expect(await states()).toEqual(['arranged', 'arranged'])
  await rows(db, 'update origin set snapshot_open = false where origin_id = 1')
  await rows(
    db,
    `insert into copy (origin_id, bucket, id, seq, content_hash) values (1, 0, 'https://south.example/l', 1, ''::bytea)`,
  )
  await endChatsOfGoneEntries(node.app)
  expect(await states()).toEqual(['arranged', 'arranged'])
  await rows(db, 'delete from copy where origin_id = 1')
  await endChatsOfGoneEntries(node.app)
  expect(await states()).toEqual(['arranged', 'called-off'])
  expect(await rows(db, 'select what from chat_message where chat_id = $1', [id])).toEqual([{ what: 'undo' }])
})

test.each([
  // Ten working days after a Monday in Wales: two weeks later, at the end of that day.
  ['2026-11-23T10:00:00Z', { timeZone: 'Europe/London', country: 'GB' }, '2026-12-08T00:00:00Z'],
  // Christmas, Boxing Day (kept on the 28th) and New Year are no working days, and the clock is the asker's.
  [
    '2026-12-18T10:00:00Z',
    { timeZone: 'Europe/London', country: 'GB', holidayRegion: 'GB-ENG' },
    '2027-01-07T00:00:00Z',
  ],
  ['2026-11-23T10:00:00Z', { timeZone: 'America/New_York', country: 'US' }, '2026-12-09T05:00:00Z'],
  // Who works on one day a week would wait for ten weeks: never beyond the last day on which a chat may begin.
  [
    '2026-11-23T10:00:00Z',
    { timeZone: 'Europe/London', country: 'GB', workingPattern: { monday: [{ from: '09:00', to: '12:00' }] } },
    '2026-12-17T10:00:00Z',
  ],
  ['2026-11-23T10:00:00.750Z', {}, '2026-12-08T00:00:00Z'],
])('a request of %s can be answered for ten working days at the asker’s place', (at, own, until) => {
  const madeAt = instantOf(at)
  if (!madeAt) throw new Error('no time')
  expect(lapsesAt(own, madeAt).toISOString().replace('.000', '')).toBe(until)
})
