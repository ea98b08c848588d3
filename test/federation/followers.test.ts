import { rows } from '../../src/database/database.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { expectFixture } from './fixtures.ts'
import { actorOf, aPeer, followersIn, settled, type Peer } from '../support/peer.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Who follows a public person: she lets them in, turns them away and removes them; servers repeat themselves and mix up the order.

let node: TestNode
let mastodon: Peer
let asha: Resident
let person: string
let cleo: string

beforeEach(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  mastodon = await aPeer()
  asha = await aResident(node)
  await listed(node, asha, ['public'])
  await settled(node)
  person = await actorOf(node, asha)
  cleo = mastodon.account('cleo')
})

afterEach(() => mastodon.close())

function follow(actor: string, number: number): Promise<number> {
  return mastodon.post(node, actor, { id: `${mastodon.origin}/follows/${number}`, type: 'Follow', object: person })
}

// As Mastodon sends it: the Follow inside, with its id.
function undo(actor: string, number: number): Promise<number> {
  const id = `${mastodon.origin}/follows/${number}`
  return mastodon.post(node, actor, { type: 'Undo', object: { id, type: 'Follow', actor, object: person } })
}

async function buttonOn(page: string, name = 'follower'): Promise<string> {
  return new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? ''
}

test('she lets somebody in, removes them later, and lets them in after all; each time their server hears of the Follow that it sent', async () => {
  await follow(cleo, 1)
  await settled(node)
  const reader = await signIn(node, 'asha@north.example')
  const waiting = await reader.get('/me/followers')
  expect(waiting.text).toContain(`@cleo@${mastodon.host}`)
  expect(waiting.text).toContain(`Asked on 22 November 2026, from ${mastodon.host}`)
  const id = await buttonOn(waiting.text)
  for (const [answer, type] of [
    ['accept', 'Accept'],
    ['reject', 'Reject'],
    ['accept', 'Accept'],
  ] as const) {
    await reader.post('/me/followers', { follower: id, answer })
    await settled(node)
    expect(mastodon.received().at(-1)).toMatchObject({
      type,
      actor: person,
      object: { id: `${mastodon.origin}/follows/1`, type: 'Follow', actor: cleo, object: person },
    })
  }
  for (const answer of mastodon.received().slice(-2)) {
    const names = {
      [node.url]: 'https://north.example',
      [mastodon.origin]: 'https://social.example',
      [person.split('/').at(-1) ?? '']: '6fd3',
      [answer.id.split(/#(?:accept|reject)-/)[1] ?? '']: '31-b81c',
    }
    expectFixture(`person-${answer.type.toLowerCase()}`, answer, names)
  }
  expect(await followersIn(node)).toEqual([{ actor: cleo, state: 'accepted' }])
  expect((await reader.get('/me/followers?show=rejected')).text).toContain('go on showing them as waiting')
})

test('an answer that could not be delivered is not sent any more when she has changed it', async () => {
  mastodon.status = 503
  await follow(cleo, 1)
  await settled(node)
  const reader = await signIn(node, 'asha@north.example')
  const id = await buttonOn((await reader.get('/me/followers')).text)
  await reader.post('/me/followers', { follower: id, answer: 'accept' })
  await settled(node)
  await reader.post('/me/followers', { follower: id, answer: 'reject' })
  mastodon.status = 202
  const before = mastodon.received().length
  node.time = new Date(node.time.getTime() + 3_600_000)
  await settled(node)
  expect(mastodon.receivedTypes().slice(before)).toEqual(['Reject'])
})

test('whoever was turned away and asks again is turned away again; after an Undo they ask anew', async () => {
  await follow(cleo, 1)
  await settled(node)
  const reader = await signIn(node, 'asha@north.example')
  await reader.post('/me/followers', {
    follower: await buttonOn((await reader.get('/me/followers')).text),
    answer: 'reject',
  })
  await follow(cleo, 2)
  await settled(node)
  expect(mastodon.receivedTypes()).toEqual(['Reject', 'Reject'])
  expect(mastodon.received().at(-1)).toMatchObject({ object: { id: `${mastodon.origin}/follows/2` } })
  await undo(cleo, 1)
  await undo(cleo, 2)
  await follow(cleo, 3)
  await settled(node)
  expect(await followersIn(node)).toEqual([{ actor: cleo, state: 'waiting' }])
})

test('an Undo that overtakes its Follow leaves nobody behind, and one that comes late ends no newer Follow', async () => {
  await undo(cleo, 1)
  await settled(node)
  await follow(cleo, 1)
  await settled(node)
  expect(await followersIn(node)).toEqual([])
  await follow(cleo, 3)
  await settled(node)
  await undo(cleo, 2)
  await settled(node)
  await follow(cleo, 2)
  await settled(node)
  expect(await followersIn(node)).toHaveLength(1)
  expect(await rows(node.app.db, `select follow::json ->> 'id' as id from follower`)).toEqual([
    { id: `${mastodon.origin}/follows/3` },
  ])
})

test('an Undo of Misskey, which names another id than the Follow had, and one that is only an id end what they mean', async () => {
  await follow(cleo, 1)
  await settled(node)
  const id = `${mastodon.origin}/follows/9abc/9def`
  await mastodon.post(node, cleo, { type: 'Undo', object: { id, type: 'Follow', actor: cleo, object: person } })
  await settled(node)
  expect(await followersIn(node)).toEqual([])
  await follow(cleo, 2)
  await settled(node)
  await mastodon.post(node, cleo, { type: 'Undo', object: `${mastodon.origin}/follows/2` })
  await settled(node)
  expect(await followersIn(node)).toEqual([])
})

test('nobody but their own server can take a Follow back', async () => {
  await follow(cleo, 1)
  await settled(node)
  const other = await aPeer()
  const mallory = other.account('mallory')
  const id = `${mastodon.origin}/follows/1`
  await other.post(node, mallory, { type: 'Undo', object: { id, type: 'Follow', actor: cleo, object: person } })
  await other.post(node, mallory, { type: 'Undo', object: id })
  await settled(node)
  expect(await followersIn(node)).toHaveLength(1)
  await other.close()
})

test('who is gone follows nobody, also when their Follow arrives after it', async () => {
  await follow(cleo, 1)
  await settled(node)
  await mastodon.post(node, cleo, { type: 'Delete', object: cleo })
  await settled(node)
  await follow(cleo, 2)
  await settled(node)
  expect(await followersIn(node)).toEqual([])
})

test('whom she blocked cannot follow her, and hears nothing', async () => {
  await blockActor(node.app, { accountId: asha.id, actor: cleo, host: mastodon.host })
  await follow(cleo, 1)
  await settled(node)
  expect(await followersIn(node)).toEqual([])
  expect(mastodon.receivedTypes()).toEqual([])
})

test('she lets everybody in: her actor says so, followers hear of it, and who asks is accepted at once', async () => {
  await follow(cleo, 1)
  await settled(node)
  const reader = await signIn(node, 'asha@north.example')
  await reader.post('/me/followers', {
    follower: await buttonOn((await reader.get('/me/followers')).text),
    answer: 'accept',
  })
  await reader.post('/me/followers/who', { who: 'everybody' })
  await settled(node)
  expect(mastodon.received().at(-1)).toMatchObject({ type: 'Update', object: { manuallyApprovesFollowers: false } })
  const dai = mastodon.account('dai')
  await follow(dai, 2)
  await settled(node)
  expect(await followersIn(node)).toEqual([
    { actor: cleo, state: 'accepted' },
    { actor: dai, state: 'accepted' },
  ])
  await reader.post('/me/followers/who', { who: 'by-hand' })
  await follow(mastodon.account('eve'), 3)
  await settled(node)
  expect((await followersIn(node)).map(({ state }) => state)).toEqual(['accepted', 'accepted', 'waiting'])
})

test('a host that lets everybody in says so in each actor, and a person may still choose otherwise', async () => {
  const open = await aNode({
    settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example', SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic' },
  })
  const ben = await aResident(open, 'ben')
  await listed(open, ben, ['public'])
  await settled(open)
  const locked = async () => {
    const answer = await fetch(await actorOf(open, ben), { headers: { accept: 'application/activity+json' } })
    return ((await answer.json()) as { readonly manuallyApprovesFollowers: boolean }).manuallyApprovesFollowers // our own document
  }
  expect(await locked()).toBe(false)
  const reader = await signIn(open, 'ben@north.example')
  await reader.post('/me/followers/who', { who: 'by-hand' })
  expect(await locked()).toBe(true)
})

test('hundreds of followers are shown fifty to a page, and nobody else is told who or how many', async () => {
  const personId = person.split('/').at(-1)
  await rows(
    node.app.db,
    `insert into follower (id, person_id, actor, handle, inbox, follow, state, asked_at)
     select 'f' || n, $1, 'https://social.example/users/p' || n, '@p' || n || '@social.example', 'https://social.example/inbox', '{}',
       'accepted', $2::timestamptz + n * interval '1 second' from generate_series(1, 620) n`,
    [personId, node.time],
  )
  const reader = await signIn(node, 'asha@north.example')
  const first = await reader.get('/me/followers')
  expect(first.text).toContain('Following you (620)')
  expect(first.text.match(/name="follower"/g)).toHaveLength(50)
  const last = await reader.get('/me/followers?show=accepted&page=13')
  expect(last.text.match(/name="follower"/g)).toHaveLength(20)
  expect(last.text).toContain('@p620@social.example')
  expect((await reader.get('/me/followers?show=accepted&page=99')).text).toContain('@p620@social.example')
  for (const name of ['followers', 'following']) {
    const shown = await (await fetch(`${person}/${name}`, { headers: { accept: 'application/activity+json' } })).json()
    expect(shown).not.toHaveProperty('totalItems')
    expect(shown).not.toHaveProperty('first')
    expect(shown).not.toHaveProperty('orderedItems')
  }
})

test("a follower's new inbox is read from their own server, whatever the Update says", async () => {
  await follow(cleo, 1)
  await settled(node)
  const inbox = `${mastodon.origin}/new-inbox`
  mastodon.change(cleo, { inbox, endpoints: {} })
  const object = { id: cleo, type: 'Person', inbox: 'https://elsewhere.example/inbox' }
  await mastodon.post(node, cleo, { type: 'Update', object })
  await settled(node)
  expect(await rows(node.app.db, 'select inbox, shared_inbox as shared from follower')).toEqual([
    { inbox, shared: null },
  ])
})
