import { signRequest } from '@fedify/fedify'
import fc from 'fast-check'
import { directoryActor } from '../../src/common/addresses.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { withdraw } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { approve, follow } from '../../src/partners/actions.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { savePicture } from '../../src/profile/picture-actions.ts'
import { plainPicture } from '../profile/pictures.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { expectFixture } from './fixtures.ts'

// Her actor, as FEDERATION.md has it and as other servers ask for it.

let node: TestNode
let mastodon: StrangersServer
let asha: Resident
let actor: string
const link = 'https://asha.example/'

beforeAll(async () => {
  node = await aNode()
  mastodon = await aStrangersServer()
  asha = await aResident(node, 'asha', { links: [link] })
  await savePicture(
    node.app,
    asha.id,
    { file: await plainPicture('png', 400, 400), alt: 'Asha <at> "her" desk', level: 5 },
    { language: 'en', wording: 'yes' },
  )
  await listed(node, asha, ['here', 'partners', 'public'])
  await saveAudienceOfPicture()
  await opened(node, asha)
  await rows(
    node.app.db,
    `update link_check set due = false, verified_at = $2, checked_at = $2, result = 'verified' where account_id = $1`,
    [asha.id, node.time],
  )
  await settled()
  actor = `${node.url}/ap/people/${await personId(asha)}`
})

afterAll(() => mastodon.close())

// The yes to public asks about the picture; `listed` answers without it.
function saveAudienceOfPicture(): Promise<void> {
  const choice = { file: undefined, alt: 'Asha <at> "her" desk', level: 5 } as const
  return savePicture(node.app, asha.id, choice, { language: 'en', wording: 'yes' })
}

async function settled(of: TestNode = node): Promise<void> {
  expect(await of.settle()).toEqual([])
}

async function personId(who: Resident, of: TestNode = node): Promise<string> {
  return (await listingOf(of.app.db, who.id))?.personId ?? ''
}

async function get(
  url: string,
  accept: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> } = {},
) {
  const answer = await fetch(url, { redirect: 'manual', ...init, headers: { accept, ...init.headers } })
  const text = await answer.text()
  const header = (name: string): string | null => answer.headers.get(name)
  return { status: answer.status, header, text, json: () => JSON.parse(text) }
}

function names(): Record<string, string> {
  return {
    [node.url]: 'https://north.example',
    [new URL(node.url).host]: 'north.example',
    [actor.split('/').at(-1) ?? '']: '6fd3',
  }
}

const asked = {
  mastodon: 'application/activity+json, application/ld+json',
  gotosocial: 'application/activity+json,application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
  misskey: 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
  snac2: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
  'a program that takes anything': '*/*',
} as const

test('her actor is as it is written down, with her picture, her link and her open flag', async () => {
  const document = (await get(actor, asked.mastodon)).json()
  const [picture] = await rows<{ name: string }>(node.app.db, 'select name from picture')
  expectFixture('person-actor', document, { ...names(), [picture?.name ?? '']: '00000000000000000000.jpg' })
  expect(document.icon.url).toBe(`${node.url}/media/${picture?.name}`)
  expect((await fetch(document.icon.url)).headers.get('content-type')).toBe('image/jpeg')
})

test.each(Object.entries(asked))('%s gets it under its own address, in one of the two types', async (_who, accept) => {
  const answer = await get(actor, accept)
  expect(answer.status).toBe(200)
  expect(answer.header('content-type')).toBe('application/activity+json')
  expect(answer.header('vary')?.toLowerCase()).toContain('accept')
  expect(answer.json()).toMatchObject({ id: actor, type: 'Person' })
  expect(answer.json()['@context'][0]).toBe('https://www.w3.org/ns/activitystreams')
  expect(answer.text.length).toBeLessThan(1024 * 1024)
})

