import { rows } from '../../src/database/database.ts'
import { report as makeReport } from '../../src/safety/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import type { StrangersServer } from '../support/attacker.ts'
import { expectFixture } from '../federation/fixtures.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { aNamedServer, anActor, postAs, reportsAt, sentTo, settled } from './outside.ts'

// Reports from other servers and to them, as Mastodon, GoToSocial and Misskey shape them (FEDERATION.md, Reports).

let node: TestNode
let server: StrangersServer
let instance: string
let asha: Resident
let actor: string
let moderator: SignedIn

beforeAll(async () => {
  node = await aNode()
  server = await aNamedServer()
  instance = anActor(server, '/actor', 'Application')
  asha = await aResident(node)
  await listed(node, asha, ['here', 'partners', 'public'])
  await opened(node, asha)
  actor = `${node.url}/ap/people/${(await listingOf(node.app.db, asha.id))?.personId}`
  moderator = await signIn(node, 'mod@north.example')
  await rows(node.app.db, 'update account set moderates = true where id = $1', [moderator.accountId])
  await settled(node)
})
afterAll(() => server.close())
beforeEach(async () => {
  await rows(node.app.db, 'truncate report cascade')
  node.mails.splice(0)
})

const flag = (more: object, from = instance): Promise<number> => postAs(node, server, from, { type: 'Flag', ...more })

test("Mastodon's Flag reaches the moderators with its text and posts, and nobody else", async () => {
  const note = `${actor}/notes/1`
  expect(await flag({ to: actor, object: [actor, note], content: 'She sends me <b>advertising</b>.' })).toBe(202)
  await settled(node)
  const [report, ...more] = await reportsAt(node)
  expect(more).toEqual([])
  expect(report).toMatchObject({ about: actor, about_account_id: asha.id, posts: [note], reporter_host: 'localhost' })
  expect(report?.content).toBe('She sends me advertising.')
  expect(node.mails.map(({ to }) => to)).toEqual(['mod@north.example'])
  expect(node.mails[0]?.text).not.toContain('advertising')
  const page = await moderator.get(`/moderation/reports/${report?.id}`)
  expect(page.status).toBe(200)
  for (const said of ['She sends me advertising.', note, 'localhost', 'asha@north.example'])
    expect(page.text).toContain(said)
})

test("GoToSocial's Flag has no to and one actor, and comes to the personal inbox", async () => {
  expect(await postAs(node, server, instance, { type: 'Flag', object: actor, content: 'spam' }, `${actor}/inbox`)).toBe(
    202,
  )
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ about: actor, posts: [], content: 'spam' }])
})

test("Misskey's Flag has a list with one actor, from a person, and no text", async () => {
  const person = anActor(server, '/users/cleo')
  expect(await flag({ object: [actor] }, person)).toBe(202)
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ about: actor, content: '', reporter_host: 'localhost' }])
  const [row] = await rows<{ all: string }>(node.app.db, 'select row_to_json(report)::text as all from report')
  expect(row?.all).not.toContain('/users/cleo')
})

test('objects may stand there whole, and a post alone says whom it is about', async () => {
  await flag({ object: [{ id: `${actor}/notes/1`, type: 'Note' }, { id: 'https://elsewhere.example/1' }] })
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([
    { about: actor, posts: [`${actor}/notes/1`], about_account_id: asha.id },
  ])
})

test('a listing alone says whom it is about', async () => {
  const listing = await listingOf(node.app.db, asha.id)
  await flag({ object: `${node.url}/ap/directory/listings/${listing?.id}` })
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ about: actor, about_account_id: asha.id }])
})

test('what is not about anybody here is dropped, and what is about the node itself is nobody in particular', async () => {
  await flag({ object: ['https://elsewhere.example/users/x'] })
  await flag({ object: [] })
  await flag({ object: 7 })
  await flag({})
  await settled(node)
  expect(await reportsAt(node)).toEqual([])
  await flag({ object: [`${node.url}/actor`], content: 'noise' })
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ about: `${node.url}/actor`, about_account_id: null }])
})

test('addresses of this node that nobody has are one report, and one mail, however many are named', async () => {
  for (let number = 0; number < 4; number += 1) await flag({ object: `${node.url}/made-up/${number}` })
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ about: `${node.url}/actor`, times: 4 }])
  expect(node.mails).toHaveLength(1)
})

test('reports of one server about one person within a day are one', async () => {
  for (const content of ['first', 'second', 'second', '']) await flag({ object: actor, content })
  await settled(node)
  expect(await reportsAt(node)).toMatchObject([{ times: 4, content: 'first\n\nsecond' }])
  expect(node.mails).toHaveLength(1)
  node.time = new Date(node.time.getTime() + 25 * 3_600_000)
  await flag({ object: actor, content: 'a day later' })
  await settled(node)
  expect(await reportsAt(node)).toHaveLength(2)
})

test('a text is cut at 5,000 characters, and a server that sends too many is not listened to', async () => {
  await flag({ object: actor, content: 'x'.repeat(9_000) })
  await settled(node)
  expect((await reportsAt(node))[0]?.content).toHaveLength(5_000)
  await rows(
    node.app.db,
    `insert into report (id, reporter_host, about, about_host, posts, content, made_at, changed_at)
     select 'r' || n, 'localhost', 'x' || n, 'x', '{}', '', $1, $1 from generate_series(1, 60) n`,
    [node.time],
  )
  await rows(node.app.db, `delete from report where about = $1`, [actor])
  await flag({ object: actor, content: 'one too many' })
  await settled(node)
  expect((await reportsAt(node)).filter(({ about }) => about === actor)).toEqual([])
})

