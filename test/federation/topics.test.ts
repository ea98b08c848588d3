import { rows } from '../../src/database/database.ts'
import { choosePosts, settlePosts } from '../../src/federation/note-actions.ts'
import { noteTimetable } from '../../src/federation/note-jobs.ts'
import { defaultPosting, type Posting } from '../../src/federation/notes.ts'
import { topics } from '../../src/federation/topics.ts'
import { closeToChat, endScope } from '../../src/listing/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { chooseHandle, saveFields } from '../../src/profile/actions.ts'
import { handleProblem } from '../../src/profile/handle.ts'
import { later, day } from '../../src/common/clock.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { actorOf, follow, read, say, sentTo } from '../support/followers.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { expectFixture } from './fixtures.ts'

// A role can be followed in place of a person: @product-manager@host announces who of those who chose it is open to a chat.

let node: TestNode
let mastodon: StrangersServer
let cleo: string
let asha: Resident
let topic: string
let host: string

beforeEach(() => begin())
afterEach(() => mastodon.close())

async function begin(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  node = await aNode({
    settings: { SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic', SIDEWAYS_MAIL_DOMAINS: 'north.example', ...settings },
  })
  mastodon = await aStrangersServer()
  cleo = aRemotePerson(mastodon, 'cleo')
  asha = await aResident(node)
  await listed(node, asha, ['public'])
  await settled()
  topic = `${node.url}/ap/topics/product-manager`
  host = new URL(node.url).host
}

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

async function wants(who: Resident, chosen: Partial<Posting>): Promise<void> {
  await choosePosts(node.app, who, { wanted: { ...defaultPosting, ...chosen }, language: 'en' })
  await settled()
}

async function followTopic(): Promise<string> {
  const id = await follow(node, mastodon, cleo, topic)
  await settled()
  return id
}

const finger = () =>
  read(`${node.url}/.well-known/webfinger?resource=acct:product-manager@${host}`, 'application/jrd+json')
const names = async () => ({
  [node.url]: 'https://north.example',
  [host]: 'north.example',
  [mastodon.origin]: 'https://mastodon.example',
  [String((await actorOf(node, asha)).split('/').at(-1))]: '6fd3',
})

test('a role in which nobody wants to be announced is nobody, to everybody', async () => {
  expect((await read(topic)).status).toBe(404)
  expect((await finger()).status).toBe(404)
  expect((await read(`${node.url}/@product-manager`, 'text/html')).status).toBe(404)
  await followTopic()
  expect(sentTo(mastodon)).toEqual([])
  // Looking at it makes no keys.
  expect(await rows(node.app.db, `select 1 from actor_key where actor_id like 'topics/%'`)).toEqual([])
})

test('with somebody in it the role is an actor as Mastodon, GoToSocial, Misskey and snac2 want one', async () => {
  await wants(asha, { topic: true })
  const found = (await finger()).json()
  expect(found.subject).toBe(`acct:product-manager@${host}`)
  expect(found.links.find((link: { rel: string }) => link.rel === 'self').href).toBe(topic)
  const actor = (await read(topic)).json()
  expect(actor).toMatchObject({
    id: topic,
    type: 'Service',
    preferredUsername: 'product-manager',
    name: 'Product manager: open to a peer chat at North Council',
    url: `${node.url}/@product-manager`,
    manuallyApprovesFollowers: false,
    discoverable: false,
    indexable: false,
    publicKey: { id: `${topic}#main-key`, owner: topic },
  })
  // Misskey's rule for names, and Mastodon's.
  expect(actor.preferredUsername).toMatch(/^\w([\w-.]*\w)?$/)
  expect(actor.preferredUsername).toMatch(/^[a-z0-9_]+([.-]+[a-z0-9_]+)*$/i)
  for (const name of ['outbox', 'followers', 'following']) {
    const collection = (await read(actor[name])).json()
    expect(collection).not.toHaveProperty('totalItems')
    expect(collection).not.toHaveProperty('orderedItems')
    expectFixture(`topic-${name}`, collection, await names())
  }
  expectFixture('topic', actor, await names())
  expectFixture('topic-webfinger', found, await names())
})

test('its page tells people how to follow it, and servers where its actor is', async () => {
  await wants(asha, { topic: true })
  const page = await read(`${node.url}/@product-manager`, 'text/html')
  expect(page.text).toContain(`@product-manager@${host}`)
  expect(page.text).toContain('href="/directory?role=product-manager"')
  const json = await read(`${node.url}/@product-manager`)
  expect([json.status, json.headers.get('location')]).toEqual([303, topic])
  expect((await read(`${node.url}/@asha`, 'text/html')).text).toContain('Asha Rao')
})

test('who follows it is let in at once, hears of the Note and of nobody else, and of its end', async () => {
  await wants(asha, { topic: true })
  const followId = await followTopic()
  expect(sentTo(mastodon)).toHaveLength(1)
  expect(sentTo(mastodon, 'Accept')[0]).toMatchObject({
    actor: topic,
    object: { id: followId, type: 'Follow', actor: cleo, object: topic },
  })
  await opened(node, asha)
  await settled()
  const note = `${await actorOf(node, asha)}/notes/1`
  const [announce, ...more] = sentTo(mastodon, 'Announce')
  expect(more).toEqual([])
  expect(announce).toMatchObject({ actor: topic, object: note, cc: [`${topic}/followers`, await actorOf(node, asha)] })
  // Her own Note goes to her own followers only; here are none.
  expect(sentTo(mastodon, 'Create')).toEqual([])
  expect((await read(note)).status).toBe(200)
  await closeToChat(node.app, asha)
  await settled()
  expect(sentTo(mastodon, 'Undo')[0]).toMatchObject({
    actor: topic,
    object: { id: announce?.id, type: 'Announce', actor: topic, object: note },
  })
  // That server fetched the Note itself.
  expect(sentTo(mastodon, 'Delete')[0]).toMatchObject({ object: { id: note } })
  const told = { ...(await names()), [String(announce?.id.split('/').at(-1))]: '8k2w' }
  expectFixture('topic-announce', announce ?? {}, told)
  expectFixture('topic-undo-announce', sentTo(mastodon, 'Undo')[0] ?? {}, told)
  const accept = sentTo(mastodon, 'Accept')[0]
  expectFixture('topic-accept', accept ?? {}, {
    ...told,
    [String(accept?.id.split('#accept-').at(-1))]: '4m7c',
    [String(followId.split('/').at(-1))]: '31',
  })
})

test('an announcement ends at the end of the flag, also when the job is late', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await opened(node, asha, 2)
  await settled()
  node.time = later(node.time, 10 * day)
  await node.runTimetable('federation.settle-due-posts')
  await settled()
  expect(sentTo(mastodon, 'Undo')).toHaveLength(1)
  await node.runTimetable('federation.settle-due-posts')
  await settled()
  expect(sentTo(mastodon, 'Undo')).toHaveLength(1)
})

