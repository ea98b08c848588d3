import { rows } from '../../src/database/database.ts'
import { hour, later, minute } from '../../src/common/clock.ts'
import { listingOf } from '../../src/listing/views.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'
import { post, postByMessageSignature, waiting, type Oddity } from './inbox-post.ts'

// The way in (FEDERATION.md, Inbox): what is refused, what is kept, and what a worker makes of it.

const context = 'https://www.w3.org/ns/activitystreams'
const began = new Date('2026-11-22T09:00:00Z')

let node: TestNode
let mastodon: StrangersServer
let cleo: string
let asha: string
let made = 0

beforeAll(async () => {
  node = await aNode({ time: began })
  mastodon = await aStrangersServer()
  cleo = aRemotePerson(mastodon, 'cleo')
  const resident = await aResident(node)
  await listed(node, resident, ['here', 'public'])
  await settled()
  asha = `${node.url}/ap/people/${(await listingOf(node.app.db, resident.id))?.personId}`
})

afterAll(() => mastodon.close())

// The limits of one test are no matter of the next.
beforeEach(() => {
  node.time = later(node.time, hour)
})

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

function newId(): string {
  made += 1
  return `${mastodon.origin}/activities/${made}`
}

function follow(actor = cleo, more: object = {}) {
  return { '@context': context, id: newId(), type: 'Follow', actor, object: asha, ...more }
}

async function status(body: unknown, odd: Oddity = {}, actor = cleo): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (await post(node, mastodon, actor, text, odd)).status
}

async function followers(): Promise<readonly string[]> {
  const found = await rows<{ actor: string }>(node.app.db, 'select actor from follower order by actor')
  return found.map(({ actor }) => actor)
}

/** Brackets in brackets; the whole document is one deeper. */
function nested(depth: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < depth; level += 1) value = [value]
  return value
}

describe('a POST to an inbox', () => {
  test.each([
    ['is no JSON', () => '{"@context":', 400],
    ['is a list', () => JSON.stringify([follow()]), 400],
    ['has no context', () => follow(cleo, { '@context': undefined }), 400],
    ['has another context alone', () => follow(cleo, { '@context': 'https://w3id.org/security/v1' }), 400],
    ['says what it is by a context of its own', () => follow(cleo, { '@context': { '@vocab': context } }), 400],
    ['has no id', () => follow(cleo, { id: undefined }), 400],
    ['has an id on another server', () => follow(cleo, { id: 'https://west.example/1' }), 400],
    ['has an id with a character that cannot be kept', () => follow(cleo, { id: `${mastodon.origin}/\u0000` }), 400],
    ['has two types', () => follow(cleo, { type: ['Follow', 'Like'] }), 400],
    ['is 32 deep', () => follow(cleo, { deep: nested(31) }), 202],
    ['is 33 deep', () => follow(cleo, { deep: nested(32) }), 400],
    ['has 10,000 values', () => follow(cleo, { wide: Array.from({ length: 9_993 }, () => 0) }), 202],
    ['has 10,001 values', () => follow(cleo, { wide: Array.from({ length: 9_994 }, () => 0) }), 400],
    ['is of somebody else', () => follow(aRemotePerson(mastodon, 'dora')), 401],
  ])('that %s', async (_what, body, expected) => {
    const before = await waiting(node)
    expect(await status(body())).toBe(expected)
    expect((await waiting(node)).length).toBe(before.length + (expected === 202 ? 1 : 0))
  })

  test.each<[string, Oddity, number]>([
    ['without a signature', { without: ['signature'] }, 401],
    ['without a digest', { without: ['digest'] }, 401],
    ['with another body than was signed', { sends: '{"type":"Delete"}' }, 401],
    ['signed for another host', { host: 'west.example' }, 401],
    ['signed two hours ago', { at: later(new Date(), -2 * hour) }, 401],
    ['signed for tomorrow', { at: later(new Date(), 24 * hour) }, 401],
    ['signed by a key that is not there', { keyId: 'http://127.0.0.1:1/users/cleo#main-key' }, 401],
    ['of plain JSON', { headers: { 'content-type': 'application/json' } }, 415],
    ['of JSON-LD in general', { headers: { 'content-type': 'application/ld+json' } }, 415],
    ['of JSON-LD with the profile', { headers: { 'content-type': `application/ld+json; profile="${context}"` } }, 202],
    [
      'of activity+json with a charset',
      { headers: { 'content-type': 'application/activity+json; charset=utf-8' } },
      202,
    ],
    ['to the inbox of the person', { path: '/ap/people/0000000000/inbox' }, 202],
    ['to an inbox of nothing', { path: '/ap/nothing/inbox' }, 404],
  ])('%s', async (_what, odd, expected) => {
    expect(await status(follow(), odd)).toBe(expected)
  })

  test('of more than 256 KiB is refused, whether or not it says so before', async () => {
    const large = JSON.stringify(follow(cleo, { summary: 'x'.repeat(256 * 1024) }))
    expect(await status(large)).toBe(413)
    expect(await status(large, { headers: { 'transfer-encoding': 'chunked' } })).toBe(413)
    expect(await status(follow(cleo, { summary: 'x'.repeat(255 * 1024) }))).toBe(202)
  })

  test('that is not UTF-8 is refused', async () => {
    const body = Buffer.concat([Buffer.from(JSON.stringify(follow()).slice(0, -1)), Buffer.from([0xff, 0x7d])])
    expect((await post(node, mastodon, cleo, body)).status).toBe(400)
  })

  test('may be signed by RFC 9421, if it covers method, target and body, and is of now', async () => {
    const by = async (odd: Parameters<typeof postByMessageSignature>[4]): Promise<number> =>
      (await postByMessageSignature(node, mastodon, cleo, JSON.stringify(follow()), odd)).status
    expect(await by({})).toBe(202)
    expect(await by({ digestOf: '{}' })).toBe(401)
    expect(await by({ covers: ['@method', '@target-uri'] })).toBe(401)
    expect(await by({ covers: ['@method', 'content-digest'] })).toBe(401)
    expect(await by({ covers: ['@target-uri', 'content-digest'] })).toBe(401)
    expect(await by({ created: Math.floor(Date.now() / 1000) - 7200 })).toBe(401)
  })

  test('from a server that is refused is refused before anything is fetched', async () => {
    const west = await aStrangersServer()
    const eve = aRemotePerson(west, 'eve').replace('127.0.0.1', 'localhost')
    const body = JSON.stringify(follow(eve))
    await rows(node.app.db, `insert into domain_block (domain, reason, blocked_at) values ('localhost', 'spam', now())`)
    expect((await post(node, west, eve, body)).status).toBe(403)
    expect(west.requests).toEqual([])
    await rows(node.app.db, 'delete from domain_block')
    await west.close()
  })
})