test.each(['draft-cavage-http-signatures-12', 'rfc9421'] as const)(
  'a server that signs by %s gets the same, for itself alone, and is noted as one that holds a copy',
  async (spec) => {
    const cleo = aRemotePerson(mastodon, spec)
    const request = new Request(actor, { headers: { accept: asked.mastodon } })
    const key = new URL(`${cleo}#main-key`)
    const answer = await fetch(await signRequest(request, mastodon.rsa.privateKey, key, { spec }))
    expect(await answer.json()).toEqual((await get(actor, asked.mastodon)).json())
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(
      await rows(node.app.db, 'select 1 from holder where host = $1', [new URL(mastodon.origin).host]),
    ).toHaveLength(1)
  },
)

test('HEAD says what GET would, and a copy that is still good is not sent again', async () => {
  const whole = await get(actor, asked.mastodon)
  const head = await get(actor, asked.mastodon, { method: 'HEAD' })
  for (const name of ['content-type', 'content-length', 'etag', 'vary'])
    expect([name, head.header(name)]).toEqual([name, whole.header(name)])
  expect(head.text).toBe('')
  const headers = { 'if-none-match': whole.header('etag') ?? '', 'cache-control': 'max-age=0' }
  expect((await get(actor, asked.mastodon, { headers })).status).toBe(304)
})

test('a browser goes on to her page, and a server that asks for her page to her actor', async () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const page = await get(actor, browser)
  expect([page.status, page.header('location')]).toEqual([302, '/@asha'])
  const document = await get(`${node.url}/@Asha`, asked.gotosocial)
  expect([document.status, document.header('location')]).toEqual([302, actor])
  expect((await get(`${node.url}/@asha`, browser)).status).toBe(200)
  // Mastodon takes both, and finds the actor by the page's link.
  const both = await get(`${node.url}/@asha`, 'text/html;q=0.1, application/activity+json')
  expect([both.status, both.header('location')]).toEqual([302, actor])
})

test('other spellings of her address are nobody’s', async () => {
  for (const url of [`${actor}/`, actor.replace('/people/', '/People/'), `${actor.slice(0, -1)}~`, actor.toUpperCase()])
    expect([url, (await get(url, asked.mastodon)).status]).toEqual([url, 404])
})

test('her tags are a Collection of Hashtags, as Mastodon reads and writes them', async () => {
  const tags = (await get(`${actor}/tags`, asked.mastodon)).json()
  expect(tags).toMatchObject({ type: 'Collection', totalItems: 1 })
  expect(tags.items).toEqual([{ type: 'Hashtag', name: '#OpenToPeerChat', href: `${node.url}/tags/opentopeerchat` }])
})

test('published and updated are real and never in the future', async () => {
  const { published, updated } = (await get(actor, asked.mastodon)).json()
  expect(Date.parse(published)).toBeLessThanOrEqual(Date.parse(updated))
  expect(Date.parse(updated)).toBeLessThanOrEqual(node.time.getTime())
})

test('only the fourth switch lets her be discovered and searched, and it is seen in a new update', async () => {
  expect((await get(actor, asked.mastodon)).json()).toMatchObject({ discoverable: false, indexable: false })
  node.time = later(node.time, 60_000)
  const before = (await get(actor, asked.mastodon)).json().updated
  await listed(node, asha, ['discovery'])
  const after = (await get(actor, asked.mastodon)).json()
  expect(after).toMatchObject({ discoverable: true, indexable: true })
  expect(Date.parse(after.updated)).toBeGreaterThan(Date.parse(before))
})

test('what was sent before is not sent when something changed: her words, her flag’s end, her keys', async () => {
  await saveFields(node.app, asha.id, { introduction: 'New <words> & more.' })
  await settled()
  expect((await get(actor, asked.mastodon)).json().summary).toBe('<p>New &lt;words&gt; &amp; more.</p>')
  const now = node.time
  node.time = later(now, 40 * day) // the flag has ended, and no job has run
  const closed = (await get(actor, asked.mastodon)).json()
  expect(closed).not.toHaveProperty('peerChat')
  expect([closed.tag, closed.attachment[3].value]).toEqual([[], 'Not open at the moment'])
  node.time = now
  await rows(node.app.db, `update actor_key set number = number + 1 where actor_id = $1`, [await personId(asha)])
  expect((await get(actor, asked.mastodon)).json().assertionMethod[0].id).toBe(`${actor}#ed25519-2`)
})