test('of two people of one role each is announced by her own choice, and one can leave', async () => {
  const bea = await aResident(node, 'bea', { displayName: 'Bea Lis' })
  const dot = await aResident(node, 'dot', { displayName: 'Dot Ang' })
  for (const who of [bea, dot]) await listed(node, who, ['public'])
  await wants(asha, { topic: true })
  await wants(bea, { topic: true })
  await followTopic()
  for (const who of [asha, bea, dot]) await opened(node, who)
  await settled()
  const announced = new Set(sentTo(mastodon, 'Announce').map(({ object }) => object))
  expect(announced).toEqual(new Set([`${await actorOf(node, asha)}/notes/1`, `${await actorOf(node, bea)}/notes/1`]))
  expect(sentTo(mastodon, 'Announce')).toHaveLength(2)
  const beas = await actorOf(node, bea)
  await endScope(node.app, bea, { purpose: 'public', language: 'en', channel: 'page' })
  await settled()
  expect(sentTo(mastodon, 'Undo').map(({ object }) => (object as unknown as { object: string }).object)).toEqual([
    `${beas}/notes/1`,
  ])
  expect((await read(topic)).status).toBe(200)
  // The last one turns it off: her announcement ends, and the followers keep an actor that they can leave.
  await wants(asha, { topic: false })
  expect(sentTo(mastodon, 'Undo')).toHaveLength(2)
  expect((await read(topic)).status).toBe(200)
  await say(node, mastodon, cleo, {
    id: `${mastodon.origin}/undo/1`,
    type: 'Undo',
    object: { id: `${mastodon.origin}/follows/x`, type: 'Follow', actor: cleo, object: topic },
  })
  await settled()
  expect(await rows(node.app.db, 'select 1 from topic_follower')).toEqual([])
  expect((await read(topic)).status).toBe(404)
})

test('a switch that is turned off and on tells nobody twice of the same Note', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await opened(node, asha)
  await settled()
  for (let round = 0; round < 3; round += 1) {
    await wants(asha, { topic: false })
    await wants(asha, { topic: true })
  }
  const personId = String((await actorOf(node, asha)).split('/').at(-1))
  await Promise.all([1, 2, 3].map(() => settlePosts(node.app, personId)))
  await settled()
  expect(sentTo(mastodon, 'Announce')).toHaveLength(1)
  expect(sentTo(mastodon, 'Undo')).toHaveLength(1)
})

test('who changes her role is announced by the new one, and no more by the old one', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await opened(node, asha)
  await settled()
  await saveFields(node.app, asha.id, { roles: ['user-researcher'] })
  await settled()
  expect(sentTo(mastodon, 'Undo')).toHaveLength(1)
  expect((await read(`${node.url}/ap/topics/user-researcher`)).status).toBe(200)
})

test('somebody whom she blocked hears nothing of her by following her role', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await blockActor(node.app, { accountId: asha.id, actor: cleo, host: new URL(mastodon.origin).host })
  await opened(node, asha)
  await settled()
  expect(sentTo(mastodon, 'Announce')).toEqual([])
})

