import { rows } from '../../src/database/database.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { flagOf } from '../../src/listing/views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { expectFixture } from './fixtures.ts'
import { actorOf, aPeer, followersIn, settled, type Peer } from '../support/peer.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Accounts that move: a follower's, an old one of hers that comes here, and hers that goes away.

const day = 86_400_000

let node: TestNode
let mastodon: Peer
let asha: Resident
let person: string
let reader: Awaited<ReturnType<typeof signIn>>

beforeEach(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  mastodon = await aPeer()
  asha = await aResident(node)
  await listed(node, asha, ['public'])
  await settled(node)
  person = await actorOf(node, asha)
  reader = await signIn(node, 'asha@north.example')
})

afterEach(() => mastodon.close())

let follows = 0
async function follow(actor: string, peer = mastodon): Promise<void> {
  follows += 1
  await peer.post(node, actor, { id: `${peer.origin}/follows/m${follows}`, type: 'Follow', object: person })
  await settled(node)
}

async function letIn(): Promise<void> {
  const page = await reader.get('/me/followers')
  const follower = /name="follower" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  await reader.post('/me/followers', { follower, answer: 'accept' })
  await settled(node)
}

async function document(): Promise<Record<string, unknown>> {
  const answer = await fetch(person, { headers: { accept: 'application/activity+json' } })
  return (await answer.json()) as Record<string, unknown> // our own document
}

test('she names her other accounts, by handle or by address, and her followers hear of it', async () => {
  await follow(mastodon.account('cleo'))
  await letIn()
  const old = mastodon.account('asha_old')
  const named = await reader.post('/me/listing/moving', { alias: `@asha_old@${mastodon.host}` })
  expect(named.text).toContain('Named. Other servers are told.')
  await settled(node)
  expect((await document())['alsoKnownAs']).toEqual([old])
  expect(mastodon.received().at(-1)).toMatchObject({ type: 'Update', object: { alsoKnownAs: [old] } })
  const more = mastodon.account('asha_more')
  await reader.post('/me/listing/moving', { alias: more })
  expect((await document())['alsoKnownAs']).toEqual([more, old])
  expect((await reader.get('/me/listing/moving')).text).toContain(`@asha_old@${mastodon.host}`)
  await reader.post('/me/listing/moving/drop', { actor: old })
  expect((await document())['alsoKnownAs']).toEqual([more])
})

test.each([
  ['what is no account', 'asha', 'Write it like @asha@social.example'],
  ['an account that is not there', 'nobody', 'does not know this account'],
  ['a server that does not answer', '@asha@127.0.0.1:1', 'does not answer'],
  ['an account of this node', 'own', 'an account on another server'],
])('%s is refused with a sentence', async (_what, typed, sentence) => {
  const alias = typed === 'nobody' ? `@nobody@${mastodon.host}` : typed === 'own' ? person : typed
  const answer = await reader.post('/me/listing/moving', { alias })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain(sentence)
})

test('at most five accounts are named, and one on a document of another server is not believed', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await reader.post('/me/listing/moving', { alias: mastodon.account(name) })
  const sixth = await reader.post('/me/listing/moving', { alias: mastodon.account('f') })
  expect(sixth.text).toContain('You can name at most 5 accounts')
  await reader.post('/me/listing/moving/drop', { actor: `${mastodon.origin}/users/a` })
  const other = await aPeer()
  const forged = mastodon.account('forged', { id: other.account('victim') })
  expect((await reader.post('/me/listing/moving', { alias: forged })).status).toBe(400)
  await other.close()
  expect((await document())['alsoKnownAs']).toHaveLength(4)
})

test('followers of her old account come along for 14 days, if she lets them, and only if the old account is hers', async () => {
  const [old, stranger] = [mastodon.account('asha_old'), mastodon.account('stranger')]
  await reader.post('/me/listing/moving', { alias: old })
  await reader.post('/me/listing/moving/followers', { along: 'yes' })
  await mastodon.post(node, stranger, { type: 'Move', object: stranger, target: person })
  await settled(node)
  await follow(mastodon.account('early'))
  await mastodon.post(node, old, { type: 'Move', object: old, target: person })
  await settled(node)
  await follow(mastodon.account('follower'))
  node.time = new Date(node.time.getTime() + 15 * day)
  await follow(mastodon.account('late'))
  const state = async (name: string) => (await followersIn(node)).find(({ actor }) => actor.endsWith(`/${name}`))?.state
  expect([await state('early'), await state('follower'), await state('late')]).toEqual([
    'waiting',
    'accepted',
    'waiting',
  ])
  expect((await reader.get('/me/listing/moving')).text).toContain('It said on 22 November 2026 that it moves here.')
})

