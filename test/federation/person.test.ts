import { signRequest } from '@fedify/fedify'
import { rows } from '../../src/database/database.ts'
import { closeToChat, endScope } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// A public practitioner as Mastodon, GoToSocial and Misskey see her (FEDERATION.md, Actors).

let node: TestNode
let mastodon: StrangersServer
let cleo: string
let asha: Resident
let actor: string

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  mastodon = await aStrangersServer()
  cleo = aRemotePerson(mastodon, 'cleo')
  asha = await aResident(node)
  await listed(node, asha, ['here', 'partners', 'public'])
  await settled()
  actor = `${node.url}/ap/people/${(await listingOf(node.app.db, asha.id))?.personId}`
})

afterAll(() => mastodon.close())

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

async function get(url: string, accept = 'application/activity+json') {
  const answer = await fetch(url, { headers: { accept }, redirect: 'manual' })
  const text = await answer.text()
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, json: () => JSON.parse(text) }
}

async function post(activity: object, inbox = `${node.url}/ap/inbox`): Promise<number> {
  const request = new Request(inbox, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json' },
    body: JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', actor: cleo, ...activity }),
  })
  return (
    await fetch(
      await signRequest(request, mastodon.rsa.privateKey, new URL(`${cleo}#main-key`), {
        spec: 'draft-cavage-http-signatures-12',
      }),
    )
  ).status
}

type Sent = Record<string, unknown> & { readonly object: { readonly id: string; readonly content: string } }

function sent(type: string): Sent[] {
  return mastodon.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body))
    .filter((activity) => activity.type === type)
}

/** Looks for private halves of keys, in JWK and in PEM, in what is queued or stored on its way out. */
async function expectNoKeysIn(query: string): Promise<void> {
  const texts = await rows<{ text: string }>(node.app.db, query)
  expect(texts.length).toBeGreaterThan(0)
  const keys = await rows<{ secret: string }>(node.app.db, `select private_jwk::json ->> 'd' as secret from actor_key`)
  expect(keys.length).toBeGreaterThanOrEqual(6)
  for (const { text } of texts) {
    expect(text).not.toContain('PRIVATE KEY')
    for (const { secret } of keys) expect(text).not.toContain(secret)
  }
}

test('her actor has what Mastodon, GoToSocial and Misskey want, and nothing that she did not make public', async () => {
  const person = (await get(actor)).json()
  expect(person).toMatchObject({
    id: actor,
    type: 'Person',
    preferredUsername: 'asha',
    name: 'Asha Rao',
    url: `${node.url}/@asha`,
    manuallyApprovesFollowers: true,
    discoverable: false,
    indexable: false,
    endpoints: { sharedInbox: `${node.url}/ap/inbox` },
    publicKey: { id: `${actor}#main-key`, owner: actor },
  })
  expect(person.attachment.map((field: { name: string; value?: string }) => field.name)).toEqual([
    'Role',
    'Organisation',
    'Sector and country',
    'Peer chat',
  ])
  expect(person.attachment[0]).toEqual({ type: 'PropertyValue', name: 'Role', value: 'Product manager' })
  expect(JSON.stringify(person)).not.toContain('onlyOne')
  expect(JSON.stringify(person)).not.toContain('@north.example')
})

test('WebFinger and her actor name each other byte for byte', async () => {
  const { host } = new URL(node.url)
  const found = (await get(`${node.url}/.well-known/webfinger?resource=acct:asha@${host}`)).json()
  expect(found.subject).toBe(`acct:asha@${host}`)
  expect(found.links.find((link: { rel: string }) => link.rel === 'self').href).toBe(actor)
})

test('her page and her actor agree', async () => {
  const page = (await get(`${node.url}/@asha`, 'text/html')).text
  const person = (await get(actor)).json()
  for (const said of [person.name, 'Product manager', 'North Council', 'Local government', 'United Kingdom'])
    expect(page).toContain(said)
  expect(page).toContain(`href="${actor}"`)
  expect(page).not.toContain('Only one in the organisation')
})

test('a follower waits until she lets them in, and hears of it with the Follow that they sent', async () => {
  const follow = { id: `${mastodon.origin}/follows/1`, type: 'Follow', object: actor }
  expect(await post(follow)).toBe(202)
  await settled()
  expect(sent('Accept')).toEqual([])

  const reader = await signIn(node, 'asha@north.example')
  const page = await reader.get('/me/followers')
  expect(page.text).toContain(`@cleo@${new URL(mastodon.origin).host}`)
  const id = /name="follower" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  await reader.post('/me/followers', { follower: id, answer: 'accept' })
  await settled()
  expect(sent('Accept')).toHaveLength(1)
  expect(sent('Accept')[0]).toMatchObject({
    actor,
    object: { id: follow.id, type: 'Follow', actor: cleo, object: actor },
  })
})

test('a Follow that is sent again is accepted again, and there is still one follower', async () => {
  await post({ id: `${mastodon.origin}/follows/2`, type: 'Follow', object: actor })
  await settled()
  expect(sent('Accept').at(-1)).toMatchObject({ object: { id: `${mastodon.origin}/follows/2` } })
  expect(await rows(node.app.db, 'select 1 from follower')).toHaveLength(1)
})

