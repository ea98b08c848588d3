import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { createOutbound, type Outbound } from '../../src/common/outbound.ts'
import { lookAt } from '../../src/profile/jobs.ts'
import { linksBack, pageBytes, type FoundPage } from '../../src/profile/link-check.ts'
import { anInternet, type Host, type Internet } from '../support/internet.ts'

const page = 'https://north.example/@asha'
const actor = 'https://north.example/ap/people/6fd3'
const mine = [page, actor]

function found(html: string, rest: Partial<FoundPage> = {}): FoundPage {
  return { url: 'https://asha.example/about/', contentType: 'text/html; charset=utf-8', link: '', html, ...rest }
}

test.each([
  `<a rel="me" href="${page}">me</a>`,
  `<p>x<A REL='nofollow ME noopener' HREF='${page}/'>me</A>`,
  `<head><link rel="me" href="${actor}">`,
  `<a rel=me href=${page}#about>`,
  '<a rel="me" href="https://NORTH.example/@Asha">me</a>',
  '<base href="https://north.example/"><a rel="me" href="@asha">me</a>',
  `<!-- <a href="${page}"> --><a rel="me" href=" ${page} ">me</a>`,
  `<a rel="me" href="https://north.example/&#64;asha">me</a>`,
])('a page links back by %s', (html) => expect(linksBack(found(html), mine)).toBe('verified'))

test.each([
  [`<a href="${page}">me</a>`, 'not-me'],
  [`<a rel="meow home" href="${page}">me</a>`, 'not-me'],
  [`<a rel="me" href="https://north.example/@ashan">me</a>`, 'no-link-back'],
  [`<a rel="me" href="https://north.example.evil.example/@asha">me</a>`, 'no-link-back'],
  [`<a rel="me" href="http://north.example/@asha">me</a>`, 'no-link-back'],
  [`<!-- <a rel="me" href="${page}">me</a> -->`, 'no-link-back'],
  [`<script>'<a rel="me" href="${page}">'</script>`, 'no-link-back'],
  [`<textarea><a rel="me" href="${page}"></textarea>`, 'no-link-back'],
  [`<img rel="me" href="${page}">`, 'no-link-back'],
  [page, 'no-link-back'],
  ['', 'no-link-back'],
] as const)('a page does not link back by %s', (html, result) => expect(linksBack(found(html), mine)).toBe(result))

test('a link in the header counts, whatever is in the page', () => {
  const pdf = { contentType: 'application/pdf' }
  expect(
    linksBack(found('', { ...pdf, link: `<https://x.example/>; rel="next", <${page}>; rel="author me"` }), mine),
  ).toBe('verified')
  expect(linksBack(found('', { ...pdf, link: `<${page}>;rel=me` }), mine)).toBe('verified')
  expect(linksBack(found('', { ...pdf, link: `<${page}>; rel="next"; title="rel=me"` }), mine)).toBe('not-html')
  expect(linksBack(found('', { ...pdf, link: `<https://x.example/>; rel=me, <${page}>` }), mine)).toBe('not-html')
})

test('what is no page of text is not searched', () => {
  const html = `<a rel="me" href="${page}">me</a>`
  for (const contentType of ['', 'text/plain', 'application/json', 'image/svg+xml', 'text/htmlx'])
    expect(linksBack(found(html, { contentType }), mine)).toBe('not-html')
})

test('whatever a page says, reading it ends and says one of the words', () => {
  const bits = fc.constantFrom('<', '>', '"', "'", 'a', ' rel=me', ' href=', page, '&', '/', 'base', '=', '\n', '<!--')
  fc.assert(
    fc.property(fc.array(fc.oneof(bits, fc.string()), { maxLength: 60 }), fc.string(), (parts, link) => {
      expect(['verified', 'not-me', 'no-link-back', 'not-html']).toContain(
        linksBack(found(parts.join(''), { link }), mine),
      )
    }),
  )
})