test('whatever she says of herself, names stay plain and HTML has only what Mastodon keeps', async () => {
  const words = fc.constantFrom(
    '<script>',
    '&',
    '"',
    "'",
    '<b>x</b>',
    '</p>',
    'Siân',
    '北',
    ' ',
    'javascript:',
    '<a href="x">',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 6 }), async (parts) => {
      const text = `x${parts.join('')}`
      await saveFields(node.app, asha.id, { displayName: text, introduction: text, organisation: text })
      await settled()
      const document = (await get(actor, asked.mastodon)).json()
      expect(document.name.length).toBeLessThanOrEqual(60)
      const html = [document.summary, ...document.attachment.flatMap(({ value = '' }) => value)].join('')
      const tags = [...html.matchAll(/<[^>]*>?/g)].map(([tag]) => tag.replace(/ .*>/, '>'))
      expect(tags.filter((tag) => !['<p>', '</p>', '<a>', '</a>'].includes(tag))).toEqual([])
      expect(Array.isArray(document.attachment)).toBe(true)
    }),
    { numRuns: 12 },
  )
}, 60_000)

test('in Welsh her fields are Welsh, and there are still four', async () => {
  const sian = await aResident(node, 'sian')
  await rows(node.app.db, `update account set language = 'cy' where id = $1`, [sian.id])
  await listed(node, sian, ['public'])
  await settled()
  const document = (await get(`${node.url}/ap/people/${await personId(sian)}`, asked.misskey)).json()
  expectFixture('person-actor-cy', document, { ...names(), [document.id.split('/').at(-1)]: '7a1c' })
  expect(document.attachment).toHaveLength(4)
  expect(document).not.toHaveProperty('icon')
})

test('an approved node reads somebody in partner scope by a signature, without handle, picture or discovery', async () => {
  const south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  await follow(south.app, await lookUpPartner(south.app, new URL(node.url).host))
  await settled(south)
  await settled()
  await approve(node.app, new URL(south.url).host)
  await settled()
  await settled(south)
  const ben = await aResident(node, 'ben')
  await savePicture(
    node.app,
    ben.id,
    { file: await plainPicture('png', 60, 60), alt: 'Ben', level: 5 },
    { language: 'en', wording: 'yes' },
  )
  await listed(node, ben, ['here', 'partners'])
  await settled()
  const his = `${node.url}/ap/people/${await personId(ben)}`
  expect((await get(his, asked.mastodon)).status).toBe(404)
  expect((await get(his, 'text/html')).status).toBe(404)
  const answer = await signedGet(south.app, directoryActor, his)
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  const document = JSON.parse(answer.body.toString('utf8'))
  expectFixture('person-actor-partners', document, { ...names(), [his.split('/').at(-1) ?? '']: '9b2d' })
  expect(document).toMatchObject({
    discoverable: false,
    indexable: false,
    searchableBy: `${node.url}/ap/directory/followers`,
  })
  for (const absent of ['icon', 'webfinger']) expect(document).not.toHaveProperty(absent)
  // What was sent to a partner is for nobody else, either.
  expect((await get(his, asked.mastodon)).status).toBe(404)
})

test('from the moment she withdraws there is a tombstone, to everyone', async () => {
  await get(actor, asked.mastodon)
  await withdraw(node.app, asha, { language: 'en', channel: 'page' })
  const gone = await get(actor, asked.mastodon)
  expect([gone.status, gone.header('content-type')]).toEqual([410, 'application/activity+json'])
  expect(gone.json()).toMatchObject({ id: actor, type: 'Tombstone', formerType: 'Person' })
  expect((await get(actor, 'text/html')).status).toBe(404)
})
