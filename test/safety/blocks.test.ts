import { rows } from '../../src/database/database.ts'
import { withdraw } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { forgetRemembered, isBlockedFor, isRefusedHost } from '../../src/safety/block-views.ts'
import { domainToRefuse } from '../../src/safety/domain-actions.ts'
import type { StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { aNamedServer, anActor, getAs, postAs, sentTo, settled } from './outside.ts'

// Who is kept apart from whom, and what that does to followers, messages, posts on their way and signed requests.

let node: TestNode
let server: StrangersServer
let cleo: string
let dora: string
let asha: Resident
let actor: string

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic' } })
  server = await aNamedServer()
  cleo = anActor(server, '/users/cleo')
  dora = anActor(server, '/users/dora')
  asha = await aResident(node)
  await listed(node, asha, ['here', 'partners', 'public'])
  actor = `${node.url}/ap/people/${(await listingOf(node.app.db, asha.id))?.personId}`
  await settled(node)
})
afterAll(() => server.close())

beforeEach(async () => {
  await rows(node.app.db, 'delete from person_block')
  await rows(node.app.db, 'delete from received_block')
  await rows(node.app.db, 'delete from domain_block')
  await rows(node.app.db, 'truncate follower, ended_follow, request cascade')
  forgetRemembered(node.app.db)
  server.requests.splice(0)
})

let follows = 0

async function follow(who: string): Promise<number> {
  follows += 1
  const status = await postAs(node, server, who, { id: `${who}/follows/${follows}`, type: 'Follow', object: actor })
  await settled(node)
  return status
}

async function write(who: string): Promise<number> {
  follows += 1
  const note = { id: `${who}/notes/${follows}`, type: 'Note', attributedTo: who, to: [actor], content: '<p>Hello</p>' }
  const status = await postAs(node, server, who, { type: 'Create', to: [actor], object: note })
  await settled(node)
  return status
}

const followers = async (): Promise<string[]> =>
  (await rows<{ actor: string }>(node.app.db, 'select actor from follower order by actor')).map(({ actor: one }) => one)
const requests = async (): Promise<number> => (await rows(node.app.db, 'select 1 from request')).length

test('who is blocked by a person is no follower any more, is told no, and finds and reaches her no more', async () => {
  await follow(cleo)
  await follow(dora)
  await write(cleo)
  expect(await followers()).toEqual([cleo, dora])
  expect(await requests()).toBe(1)
  expect(await getAs(server, cleo, actor)).toBe(200)

  await blockActor(node.app, { accountId: asha.id, actor: cleo, host: new URL(cleo).host, name: '@cleo' })
  expect(await getAs(server, cleo, actor)).toBe(404)
  expect(await getAs(server, dora, actor)).toBe(200)
  // However her address is written.
  for (const below of ['', '/outbox', '/followers', '/featured']) {
    const encoded = `${node.url}/ap/people/%${actor.at(-20)?.charCodeAt(0).toString(16)}${actor.slice(-19)}${below}`
    for (const address of [encoded, `${actor}${below}`.replace('/ap/people', '/AP/People')])
      expect([address, await getAs(server, cleo, address)]).toEqual([address, 404])
  }
  await settled(node)
  expect(await followers()).toEqual([dora])
  expect(await requests()).toBe(0)
  const rejects = sentTo(server, 'Reject')
  expect(rejects).toHaveLength(1)
  expect(rejects[0]).toMatchObject({
    path: '/users/cleo/inbox',
    body: { actor, object: { type: 'Follow', actor: cleo } },
  })
  expect(sentTo(server, 'Block')).toEqual([])

  await follow(cleo)
  await write(cleo)
  expect(await followers()).toEqual([dora])
  expect(await requests()).toBe(0)
  expect(node.mails.map(({ subject }) => subject).filter((text) => /block/i.test(text))).toEqual([])
})

test('her page lists whom she blocked, and takes it back; what ended stays ended', async () => {
  await follow(cleo)
  await blockActor(node.app, {
    accountId: asha.id,
    actor: cleo,
    host: new URL(cleo).host,
    name: '@cleo@social.example',
  })
  await settled(node)
  const reader = await signIn(node, 'asha@north.example')
  const page = await reader.get('/me/blocks')
  expect(page.text).toContain('@cleo@social.example')
  const id = /name="block" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const other = await signIn(node, 'other@north.example')
  expect((await other.post('/me/blocks/unblock', { block: id })).status).toBe(404)
  await reader.post('/me/blocks/unblock', { block: id })
  expect(await isBlockedFor(node.app.db, asha.id, { actor: cleo, host: new URL(cleo).host })).toBe(false)
  expect(await followers()).toEqual([])
  expect(await getAs(server, cleo, actor)).toBe(200)
})

test('a person blocks a whole server by its name, but not her own', async () => {
  await follow(cleo)
  await follow(dora)
  const reader = await signIn(node, 'asha@north.example')
  for (const wrong of ['', '127.0.0.1', 'not a name'])
    expect((await reader.post('/me/blocks/server', { domain: wrong })).status).toBe(400)
  const done = await reader.post('/me/blocks/server', { domain: 'https://LOCALHOST:8080/@cleo' })
  expect(done.text).toContain('Blocked. You can take it back')
  await settled(node)
  expect(await followers()).toEqual([])
  expect(await getAs(server, dora, actor)).toBe(404)
  expect(await isBlockedFor(node.app.db, asha.id, { actor: 'https://a.localhost/x', host: 'a.localhost' })).toBe(true)
  expect(await isBlockedFor(node.app.db, 'somebody else', { actor: cleo, host: 'localhost' })).toBe(false)
})

