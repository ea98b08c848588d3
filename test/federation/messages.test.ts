import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { answer, choose, openRequest, takeBack } from '../../src/requests/actions.ts'
import { requestOf, requestsOf } from '../../src/requests/views.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { later, minute } from '../../src/common/clock.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { getSigned, postedTo, sendTo } from '../support/stranger.ts'
import { changedMessage, deletedMessage, directMessage, noteId, type Direct, type Software } from './shapes/messages.ts'

// Messages from outside through the real inbox, as Mastodon, GoToSocial, Misskey and snac2 send them (FEDERATION.md, Messages).

let node: TestNode
let server: StrangersServer
const others: StrangersServer[] = []
let number = 0

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
})

afterAll(async () => {
  await server.close()
  for (const other of others) await other.close()
})

type Person = Resident & { readonly actor: string; readonly mention: string }

async function aPublicPerson(handle: string): Promise<Person> {
  const who = await aResident(node, handle, { displayName: handle })
  await listed(node, who, ['public'])
  await settled()
  const actor = `${node.url}/ap/people/${(await listingOf(node.app.db, who.id))?.personId}`
  return { ...who, actor, mention: `@${handle}@${new URL(node.url).host}` }
}

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

function to(...people: readonly Person[]): Direct['to'] {
  return people.map(({ actor, mention }) => ({ actor, handle: mention }))
}

/** Sends it and lets the worker work. Returns the note's id. */
async function write(
  who: Person | readonly Person[],
  author: string,
  text: string,
  {
    software = 'mastodon',
    change = (all) => all,
    from = server,
    inbox,
    inReplyTo,
  }: {
    software?: Software
    change?: (activity: Record<string, unknown>) => Record<string, unknown>
    from?: StrangersServer
    inbox?: string
    inReplyTo?: string
  } = {},
): Promise<string> {
  number += 1
  const people = to(...[who].flat())
  const message = { author, to: people, text, number, ...(inReplyTo === undefined ? {} : { inReplyTo }) }
  expect(await sendTo(node, from, change({ ...directMessage(software, message) }), inbox)).toBe(202)
  await settled()
  return noteId(software, author, number)
}

/** Her requests with what is in them, opened or not. */
async function held(who: Person) {
  const all = await requestsOf(node.app.db, who.id, node.time)
  return Promise.all(all.map(async (one) => ({ ...one, ...(await requestOf(node.app.db, who.id, one.id, node.time)) })))
}

async function textsOf(who: Person): Promise<readonly string[]> {
  return (await held(who)).flatMap(({ texts }) => (texts ?? []).map(({ text }) => text))
}

