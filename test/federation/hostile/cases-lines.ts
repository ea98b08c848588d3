import fc from 'fast-check'
import type { Case } from './cases-signatures.ts'
import { anActivity, post } from './signing.ts'
import { sendRaw, type Scene } from './scene.ts'

const ended = 0
const crlf = '\r\n'

/** Requests that are bent in their lines: one answer at most, never a 5xx, and no second request in the body of the first. */
function lines(scene: Scene): readonly (readonly [string, Case['status'], string | Buffer | readonly string[]])[] {
  const host = new URL(scene.node.url).host
  const secret = `GET /health HTTP/1.1${crlf}host: ${host}${crlf}${crlf}`
  const head = (first: string, ...more: readonly string[]): string =>
    [first, `host: ${host}`, 'connection: close', ...more].join(crlf) + crlf + crlf
  const inbox = 'POST /ap/inbox HTTP/1.1'
  return [
    ['nothing but line ends', [ended, 400], crlf.repeat(20)],
    ['words', 400, `please${crlf}${crlf}`],
    ['HTTP/0.9', [ended, 400], `GET /${crlf}`],
    ['HTTP/1.1 without a host', 400, `GET /ap/directory HTTP/1.1${crlf}${crlf}`],
    ['HTTP/3.0', [400, 505], head('GET / HTTP/3.0')],
    ['the beginning of HTTP/2', [ended, 400, 505], `PRI * HTTP/2.0${crlf}${crlf}SM${crlf}${crlf}`],
    ['the beginning of TLS', [ended, 400], Buffer.from('160301020001000001fc0303', 'hex')],
    ['a method that is none', 400, head('FOLLOW /ap/inbox HTTP/1.1')],
    ['a method in small letters', 400, head('post /ap/inbox HTTP/1.1')],
    ['a method with a zero', 400, head('PO\u0000ST /ap/inbox HTTP/1.1')],
    ['two addresses in the first line', 400, head('GET /a /b HTTP/1.1')],
    ['a zero in the address', [400, 404], head('GET /ap/\u0000 HTTP/1.1')],
    ['bytes above ASCII in the address', [400, 404], Buffer.from(head('GET /ap/\u00e9\u00ff HTTP/1.1'), 'latin1')],
    ['an address of another server', [400, 404, 403], head('GET http://127.0.0.1:5432/ HTTP/1.1')],
    [
      'an address of another server, posted to',
      [400, 401, 403, 404],
      head('POST http://mallory.example/ap/inbox HTTP/1.1', 'content-length: 0'),
    ],
    [
      'our own whole address, posted to',
      [400, 401, 403, 404],
      head(`POST http://${host}/ap/inbox HTTP/1.1`, 'content-length: 0'),
    ],
    ['a star for an address', [400, 404], head('GET * HTTP/1.1')],
    ['a tunnel to the database', [ended, 400, 404, 405], head('CONNECT 127.0.0.1:5432 HTTP/1.1')],
    ['both lengths', 400, head(inbox, 'content-length: 5', 'transfer-encoding: chunked') + `0${crlf}${crlf}${secret}`],
    [
      'both lengths, the other way round',
      400,
      head(inbox, 'transfer-encoding: chunked', 'content-length: 5') + `0${crlf}${crlf}${secret}`,
    ],
    ['two different lengths', 400, head(inbox, 'content-length: 0', `content-length: ${secret.length}`) + secret],
    ['two equal lengths', [415, 400, 401], head(inbox, 'content-length: 0', 'content-length: 0')],
    ['two lengths in one header', 400, head(inbox, 'content-length: 0, 5') + secret],
    ['a length with a plus', 400, head(inbox, 'content-length: +5') + 'aaaaa'],
    ['a length below zero', 400, head(inbox, 'content-length: -1')],
    ['a length in hex', 400, head(inbox, 'content-length: 0x10')],
    ['a length with a point', 400, head(inbox, 'content-length: 5.0') + 'aaaaa'],
    ['a length of 30 digits', [400, 413], head(inbox, `content-length: ${'9'.repeat(30)}`)],
    ['an empty length', [415, 400, 401], head(inbox, 'content-length: ')],
    ['pieces in an unknown coding', [400, 501], head(inbox, 'transfer-encoding: xchunked') + secret],
    ['pieces, then an unknown coding', [400, 501], head(inbox, 'transfer-encoding: chunked, identity') + secret],
    [
      'pieces, with a tab before the name',
      400,
      head(inbox, 'transfer-encoding:\tchunked', 'content-length: 3') + secret,
    ],
    ['a space before the colon', 400, head(inbox, 'transfer-encoding : chunked', 'content-length: 3') + secret],
    ['a piece with no number', [400, 401], head(inbox, 'transfer-encoding: chunked') + `zz${crlf}${secret}`],
    [
      'a piece of more than all numbers',
      [400, 401, 413],
      head(inbox, 'transfer-encoding: chunked') + `ffffffffffffffffff${crlf}a`,
    ],
    [
      'a piece with an extension of 100,000 letters',
      [400, 401, 413, 431],
      head(inbox, 'transfer-encoding: chunked') + `1;${'a'.repeat(100_000)}${crlf}a${crlf}0${crlf}${crlf}`,
    ],
    [
      'pieces with 5,000 headers after them',
      [415, 400, 401, 413, 431],
      head(inbox, 'transfer-encoding: chunked') +
        `0${crlf}${Array.from({ length: 5_000 }, (_, index) => `x${index}: y${crlf}`).join('')}${crlf}`,
    ],
    [
      'a header that goes on in the next line',
      [415, 400, 401],
      head(inbox, 'signature: keyId="a",', ' headers="date"', 'content-length: 0'),
    ],
    ['a header without a colon', 400, head(inbox, 'signature', 'content-length: 0')],
    ['a header without a name', 400, head(inbox, ': x', 'content-length: 0')],
    ['a header with a zero', 400, head(inbox, 'signature: a\u0000b', 'content-length: 0')],
    ['a header with a line end alone', 400, head(inbox, 'signature: a\nx-more: b', 'content-length: 0')],
    ['a header with a return alone', 400, head(inbox, 'signature: a\rx-more: b', 'content-length: 0')],
    ['a header of 20,000 letters', 431, head(inbox, `signature: ${'a'.repeat(20_000)}`)],
    ['3,000 headers', [400, 431], head(inbox, ...Array.from({ length: 3_000 }, (_, index) => `x${index}: y`))],
    ['two hosts', [415, 400, 401], head(inbox, 'host: peers.south.example', 'content-length: 0')],
    ['it waits for 100', [415, 401, 417], head(inbox, 'expect: 100-continue', 'content-length: 5') + 'aaaaa'],
    ['it expects something else', [415, 400, 401, 417], head(inbox, 'expect: 200-ok', 'content-length: 0')],
    [
      'it wants another protocol',
      [400, 401, 404],
      head('GET /ap/directory HTTP/1.1', 'upgrade: websocket', 'sec-websocket-key: x'),
    ],
    [
      'it wants HTTP/2',
      [200, 400, 404],
      head('GET /ap/directory HTTP/1.1', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA'),
    ],
    [
      'a second request in the body of one that has no body',
      [200, 400, 404],
      head('GET /ap/directory HTTP/1.1', `content-length: ${secret.length}`) + secret,
    ],
    ['a method in a header', [415, 401, 404], head(inbox, 'x-http-method-override: DELETE', 'content-length: 0')],
    [
      'an address in a header',
      [415, 401],
      head(inbox, 'x-original-url: /administration', 'x-rewrite-url: /administration', 'content-length: 0'),
    ],
    [
      'another host in a header',
      [415, 401],
      head(inbox, 'x-forwarded-host: victim.example', 'forwarded: host=victim.example', 'content-length: 0'),
    ],
  ]
}

const methods = ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH', 'LOCK', 'M-SEARCH', 'PURGE', 'GET', 'OPTIONS']

/** Paths of inboxes and documents, bent; none of them may be found where it should not be, nor break anything. */
const paths = [
  '/ap/people/..%2f..%2f..%2fetc%2fpasswd',
  '/ap/people/../../etc/passwd',
  '/ap/people/%2e%2e/%2e%2e/etc/passwd',
  '/ap/people/....//....//etc/passwd',
  '/ap/people/..;/actor',
  '/ap/people/%00',
  '/ap/people/%0d%0aset-cookie:a=b',
  '/ap/people/%ff%fe',
  '/ap/people/%zz',
  '/ap/people/%',
  '/ap/people/%C0%AE%C0%AE',
  '/ap/people/%E2%82',
  '/ap/people/',
  '/ap/people/node',
  '/ap/people/directory',
  '/ap/people/actor',
  '/ap/people/__proto__',
  '/ap/people/constructor',
  '/ap/people/toString/inbox',
  "/ap/people/' or 1=1 --",
  '/ap/people/%27%20or%201%3D1%20--',
  '/ap/people/$1',
  '/ap/people/{id}',
  '/ap/people/*',
  `/ap/people/${'a'.repeat(5_000)}`,
  `/ap/people/${'%41'.repeat(2_000)}`,
  '/ap//inbox',
  '//ap/inbox',
  '///evil.example/ap/inbox',
  '/ap/inbox/',
  '/ap/inbox;x=1',
  '/ap/inbox%3fx',
  '/ap/./inbox',
  '/ap/x/../inbox',
  '/AP/INBOX',
  '/ap/topics/..%2f..%2fx',
  '/ap/topics/__proto__',
  '/ap/directory/listings/%2e%2e',
  '/ap/directory/listings/../../actor',
  '/ap/directory/listings?after=-1',
  '/ap/directory/listings?after=1e9999',
  '/ap/directory/listings?after=1&after=2',
  '/ap/directory/listings?bucket=zz',
  '/@',
  '/@..%2f..%2fx',
  '/@%00',
  '/@asha%0d%0a',
  '/@__proto__',
  '/media/..%2f..%2fpackage.json',
  '/media/%2e%2e/%2e%2e/package.json',
  '/media/../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/schemas/..%2f..%2fpackage.json',
  '/vocabularies/..%2fconfig.json',
  '/tags/%00',
  '/ap/people/%00/outbox',
  '/ap/people/%00/chat/1',
  '/ap/people/%00/notes/1',
  '/ap/people/%00/replies/1',
  '/ap/people/asha/chat/99999999999999999999',
  '/ap/people/asha/chat/-1',
  '/ap/people/asha/notes/1e9',
  '/ap/people/asha/notes/__proto__',
  '/ap/people/asha/replies/%F0%9F%92%A9',
  '/ap/people/%E2%80%AE/featured',
  '/ap/topics/%00/outbox',
  '/ap/topics/constructor/followers',
  '/ap/directory/keys/..%2f',
  '/ap/org/../directory/listings',
  '/media/%00',
  '/media/__proto__',
] as const

/** Pages and the open search, asked with what breaks parsers and databases: any answer but a fault of ours. */
const pages = [
  '/directory?q=%00',
  `/directory?q=${'a'.repeat(8_000)}`,
  `/directory?q=${encodeURIComponent('('.repeat(2_000))}`,
  `/directory?q=${encodeURIComponent("a & | ! <-> * :* \\ '")}`,
  '/directory?q[]=a&q[b]=c',
  '/directory?q=a&q=b&q=c',
  '/directory?role=__proto__&sector=constructor',
  '/directory?page=-1',
  '/directory?page=99999999999999999999',
  '/directory?page=NaN',
  '/directory?lang=..%2f..',
  '/api/v1/people?q=%00',
  '/api/v1/people?limit=-1',
  '/api/v1/people?limit=1e9',
  '/api/v1/people?cursor=%ff',
  '/api/v1/%00',
  '/sign-in?to=https://evil.example/',
  '/sign-in?to=//evil.example/',
  '/sign-in/link?token=%00',
  '/.well-known/security.txt%00',
  '/.well-known/host-meta?x=%00',
  '/.well-known/nodeinfo/../../etc/passwd',
  '/nodeinfo/2.1?%00',
  '/vocabularies/__proto__.json',
  '/schemas/constructor.json',
  '/schemas/%00.json',
  '/ns?__proto__=1',
  '/health?x=%00',
  '/%',
  '/%c0%af',
  `/${'/'.repeat(5_000)}`,
] as const

const resources = [
  '',
  'asha',
  'acct:',
  'acct:@',
  'acct:asha',
  'acct:asha@',
  'acct:asha@victim.example',
  'acct:asha@127.0.0.1:5432',
  'acct:asha@[::1]',
  'acct:ben@127.0.0.1',
  'acct:a@b@c@d',
  `acct:${'a'.repeat(5_000)}@x`,
  'acct:%00@x',
  'acct:__proto__@x',
  "acct:' or 1=1--@x",
  'acct:../../etc/passwd@x',
  'https://127.0.0.1:5432/',
  'https://169.254.169.254/latest/meta-data/',
  'http://[',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:text/html,<script>',
  '//x',
  'acct:\u202Easha@x',
  `${'('.repeat(3_000)}@x`,
  `acct:${'a@'.repeat(2_000)}`,
] as const

/** Requests that are bent before anybody reads a signature. */
export function lineCases(scene: Scene, seed: number): readonly Case[] {
  const host = new URL(scene.node.url).host
  const get = (path: string, ...more: readonly string[]): Promise<Awaited<ReturnType<typeof sendRaw>>> =>
    sendRaw(scene, [
      Buffer.from(
        [`GET ${path} HTTP/1.1`, `host: ${host}`, 'connection: close', ...more].join(crlf) + crlf + crlf,
        'latin1',
      ),
    ])
  const no = [400, 401, 404, 405, 406, 410, 414, 431]
  return [
    ...lines(scene).map(([name, status, bytes]): Case => ({
      name: `line: ${name}`,
      status,
      send: () => sendRaw(scene, typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [bytes] : bytes, 1_500),
    })),
    ...methods.map((method): Case => ({
      name: `method: ${method}, signed, to the inbox`,
      status: [400, 401, 403, 404, 405, 501],
      send: (there) => post(there, { method, body: anActivity(there) }),
    })),
    ...paths.flatMap((path): Case[] => [
      {
        name: `path: ${path.slice(0, 60)}`,
        status: [...no, 301, 302, 308],
        send: () => get(path.replaceAll(' ', '%20'), 'accept: application/activity+json'),
      },
      {
        name: `path, posted to: ${path.slice(0, 60)}`,
        // The inbox of somebody who is not here, or not any more, does not tell.
        status: /^\/ap\/people\/[^/]+\/inbox$/.test(path) ? 202 : [...no, 403, 413],
        send: (there) =>
          post(there, {
            path: path.replaceAll(' ', '%20'),
            body: anActivity(there, { object: 'https://nobody.example/' }),
          }),
      },
    ]),
    ...pages.map((path): Case => ({
      name: `page: ${path.slice(0, 60)}`,
      status: [200, 301, 302, 303, 308, ...no, 403, 422],
      send: () => get(path),
    })),
    ...resources.map((resource): Case => ({
      name: `webfinger: ${JSON.stringify(resource.slice(0, 60))}`,
      status: [400, 404],
      send: () => get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`),
    })),
    ...fc
      .sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), { seed, numRuns: 20 })
      .map((text, index): Case => ({
        name: `webfinger: anything ${index + 1}`,
        status: [400, 404],
        send: () => get(`/.well-known/webfinger?resource=${encodeURIComponent(text)}`),
      })),
    ...fc.sample(fc.webPath({ size: 'large' }), { seed, numRuns: 20 }).map((path, index): Case => ({
      name: `path: anything below people ${index + 1}`,
      status: no,
      send: () => get(`/ap/people/x${path}`, 'accept: application/activity+json'),
    })),
  ]
}
