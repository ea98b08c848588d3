import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Scene, Stranger } from './scene.ts'

/** A server that answers badly, whatever it is asked; `host` is its own name. */
export type Behaviour = readonly [
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse, host: string) => void,
]

const as =
  (type: string, body: string | Buffer): Behaviour[1] =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': type }).end(body)
const json = (body: string | Buffer): Behaviour[1] => as('application/activity+json', body)
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Behaviour[1] =>
  (_request, response) =>
    void response.writeHead(code, headers).end()
const to = (location: string): Behaviour[1] => status(302, { location })
const raw =
  (...parts: readonly (string | Buffer)[]): Behaviour[1] =>
  ({ socket }) => {
    socket.on('error', () => undefined)
    for (const part of parts) socket.write(part)
    socket.end()
  }
const crlf = '\r\n'
const ok = `HTTP/1.1 200 OK${crlf}content-type: application/activity+json${crlf}`

/** Writes until nobody reads. */
function endless(begin: string, piece: string): Behaviour[1] {
  return ({ socket }) => {
    socket.on('error', () => undefined)
    socket.write(begin)
    const more = (): void => {
      for (let count = 0; count < 64 && !socket.destroyed; count += 1) if (!socket.write(piece)) return
      if (!socket.destroyed) setImmediate(more)
    }
    socket.on('drain', more)
    more()
  }
}

/** Writes a little, again and again. */
function dripping(begin: string, piece: string): Behaviour[1] {
  return ({ socket }) => {
    socket.on('error', () => undefined)
    socket.write(begin)
    const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write(piece)), 100)
    socket.on('close', () => clearInterval(drip))
  }
}

const inside = [
  'https://127.0.0.1/',
  'https://127.0.0.1:5432/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://localhost/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'https://169.254.169.254/latest/meta-data/iam/',
  'https://[fd00:ec2::254]/',
  'https://10.0.0.1/',
  'https://192.168.0.1/',
  'https://0.0.0.0/',
  'https://inside.example/',
  'http://127.0.0.1/',
  'http://mallory.example/users/mallory',
  'https://mallory.example:8443/',
  'https://me:secret@mallory.example/users/mallory',
  'ftp://mallory.example/',
  'file:///etc/passwd',
  'data:application/activity+json,{}',
  'javascript:alert(1)',
  'https://',
  'http://[',
  '//127.0.0.1/',
  '///',
  '',
]

const nested = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)