describe.each(['mastodon', 'gotosocial', 'misskey', 'snac2'] as const)('a direct message of %s', (software) => {
  let asha: Person
  let cleo: string
  const shown = { mastodon: '@asha', gotosocial: '@asha', misskey: '@asha', snac2: '@asha' } as const

  beforeAll(async () => {
    asha = await aPublicPerson(`asha_${software}`)
    cleo = aRemotePerson(server, `cleo_${software}`)
  })

  test('becomes a request with its text, by the shared inbox or by her own', async () => {
    await write(asha, cleo, 'could we talk about roadmaps?', { software })
    const [request, ...more] = await held(asha)
    expect(more).toEqual([])
    expect(request).toMatchObject({
      kind: 'outside',
      actor: cleo,
      host: new URL(server.origin).host,
      handle: `@cleo_${software}@${new URL(server.origin).host}`,
      unseen: 1,
      opened: false,
      answered: false,
    })
    expect(request?.texts?.[0]?.text).toMatch(new RegExp(`^${shown[software]}\\S* could we talk about roadmaps\\?$`))
    await write(asha, cleo, 'and one more thing', { software, inbox: `${asha.actor}/inbox` })
    expect(await held(asha)).toHaveLength(1)
    expect(await textsOf(asha)).toHaveLength(2)
  })

  test('is another text after an edit, and shows both once she had read it', async () => {
    const last = number
    const edit = (text: string) =>
      sendTo(node, server, changedMessage(software, { author: cleo, to: to(asha), text, number: last }))
    expect(await edit('and something else')).toBe(202)
    await settled()
    expect((await textsOf(asha))[1]).toContain('and something else')
    const [request] = await held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    await edit('and what I never meant')
    await settled()
    const changed = (await held(asha))[0]?.texts?.[1]
    expect([changed?.text, changed?.changedText]).toEqual([
      expect.stringContaining('and something else'),
      expect.stringContaining('and what I never meant'),
    ])
  })

  test('is answered by a Note to exactly its author, which mentions her and stands under what it answers', async () => {
    const [request] = await held(asha)
    await answer(node.app, asha.id, request?.id ?? '', 'Yes, happy to.\nWhen?\n\nAsha')
    await settled()
    const sent = postedTo(server, 'Create').filter(({ actor }) => actor === asha.actor)
    expect(sent).toHaveLength(1)
    const [create] = sent
    const { object } = create as { object: Record<string, unknown> }
    const content = `<p><span class="h-card"><a href="${cleo}" class="u-url mention">@<span>cleo_${software}</span></a></span> Yes, happy to.<br>When?</p><p>Asha</p>`
    expect(create).toMatchObject({
      type: 'Create',
      actor: asha.actor,
      to: [cleo],
      cc: [],
      id: `${String(object['id'])}/activity`,
    })
    expect(object).toMatchObject({
      type: 'Note',
      attributedTo: asha.actor,
      inReplyTo: noteId(software, cleo, number),
      to: [cleo],
      cc: [],
      sensitive: false,
      published: '2026-11-22T09:00:00Z',
      content,
      contentMap: { en: content },
      tag: [{ type: 'Mention', href: cleo, name: `@cleo_${software}@${new URL(server.origin).host}` }],
    })
    expect(String(object['context'])).toMatch(/^https?:\/\//)
    expect(object).not.toHaveProperty('summary')
    expect(JSON.stringify(create)).not.toContain('#Public')
    expect(JSON.stringify(create)).not.toContain(`${asha.actor}/followers`)
    const post = server.requests.findLast(({ body }) => body.includes(String(create?.['id'])))
    expect(post?.path).toBe(`/users/cleo_${software}/inbox`)
    expect(String(post?.headers['signature'])).toContain(`keyId="${asha.actor}#main-key"`)
  })

  test('is gone when its author deletes it, and so is the request with the last text', async () => {
    const [request] = await held(asha)
    for (const { id } of request?.answers ?? []) await takeBack(node.app, asha.id, id)
    await settled()
    await rows(node.app.db, 'delete from request_answer')
    for (const last of [number, number - 1]) {
      expect(await held(asha)).toHaveLength(1)
      expect(await sendTo(node, server, deletedMessage(software, { author: cleo, number: last }))).toBe(202)
      await settled()
    }
    expect(await held(asha)).toEqual([])
    expect(await rows(node.app.db, 'select 1 from request where actor = $1', [cleo])).toEqual([])
  })
})

describe('what is dropped without trace', () => {
  let asha: Person
  let ben: Person
  let cleo: string
  const publicly = 'https://www.w3.org/ns/activitystreams#Public'
  type Change = (activity: Record<string, unknown>) => Record<string, unknown>

  beforeAll(async () => {
    asha = await aPublicPerson('asha_drops')
    ben = await aPublicPerson('ben_drops')
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
    ['is a question', inNote((note) => ({ ...note, type: 'Question' }))],
    ['is two things', inNote((note) => ({ ...note, type: ['Note', 'Offer'] }))],
    ['is only named', (activity) => ({ ...activity, object: (activity['object'] as { id: string }).id })],
    ['says nothing', inNote((note) => ({ ...note, content: '<p><br></p>', contentMap: {} }))],
  ]

  test.each(cases)('a message that %s', async (_what, change) => {
    const before = await rows(node.app.db, 'select 1 from request_text')
    await write(asha, cleo, 'nothing for her', { change })
    expect(await held(asha)).toEqual([])
    expect(await rows(node.app.db, 'select 1 from request_text')).toHaveLength(before.length)
    expect(await rows(node.app.db, 'select 1 from inbox_activity')).toEqual([])
  })

  test('but the same message without a change comes, to each of those whom it names', async () => {
    await write([asha, ben], cleo, 'for both')
    expect([await held(asha), await held(ben)].map((all) => all.length)).toEqual([1, 1])
  })

  test('a message signed by somebody else is refused', async () => {
    number += 1
    const message = directMessage('mastodon', { author: cleo, to: to(asha), text: 'forged', number })
    const attacker = await aStrangersServer()
    others.push(attacker)
    const mallory = aRemotePerson(attacker, 'mallory')
    const asMallory = { ...message, actor: mallory }
    expect([
      await sendTo(node, attacker, asMallory),
      await sendTo(node, attacker, { ...message, actor: cleo }),
    ]).toEqual([expect.any(Number), 401])
    await settled()
    expect((await textsOf(asha)).join(' ')).not.toContain('forged')
  })

  test('nobody deletes or changes what another wrote', async () => {
    const note = noteId('mastodon', cleo, number - 1)
    const mallory = `${server.origin}/users/mallory`
    const before = await textsOf(asha)
    await sendTo(node, server, {
      ...deletedMessage('mastodon', { author: cleo, number: number - 1 }),
      id: `${server.origin}/d/${number}`,
      actor: mallory,
    })
    await sendTo(node, server, {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${server.origin}/u/${number}`,
      type: 'Update',
      actor: mallory,
      to: [asha.actor],
      object: { id: note, type: 'Note', attributedTo: mallory, content: 'changed', to: [asha.actor] },
    })
    await settled()
    expect(await textsOf(asha)).toEqual(before)
  })

  test('somebody who takes no messages, is not public, or has blocked the author gets none', async () => {
    const dora = aRemotePerson(server, 'dora_drops')
    const off = await aPublicPerson('off_drops')
    await choose(node.app, off.id, { takesOutside: false, wantsMail: true })
    const blocker = await aPublicPerson('block_drops')
    await blockActor(node.app, { accountId: blocker.id, actor: dora, host: new URL(server.origin).host })
    const partner = await aResident(node, 'partner_drops')
    await listed(node, partner, ['partners'])
    const personId = (await listingOf(node.app.db, partner.id))?.personId
    const hidden = { ...partner, actor: `${node.url}/ap/people/${personId}`, mention: '@x@y' }
    await write([off, blocker, hidden], dora, 'anybody?')
    for (const who of [off, blocker, hidden])
      expect(await rows(node.app.db, 'select 1 from request where account_id = $1', [who.id])).toEqual([])
  })
})

describe('how much comes in', () => {
  test('five texts wait in one request, and five people a day from outside, three of one server, reach one person', async () => {
    const asha = await aPublicPerson('asha_limits')
    const cleo = aRemotePerson(server, 'cleo_limits')
    for (let count = 1; count <= 7; count += 1) await write(asha, cleo, `number ${count}`)
    expect(await textsOf(asha)).toHaveLength(5)
    for (let count = 1; count <= 4; count += 1) await write(asha, aRemotePerson(server, `host${count}_limits`), 'hello')
    expect(await held(asha)).toHaveLength(3)
    for (let count = 1; count <= 3; count += 1) {
      const other = await aStrangersServer()
      others.push(other)
      await write(asha, aRemotePerson(other, 'somebody'), 'hello', { from: other })
    }
    expect(await held(asha)).toHaveLength(5)
    node.time = later(node.time, 24 * 60 * minute + minute)
    await write(asha, aRemotePerson(server, 'tomorrow_limits'), 'hello')
    expect(await held(asha)).toHaveLength(6)
  })

  test('their answer to her answer belongs to the same request, whatever the limits', async () => {
    const asha = await aPublicPerson('asha_thread')
    const cleo = aRemotePerson(server, 'cleo_thread')
    for (let count = 1; count <= 5; count += 1) await write(asha, cleo, `number ${count}`)
    const [request] = await held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    node.time = later(node.time, minute)
    await answer(node.app, asha.id, request?.id ?? '', 'Yes.')
    await settled()
    node.time = later(node.time, minute)
    const reply = postedTo(server, 'Create').at(-1) as { object: { id: string } }
    await write(asha, cleo, 'thank you', { inReplyTo: reply.object.id })
    const [same, ...more] = await held(asha)
    expect([same?.id, more, same?.texts?.length, same?.unseen]).toEqual([request?.id, [], 6, 1])
  })
})

describe('her answer', () => {
  let asha: Person
  let cleo: string
  let reply: string

  beforeAll(async () => {
    asha = await aPublicPerson('asha_answers')
    cleo = aRemotePerson(server, 'cleo_answers')
    await write(asha, cleo, 'hello')
    const [request] = await held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    await answer(node.app, asha.id, request?.id ?? '', 'Only for Cleo & <co>.')
    await settled()
    reply = (postedTo(server, 'Create').at(-1) as { object: { id: string } }).object.id
  })

  test('can be fetched by its reader’s server with a signature, and by nobody else', async () => {
    const attacker = await aStrangersServer()
    others.push(attacker)
    const mallory = aRemotePerson(attacker, 'mallory')
    const unknown = await fetch(`${asha.actor}/replies/nothing`)
    for (const url of [reply, `${reply}/activity`]) {
      const answers = [
        await fetch(url, { headers: { accept: 'application/activity+json' } }),
        await getSigned(attacker, mallory, url),
      ]
      for (const given of answers) expect([given.status, await given.text()]).toEqual([404, 'Not found\n'])
    }
    expect(unknown.status).toBe(404)
    const given = await getSigned(server, aRemotePerson(server, 'dora_answers'), reply)
    expect([given.status, given.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(await given.json()).toMatchObject({
      id: reply,
      to: [cleo],
      content: expect.stringContaining('Only for Cleo &amp; &lt;co&gt;.'),
    })
    expect((await getSigned(server, cleo, reply.replace(/people\/[^/]+/, 'people/somebodyelse'))).status).toBe(404)
  })

  test('is kept in no table of deliveries, and the host that has it is known for the day on which she leaves', async () => {
    expect(await rows(node.app.db, `select 1 from outgoing_activity where body like '%Only for Cleo%'`)).toEqual([])
    const holders = await rows<{ host: string }>(node.app.db, 'select host from holder where person_id = $1', [
      asha.actor.split('/').at(-1),
    ])
    expect(holders.map(({ host }) => host)).toContain(new URL(server.origin).host)
  })

  test('can be taken back: its text is gone here at once, the other server is asked to delete it, and finds it gone', async () => {
    const [request] = await held(asha)
    await takeBack(node.app, asha.id, request?.answers?.[0]?.id ?? '')
    expect(await rows(node.app.db, `select 1 from request_answer where text like '%Only for Cleo%'`)).toEqual([])
    await settled()
    expect(postedTo(server, 'Delete').at(-1)).toMatchObject({
      id: `${reply}#delete`,
      actor: asha.actor,
      to: [cleo],
      cc: [],
      object: { id: reply, type: 'Tombstone', formerType: 'Note' },
    })
    expect(JSON.stringify(postedTo(server, 'Delete').at(-1))).not.toContain('#Public')
    const given = await getSigned(server, cleo, reply)
    expect([given.status, (await given.json()).type]).toEqual([410, 'Tombstone'])
    expect((await fetch(reply)).status).toBe(404)
  })

  test('is tried again while the other server is down, for two days', async () => {
    const dora = aRemotePerson(server, 'dora_down')
    await write(asha, dora, 'hello')
    const request = (await held(asha)).find(({ actor }) => actor === dora)
    await openRequest(node.app, asha.id, request?.id ?? '')
    server.status = 503
    await answer(node.app, asha.id, request?.id ?? '', 'Are you there?')
    await settled()
    server.status = 202
    const sent = () => postedTo(server, 'Create').filter(({ to: whom }) => String(whom) === dora).length
    expect(sent()).toBe(1)
    node.time = later(node.time, 2 * minute)
    await settled()
    expect(sent()).toBe(2)
    expect((await held(asha)).find(({ actor }) => actor === dora)?.answers?.[0]?.state).toBe('sent')
    node.time = later(node.time, 60 * minute)
    await settled()
    expect(sent()).toBe(2)
  })
})
