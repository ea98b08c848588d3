import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { memoryOf } from '../../src/suggestions/memory-views.ts'
import { addresses } from '../../src/common/addresses.ts'
import { agreed, anOpenResident, asked } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// After a chat between two people of one node: the question, what they tell each other, the memory, and what a host sees.

let node: TestNode
let asha: Resident
let ben: Resident
let ashaReads: SignedIn
let benReads: SignedIn
let ashasChat: string
let bensChat: string

const friday = new Date('2026-11-20T09:00:00Z')
const slot = { from: new Date('2026-11-27T10:00:00Z'), until: new Date('2026-11-27T10:30:00Z') } // a Friday

beforeEach(async () => {
  node = await aNode({ time: friday })
  asha = await anOpenResident(node, 'asha', 'Asha Rao')
  ben = await anOpenResident(node, 'ben', 'Ben Price')
  ashaReads = await signIn(node, 'asha@north.example')
  benReads = await signIn(node, 'ben@north.example')
  ashasChat = await asked(node, asha, 'Ben Price', [slot])
  bensChat = await agreed(node, ben, slot)
  await settled()
})

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

/** The half hour is over, and the clock goes on to that moment. */
async function afterIt(moment = '2026-11-27T11:00:00Z'): Promise<void> {
  node.time = new Date(moment)
  await node.runTimetable('learning.after-chats')
  await settled()
}

const questions = () => node.mails.filter(({ subject }) => subject.includes('one question'))
const counts = async () =>
  Object.fromEntries(
    (await rows<{ what: string; count: string }>(node.app.db, 'select what, count from chat_count')).map((one) => [
      one.what,
      Number(one.count),
    ]),
  )
const hasMet = async (who: Resident, other: string): Promise<boolean> => {
  const memory = await memoryOf(node.app.db, node.app.secrets.hashing, who.id, node.time)
  const [peer] = await rows<{ actor: string }>(
    node.app.db,
    'select peer_actor as actor from chat where account_id = $1 and peer_name = $2',
    [who.id, other],
  )
  expect(peer?.actor).toContain(addresses(node.url).person(''))
  return memory.has(peer?.actor ?? '')
}

it('each is asked once, as her next working day begins, and the mail says nothing of the chat but who and when', async () => {
  await afterIt()
  expect(questions()).toEqual([])
  node.time = new Date('2026-11-29T12:00:00Z') // Sunday
  await settled()
  expect(questions()).toEqual([])
  node.time = new Date('2026-11-30T09:00:00Z') // Monday, nine in London
  await settled()
  await afterIt('2026-11-30T10:00:00Z')
  expect(
    questions()
      .map(({ to }) => to)
      .toSorted(),
  ).toEqual(['asha@north.example', 'ben@north.example'])
  const [mail] = questions()
  for (const text of [mail?.text ?? '', mail?.html ?? '']) {
    expect(text).toContain('27 November 2026')
    expect(text).toMatch(/\/me\/chats\/\w+\/worth/)
    expect(text).not.toMatch(/zinnia|quokka|narwhal|okapi|ibis/)
  }
})

it('who answered before is not asked, and what is called off is never asked about', async () => {
  node.time = new Date('2026-11-27T10:45:00Z')
  await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'yes' })
  await rows(node.app.db, `update chat set standing = 'called-off' where id = $1`, [bensChat])
  await afterIt('2026-11-30T10:00:00Z')
  expect(questions()).toEqual([])
})

it('a chat that was moved at the last moment, and of which this was heard late, is asked about after its new time', async () => {
  await afterIt()
  await rows(
    node.app.db,
    `update chat set plan_version = 2, plan_from = plan_from + interval '7 days', plan_until = plan_until + interval '7 days'`,
  )
  await afterIt('2026-11-30T10:00:00Z')
  expect(questions()).toEqual([])
  await afterIt('2026-12-04T12:00:00Z')
  await afterIt('2026-12-07T10:00:00Z')
  expect(questions()).toHaveLength(2)
  expect(await counts()).toEqual({ agreed: 2 })
})

it('before its end nothing is asked on the page either', async () => {
  const page = await ashaReads.get(`/me/chats/${ashasChat}/worth`)
  expect(page.text).toContain('when the chat is over')
  expect((await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'yes' })).status).toBe(409)
  expect((await benReads.get(`/me/chats/${ashasChat}/worth`)).status).toBe(404)
  expect(await rows(node.app.db, 'select 1 from worth')).toEqual([])
})

