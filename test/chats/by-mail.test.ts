import { later, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { answerLink, answerToken, readAnswerToken, timeOfAct, type MailedAct } from '../../src/chats/answer-token.ts'
import { move } from '../../src/chats/actions.ts'
import { chatOf } from '../../src/chats/views.ts'
import { flagState } from '../../src/listing/flag.ts'
import { flagOf } from '../../src/listing/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { aReader, type Reader } from '../support/browser.ts'
import { aSlot, anOpenResident, asked, chatIdOf, chatWords } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// What somebody can answer from a mail without signing in, and what she cannot.

let node: TestNode
let stranger: Reader
let number = 0
const monday = new Date('2026-11-23T09:00:00Z')

beforeAll(async () => {
  node = await aNode({ time: monday })
})

beforeEach(() => {
  node.time = monday
  stranger = aReader(node.url)
})

async function aRequest() {
  number += 1
  const asker = await anOpenResident(node, `ines${number}`, `Ines Marsh ${number}`)
  const other = await anOpenResident(node, `otto${number}`, `Otto Holt ${number}`)
  await saveFields(node.app, asker.id, { organisation: `Body ${number}` })
  await node.settle()
  const askerId = await asked(node, asker, `Otto Holt ${number}`, [aSlot(node, 3), aSlot(node, 4)])
  return { asker, other, askerId, otherId: await chatIdOf(node, other) }
}

function linkFor(who: Resident, id: string, act: MailedAct): string {
  const { config, secrets } = node.app
  const link = new URL(
    answerLink({ origin: config.origin, hashingKey: secrets.hashing }, { accountId: who.id, id }, act),
  )
  return link.pathname + link.search
}

const stateOf = async (who: Resident, id: string) => (await chatOf(node.app.db, who.id, id, node.time))?.state

test('looking at a link changes nothing and shows no line; one press says yes to that time, and the flag as chosen', async () => {
  const { other, otherId } = await aRequest()
  const link = linkFor(other, otherId, 'time-2')
  const page = await stranger.get(link)
  expect(page.text).toContain(`Say yes to Ines Marsh ${number} at this time?`)
  expect(page.text).toContain('Friday 27 November, 10:00 to 10:30')
  expect(page.text).toContain('Are you still open to a peer chat?')
  for (const words of Object.values(chatWords)) expect(page.text).not.toContain(words)
  expect(await stateOf(other, otherId)).toBe('requested')

  expect((await stranger.post(link, {})).text).toContain('Choose whether you stay open to a peer chat')
  const done = await stranger.post(link, { flag: 'close' })
  expect(done.text).toContain('You said yes')
  const chat = await chatOf(node.app.db, other.id, otherId, node.time)
  expect([chat?.state, chat?.exchange.plan.slot?.from.toISOString()]).toEqual(['arranged', '2026-11-27T10:00:00.000Z'])
  expect(flagState(await flagOf(node.app.db, other.id), node.time)).toBe('closed')
  // Where it is moved afterwards, the link does not tell: it is for one answer, and may lie in a mailbox that others read.
  expect((await stranger.get(`${link}&done=`)).text).toContain('Friday 27 November')
  await move(node.app, other.id, otherId, aSlot(node, 6))
  const spent = await stranger.get(`${link}&done=`)
  expect(spent.text).not.toContain('November')
  expect(spent.text).toContain('no longer waits')
  // The link is spent, and so is the other one.
  const { version } = (await chatOf(node.app.db, other.id, otherId, node.time))?.exchange.plan ?? {}
  for (const act of ['time-1', 'time-2', 'not-now'] as const) {
    expect((await stranger.post(linkFor(other, otherId, act), { flag: 'stay' })).text).toContain('no longer waits')
    expect((await stranger.get(linkFor(other, otherId, act))).text).toContain('no longer waits')
  }
  const after = await chatOf(node.app.db, other.id, otherId, node.time)
  expect([after?.state, after?.exchange.plan.version]).toEqual(['arranged', version])
})

test('one press says "not now", without a reason and without signing in', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const link = linkFor(other, otherId, 'not-now')
  const page = await stranger.get(link)
  expect(page.text).toContain('none is sent')
  expect(page.text).not.toContain('name="flag"')
  expect(await stateOf(other, otherId)).toBe('requested')
  expect((await stranger.post(link, {})).text).toContain('You said “not now”')
  expect([await stateOf(other, otherId), await stateOf(asker, askerId)]).toEqual(['declined', 'declined'])
})

test('a link is for one answer of one person: no other, and none that was made up', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const token = answerToken(node.app.secrets.hashing, { accountId: other.id, id: otherId }, 'not-now')
  const address = (text: string): string => `${paths.chatByMail}?token=${encodeURIComponent(text)}`
  const forged = [
    '',
    'x',
    token.slice(0, -1),
    `${token}0`,
    token.replace('not-now', 'time-1'),
    token.replace(other.id, asker.id),
    token.replace(otherId, askerId),
    answerToken('another key', { accountId: other.id, id: otherId }, 'not-now'),
  ]
  for (const text of forged) {
    const [seen, pressed] = [await stranger.get(address(text)), await stranger.post(address(text), { flag: 'stay' })]
    expect([text, seen.status, pressed.status]).toEqual([text, 410, 410])
  }
  // Whoever asked cannot answer herself, whatever link there is.
  expect((await stranger.post(linkFor(asker, askerId, 'time-1'), { flag: 'stay' })).text).toContain('no longer waits')
  expect(await stateOf(other, otherId)).toBe('requested')
})

test('a link is dead once the time to answer, or its own time, or the account is over', async () => {
  const { other, otherId } = await aRequest()
  const link = linkFor(other, otherId, 'time-1')
  node.time = aSlot(node, 3).from
  expect((await stranger.get(link)).text).toContain('no longer waits')
  expect((await stranger.post(link, { flag: 'stay' })).status).toBe(409)
  expect((await stranger.get(linkFor(other, otherId, 'time-2'))).text).toContain('at this time?')
  const lapsesAt = (await chatOf(node.app.db, other.id, otherId, node.time))?.exchange.lapsesAt ?? node.time
  node.time = later(lapsesAt, -minute)
  expect((await stranger.get(linkFor(other, otherId, 'not-now'))).text).toContain('Say “not now”')
  node.time = lapsesAt
  expect((await stranger.get(linkFor(other, otherId, 'not-now'))).text).toContain('no longer waits')
  await stranger.post(linkFor(other, otherId, 'not-now'), {})
  expect(await stateOf(other, otherId)).toBe('lapsed')
  node.time = monday
  const admin = await accountById(node.app.db, (await signIn(node, 'admin@north.example', 'administrator')).accountId)
  if (admin) await closeAccount(node.app, admin, other.id)
  expect((await stranger.get(linkFor(other, otherId, 'not-now'))).text).toContain('no longer waits')
})

test('a token tells what it was made for', () => {
  const answered = { accountId: 'a1', id: 'c1' }
  for (const act of ['not-now', 'time-1', 'time-2', 'time-3'] as const)
    expect(readAnswerToken('key', answerToken('key', answered, act))).toEqual({ ...answered, act })
  expect([timeOfAct('not-now'), timeOfAct('time-1'), timeOfAct('time-3')]).toEqual([undefined, 0, 2])
})
