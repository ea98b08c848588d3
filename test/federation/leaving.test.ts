import { rows } from '../../src/database/database.ts'
import { sendCurrentUpdate } from '../../src/federation/person-update.ts'
import { lockOwner } from '../../src/listing/store.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { expectFixture } from './fixtures.ts'
import { actorOf, aPeer, settled, type Peer } from '../support/peer.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// A public person hides for now, or leaves for good: whoever may hold a copy is told, in the right order, and nothing of her is served.

const day = 86_400_000
const json = { headers: { accept: 'application/activity+json' } }

let node: TestNode
let mastodon: Peer
let gotosocial: Peer
let asha: Resident
let person: string
let reader: Awaited<ReturnType<typeof signIn>>

beforeEach(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example', SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic' } })
  mastodon = await aPeer()
  gotosocial = await aPeer()
  asha = await aResident(node)
  await listed(node, asha, ['here', 'public', 'discovery'])
  await settled(node)
  person = await actorOf(node, asha)
  const cleo = mastodon.account('cleo')
  await mastodon.post(node, cleo, { type: 'Follow', object: person })
  // A server without a shared inbox, that only looked.
  await gotosocial.get(person, gotosocial.account('gail', { endpoints: undefined }))
  await opened(node, asha)
  await settled(node)
  reader = await signIn(node, 'asha@north.example')
})

afterEach(async () => {
  await mastodon.close()
  await gotosocial.close()
})

async function withdraw(): Promise<void> {
  await reader.post('/me/listing/withdraw', {})
  await settled(node)
}

const names = () => ({
  [node.url]: 'https://north.example',
  [new URL(node.url).host]: 'north.example',
  [person.split('/').at(-1) ?? '']: '6fd3',
})

const webfinger = () => fetch(`${node.url}/.well-known/webfinger?resource=acct:asha@${new URL(node.url).host}`)

test('a server that only fetched her, and one that follows, get her actor blank and then its Delete, exactly as they want them', async () => {
  const before = mastodon.received().length
  await withdraw()
  expect(gotosocial.receivedTypes().slice(-2)).toEqual(['Update', 'Delete'])
  const paths = gotosocial.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)
  expect(new Set(paths)).toEqual(new Set(['/users/gail/inbox']))
  const toShared = mastodon.requests.slice(-20).filter(({ method, path }) => method === 'POST' && path === '/inbox')
  expect(toShared.map(({ body }) => JSON.parse(body).type).slice(-2)).toEqual(['Update', 'Delete'])
  expect(mastodon.receivedTypes().slice(before)).toContain('Delete')
  const [update, gone] = gotosocial.received().slice(-2)
  expect(gone).toEqual({
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${person}#delete`,
    type: 'Delete',
    actor: person,
    object: person,
    to: ['https://www.w3.org/ns/activitystreams#Public'],
  })
  expect(update).toMatchObject({
    type: 'Update',
    actor: person,
    object: {
      id: person,
      type: 'Person',
      preferredUsername: 'asha',
      name: 'asha',
      summary: '',
      attachment: [],
      tag: [],
    },
  })
  expect(update).toMatchObject({ object: { discoverable: false, indexable: false, publicKey: { owner: person } } })
  expect(JSON.stringify(update)).not.toMatch(/Asha Rao|North Council|Product manager/)
  expectFixture('person-update-blank', update ?? {}, names())
  expectFixture('person-delete', gone ?? {}, names())
})

test('everything that was hers answers 410 from the moment she leaves, with a Tombstone where it was ActivityPub', async () => {
  const note = mastodon.received().find(({ type }) => type === 'Create')?.['object'] as { readonly id: string } // ours
  expect((await fetch(note.id, json)).status).toBe(200)
  await reader.post('/me/listing/withdraw', {}) // and no job has run
  const rest = ['inbox', 'outbox', 'followers', 'following', 'featured', 'tags', 'chat/1', 'notes/1', 'notes/99']
  for (const address of [person, note.id, ...rest.map((name) => `${person}/${name}`)]) {
    const answer = await fetch(address, json)
    expect([address, answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      address,
      410,
      'Tombstone',
    ])
  }
  await settled(node)
  expect((await webfinger()).status).toBe(410)
  expect((await fetch(`${node.url}/@asha`)).status).toBe(410)
  expect((await fetch(`${node.url}/ap/people/unknown/outbox`, json)).status).toBe(404)
})