test('the person reported, members and administrators read nothing of it on any page', async () => {
  await flag({ object: actor, content: 'a very secret complaint' })
  await settled(node)
  const [report] = await reportsAt(node)
  const herself = await signIn(node, 'asha@north.example')
  const administrator = await signIn(node, 'admin@north.example', 'administrator')
  const routes = [
    '/',
    '/me/listing',
    '/me/decisions',
    '/me/blocks',
    '/me/receipts',
    '/me/followers',
    '/me/requests',
    '/me/listing/where',
    '/administration',
    '/administration/people',
    `/administration/people/${asha.id}`,
    '/administration/partners',
    '/moderation',
    '/moderation/log',
    '/moderation/hidden',
    '/moderation/servers',
    '/moderation/lists',
    '/moderation?decided=yes',
    `/moderation/reports/${report?.id}`,
    `/me/decisions/${report?.id}/appeal`,
    `/moderation/appeals/${report?.id}`,
  ]
  for (const reader of [herself, administrator]) {
    for (const route of routes) {
      const answer = await reader.get(route)
      expect([route, answer.text.includes('secret complaint')]).toEqual([route, false])
      if (!route.includes(String(report?.id)))
        expect([route, answer.text.includes(String(report?.id))]).toEqual([route, false])
    }
    const refused = await reader.get(`/moderation/reports/${report?.id}`)
    expect(refused.status).toBe(403)
    expect((await reader.post(`/moderation/reports/${report?.id}`, { choice: 'nothing', reason: 'no' })).status).toBe(
      403,
    )
  }
  expect((await reportsAt(node))[0]?.closed_at).toBeNull()
  expect((await moderator.get(`/moderation/reports/${report?.id}`)).text).toContain('a very secret complaint')
})

test('while nobody is a moderator, administrators do the work', async () => {
  await rows(node.app.db, 'update account set moderates = false')
  await flag({ object: actor, content: 'for the administrators' })
  await settled(node)
  expect(node.mails.map(({ to }) => to)).toEqual(['admin@north.example'])
  const administrator = await signIn(node, 'admin@north.example', 'administrator')
  const [report] = await reportsAt(node)
  expect((await administrator.get(`/moderation/reports/${report?.id}`)).text).toContain('for the administrators')
  expect((await moderator.get('/moderation')).status).toBe(403)
  await rows(node.app.db, 'update account set moderates = true where id = $1', [moderator.accountId])
})

test('a moderator who is reported does not see it, and decides nothing about it', async () => {
  const owner = await aResident(node, 'mona')
  await listed(node, owner, ['public'])
  await rows(node.app.db, 'update account set moderates = true where id = $1', [owner.id])
  const person = `${node.url}/ap/people/${(await listingOf(node.app.db, owner.id))?.personId}`
  await flag({ object: person, content: 'about a moderator' })
  await settled(node)
  expect(node.mails.map(({ to }) => to)).toEqual(['mod@north.example'])
  const [report] = await reportsAt(node)
  const herself = await signIn(node, 'mona@north.example')
  expect((await herself.get('/moderation')).text).not.toContain(String(report?.id))
  expect((await herself.get(`/moderation/reports/${report?.id}`)).status).toBe(404)
  await rows(node.app.db, 'update account set moderates = false where id = $1', [owner.id])
})

test('a report of a person here goes to the other server as this node, without a word of who she is', async () => {
  const cleo = anActor(server, '/users/cleo')
  const post = `${server.origin}/notes/1`
  const id = await makeReport(node.app, {
    accountId: asha.id,
    about: { actor: cleo, host: new URL(cleo).host, name: '@cleo' },
    reason: 'He does not stop.',
    posts: [post],
    forward: true,
  })
  await settled(node)
  const flags = sentTo(server, 'Flag')
  expect(flags).toHaveLength(1)
  expect(flags[0]).toEqual({
    path: '/users/cleo/inbox',
    body: {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${node.url}/actor#flag-${id}`,
      type: 'Flag',
      actor: `${node.url}/actor`,
      to: [cleo],
      object: [cleo, post],
      content: 'He does not stop.',
    },
  })
  const names = { [node.url]: 'https://north.example', [server.origin]: 'https://mastodon.example', [id ?? '']: '1' }
  expectFixture('node-flag', flags[0]?.body ?? {}, names)
  const sent = server.requests.findLast(({ method }) => method === 'POST')
  expect(String(sent?.headers['signature'])).toContain(`keyId="${node.url}/actor#main-key"`)
  expect(sent?.body).not.toMatch(/asha/i)
  const page = await moderator.get(`/moderation/reports/${id}`)
  expect(page.text).toContain('Somebody here')
  expect(page.text).not.toContain('asha@north.example')
})

test('refusing the server of somebody who was reported goes by the page that shows what it means, and closes the report', async () => {
  const about = { actor: 'https://peers.spam.example/users/x', host: 'peers.spam.example', name: '@x' }
  const id = await makeReport(node.app, { accountId: asha.id, about, reason: 'Spam' })
  const check = await moderator.post(`/moderation/reports/${id}`, { choice: 'refuse-domain' })
  expect(check.text).toContain('Refuse peers.spam.example?')
  const action = /action="([^"]*servers[^"]*)"/.exec(check.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  expect((await moderator.post(action, { reason: '', partners: '' })).status).toBe(400)
  await moderator.post(action, { reason: 'Nothing but spam', partners: '' })
  expect((await reportsAt(node)).find((one) => one.id === id)?.closed_at).not.toBeNull()
  expect((await moderator.get(`/moderation/reports/${id}`)).text).toContain('Nothing but spam')
  await rows(node.app.db, 'delete from domain_block')
})