test('a repeated Follow is accepted again; an actor that blocks the role, or is gone, is forgotten', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await followTopic()
  expect(sentTo(mastodon, 'Accept')).toHaveLength(2)
  const left = () => rows(node.app.db, 'select 1 from topic_follower')
  expect(await left()).toHaveLength(1)
  await say(node, mastodon, cleo, { id: `${mastodon.origin}/blocks/1`, type: 'Block', object: topic })
  await settled()
  expect(await left()).toEqual([])
  await followTopic()
  expect(await left()).toHaveLength(1)
  await say(node, mastodon, cleo, { id: `${cleo}#delete`, type: 'Delete', object: cleo })
  await settled()
  expect(await left()).toEqual([])
})

test('a Follow and its Undo may come in whatever order, and an Undo may name no more than the id', async () => {
  await wants(asha, { topic: true })
  const id = await followTopic()
  await say(node, mastodon, cleo, { id: `${mastodon.origin}/undo/2`, type: 'Undo', object: id })
  await settled()
  const left = () => rows(node.app.db, 'select 1 from topic_follower')
  expect(await left()).toEqual([])
  const late = `${mastodon.origin}/follows/late`
  const object = { id: late, type: 'Follow', actor: cleo, object: topic }
  await say(node, mastodon, cleo, { id: `${mastodon.origin}/undo/3`, type: 'Undo', object })
  await settled()
  await say(node, mastodon, cleo, { id: late, type: 'Follow', object: topic })
  await settled()
  expect(await left()).toEqual([])
})

test('nobody undoes what somebody else follows', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  const mallory = aRemotePerson(mastodon, 'mallory')
  await say(node, mastodon, mallory, {
    id: `${mastodon.origin}/undo/9`,
    type: 'Undo',
    object: { id: `${mastodon.origin}/follows/1`, type: 'Follow', actor: cleo, object: topic },
  })
  await settled()
  expect(await rows(node.app.db, 'select 1 from topic_follower')).toHaveLength(1)
})

test('what is announced stays announced by keys that outlive a month', async () => {
  await wants(asha, { topic: true })
  const key = (await read(topic)).json().publicKey.publicKeyPem
  node.time = later(node.time, 60 * day)
  await node.runTimetable('federation.tidy-up')
  expect((await read(topic)).json().publicKey.publicKeyPem).toBe(key)
})

test('with the setting off there are no such actors, and nothing is sent for them', async () => {
  await mastodon.close()
  await begin({ SIDEWAYS_TOPICS: 'off' })
  await wants(asha, { topic: true })
  expect((await read(topic)).status).toBe(404)
  expect((await finger()).status).toBe(404)
  await followTopic()
  await opened(node, asha)
  await settled()
  expect(sentTo(mastodon)).toEqual([])
  const reader = await signIn(node, 'asha@north.example')
  expect((await reader.get('/me/posts')).text).toContain('On this node nobody can follow a role.')
})

test('what topics announced is taken back once when the host turns them off', async () => {
  await wants(asha, { topic: true })
  await followTopic()
  await opened(node, asha)
  await settled()
  const before = sentTo(mastodon).length
  const off = { ...node.app, config: { ...node.app.config, topics: 'off' } } as const
  for (let time = 0; time < 2; time += 1) {
    for (const entry of noteTimetable) await entry.run(off)
    await settled()
  }
  expect(sentTo(mastodon).slice(before)).toMatchObject([{ type: 'Undo', actor: topic, object: { type: 'Announce' } }])
  expect(await rows(node.app.db, 'select 1 from topic_announcement where undone_at is null')).toEqual([])
})

test('a host can let other servers suggest its roles', async () => {
  await mastodon.close()
  await begin({ SIDEWAYS_TOPICS_DISCOVERABLE: 'true' })
  await wants(asha, { topic: true })
  expect((await read(topic)).json().discoverable).toBe(true)
})

test('no person can have the handle of a role, nor a role the handle that somebody had', async () => {
  const possible = topics().filter((role) => handleProblem(role) === undefined)
  expect(possible).toEqual([])
  expect(topics().filter((role) => !role.includes('-'))).toEqual(['archivist', 'librarian', 'fundraiser'])
  await expect(
    chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, asha.id, 'librarian'),
  ).rejects.toMatchObject({ problems: [{ field: 'handle', rule: 'reserved' }] })
  // Somebody who had it before roles could be followed keeps it.
  const lib = await aResident(node, 'libby', { roles: ['librarian'] })
  await rows(node.app.db, `update profile set handle = 'librarian' where account_id = $1`, [lib.id])
  await listed(node, lib, ['public'])
  await wants(lib, { topic: true })
  expect((await read(`${node.url}/ap/topics/librarian`)).status).toBe(404)
  expect((await read(`${node.url}/@librarian`, 'text/html')).text).toContain('Asha Rao')
})