describe('an activity', () => {
  test('that comes again is answered the same, and kept and done once, however many come at once', async () => {
    const body = JSON.stringify(follow())
    const before = (await waiting(node)).length
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(node, mastodon, cleo, body)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]))
    expect((await waiting(node)).length).toBe(before + 1)
    await settled()
    expect(await waiting(node)).toEqual([])
    expect(await status(body)).toBe(202)
    expect(await waiting(node)).toEqual([])
  })

  test.each([
    ['Like', { type: 'Like' }],
    ['Announce', { type: 'Announce' }],
    ['of a type that nobody knows', { type: 'Frobnicate' }],
    ['Delete of somebody of whom nothing is here', { type: 'Delete', actor: 'nobody', object: 'nobody' }],
    ['Update of somebody unknown', { type: 'Update', actor: 'nobody', object: { id: 'nobody', type: 'Person' } }],
    ['Create for everyone', { type: 'Create', to: [`${context}#Public`], object: { type: 'Note', content: 'x' } }],
    ['Undo of a Like', { type: 'Undo', object: { type: 'Like', object: 'x' } }],
    ['Follow of somebody elsewhere', { type: 'Follow', object: 'https://west.example/users/x' }],
  ])('%s is answered 202 and not kept, once its signature is checked', async (_what, more) => {
    const nobody = aRemotePerson(mastodon, 'nobody')
    const text = JSON.stringify(follow(cleo, more)).replaceAll('"nobody"', JSON.stringify(nobody))
    const actor = text.includes(nobody) ? nobody : cleo
    expect(await status(text, { without: ['signature'] }, actor)).toBe(401)
    expect(await status(text, { sends: '{}' }, actor)).toBe(401)
    expect(await status(text, {}, actor)).toBe(202)
    expect(await waiting(node)).toEqual([])
  })

  test('Delete of an actor whose key is gone is answered 202 and dropped; any other activity with such a key is not', async () => {
    const gone = `${mastodon.origin}/users/gone`
    const body = { '@context': context, id: newId(), type: 'Delete', actor: gone, object: gone }
    expect(await status(body, {}, gone)).toBe(202)
    expect(await status(follow(gone), {}, gone)).toBe(401)
    const other = `${mastodon.origin}/users/other`
    expect(await status({ ...body, object: other }, {}, gone)).toBe(401)
    expect(await waiting(node)).toEqual([])
  })

  test('waits while no worker is there, and those of one actor are worked on in their order', async () => {
    await rows(node.app.db, 'delete from follower')
    const first = follow()
    const second = follow(cleo, { type: 'Undo', object: first })
    const others = ['fay', 'gil', 'hal'].map((name) => aRemotePerson(mastodon, name))
    expect(await status(first)).toBe(202)
    expect(await status(second)).toBe(202)
    for (const actor of others) expect(await status(follow(actor), {}, actor)).toBe(202)
    expect(await waiting(node)).toHaveLength(5)
    await settled()
    expect(await waiting(node)).toEqual([])
    expect(await followers()).toEqual(others.toSorted())
  })

  test('that fails waits longer each time and holds up nobody but its own actor', async () => {
    await rows(node.app.db, 'delete from follower')
    const poison = aRemotePerson(mastodon, 'poison')
    const well = aRemotePerson(mastodon, 'well')
    const asked = follow(poison)
    expect(await status(asked, {}, poison)).toBe(202)
    // Its server is away when the worker wants to know where to answer.
    const document = mastodon.documents.get('/users/poison')
    mastodon.documents.delete('/users/poison')
    await rows(node.app.db, 'delete from remote_actor')
    expect(await status(follow(well), {}, well)).toBe(202)
    const undo = follow(poison, { type: 'Undo', object: asked })
    expect(await status(undo, {}, poison)).toBe(202)
    await settled()
    expect(await followers()).toEqual([well])
    expect(await waiting(node)).toEqual([asked.id, undo.id])
    node.time = later(node.time, 90_000)
    await settled()
    const failures = await rows<{ failures: number }>(node.app.db, 'select failures from inbox_activity where aside')
    expect(failures).toEqual([{ failures: 2 }])
    mastodon.documents.set('/users/poison', document)
    node.time = later(node.time, 3 * minute)
    await settled()
    expect(await waiting(node)).toEqual([])
    expect(await followers()).toEqual([well])
  })

  test('that always fails is given up, and what came after it is done', async () => {
    const poison = aRemotePerson(mastodon, 'dead')
    expect(await status(follow(poison), {}, poison)).toBe(202)
    mastodon.documents.delete('/users/dead')
    await rows(node.app.db, 'delete from remote_actor')
    for (let round = 0; round < 8; round += 1) {
      await settled()
      node.time = later(node.time, 7 * hour)
    }
    expect(await waiting(node)).toEqual([])
  })
})

