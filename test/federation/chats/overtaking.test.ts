// Two workers of one node, and messages that overtake each other on their way.
import { callOff, withdraw } from '../../../src/chats/actions.ts'
import { minute, later } from '../../../src/common/clock.ts'
import { rows } from '../../../src/database/database.ts'
import { chatJobs } from '../../../src/federation/chat-jobs.ts'
import { makeKeys } from '../../../src/federation/keys.ts'
import { agreed, asked } from '../../support/chats.ts'
import { aPair, carried, chatAt, chatNow, postAs, twoPartners, waitingAt, type Two } from './two.ts'

let two: Two

beforeAll(async () => {
  two = await twoPartners()
}, 60_000)

const typesOf = ({ posted }: Two['north']) => posted.map(({ activity }) => activity.type)

test('of two workers with the same chat one sends, and the other looks again later', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben)
  two.north.posted.length = 0
  const send = () => chatJobs['federation.send-chat']?.(two.north.app, { chatId: id })
  await Promise.all([send(), send(), send()])
  expect(typesOf(two.north)).toEqual(['Offer'])
  await carried(two.north, two.south)
  expect(typesOf(two.north)).toEqual(['Offer'])
  await agreed(two.south, pair.ben)
  await carried(two.north, two.south)
  await callOff(two.north.app, pair.asha.id, id)
  await Promise.all([send(), send()])
  expect(typesOf(two.north)).toEqual(['Offer', 'Undo'])
  await carried(two.north, two.south)
  expect((await chatAt(two.south, pair.ben))?.state).toBe('called-off')
  expect(await waitingAt(two.north)).toBe(0)
})

test('what a worker had in hand when it died goes a few minutes later', async () => {
  const pair = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben)
  await rows(two.north.app.db, 'update chat set sending_until = $2 where id = $1', [id, later(two.north.time, minute)])
  await carried(two.north, two.south)
  expect(await chatAt(two.south, pair.ben)).toBeUndefined()
  two.north.time = later(two.north.time, 2 * minute)
  await carried(two.north, two.south)
  expect((await chatAt(two.south, pair.ben))?.state).toBe('requested')
})

test('a request that comes after it was taken back is none; nobody else can take it back', async () => {
  const pair = await aPair(two)
  const other = await aPair(two)
  const id = await asked(two.north, pair.asha, pair.names.ben)
  const stays = await asked(two.north, other.asha, other.names.ben)
  const undoOf = async (chatId: string, by: string) => {
    const chat = await chatNow(two.north, chatId)
    const actor = `${two.north.url}/ap/people/${by}`
    const to = chat?.peer.actor ?? ''
    await makeKeys(two.north.app, by)
    return postAs(two.north, by, to, {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${actor}#undo-${chatId}`,
      type: 'Undo',
      actor,
      to: [to],
      object: { id: chat?.offer, type: 'Offer', actor },
    })
  }
  const hers = (await chatNow(two.north, id))?.personId ?? ''
  expect(await undoOf(id, hers)).toBe(202)
  expect(await undoOf(stays, hers)).toBe(202) // that of somebody else
  expect(await two.south.settle()).toEqual([])
  await carried(two.north, two.south)
  expect(await chatAt(two.south, pair.ben)).toBeUndefined()
  expect((await chatAt(two.south, other.ben))?.state).toBe('requested')
  await withdraw(two.north.app, pair.asha.id, id)
  await carried(two.north, two.south)
  expect(await chatAt(two.south, pair.ben)).toBeUndefined()
})

test('the server of who was refused knows her key until it has heard the no, and not longer', async () => {
  const pair = await aPair(two)
  await rows(two.south.app.db, 'update chat_flag set closed_at = now()')
  await asked(two.north, pair.asha, pair.names.ben)
  await carried(two.north, two.south)
  expect((await chatAt(two.north, pair.asha))?.state).toBe('declined')
  expect(await rows(two.south.app.db, 'select heard from chat_refusal')).toEqual([{ heard: true }])
})