test('a Block that comes is honoured and told to nobody; its Undo, whole or by its id alone, ends it', async () => {
  const isBlocked = (): Promise<boolean> =>
    isBlockedFor(node.app.db, asha.id, { actor: cleo, host: new URL(cleo).host })
  const before = node.mails.length
  await follow(cleo)
  for (const undo of ['whole', 'by its id'] as const) {
    const block = { id: `${cleo}/blocks/${undo.length}`, type: 'Block', actor: cleo, object: actor }
    expect(await postAs(node, server, cleo, block)).toBe(202)
    await settled(node)
    expect(await isBlocked()).toBe(true)
    expect(await followers()).toEqual([])
    expect(await getAs(server, cleo, actor)).toBe(404)
    const [row] = await rows<{ all: string }>(node.app.db, 'select row_to_json(r)::text as all from received_block r')
    expect(row?.all).not.toContain('cleo')
    // Somebody else's Undo changes nothing.
    await postAs(node, server, dora, { type: 'Undo', object: { ...block, actor: dora } })
    await postAs(node, server, dora, { type: 'Undo', object: block.id })
    await settled(node)
    expect(await isBlocked()).toBe(true)
    await postAs(node, server, cleo, { type: 'Undo', object: undo === 'whole' ? block : block.id })
    await settled(node)
    expect(await isBlocked()).toBe(false)
    expect(await rows(node.app.db, 'select 1 from received_block')).toEqual([])
    expect(await getAs(server, cleo, actor)).toBe(200)
  }
  expect(node.mails).toHaveLength(before)
  const reader = await signIn(node, 'asha@north.example')
  for (const route of ['/me/blocks', '/me/listing', '/me/decisions'])
    expect((await reader.get(route)).text).not.toContain('cleo')
})

test('a Block of somebody who left is forgotten', async () => {
  const bea = await aResident(node, 'bea')
  await listed(node, bea, ['public'])
  const person = `${node.url}/ap/people/${(await listingOf(node.app.db, bea.id))?.personId}`
  await postAs(node, server, cleo, { type: 'Block', object: person })
  await settled(node)
  expect(await rows(node.app.db, 'select 1 from received_block')).toHaveLength(1)
  await withdraw(node.app, bea, { language: 'en', channel: 'page' })
  await settled(node)
  await node.runTimetable('safety.tidy-up')
  expect(await rows(node.app.db, 'select 1 from received_block')).toEqual([])
})

test('a refused server: followers, requests and posts on their way end, and whatever it sends is 403', async () => {
  await follow(cleo)
  await write(cleo)
  await opened(node, asha)
  server.status = 503
  await node.settle()
  expect(await rows(node.app.db, `select 1 from delivery where state = 'waiting'`)).not.toEqual([])
  // Taken in before, and not worked on yet.
  const late = { type: 'Flag', object: actor, content: 'too late' }
  expect(await postAs(node, server, cleo, late)).toBe(202)
  const reader = await signIn(node, 'admin@north.example', 'administrator')
  const check = await reader.get('/moderation/servers/add/check?domain=localhost')
  expect(check.text).toContain('1 follower')
  const answer = await reader.post('/moderation/servers/add/check?domain=localhost', { reason: 'Spam', partners: '' })
  expect(answer.text).toContain('That server is refused from now on.')
  expect(await isRefusedHost(node.app.db, new URL(cleo).host)).toBe(true)
  expect(await follow(cleo)).toBe(403)
  await settled(node)
  server.status = 202
  server.requests.splice(0)
  expect(await followers()).toEqual([])
  expect(await requests()).toBe(0)
  expect(await rows(node.app.db, `select 1 from delivery where state = 'waiting'`)).toEqual([])
  expect(await getAs(server, cleo, actor)).toBe(404)
  expect(await rows(node.app.db, 'select 1 from report')).toEqual([])
  expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([])

  expect((await reader.get('/moderation/servers')).text).toContain('Spam')
  expect((await reader.post('/moderation/servers/localhost/end', { reason: 'Mended' })).text).toContain(
    'Nothing comes back',
  )
  expect(await follow(cleo)).toBe(202)
  expect(await followers()).toEqual([cleo])
})

test('this node itself, names above it and addresses in numbers cannot be refused', async () => {
  const reader = await signIn(node, 'admin@north.example', 'administrator')
  for (const domain of ['', '127.0.0.1', '10.0.0.1:80', '[::1]', 'a b'])
    expect((await reader.post('/moderation/servers/add', { domain })).status).toBe(400)
  for (const domain of ['peers.north.gov.uk', 'north.gov.uk', 'GOV.UK.', 'https://peers.north.gov.uk:8443/about'])
    expect(() => domainToRefuse(domain, 'https://peers.north.gov.uk')).toThrow('domain self')
  expect(domainToRefuse('south.gov.uk', 'https://peers.north.gov.uk')).toBe('south.gov.uk')
  expect(await rows(node.app.db, 'select 1 from domain_block')).toEqual([])
})

test('members who do not moderate refuse nothing', async () => {
  const reader = await signIn(node, 'member@north.example')
  for (const route of [
    '/moderation',
    '/moderation/servers',
    '/moderation/lists',
    '/moderation/log',
    '/moderation/hidden',
  ])
    expect([route, (await reader.get(route)).status]).toEqual([route, 403])
  const answer = await reader.post('/moderation/servers/add/check?domain=localhost', { reason: 'x', partners: '' })
  expect(answer.status).toBe(403)
  expect(await isRefusedHost(node.app.db, 'localhost')).toBe(false)
})