describe('an inbox takes so much and no more', () => {
  test('of one key in a minute; then it says when to come again', async () => {
    const like = () => JSON.stringify(follow(cleo, { type: 'Like' }))
    for (let count = 0; count < 300; count += 20)
      await Promise.all(Array.from({ length: 20 }, async () => expect(await status(like())).toBe(202)))
    const refused = await post(node, mastodon, cleo, like())
    expect([refused.status, refused.retryAfter]).toEqual([429, '60'])
    const other = aRemotePerson(mastodon, 'ian')
    expect(await status(follow(other, { type: 'Like' }), {}, other)).toBe(202)
    node.time = later(node.time, minute)
    expect(await status(like())).toBe(202)
  })

  test('of actors of one host that it never saw, in an hour; those it knows are not concerned', async () => {
    const west = await aStrangersServer()
    const says = async (actor: string) =>
      post(node, west, actor, JSON.stringify({ ...follow(actor, { type: 'Like' }), id: `${west.origin}/${newId()}` }))
    const first = aRemotePerson(west, 'first')
    expect((await says(first)).status).toBe(202)
    for (let count = 1; count < 120; count += 1)
      expect((await says(aRemotePerson(west, `new${count}`))).status).toBe(202)
    const late = aRemotePerson(west, 'late')
    const refused = await says(late)
    expect([refused.status, refused.retryAfter]).toEqual([429, '3600'])
    expect(west.requests.some(({ path }) => path === '/users/late')).toBe(false)
    expect((await says(first)).status).toBe(202)
    node.time = later(node.time, hour)
    expect((await says(late)).status).toBe(202)
    await west.close()
  })

  test('that waits for a worker, of one host', async () => {
    const { host } = new URL(mastodon.origin)
    await rows(
      node.app.db,
      `insert into inbox_activity (id, actor, host, body, received_at) select 'x' || n, 'x', $1, '{}', now() from generate_series(1, 5000) n`,
      [host],
    )
    await new Promise((resolve) => setTimeout(resolve, 2_100)) // counted every two seconds
    const refused = await post(node, mastodon, cleo, JSON.stringify(follow()))
    expect([refused.status, refused.retryAfter]).toEqual([429, '300'])
    await rows(node.app.db, 'delete from inbox_activity')
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    expect(await status(follow())).toBe(202)
  })
})