test('followers get a Note when her flag opens, with its end in the text, once', async () => {
  await opened(node, asha)
  await expectNoKeysIn('select payload::text as text from graphile_worker._private_jobs')
  await settled()
  await settled()
  await expectNoKeysIn('select body as text from outgoing_activity')
  const [create, ...more] = sent('Create')
  expect(more).toEqual([])
  expect(create).toMatchObject({ actor, object: { type: 'Note', attributedTo: actor, sensitive: false } })
  expect(create?.object.content).toContain('22 December 2026')
  expect(create?.object).not.toHaveProperty('summary')
  expect((await get(create?.object.id ?? '')).status).toBe(200)
  expect((await get(`${actor}/featured`)).json().orderedItems).toEqual([create?.object.id])
  expect((await get(actor)).json().attachment.find((field: { name: string }) => field.name === 'Peer chat').value).toBe(
    'Open until 22 December 2026',
  )
  expect(sent('Update').at(-1)).toMatchObject({ actor, object: { id: actor, type: 'Person' } })
})

test('the flag can be read as a Proposal', async () => {
  const proposal = (await get((await get(actor)).json().peerChat)).json()
  expect(proposal).toMatchObject({
    type: 'Proposal',
    purpose: 'offer',
    attributedTo: actor,
    endTime: '2026-12-22T23:59:59Z',
  })
})

test('every delivery is signed by her RSA key over method, host, date and digest', () => {
  const delivered = mastodon.requests.findLast(({ method }) => method === 'POST')
  expect(String(delivered?.headers['signature'])).toContain(`keyId="${actor}#main-key"`)
  expect(String(delivered?.headers['signature'])).toMatch(/headers="[^"]*\(request-target\)[^"]*"/)
  expect(delivered?.headers['digest']).toMatch(/^SHA-256=/)
})

test('when the flag closes the Note is deleted everywhere', async () => {
  const noteId = sent('Create')[0]?.object.id ?? ''
  await closeToChat(node.app, asha)
  await settled()
  expect(sent('Delete').at(-1)).toMatchObject({ actor, object: { id: noteId, type: 'Tombstone' } })
  const gone = await get(noteId)
  expect([gone.status, gone.json().type]).toEqual([410, 'Tombstone'])
})

test('somebody who stops following is forgotten', async () => {
  const start = node.time
  node.time = new Date(start.getTime() + 2 * 3_600_000)
  await post({
    id: `${mastodon.origin}/undo/1`,
    type: 'Undo',
    object: { id: `${mastodon.origin}/follows/2`, type: 'Follow', actor: cleo, object: actor },
  })
  await settled()
  expect(await rows(node.app.db, 'select 1 from follower')).toEqual([])
  node.time = start
})

test('when she leaves public scope everyone who had her is told, and her addresses answer 410 for good', async () => {
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  expect((await get(actor)).status).toBe(410)
  await settled()
  expect(sent('Delete').at(-1)).toMatchObject({
    actor,
    object: actor,
    to: ['https://www.w3.org/ns/activitystreams#Public'],
  })
  expect((await get(`${node.url}/@asha`, 'text/html')).status).toBe(410)
  expect((await get(`${node.url}/.well-known/webfinger?resource=acct:asha@${new URL(node.url).host}`)).status).toBe(410)
})

test('somebody on Mastodon who follows the directory is turned away, not left waiting', async () => {
  const id = `${mastodon.origin}/follows/directory`
  await post({ id, type: 'Follow', object: `${node.url}/ap/directory` })
  await settled()
  expect(sent('Reject').at(-1)).toMatchObject({
    actor: `${node.url}/ap/directory`,
    object: { id, type: 'Follow', actor: cleo },
  })
  expect(await rows(node.app.db, 'select 1 from partner')).toEqual([])
})

test('thirty days after she left, her keys and the list of who held her are gone', async () => {
  const personId = actor.split('/').at(-1)
  const left = async () => ({
    keys: (await rows(node.app.db, 'select 1 from actor_key where actor_id = $1', [personId])).length,
    holders: (await rows(node.app.db, 'select 1 from holder where person_id = $1', [personId])).length,
  })
  const start = node.time
  node.time = new Date(start.getTime() + 29 * 86_400_000)
  await node.runTimetable('federation.tidy-up')
  expect(await left()).toEqual({ keys: 2, holders: 1 })
  node.time = new Date(start.getTime() + 31 * 86_400_000)
  await node.runTimetable('federation.tidy-up')
  expect(await left()).toEqual({ keys: 0, holders: 0 })
  expect((await get(`${node.url}/actor`)).status).toBe(200)
  node.time = start
})

test('a person in partner scope is to strangers what an unknown name is', async () => {
  const personId = (await listingOf(node.app.db, asha.id))?.personId
  const theirs = await get(`${node.url}/ap/people/${personId}`)
  const unknown = await get(`${node.url}/ap/people/00000000000000000000`)
  expect([theirs.status, theirs.text, theirs.type]).toEqual([unknown.status, unknown.text, unknown.type])
  // Signed by somebody who is no partner node, too.
  const request = new Request(`${node.url}/ap/people/${personId}`, { headers: { accept: 'application/activity+json' } })
  const signed = await fetch(
    await signRequest(request, mastodon.rsa.privateKey, new URL(`${cleo}#main-key`), {
      spec: 'draft-cavage-http-signatures-12',
    }),
  )
  expect([signed.status, await signed.text()]).toEqual([unknown.status, unknown.text])
})
