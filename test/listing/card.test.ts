import { mf2 } from 'microformats-parser'
import { decodeQR } from 'qr/decode.js'
import sharp from 'sharp'
import { closeToChat } from '../../src/listing/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

let node: TestNode
let asha: Resident
beforeAll(async () => {
  node = await aNode()
  asha = await aResident(node)
  await listed(node, asha, ['here', 'public'])
  await opened(node, asha)
})
afterAll(() => node.stop())

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(node.url + path, { headers, redirect: 'error' })

test('the fragment is an h-card with her name, her page, the flag and its end, and nothing else', async () => {
  const answer = await get('/@asha/card.html')
  expect(answer.status).toBe(200)
  const html = await answer.text()
  const [card] = mf2(html, { baseUrl: node.url }).items
  expect(card?.type).toEqual(['h-card'])
  expect(card?.properties).toEqual({ name: ['Asha Rao'], url: [`${node.url}/@asha`] })
  expect(html.replaceAll(/<[^>]+>/g, '')).toMatch(/^Asha Rao: open to a peer chat until \d+ \w+ \d{4}$/)
  expect(html).not.toMatch(/product|council|style|script|<img/i)
})

test('it may be fetched by any site, and nobody keeps it without asking again', async () => {
  const answer = await get('/@asha/card.html', { origin: 'https://elsewhere.example' })
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('cache-control')).toBe('private, no-cache')
  expect(answer.headers.get('set-cookie')).toBeNull()
  expect(answer.headers.get('x-robots-tag')).toBe('noindex, noai')
})

test('for somebody signed in no cache between keeps the answer, which carries her session', async () => {
  const { cookies } = await signIn(node, 'asha@north.example')
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (const path of ['/@asha/card.html', '/@asha/card.svg']) {
    const answer = await get(path, { cookie })
    expect(answer.headers.get('set-cookie')).toContain('session')
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
  }
})

test('it speaks Welsh when asked', async () => {
  expect(await (await get('/@asha/card.html', { 'accept-language': 'cy' })).text()).toContain('lang="cy"')
})

test('the QR code leads to her page', async () => {
  const answer = await get('/@asha/card.svg')
  expect(answer.headers.get('content-type')).toContain('image/svg+xml')
  const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer()), { density: 600 })
    .resize(400)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  expect(decodeQR({ width: info.width, height: info.height, data })).toBe(`${node.url}/@asha`)
})

test('her page is an h-card and says in schema.org words until when the flag is up', async () => {
  const html = await (await get('/@asha', { accept: 'text/html' })).text()
  expect(mf2(html, { baseUrl: node.url }).items[0]?.properties).toMatchObject({
    name: ['Asha Rao'],
    'job-title': ['Product manager'],
    org: ['North Council'],
  })
  const [, json = ''] = /<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/s.exec(html) ?? []
  expect(JSON.parse(json)).toMatchObject({
    '@type': 'Person',
    makesOffer: { '@type': 'Offer', availabilityEnds: expect.stringMatching(/^\d{4}-/) },
  })
})

test('a flag that is down is not on the card, and somebody who is not public has none', async () => {
  await closeToChat(node.app, asha)
  expect(await (await get('/@asha/card.html')).text()).toContain('not open to a peer chat at the moment')
  const beca = await aResident(node, 'beca')
  await listed(node, beca, ['here'])
  for (const path of ['/@beca/card', '/@beca/card.html', '/@beca/card.svg', '/@nobody/card.html'])
    expect((await get(path)).status).toBe(404)
})
