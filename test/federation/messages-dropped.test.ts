import { day, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { unlist } from '../../src/listing/unlist-actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { answer, choose, openRequest } from '../../src/requests/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { correspondence, newestNumber, to, type PublicPerson } from '../support/outside.ts'
import { aResident, listed } from '../support/resident.ts'
import { postedTo, sendTo } from '../support/stranger.ts'
import { deletedMessage, directMessage, noteId } from './shapes/messages.ts'

// What of the fediverse becomes no message, and how much comes in (FEDERATION.md, Messages).

let node: TestNode
let server: StrangersServer
const others: StrangersServer[] = []
let post: ReturnType<typeof correspondence>

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
  post = correspondence(node, server)
})

afterAll(async () => {
  await server.close()
  for (const other of others) await other.close()
})

describe('what is dropped without trace', () => {
  let asha: PublicPerson
  let ben: PublicPerson
  let cleo: string
  const publicly = 'https://www.w3.org/ns/activitystreams#Public'
  type Change = (activity: Record<string, unknown>) => Record<string, unknown>

  beforeAll(async () => {
    asha = await post.aPublicPerson('asha_drops')
    ben = await post.aPublicPerson('ben_drops')
    cleo = aRemotePerson(server, 'cleo_drops')
    aRemotePerson(server, 'mallory')
  })

  const inNote =
    (change: (note: Record<string, unknown>) => Record<string, unknown>): Change =>
    (activity) => ({ ...activity, object: change({ ...(activity['object'] as object) }) })

  const cases: readonly (readonly [string, Change])[] = [
    ['is public', inNote((note) => ({ ...note, to: [...(note['to'] as string[]), publicly] }))],
    ['is public in short', inNote((note) => ({ ...note, cc: ['as:Public'] }))],
    ['is unlisted', (activity) => ({ ...activity, cc: publicly })],
    ['is public by its activity alone', (activity) => ({ ...activity, cc: ['Public'] })],
    ['is public as an object', inNote((note) => ({ ...note, cc: [{ id: publicly }] }))],
    ['is public by its audience', inNote((note) => ({ ...note, audience: 'public' }))],
    ['is for followers', inNote((note) => ({ ...note, cc: [`${server.origin}/users/cleo_drops/followers`] }))],
    [
      'is for nobody here',
      (activity) => JSON.parse(JSON.stringify(activity).replaceAll('/ap/people/', '/ap/persons/')),
    ],
    [
      'is for nine people',
      inNote((note) => ({
        ...note,
        cc: Array.from({ length: 8 }, (_, index) => `${server.origin}/users/somebody${index}`),
      })),
    ],
    ['was written by another', inNote((note) => ({ ...note, attributedTo: `${server.origin}/users/mallory` }))],
    ['has no author', inNote(({ attributedTo: _author, ...note }) => note)],
    ['is on another server', inNote((note) => ({ ...note, id: 'https://elsewhere.example/notes/1' }))],
    ['has no id', inNote(({ id: _id, ...note }) => note)],
    ['has an id that is none', inNote((note) => ({ ...note, id: `${String(note['id'])}\u0000` }))],
    ['is a question', inNote((note) => ({ ...note, type: 'Question' }))],
    ['is two things', inNote((note) => ({ ...note, type: ['Note', 'Offer'] }))],
    ['is only named', (activity) => ({ ...activity, object: (activity['object'] as { id: string }).id })],
    ['says nothing', inNote((note) => ({ ...note, content: '<p><br></p>', contentMap: {} }))],
  ]

  test.each(cases)('a message that %s', async (_what, change) => {
    const before = await rows(node.app.db, 'select 1 from request_text')
    await post.write(asha, cleo, 'nothing for her', { change })
    expect(await post.held(asha)).toEqual([])
    expect(await rows(node.app.db, 'select 1 from request_text')).toHaveLength(before.length)
    expect(await rows(node.app.db, 'select 1 from inbox_activity')).toEqual([])
  })

  test('but the same message without a change comes, to each of those whom it names', async () => {
    await post.write([asha, ben], cleo, 'for both')
    expect([await post.held(asha), await post.held(ben)].map((all) => all.length)).toEqual([1, 1])
  })

  test('what cannot be kept of a message is left out of it', async () => {
    const odd = inNote((note) => ({
      ...note,
      content: `<p>odd \u0000\ud800 one</p>`,
      inReplyTo: 'https://north.example/\u0000',
      context: `${server.origin}/\ud800`,
      published: '-200000-01-01T00:00:00Z',
      attachment: [{ type: 'Document', url: 'https://evil.example/picture.png' }],
    }))
    await post.write(asha, aRemotePerson(server, 'odd_drops'), '', { change: odd })
    const request = (await post.held(asha)).find(({ handle }) => handle.startsWith('@odd_drops@'))
    expect(request?.texts).toMatchObject([{ text: 'odd  one', inReplyTo: null, leftOut: true }])
    expect(await rows(node.app.db, 'select 1 from inbox_activity')).toEqual([])
  })

  test('a message signed by somebody else is refused', async () => {
    const message = directMessage('mastodon', { author: cleo, to: to(asha), text: 'forged', number: 9_001 })
    const attacker = await aStrangersServer()
    others.push(attacker)
    const mallory = aRemotePerson(attacker, 'mallory')
    const asMallory = { ...message, actor: mallory }
    expect([
      await sendTo(node, attacker, asMallory),
      await sendTo(node, attacker, { ...message, actor: cleo }),
    ]).toEqual([expect.any(Number), 401])
    await post.settled()
    expect((await post.textsOf(asha)).join(' ')).not.toContain('forged')
  })

  test('a message that its author took back before it came, or while it waited, never comes; as little after 29 days', async () => {
    const dora = aRemotePerson(server, 'dora_drops')
    const message = (author: string, number: number) =>
      directMessage('mastodon', { author, to: to(asha), text: 'taken back', number })
    const drop = (author: string, number: number) =>
      sendTo(node, server, deletedMessage('mastodon', { author, number }))
    // Nothing of her is here yet.
    expect(await drop(dora, 9_101)).toBe(202)
    await post.settled()
    expect(await sendTo(node, server, message(dora, 9_101))).toBe(202)
    expect(await sendTo(node, server, message(dora, 9_102))).toBe(202)
    expect(await drop(dora, 9_102)).toBe(202)
    await post.settled()
    node.time = later(node.time, 29 * day)
    await node.runTimetable('federation.tidy-up')
    expect(await sendTo(node, server, { ...message(dora, 9_101), id: `${server.origin}/again/1` })).toBe(202)
    await post.settled()
    expect((await post.held(asha)).filter(({ actor }) => actor === dora)).toEqual([])
    // Somebody else on her server takes nothing of hers back.
    expect(
      await sendTo(node, server, { ...deletedMessage('mastodon', { author: dora, number: 9_103 }), actor: cleo }),
    ).toBe(202)
    expect(await sendTo(node, server, message(dora, 9_103))).toBe(202)
    await post.settled()
    expect((await post.held(asha)).filter(({ actor }) => actor === dora)).toHaveLength(1)
    node.time = later(node.time, -29 * day)
  })

  test('nobody deletes or changes what another wrote', async () => {
    const note = noteId('mastodon', cleo, newestNumber())
    const mallory = `${server.origin}/users/mallory`
    const before = await post.textsOf(asha)
    await sendTo(node, server, {
      ...deletedMessage('mastodon', { author: cleo, number: newestNumber() }),
      id: `${server.origin}/d/1`,
      actor: mallory,
    })
    await sendTo(node, server, {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${server.origin}/u/1`,
      type: 'Update',
      actor: mallory,
      to: [asha.actor],
      object: { id: note, type: 'Note', attributedTo: mallory, content: 'changed', to: [asha.actor] },
    })
    await post.settled()
    expect(await post.textsOf(asha)).toEqual(before)
  })

  test('somebody who takes no messages, is not public, is hidden for now, or has blocked the author gets none', async () => {
    const dora = aRemotePerson(server, 'dora_drops')
    const off = await post.aPublicPerson('off_drops')
    await choose(node.app, off.id, { takesOutside: false, wantsMail: true })
    const blocker = await post.aPublicPerson('block_drops')
    await blockActor(node.app, { accountId: blocker.id, actor: dora, host: new URL(server.origin).host })
    const partner = await aResident(node, 'partner_drops')
    await listed(node, partner, ['partners'])
    const personId = (await listingOf(node.app.db, partner.id))?.personId
    const hidden = { ...partner, actor: `${node.url}/ap/people/${personId}`, mention: '@x@y' }
    const unlisted = await post.aPublicPerson('unlisted_drops')
    await unlist(node.app, unlisted)
    await post.write([off, blocker, hidden, unlisted], dora, 'anybody?')
    for (const who of [off, blocker, hidden, unlisted])
      expect(await rows(node.app.db, 'select 1 from request where account_id = $1', [who.id])).toEqual([])
  })
})

describe('how much comes in', () => {
  test('five texts wait in one request, and five people a day from outside, three of one server, reach one person', async () => {
    const asha = await post.aPublicPerson('asha_limits')
    const cleo = aRemotePerson(server, 'cleo_limits')
    for (let count = 1; count <= 7; count += 1) await post.write(asha, cleo, `number ${count}`)
    expect(await post.textsOf(asha)).toHaveLength(5)
    for (let count = 1; count <= 4; count += 1)
      await post.write(asha, aRemotePerson(server, `host${count}_limits`), 'hello')
    expect(await post.held(asha)).toHaveLength(3)
    for (let count = 1; count <= 3; count += 1) {
      const other = await aStrangersServer()
      others.push(other)
      await post.write(asha, aRemotePerson(other, 'somebody'), 'hello', { from: other })
    }
    expect(await post.held(asha)).toHaveLength(5)
    node.time = later(node.time, 24 * 60 * minute + minute)
    await post.write(asha, aRemotePerson(server, 'tomorrow_limits'), 'hello')
    expect(await post.held(asha)).toHaveLength(6)
  })

  test('their answer to her answer belongs to the same request, whatever the limits', async () => {
    const asha = await post.aPublicPerson('asha_thread')
    const cleo = aRemotePerson(server, 'cleo_thread')
    for (let count = 1; count <= 5; count += 1) await post.write(asha, cleo, `number ${count}`)
    const [request] = await post.held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    node.time = later(node.time, minute)
    await answer(node.app, asha.id, request?.id ?? '', 'Yes.')
    await post.settled()
    node.time = later(node.time, minute)
    const reply = postedTo(server, 'Create').at(-1) as { object: { id: string } }
    await post.write(asha, cleo, 'thank you', { inReplyTo: reply.object.id })
    const [same, ...more] = await post.held(asha)
    expect([same?.id, more, same?.texts?.length, same?.unseen]).toEqual([request?.id, [], 6, 1])
  })
})
