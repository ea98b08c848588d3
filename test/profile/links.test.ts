import { createOutbound } from '../../src/common/outbound.ts'
import { day, later } from '../../src/common/clock.ts'
import { endScope } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { linkChecks } from '../../src/profile/link-views.ts'
import type { Reader } from '../support/browser.ts'
import { anInternet, type Host, type Internet } from '../support/internet.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Her pages elsewhere, checked by rel=me both ways, and told to other servers only where they link back.

let internet: Internet
let node: TestNode
let asha: Resident
let hers: Reader

const good = 'https://asha.peers.example/about?a=1&b=2'
const also = 'https://also.peers.example/'
const third = 'https://third.peers.example/'
const silent = 'https://silent.peers.example/'

beforeAll(async () => {
  internet = await anInternet()
  const outbound = createOutbound({
    allowPrivateAddresses: false,
    userAgent: 'sideways/test',
    network: internet.network,
  })
  node = await aNode({ overrides: { outbound } })
  asha = await aResident(node, 'asha', { links: [silent, good, also, third] })
  hers = await signIn(node, 'asha@north.example')
  for (const host of ['asha', 'also', 'third']) internet.hosts.set(`${host}.peers.example`, linkingBack)
  internet.hosts.set('silent.peers.example', (_request, response) => void response.writeHead(404).end())
})

afterAll(() => internet.close()) // the node closes its way out

let asked = 0
const linkingBack: Host = (_request, response) => {
  asked += 1
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>Me: <a href="${node.url}/@asha" rel="me">there</a>`)
}
const shy: Host = (_request, response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="${node.url}/@asha">there</a>`)

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

type Field = { readonly type: string; readonly name: string; readonly value: string }

async function fields(): Promise<readonly Field[]> {
  const personId = (await listingOf(node.app.db, asha.id))?.personId
  const answer = await fetch(`${node.url}/ap/people/${personId}`, { headers: { accept: 'application/activity+json' } })
  const actor = (await answer.json()) as { readonly attachment: readonly Field[] } // our own actor
  return actor.attachment.filter(({ type }) => type === 'PropertyValue')
}

const websites = async () => (await fields()).filter(({ name }) => name === 'Website').map(({ value }) => value)

async function checkedAgain(): Promise<void> {
  node.time = later(node.time, 1000)
  await hers.post('/me/profile/links/check', {})
  await settled()
}

test('while she is not public nothing is asked, and the page says why', async () => {
  await settled()
  expect(internet.dialled).toEqual([])
  expect((await hers.get('/me/profile/links')).text).toContain('once you have a public page')
})

test('once she is public, each link is looked at, and the page tells what was found', async () => {
  await listed(node, asha, ['here', 'public'])
  await settled()
  const page = (await hers.get('/me/profile/links')).text
  expect(page).toContain('The page links back to you with rel=&quot;me&quot;.')
  expect(page).toContain('The page answered 404.')
  expect(page).toContain(`&lt;a rel="me" href="${node.url}/@asha"&gt;`)
  expect(page).toContain('Checked on 22 November 2026')
})

test('the first two that link back are fields, after the four, as Mastodon checks them: the text is the address', async () => {
  expect((await fields()).map(({ name }) => name)).toEqual([
    'Role',
    'Organisation',
    'Sector and country',
    'Peer chat',
    'Website',
    'Website',
  ])
  const safe = good.replace('&', '&amp;')
  expect(await websites()).toEqual([
    `<a href="${safe}" rel="me nofollow noopener">${safe}</a>`,
    `<a href="${also}" rel="me nofollow noopener">${also}</a>`,
  ])
})

test('her page links out to all of them with rel=me, and says which link back', async () => {
  const page = (await hers.get('/@asha')).text
  for (const link of [good.replace('&', '&amp;'), also, third, silent])
    expect(page).toContain(`<a class="govuk-link u-url" rel="me nofollow noopener" href="${link}">`)
  expect(page.match(/\(links back\)/g)).toHaveLength(3)
})

test('a link that fails once still counts, and after twice in a row it does not', async () => {
  internet.hosts.set('also.peers.example', shy)
  await checkedAgain()
  expect(await websites()).toHaveLength(2)
  expect((await hers.get('/me/profile/links')).text).toContain('This is the first time')
  await checkedAgain()
  expect(await websites()).toEqual([
    expect.stringContaining('asha.peers.example'),
    expect.stringContaining('third.peers.example'),
  ])
  expect((await hers.get('/me/profile/links')).text).toContain('but without rel=&quot;me&quot;')
})

test('a good answer in between begins the count anew', async () => {
  internet.hosts.set('also.peers.example', linkingBack)
  await checkedAgain()
  internet.hosts.set('also.peers.example', shy)
  await checkedAgain()
  const also_ = (await linkChecks(node.app.db, asha.id)).find(({ url }) => url === also)
  expect(also_).toMatchObject({ failures: 1, result: 'not-me' })
  expect(also_?.verifiedAt).not.toBeNull()
})

test('she cannot have others asked more than six times an hour', async () => {
  await checkedAgain()
  await checkedAgain()
  const answer = await hers.post('/me/profile/links/check', {})
  expect(answer.status).toBe(429)
})

test('every link is looked at again after a week, and not before', async () => {
  const before = asked
  node.time = later(node.time, 6 * day)
  await node.runTimetable('profile.check-links-again')
  await settled()
  expect(asked).toBe(before)
  node.time = later(node.time, day + 1000)
  await node.runTimetable('profile.check-links-again')
  await settled()
  expect(asked).toBeGreaterThan(before)
})

test('a link that she takes out of her profile is gone from the fields, and what was found is forgotten', async () => {
  await saveFields(node.app, asha.id, { links: [third] })
  await settled()
  expect(await websites()).toEqual([expect.stringContaining('third.peers.example')])
  expect(await linkChecks(node.app.db, asha.id)).toHaveLength(1)
})

test('what never linked back is in no field, whatever it is called', async () => {
  await saveFields(node.app, asha.id, { links: [silent] })
  await settled()
  expect(await websites()).toEqual([])
})

test('when she is not public any more nobody is asked', async () => {
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  await settled()
  const before = asked
  node.time = later(node.time, 8 * day)
  await node.runTimetable('profile.check-links-again')
  await settled()
  expect(asked).toBe(before)
})