/** Every way to answer badly that this suite knows, for whatever is fetched. */
export function behaviours(scene: Pick<Scene, 'mallory'>, seed: number): readonly Behaviour[] {
  const good = JSON.stringify(scene.mallory.document)
  return [
    ...[204, 206, 300, 304, 400, 401, 403, 404, 405, 410, 418, 429, 451, 500, 502, 503, 599].map((code): Behaviour => [
      `status ${code}`,
      status(code, code === 429 ? { 'retry-after': '9'.repeat(400) } : {}),
    ]),
    ...inside.map((location): Behaviour => [`redirect to ${location || 'nothing'}`, to(location)]),
    ['a redirect to itself', (request, response, host) => to(`https://${host}${request.url}`)(request, response, host)],
    [
      'redirects without an end',
      (request, response, host) => to(`https://${host}${request.url}x`)(request, response, host),
    ],
    ['a redirect to another server that is honest', to(scene.mallory.actor)],
    ['a redirect without a place', status(302)],
    ['a redirect of 10,000 letters', to(`https://mallory.example/${'a'.repeat(10_000)}`)],
    ['nothing at all', raw()],
    ['words', raw('hello, who is there?\n')],
    ['HTTP/0.9', raw(good)],
    ['a status that is none', raw(`HTTP/1.1 999999 What${crlf}${crlf}`)],
    ['a status below zero', raw(`HTTP/1.1 -1 What${crlf}${crlf}`)],
    ['100 and nothing more', raw(`HTTP/1.1 100 Continue${crlf}${crlf}`)],
    [
      'another protocol',
      raw(`HTTP/1.1 101 Switching${crlf}upgrade: websocket${crlf}connection: upgrade${crlf}${crlf}`),
    ],
    ['interim answers without an end', endless('', `HTTP/1.1 103 Early Hints${crlf}link: </x>${crlf}${crlf}`)],
    ['headers without an end', endless(ok, `x-more: ${'a'.repeat(1_000)}${crlf}`)],
    ['one header without an end', endless(`${ok}x-more: `, 'a'.repeat(1_000))],
    ['a body without an end', endless(`${ok}${crlf}`, 'a'.repeat(10_000))],
    ['a list without an end', endless(`${ok}${crlf}[`, '{"id":"https://x.example/"},'.repeat(100))],
    ['pieces without an end', endless(`${ok}transfer-encoding: chunked${crlf}${crlf}`, `1${crlf}a${crlf}`)],
    [
      'a piece with an extension without an end',
      endless(`${ok}transfer-encoding: chunked${crlf}${crlf}1;`, 'a'.repeat(10_000)),
    ],
    ['headers in drops', dripping(ok, 'x: y\r\n')],
    ['a body in drops', dripping(`${ok}${crlf}{`, ' ')],
    ['silence', () => undefined],
    ['silence after the headers', raw2(`${ok}content-length: 100${crlf}${crlf}`)],
    ['less than it said', raw(`${ok}content-length: 100000${crlf}${crlf}${good}`)],
    ['more than it said', raw(`${ok}content-length: 10${crlf}${crlf}${good}`)],
    ['a length below zero', raw(`${ok}content-length: -1${crlf}${crlf}${good}`)],
    ['two lengths', raw(`${ok}content-length: 5${crlf}content-length: ${good.length}${crlf}${crlf}${good}`)],
    [
      'both lengths',
      raw(`${ok}content-length: 5${crlf}transfer-encoding: chunked${crlf}${crlf}5${crlf}aaaaa${crlf}0${crlf}${crlf}`),
    ],
    ['pieces that are none', raw(`${ok}transfer-encoding: chunked${crlf}${crlf}zz${crlf}${good}`)],
    ['a zero in a header', raw(`${ok}x: a\u0000b${crlf}${crlf}${good}`)],
    ['a length of 9 exabytes', raw(`${ok}content-length: 9223372036854775807${crlf}${crlf}${good}`)],
    ['a bomb by gzip', packed('gzip', gzipSync(Buffer.alloc(30_000_000)))],
    ['a bomb by deflate', packed('deflate', deflateSync(Buffer.alloc(30_000_000)))],
    ['a bomb by Brotli', packed('br', brotliCompressSync(Buffer.alloc(30_000_000)))],
    ['a bomb in a bomb', packed('gzip, gzip', gzipSync(gzipSync(Buffer.alloc(30_000_000))))],
    ['packed though nobody asked', packed('gzip', gzipSync(good))],
    ['HTML', as('text/html', '<html><script>alert(1)</script><h1>Hello</h1>')],
    ['HTML that says it is JSON', json('<!doctype html><p>Hello')],
    ['JSON that says it is text', as('text/plain', good)],
    ['JSON that says it is HTML', as('text/html', good)],
    ['JSON that says it is a picture', as('image/png', good)],
    ['JSON of no type', as('', good)],
    ['JSON as whatever is uploaded', as('application/octet-stream', good)],
    ['a document with an id of another server', json(good)],
    ['nothing of that type', json('')],
    ['null', json('null')],
    ['a list', json('[]')],
    ['a text', json('"x"')],
    ['a number', json('1e999')],
    ['JSON cut off', json(good.slice(0, -5))],
    ['JSON 1,000 deep', json(nested(1_000))],
    ['JSON 100,000 deep', json(nested(100_000))],
    ['300,000 brackets', json('['.repeat(300_000))],
    ['300,000 empty lists', json(`[${'[],'.repeat(300_000)}[]]`)],
    ['one byte too many', json(`"${'a'.repeat(1_048_575)}"`)],
    ['bytes that are no UTF-8', json(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    ['UTF-16', json(Buffer.from(good, 'utf16le'))],
    ['zeros', json(Buffer.alloc(1_000))],
    ['__proto__', json(`{"__proto__":${good},"constructor":{"prototype":${good}}}`)],
    [
      'everything is a list',
      json('{"@context":[],"id":[],"type":[],"links":[[]],"subject":[],"inbox":[],"publicKey":[[[]]],"items":[[]]}'),
    ],
    [
      'everything is null',
      json(
        '{"@context":null,"id":null,"type":null,"links":null,"subject":null,"inbox":null,"publicKey":null,"items":null}',
      ),
    ],
    [
      'everything is a number',
      json('{"@context":1,"id":1,"type":1,"links":1,"subject":1,"inbox":1,"publicKey":1,"items":1}'),
    ],
    [
      'links that lead inside',
      json(
        `{"subject":"x","links":[${['https://127.0.0.1/', 'https://[::1]/', 'https://inside.example/', 'http://10.0.0.1/'].flatMap((href) => ['self', 'https://www.w3.org/ns/activitystreams#Service'].map((rel) => JSON.stringify({ rel, href, type: 'application/activity+json' }))).join(',')}]}`,
      ),
    ],
    [
      '10,000 links',
      json(
        `{"subject":"x","links":[${Array.from({ length: 10_000 }, () => '{"rel":"self","href":"https://127.0.0.1/"}').join(',')}]}`,
      ),
    ],
    ['a page of 500,000 open tags', as('text/html', '<a><b>'.repeat(80_000))],
    ['a page of one tag that never ends', as('text/html', `<a href="${'x'.repeat(400_000)}`)],
    ['a page of comments that never end', as('text/html', '<!--'.repeat(100_000))],
    ['a page of entities', as('text/html', '&amp'.repeat(100_000))],
    [
      'a header of links that takes long to match',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/html', link: `<${'a;'.repeat(4_000)}` }).end(),
    ],
    ...fc
      .sample(fc.json({ maxDepth: 5 }), { seed, numRuns: 10 })
      .map((text, index): Behaviour => [`any JSON ${index + 1}`, json(text)]),
    ...fc
      .sample(fc.uint8Array({ maxLength: 3_000 }), { seed, numRuns: 10 })
      .map((bytes, index): Behaviour => [`any bytes ${index + 1}`, raw(Buffer.from(bytes))]),
  ]
}

function raw2(text: string): Behaviour[1] {
  return ({ socket }) => {
    socket.on('error', () => undefined)
    socket.write(text)
  }
}

function packed(encoding: string, body: Buffer): Behaviour[1] {
  return (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/activity+json', 'content-encoding': encoding })
      .end(body)
}

const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString()
const pem = (type: 'ec' | 'small' | 'private' | 'ed'): string => {
  if (type === 'ec')
    return generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString()
  if (type === 'ed') return generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
  return type === 'private'
    ? pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    : pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

type Changed = (stranger: Stranger) => Readonly<Record<string, unknown>>
const key =
  (changes: Readonly<Record<string, unknown>>): Changed =>
  ({ keyId, actor, pem: own }) => ({
    publicKey: { id: keyId, owner: actor, publicKeyPem: own, ...changes },
  })

/** Documents of an actor whose key must not be believed. */
export const unbelievable: readonly (readonly [string, Changed])[] = [
  ['its id is of another server', ({ actor }) => ({ id: actor.replace('https://', 'https://x.') })],
  ['its id is of another actor there', ({ actor }) => ({ id: `${actor}2` })],
  ['its id is with a slash', ({ actor }) => ({ id: `${actor}/` })],
  ['its id is by http', ({ actor }) => ({ id: actor.replace('https', 'http') })],
  ['its id is missing', () => ({ id: undefined })],
  ['its id is a list', ({ actor }) => ({ id: [actor] })],
  ['its key is of another owner', key({ owner: 'https://victim.example/users/victoria' })],
  ['its key has another id', key({ id: 'https://victim.example/users/victoria#main-key' })],
  ['its key has no id', key({ id: undefined })],
  ['its key is another one', key({ publicKeyPem: other })],
  ['its key is words', key({ publicKeyPem: 'trust me' })],
  ['its key is empty', key({ publicKeyPem: '' })],
  ['its key is a list', key({ publicKeyPem: [other] })],
  ['its key is a private one', key({ publicKeyPem: pem('private') })],
  ['its key is of 1024 bits', key({ publicKeyPem: pem('small') })],
  ['its key is of another kind', key({ publicKeyPem: pem('ec') })],
  ['its key is Ed25519 where RSA signs', key({ publicKeyPem: pem('ed') })],
  ['its key is 500 KB', key({ publicKeyPem: `${other}${'A'.repeat(500_000)}` })],
  ['its key is a certificate', key({ publicKeyPem: other.replaceAll('PUBLIC KEY', 'CERTIFICATE') })],
  ['it has no key', () => ({ publicKey: undefined })],
  [
    'its keys are 2,000, all of others',
    () => ({
      publicKey: Array.from({ length: 2_000 }, (_, index) => ({
        id: `https://x.example/#${index}`,
        owner: 'https://x.example/',
        publicKeyPem: other,
      })),
    }),
  ],
  ['its key is only an address of a private one', () => ({ publicKey: 'https://127.0.0.1/key' })],
]

/** Documents of an actor with a good key who cannot be a follower all the same. */
export const unfit: readonly (readonly [string, Changed])[] = [
  ['its inbox is inside', () => ({ inbox: 'https://127.0.0.1/inbox' })],
  ['its inbox is the database', () => ({ inbox: 'https://127.0.0.1:5432/' })],
  ['its inbox is of another server', () => ({ inbox: 'https://victim.example/inbox' })],
  ['its inbox is by http', ({ host }) => ({ inbox: `http://${host}/inbox` })],
  ['its inbox is at another port', ({ host }) => ({ inbox: `https://${host}:8443/inbox` })],
  ['its inbox is a script', () => ({ inbox: 'javascript:alert(1)' })],
  ['its inbox is a list', () => ({ inbox: ['https://127.0.0.1/'] })],
  ['its inbox is missing', () => ({ inbox: undefined })],
  ['its inbox is a number', () => ({ inbox: 1 })],
  ['its inbox has a zero', ({ actor }) => ({ inbox: `${actor}/\u0000` })],
  ['its inbox has 10,000 letters', ({ actor }) => ({ inbox: `${actor}/${'a'.repeat(10_000)}` })],
  ['its inbox has a password', ({ host }) => ({ inbox: `https://me:secret@${host}/inbox` })],
]