test('what waits of her is dropped; to a server that was down, the blank actor still comes before the Delete', async () => {
  mastodon.status = 503
  await saveFields(node.app, asha.id, { introduction: 'Words that she takes back.' })
  await settled(node)
  node.time = new Date(node.time.getTime() + 1_000)
  await withdraw()
  mastodon.status = 202
  const before = mastodon.requests.length
  node.time = new Date(node.time.getTime() + 6 * 3_600_000)
  await settled(node)
  node.time = new Date(node.time.getTime() + 6 * 3_600_000)
  await settled(node)
  const late = mastodon.requests.slice(before).filter(({ path }) => path === '/inbox')
  const types = late.map(({ body }) => JSON.parse(body)).map(({ type, object }) => (object === person ? 'gone' : type))
  expect(types.slice(-2)).toEqual(['Update', 'gone'])
  expect(late.map(({ body }) => body).join()).not.toContain('Words that she takes back.')
})

test('she reads which servers were told, by host alone, and until when the others are tried', async () => {
  gotosocial.status = 503
  await withdraw()
  const text = async () => (await reader.get('/me/listing/where')).text.replaceAll(/\s+/g, ' ')
  expect(await text()).toContain(
    `${mastodon.host}</th><td class="govuk-table__cell">Told, and confirmed on 22 November 2026`,
  )
  expect(await text()).toContain(
    `${gotosocial.host}</th><td class="govuk-table__cell">Not reached yet. We try until 22 December 2026.`,
  )
  expect(await text()).not.toContain('gail')
  node.time = new Date(node.time.getTime() + 2 * day)
  gotosocial.status = 202
  await settled(node)
  reader = await signIn(node, 'asha@north.example')
  expect(await text()).toContain(
    `${gotosocial.host}</th><td class="govuk-table__cell">Told, and confirmed on 24 November 2026`,
  )
})

test('a server that did not say where it is told is asked again, and told when it does', async () => {
  const misskey = await aPeer()
  const mia = misskey.account('mia')
  await misskey.get(person, mia)
  misskey.documents.delete('/users/mia')
  await rows(node.app.db, `delete from remote_actor`)
  await withdraw()
  expect(misskey.receivedTypes()).toEqual([])
  misskey.account('mia')
  node.time = new Date(node.time.getTime() + 3_600_000)
  await settled(node)
  expect(misskey.receivedTypes()).toEqual(['Update', 'Delete'])
  expect(await rows(node.app.db, 'select 1 from holder where asked_by is not null')).toEqual([])
  await misskey.close()
})

test('after 30 days nothing is tried, and her key, her holders and her name are gone', async () => {
  gotosocial.status = 503
  const id = person.split('/').at(-1)
  const elsewhere = ['https://social.example/users/asha', '@asha@social.example']
  await rows(node.app.db, 'update person set moved_to = $2, moved_to_name = $3 where id = $1', [id, ...elsewhere])
  await rows(node.app.db, 'insert into follow_choice (person_id, everybody) values ($1, true)', [id])
  await withdraw()
  node.time = new Date(node.time.getTime() + 29 * day)
  await node.settle()
  expect(gotosocial.receivedTypes().length).toBeGreaterThan(1)
  node.time = new Date(node.time.getTime() + 2 * day)
  await node.settle()
  const before = gotosocial.requests.length
  await node.runTimetable('federation.tidy-up')
  node.time = new Date(node.time.getTime() + 2 * day)
  await node.settle()
  expect(gotosocial.requests).toHaveLength(before)
  const personId = person.split('/').at(-1)
  expect(await rows(node.app.db, 'select 1 from actor_key where actor_id = $1', [personId])).toEqual([])
  expect(await rows(node.app.db, 'select 1 from holder where person_id = $1', [personId])).toEqual([])
  expect(await rows(node.app.db, 'select handle from person where id = $1', [personId])).toEqual([{ handle: null }])
  expect(await rows(node.app.db, 'select moved_to_name from person where moved_to_name is not null')).toEqual([])
  expect(await rows(node.app.db, 'select 1 from follow_choice where person_id = $1', [personId])).toEqual([])
})