it('neither sees what the other said until both wish it, and then both do', async () => {
  await afterIt()
  expect((await ashaReads.post(`/me/chats/${ashasChat}/worth`, {})).text).toContain('Choose an answer')
  await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'partly' })
  await benReads.post(`/me/chats/${bensChat}/worth`, { worth: 'yes' })
  const note = { worthNote: 'Ask for the\nwhy first.', share: 'yes' }
  const wished = await ashaReads.post(`/me/chats/${ashasChat}/worth/note`, note)
  expect(wished.text).toContain('You would like to tell each other.')
  const waiting = await benReads.get(`/me/chats/${bensChat}/worth`)
  expect(waiting.text).toContain('Asha Rao would like you both to tell each other')
  expect(waiting.text).not.toMatch(/Partly|why first/)
  await settled()
  const wish = node.mails.filter(({ subject }) => subject.includes('would like to tell you'))
  expect(wish.map(({ to }) => to)).toEqual(['ben@north.example'])
  expect(wish[0]?.text).not.toMatch(/Partly|why first/)
  const bens = await benReads.post(`/me/chats/${bensChat}/worth/note`, { worthNote: 'Good talk.', share: 'yes' })
  expect(bens.text).toMatch(/Asha Rao says<\/dt><dd>Partly[\s\S]*Ask for the why first\./)
  expect((await ashaReads.get(`/me/chats/${ashasChat}/worth`)).text).toMatch(
    /Ben Price says<\/dt><dd>Yes[\s\S]*Good talk\./,
  )
  expect(bens.text).toContain('You both told each other, and nobody else sees it.')
  // One of them takes it back: nothing is shown to either from then on.
  await ashaReads.post(`/me/chats/${ashasChat}/worth/note`, { worthNote: '', share: 'no' })
  expect((await benReads.get(`/me/chats/${bensChat}/worth`)).text).not.toMatch(/Partly|why first/)
})

it('what did not take place is nobody’s fault, is not counted, and is no meeting to remember', async () => {
  await afterIt()
  expect([await hasMet(asha, 'Ben Price'), await hasMet(ben, 'Asha Rao')]).toEqual([true, true])
  const page = await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'did-not-happen' })
  expect(page.text).toContain('nobody is blamed')
  expect([await hasMet(asha, 'Ben Price'), await hasMet(ben, 'Asha Rao')]).toEqual([false, true])
  expect(await counts()).toEqual({ agreed: 2 })
  expect((await ashaReads.get(`/me/chats/${ashasChat}/worth/note`)).url).toBe(`/me/chats/${ashasChat}/worth`)
  await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'yes' })
  expect([await hasMet(asha, 'Ben Price'), await counts()]).toEqual([
    true,
    { agreed: 2, 'took-place': 1, 'worth-it': 1 },
  ])
})

it('a meeting is remembered for two years', async () => {
  await afterIt()
  node.time = later(new Date('2026-11-01T00:00:00Z'), 729 * day) // two years, by the month
  expect(await hasMet(asha, 'Ben Price')).toBe(true)
  node.time = later(slot.until, 731 * day)
  expect(await hasMet(asha, 'Ben Price')).toBe(false)
})

it('again, some other time, not again: only the last is kept, as a hash, and the other does not hear of it', async () => {
  await afterIt()
  await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'no' })
  expect((await ashaReads.post(`/me/chats/${ashasChat}/worth/again`, {})).status).toBe(400)
  expect((await ashaReads.post(`/me/chats/${ashasChat}/worth/again`, { again: 'again' })).url).toMatch(
    /^\/directory\/\w+$/,
  )
  const kept = () =>
    rows<{ account: string }>(node.app.db, `select account_id as account from pair_memory where kind = 'set-aside'`)
  const before = node.mails.length
  await ashaReads.post(`/me/chats/${ashasChat}/worth/again`, { again: 'later' })
  expect(await kept()).toEqual([])
  const done = await ashaReads.post(`/me/chats/${ashasChat}/worth/again`, { again: 'not' })
  expect(done.text).toContain('Ben Price will not be suggested to you again')
  expect(await kept()).toEqual([{ account: asha.id }])
  await settled()
  expect(node.mails).toHaveLength(before)
})

it('the page leads to a line of her log with day, kind and length, by her own clock', async () => {
  await afterIt()
  const page = await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'yes' })
  expect(page.text).toContain('href="/me/learning/new?day=2026-11-27&amp;kind=first-chat&amp;minutes=30"')
})

it('all of it is gone with the chat, 30 days after it was asked for', async () => {
  await afterIt()
  await ashaReads.post(`/me/chats/${ashasChat}/worth`, { worth: 'yes' })
  await ashaReads.post(`/me/chats/${ashasChat}/worth/note`, { worthNote: 'Note.', share: 'yes' })
  node.time = later(friday, 30 * day + 1000)
  expect((await ashaReads.get(`/me/chats/${ashasChat}/worth`)).status).toBe(404)
  for (const { name } of node.timetable.filter((one) => one.name.startsWith('chats.'))) await node.runTimetable(name)
  expect(await rows(node.app.db, 'select 1 from worth')).toEqual([])
  await settled()
})