describe('a follower who moves', () => {
  let old: string
  let fresh: string
  let elsewhere: Peer

  beforeEach(async () => {
    elsewhere = await aPeer()
    old = mastodon.account('cleo')
    fresh = elsewhere.account('cleo', { alsoKnownAs: [old] })
    await follow(old)
    await letIn()
    mastodon.change(old, { movedTo: fresh })
  })

  afterEach(() => elsewhere.close())

  const move = async (): Promise<void> => {
    await mastodon.post(node, old, { type: 'Move', object: old, target: fresh })
    await settled(node)
  }

  test('is let in again under the new account, and the old one is forgotten', async () => {
    await move()
    expect(await followersIn(node)).toEqual([{ actor: old, state: 'accepted' }])
    await follow(fresh, elsewhere)
    expect(await followersIn(node)).toEqual([{ actor: fresh, state: 'accepted' }])
    expect(elsewhere.receivedTypes()).toEqual(['Accept'])
  })

  test('is let in also when the Follow comes before the Move', async () => {
    await follow(fresh, elsewhere)
    expect(elsewhere.receivedTypes()).toEqual([])
    await move()
    expect(await followersIn(node)).toEqual([{ actor: fresh, state: 'accepted' }])
    expect(elsewhere.receivedTypes()).toEqual(['Accept'])
  })

  test.each([
    ['the new account does not name the old one', () => elsewhere.change(fresh, { alsoKnownAs: [] })],
    ['the old account does not say where it went', () => mastodon.change(old, { movedTo: undefined })],
    [
      'the old account went somewhere else',
      () => mastodon.change(old, { movedTo: `${elsewhere.origin}/users/mallory` }),
    ],
  ])('has to ask like everybody else when %s', async (_what, change) => {
    change()
    await move()
    await follow(fresh, elsewhere)
    expect((await followersIn(node)).map(({ state }) => state).toSorted()).toEqual(['accepted', 'waiting'])
  })

  test('whose Move somebody else sends stays where they are', async () => {
    const mallory = elsewhere.account('mallory', { alsoKnownAs: [old] })
    await elsewhere.post(node, mallory, { type: 'Move', object: old, target: mallory })
    await settled(node)
    await follow(mallory, elsewhere)
    expect((await followersIn(node)).find(({ actor }) => actor === mallory)?.state).toBe('waiting')
  })
})

describe('moving away', () => {
  let target: string

  beforeEach(async () => {
    await follow(mastodon.account('cleo'))
    await letIn()
    await opened(node, asha)
    await settled(node)
    target = mastodon.account('asha', { alsoKnownAs: [person] })
  })

  const go = () => reader.post('/me/listing/moving/away', { target, sure: 'yes' })

  test('the page says what happens and what does not, and asks twice', async () => {
    expect((await reader.get('/me/listing/moving/away')).text).toContain(person)
    const page = await reader.post('/me/listing/moving/away', { target: `@asha@${mastodon.host}` })
    expect(page.text).toContain(`Move to @asha@${mastodon.host}?`)
    expect(page.text).toContain('your posts and messages do not move')
    expect(page.text).toContain('you cannot move again for 30 days')
    expect((await document())['movedTo']).toBeUndefined()
  })

  test('followers get a Move as Mastodon reads it, her actor and page say where she went, and nobody new comes in', async () => {
    await go()
    await settled(node)
    const [move] = mastodon.received().filter(({ type }) => type === 'Move')
    expect(move).toEqual({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: expect.stringContaining(`${person}#move-`),
      type: 'Move',
      actor: person,
      object: person,
      target,
      to: [`${person}/followers`],
    })
    const names = {
      [node.url]: 'https://north.example',
      [mastodon.origin]: 'https://social.example',
      [person.split('/').at(-1) ?? '']: '6fd3',
      [move?.id.split('-').at(-1) ?? '']: 'b81c',
    }
    expectFixture('person-move', move ?? {}, names)
    expect((await document())['movedTo']).toBe(target)
    expect((await reader.get('/@asha')).text).toContain(`@asha@${mastodon.host}`)
    expect((await flagOf(node.app.db, asha.id))?.closedAt).not.toBeNull()
    await follow(mastodon.account('dai'))
    expect(mastodon.received().at(-1)).toMatchObject({ type: 'Reject', object: { type: 'Follow' } })
    expect(await followersIn(node)).toHaveLength(1)
    await follow(`${mastodon.origin}/users/cleo`)
    expect(mastodon.received().at(-1)).toMatchObject({ type: 'Accept' })
  })

  test.each([
    ['does not name hers as an old one', { alsoKnownAs: [] }, 'does not name this one'],
    ['has moved on itself', { movedTo: 'https://third.example/users/asha' }, 'has itself moved on'],
  ])('a target that %s is refused', async (_what, more, sentence) => {
    mastodon.change(target, more)
    const answer = await go()
    expect([answer.status, answer.text.includes(sentence)]).toEqual([400, true])
    expect(mastodon.receivedTypes()).not.toContain('Move')
  })

  test('it can be taken back, not be done again for 30 days, and be followed by leaving', async () => {
    await go()
    await settled(node)
    await reader.post('/me/listing/moving/back', {})
    await settled(node)
    const updates = mastodon.received().filter(({ type }) => type === 'Update')
    expect(updates.at(-2)).toMatchObject({ object: { movedTo: target } })
    expect(updates.at(-1)?.['object']).not.toHaveProperty('movedTo')
    expect((await document())['movedTo']).toBeUndefined()
    expect((await go()).status).toBe(409)
    node.time = new Date(node.time.getTime() + 31 * day)
    await closeToChat(node.app, asha)
    reader = await signIn(node, 'asha@north.example')
    expect((await go()).text).toContain('You have moved.')
    await reader.post('/me/listing/withdraw', {})
    await settled(node)
    expect(mastodon.receivedTypes().at(-1)).toBe('Delete')
    expect(await rows(node.app.db, 'select 1 from person_alias union all select 1 from follower')).toEqual([])
  })
})