test('the page says before she leaves what each kind of server does, also that snac does nothing', async () => {
  const page = (await reader.get('/me/listing/withdraw')).text
  for (const said of [
    'within 7 days',
    'Mastodon is first sent an empty profile',
    'GoToSocial and Misskey',
    'snac may not act',
    'screenshots',
    '30 days',
  ])
    expect(page).toContain(said)
  expect(page).toContain('href="/me/listing/hide"')
})

describe('hiding for now', () => {
  const hide = async (answer: 'hide' | 'show'): Promise<void> => {
    await reader.post('/me/listing/hide', { answer })
    await settled(node)
  }
  const document = async () => (await (await fetch(person, json)).json()) as Record<string, unknown> // our own

  test('her actor is blank at once and says the same to every server that has it; her page and her entry are gone', async () => {
    await reader.post('/me/listing/hide', { answer: 'hide' })
    const { '@context': _terms, ...blank } = await document()
    expect(blank).toMatchObject({
      name: 'asha',
      summary: '',
      attachment: [],
      tag: [],
      discoverable: false,
      indexable: false,
    })
    expectFixture('person-blank', await document(), names())
    expect(JSON.stringify(blank)).not.toMatch(/Asha Rao|North Council|peerChat|icon/)
    expect((await fetch(`${node.url}/@asha`)).status).toBe(404)
    expect(await (await fetch(`${node.url}/directory`)).text()).not.toContain('Asha Rao')
    expect((await webfinger()).status).toBe(200)
    expect(await (await fetch(`${person}/featured`, json)).json()).toMatchObject({ totalItems: 0, orderedItems: [] })
    await settled(node)
    for (const peer of [mastodon, gotosocial])
      expect(
        peer
          .received()
          .filter(({ type }) => type === 'Update')
          .at(-1)?.['object'],
      ).toMatchObject({ name: 'asha', attachment: [] })
    expect(mastodon.receivedTypes()).toContain('Delete') // of the Note about her flag
    expect(mastodon.received().filter(({ object }) => object === person)).toEqual([])
  })

  test('an Update that was being written when she hid says what is so then', async () => {
    const id = person.split('/').at(-1) ?? ''
    const inboxes = [`${mastodon.origin}/inbox`]
    let sending: Promise<void> | undefined
    await node.app.db.transaction(async (tx) => {
      await lockOwner(tx, asha.id)
      const read = Promise.withResolvers<void>()
      sending = sendCurrentUpdate(node.app, id, async () => {
        read.resolve()
        return inboxes
      })
      await read.promise
      await rows(tx, 'update listing set unlisted_since = $2 where person_id = $1', [id, node.time])
    })
    await sending
    const sent = await rows<{ body: string }>(
      node.app.db,
      `select body from outgoing_activity a join delivery d on d.activity_id = a.id where a.sender = $1 and kind = 'Update'
       order by number desc limit 1`,
      [id],
    )
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ object: { name: 'asha', attachment: [] } })
  })

  test('people here still find her, nobody new follows, and she comes back as she was, with her followers', async () => {
    const was = await document()
    await hide('hide')
    expect((await reader.get('/directory')).text).toContain('Asha Rao')
    await mastodon.post(node, mastodon.account('dai'), { type: 'Follow', object: person })
    await settled(node)
    expect(await rows(node.app.db, 'select 1 from follower')).toHaveLength(1)
    await hide('show')
    const { updated: _then, ...now } = await document()
    expect({ ...was, ...now }).toMatchObject({ name: 'Asha Rao', discoverable: true, publicKey: was['publicKey'] })
    expect(gotosocial.received().at(-1)).toMatchObject({ type: 'Update', object: { name: 'Asha Rao' } })
    expect((await fetch(`${node.url}/@asha`)).status).toBe(200)
  })

  test('a change of her profile stays hidden, and leaving from there is leaving', async () => {
    await hide('hide')
    await saveFields(node.app, asha.id, { introduction: 'New words.' })
    await settled(node)
    expect((await document())['summary']).toBe('')
    await withdraw()
    expect((await fetch(person, json)).status).toBe(410)
    expect(gotosocial.receivedTypes().at(-1)).toBe('Delete')
    expect(
      gotosocial
        .received()
        .map((activity) => JSON.stringify(activity))
        .join(),
    ).not.toContain('New words.')
  })
})