test('half a megabyte of tags that nobody closes is read as quickly as any other page', () => {
  const began = performance.now()
  const html = [
    '<x>'.repeat(87_000) + '</y>'.repeat(65_000),
    '<a href="x" '.repeat(40_000),
    '<'.repeat(500_000),
    `<a ${'b '.repeat(250_000)}`,
    `<a href="${'&amp;'.repeat(100_000)}">`,
  ]
  for (const one of html) expect(linksBack(found(one), mine)).toBe('no-link-back')
  expect(linksBack(found('', { link: '<>;'.repeat(170_000) }), mine)).toBe('no-link-back')
  expect(linksBack(found('', { link: `<>${' '.repeat(500_000)}` }), mine)).toBe('no-link-back')
  expect(performance.now() - began).toBeLessThan(30_000)
})

// How it fails over a real network: TLS and HTTP on an invented internet.

let internet: Internet
let outbound: Outbound

beforeAll(async () => {
  internet = await anInternet()
  outbound = createOutbound({ allowPrivateAddresses: false, userAgent: 'sideways/test', network: internet.network })
})

afterAll(async () => {
  await outbound.close()
  await internet.close()
})

const html =
  (body: string, type = 'text/html'): Host =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': type }).end(body)
const good = html(`<a rel="me" href="${page}">me</a>`)

test.each<readonly [string, Host, string, number | undefined]>([
  ['verified.peers.example', good, 'verified', 200],
  ['missing.peers.example', (_request, response) => void response.writeHead(404).end('no'), 'status', 404],
  ['broken.peers.example', (_request, response) => void response.writeHead(500).end('no'), 'status', 500],
  ['plain.peers.example', html(`<a rel="me" href="${page}">`, 'text/plain'), 'not-html', 200],
  ['other.peers.example', html('<p>Nothing about her</p>'), 'no-link-back', 200],
  ['shy.peers.example', html(`<a href="${page}">`), 'not-me', 200],
  ['cut.peers.example', html(`<a rel="me" href="${page}">${' '.repeat(2 * pageBytes)}`), 'verified', 200],
  ['late.peers.example', html(`${' '.repeat(pageBytes)}<a rel="me" href="${page}">`), 'no-link-back', 200],
  [
    'packed.peers.example',
    (_request, response) =>
      void response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync('<p>')),
    'compressed',
    undefined,
  ],
  ['silent.peers.example', (request) => void request.socket.destroy(), 'no-answer', undefined],
  ['slow.peers.example', () => undefined, 'too-slow', undefined],
  ['dripping.peers.example', (_request, response) => drip(response), 'too-slow', undefined],
  [
    'round.peers.example',
    (_request, response) => void response.writeHead(302, { location: 'https://round.peers.example/' }).end(),
    'too-many-redirects',
    undefined,
  ],
  [
    'inwards.peers.example',
    (_request, response) => void response.writeHead(302, { location: 'https://127.0.0.1/' }).end(),
    'refused',
    undefined,
  ],
  [
    'downwards.peers.example',
    (_request, response) => void response.writeHead(302, { location: 'http://verified.peers.example/' }).end(),
    'refused',
    undefined,
  ],
  [
    'moved.peers.example',
    (_request, response) => void response.writeHead(301, { location: 'https://verified.peers.example/' }).end(),
    'verified',
    200,
  ],
])('the answer of %s is told', async (host, answer, result, status) => {
  internet.hosts.set('verified.peers.example', good)
  internet.hosts.set(host, answer)
  expect(await lookAt(outbound, `https://${host}/`, mine, 700)).toEqual({ url: `https://${host}/`, result, status })
})

function drip(response: Parameters<Host>[1]): void {
  response.writeHead(200, { 'content-type': 'text/html' })
  const timer = setInterval(() => response.write('<p>'), 50)
  response.on('close', () => clearInterval(timer))
}

test('a name that means an address inside is not asked', async () => {
  internet.names.set('inside.peers.example', [['10.0.0.7']])
  expect(await lookAt(outbound, 'https://inside.peers.example/', mine, 700)).toMatchObject({ result: 'refused' })
  expect(internet.dialled).not.toContain('10.0.0.7')
})

test('a name that is nowhere gives no answer', async () => {
  internet.names.set('nowhere.peers.example', [[]])
  expect(await lookAt(outbound, 'https://nowhere.peers.example/', mine, 700)).toMatchObject({ result: 'no-answer' })
})
