import fc from 'fast-check'
import type { Case } from './cases-signatures.ts'
import { anActivity, post, type Bent } from './signing.ts'
import type { Scene } from './scene.ts'

const context = '"@context":"https://www.w3.org/ns/activitystreams"'
const nested = (open: string, close: string, depth: number, inside = '1'): string =>
  open.repeat(depth) + inside + close.repeat(depth)

/** What is no JSON, or none that is looked into; `good` is a whole activity as text. */
function unreadable(good: string): readonly (readonly [string, string | Buffer])[] {
  const extra = (text: string): string => good.replace(/\}$/, `,"x":${text}}`)
  return [
    ['nothing', ''],
    ['a space', ' '],
    ['null', 'null'],
    ['true', 'true'],
    ['a number', '42'],
    ['a text', '"hello"'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['the activity in a list', `[${good}]`],
    ['the activity as a text', JSON.stringify(good)],
    ['the activity twice', good + good],
    ['the activity and more', `${good} and more`],
    ['the activity cut off', good.slice(0, -10)],
    ['a comma too many', good.replace(/\}$/, ',}')],
    ['a comment', `/* */${good}`],
    ['a comment inside', good.replace('{', '{// x\n')],
    ['single quotes', good.replaceAll('"', "'")],
    ['a name without quotes', good.replace('"type"', 'type')],
    ['NaN', extra('NaN')],
    ['Infinity', extra('-Infinity')],
    ['a number in hex', extra('0x10')],
    ['a number that begins with zero', extra('010')],
    ['undefined', extra('undefined')],
    ['a line end in a text', extra('"a\nb"')],
    ['a zero byte in a text', extra('"a\u0000b"')],
    ['a zero byte before it', `\u0000${good}`],
    ['a mark of byte order', `\uFEFF${good}`],
    ['an escape that is none', extra('"\\x41"')],
    ['half an escape', extra('"\\u12"')],
    ['UTF-16', Buffer.from(good, 'utf16le')],
    ['UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')])],
    ['Latin-1', Buffer.from(extra('"Zoë"'), 'latin1')],
    [
      'a byte that no UTF-8 has',
      Buffer.concat([Buffer.from(extra('"').slice(0, -1)), Buffer.from([0xff]), Buffer.from('"}')]),
    ],
    [
      'half a character of UTF-8',
      Buffer.concat([Buffer.from(extra('"').slice(0, -1)), Buffer.from([0xe2, 0x82]), Buffer.from('"}')]),
    ],
    [
      'a slash in two bytes',
      Buffer.concat([Buffer.from(extra('"').slice(0, -1)), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    [
      'half a surrogate in bytes',
      Buffer.concat([Buffer.from(extra('"').slice(0, -1)), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    [
      'a character beyond Unicode',
      Buffer.concat([Buffer.from(extra('"').slice(0, -1)), Buffer.from([0xf5, 0x80, 0x80, 0x80]), Buffer.from('"}')]),
    ],
    ['lists 33 deep', extra(nested('[', ']', 33))],
    ['objects 33 deep', extra(nested('{"a":', '}', 33))],
    ['lists 1,000 deep', extra(nested('[', ']', 1_000))],
    ['lists 100,000 deep', extra(nested('[', ']', 100_000))],
    ['objects 30,000 deep', extra(nested('{"a":', '}', 30_000))],
    ['100,000 brackets that never close', extra('['.repeat(100_000))],
    ['mixed depths', extra(nested('[{"a":', '}]', 5_000))],
    ['10,001 numbers', extra(`[${Array.from({ length: 10_001 }, () => '1').join(',')}]`)],
    ['10,001 empty objects', extra(`[${Array.from({ length: 10_001 }, () => '{}').join(',')}]`)],
    ['10,001 names', extra(`{${Array.from({ length: 10_001 }, (_, index) => `"${index.toString(36)}":1`).join(',')}}`)],
    ['60,000 addressees', good.replace(/\}$/, `,"to":[${Array.from({ length: 60_000 }, () => '""').join(',')}]}`)],
    ['100,000 commas', extra(`[${','.repeat(100_000)}]`)],
    ['a form', 'actor=x&type=Follow'],
    ['XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['gzip', Buffer.from('H4sIAAAAAAAAA6tWKi5JLElVslIqLU4tUqoFAAUZJ3UQAAAA', 'base64')],
  ]
}

/** Activities whose form is wrong; each is the usual one with these changes. */
const shapes: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['no context', { '@context': undefined }],
  ['an empty context', { '@context': [] }],
  ['a context that is null', { '@context': null }],
  ['a context with http', { '@context': 'http://www.w3.org/ns/activitystreams' }],
  ['a context with a slash more', { '@context': 'https://www.w3.org/ns/activitystreams/' }],
  ['a context with a hash', { '@context': 'https://www.w3.org/ns/activitystreams#' }],
  ['a context of a private address', { '@context': 'https://127.0.0.1/context' }],
  [
    'contexts of private addresses',
    { '@context': ['https://10.0.0.1/a', 'https://[::1]/b', 'https://169.254.169.254/'] },
  ],
  ['a context that is an object', { '@context': { '@vocab': 'https://www.w3.org/ns/activitystreams#' } }],
  ['a context in a list in a list', { '@context': [['https://www.w3.org/ns/activitystreams']] }],
  ['a context with an id', { '@context': { id: 'https://www.w3.org/ns/activitystreams' } }],
  ['no id', { id: undefined }],
  ['an id that is null', { id: null }],
  ['an id that is a number', { id: 7 }],
  ['an id that is a list', { id: ['https://mallory.example/1'] }],
  ['an id that is an object', { id: { id: 'https://mallory.example/1' } }],
  ['an empty id', { id: '' }],
  ['an id without a host', { id: '/1' }],
  ['an id of another host', { id: 'https://victim.example/1' }],
  ['an id of a host below', { id: 'https://a.mallory.example/1' }],
  ['an id of a host above', { id: 'https://example/1' }],
  ['an id of another port', { id: 'https://mallory.example:8443/1' }],
  ['an id by http', { id: 'http://mallory.example/1' }],
  ['an id by ftp', { id: 'ftp://mallory.example/1' }],
  ['an id that is a script', { id: 'javascript:alert(1)' }],
  ['an id that is data', { id: 'data:text/html,1' }],
  ['an id that is a urn', { id: 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66' }],
  ['an id with a space', { id: 'https://mallory.example/a b' }],
  ['an id with a line end', { id: 'https://mallory.example/a\nb' }],
  ['an id with a zero', { id: 'https://mallory.example/\u0000' }],
  ['an id with half a character', { id: 'https://mallory.example/\uD800' }],
  ['an id with a mark of direction', { id: 'https://mallory.example/\u202Eevil' }],
  ['an id of 3,000 characters', { id: `https://mallory.example/${'a'.repeat(3_000)}` }],
  ['an id whose host is in its user', { id: 'https://mallory.example@victim.example/1' }],
  ['an id whose host is in a backslash', { id: 'https://victim.example\\@mallory.example/1' }],
  ['no actor', { actor: undefined }],
  ['an actor that is null', { actor: null }],
  ['an actor that is a number', { actor: 1 }],
  ['an actor without an id', { actor: { type: 'Person' } }],
  ['an empty list of actors', { actor: [] }],
  ['two actors', { actor: ['https://mallory.example/users/mallory', 'https://victim.example/users/victoria'] }],
  ['an actor that is a script', { actor: 'javascript:alert(1)' }],
  ['no type', { type: undefined }],
  ['a type that is null', { type: null }],
  ['an empty type', { type: '' }],
  ['a type that is a number', { type: 1 }],
  ['two types', { type: ['Follow', 'Delete'] }],
  ['a type that is an object', { type: { id: 'Follow' } }],
]

const types: readonly (readonly [string, string | undefined])[] = [
  ['no type', undefined],
  ['an empty one', ''],
  ['JSON', 'application/json'],
  ['linked data without a profile', 'application/ld+json'],
  ['linked data with another profile', 'application/ld+json; profile="https://example.org/"'],
  ['JSON for WebFinger', 'application/jrd+json'],
  ['plain text', 'text/plain'],
  ['HTML', 'text/html; charset=utf-8'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['parts', 'multipart/form-data; boundary=x'],
  ['bytes', 'application/octet-stream'],
  ['anything', '*/*'],
  ['the right one with more', 'application/activity+jsonx'],
  ['the right one after another', 'text/html, application/activity+json'],
]

const largest = 256 * 1024

/** Bodies that are no activity: 400 where the signature is right, 413 and 415 before it is looked at. */
export function bodyCases(scene: Scene, seed: number): readonly Case[] {
  const sent = (name: string, status: Case['status'], bent: (scene: Scene) => Bent): Case => ({
    name,
    status,
    send: (there) => post(there, bent(there)),
  })
  const good = JSON.stringify(anActivity(scene))
  const large = (size: number): Buffer => Buffer.concat([Buffer.from(`{${context},"x":"`), Buffer.alloc(size, 'a')])
  return [
    ...unreadable(good).map(([name, body]) => sent(`body: ${name}`, 400, () => ({ body }))),
    ...shapes.map(([name, changes]) =>
      sent(`activity: ${name}`, 400, (there) => ({ body: anActivity(there, changes) })),
    ),
    ...noise(seed).map((body, index) => sent(`body: noise ${index + 1}, ${body.length} bytes`, 400, () => ({ body }))),
    ...types.map(([name, contentType]) =>
      sent(`content type: ${name}`, 415, (there) => ({ body: anActivity(there), contentType })),
    ),
    sent('size: one byte more than 256 KiB', 413, () => ({ body: Buffer.alloc(largest + 1, ' ') })),
    sent('size: 3 MB', 413, () => ({ body: large(3_000_000) })),
    sent('size: 1 TB, it says', 413, (there) => ({
      body: anActivity(there),
      headers: [['content-length', '1000000000000']],
    })),
    sent('size: pieces without an end that is told, 2 MB', 413, () => ({
      headers: [['transfer-encoding', 'chunked']],
      bytes: (head) => [
        head.replace(/content-length: .*\r\n/, ''),
        ...Array.from({ length: 40 }, () => `c350\r\n${'a'.repeat(50_000)}\r\n`),
        '0\r\n\r\n',
      ],
    })),
    sent('size: large and not signed', [401, 413], () => ({ body: large(3_000_000), write: () => undefined })),
    sent('actor: another one of another host', 401, (there) => ({
      body: anActivity(there, { id: `${there.victim.actor}#1`, actor: there.victim.actor }),
    })),
    sent('actor: another one of the same host', 401, (there) => ({
      body: anActivity(there, { actor: 'https://mallory.example/users/somebody' }),
    })),
    sent('actor: the same with a fragment', 401, (there) => ({
      body: anActivity(there, { actor: `${there.mallory.actor}#me` }),
    })),
    sent('actor: the same in capitals', 401, (there) => ({
      body: anActivity(there, { actor: there.mallory.actor.replace('mallory.example', 'MALLORY.EXAMPLE') }),
    })),
    sent('actor: said twice, the second is the victim', 401, (there) => ({
      body: `{${context},"id":"${there.victim.actor}#2","type":"Follow","actor":"${there.mallory.actor}","object":"x","actor":"${there.victim.actor}"}`,
    })),
    sent('id: said twice, the second is of another host', 400, (there) => ({
      body: `{${context},"id":"${there.mallory.actor}#3","type":"Follow","actor":"${there.mallory.actor}","object":"x","id":"${there.victim.actor}#3"}`,
    })),
    sent('__proto__ has what is missing', 400, (there) => ({
      body: `{${context},"__proto__":${JSON.stringify(anActivity(there))},"type":"Follow"}`,
    })),
    sent('constructor.prototype has what is missing', 400, (there) => ({
      body: `{${context},"constructor":{"prototype":${JSON.stringify(anActivity(there))}},"type":"Follow"}`,
    })),
    sent('actor: of this node', [400, 401], (there) => ({
      body: anActivity(there, {
        id: `${there.node.url}/ap/people/${there.asha}#1`,
        actor: `${there.node.url}/ap/people/${there.asha}`,
      }),
    })),
  ]
}

function noise(seed: number): readonly Buffer[] {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((part) => Buffer.from(part))
  const json = fc.json().map((text) => Buffer.from(text))
  const cut = fc.json().map((text) => Buffer.from(text.slice(0, -1)))
  return fc.sample(fc.oneof(bytes, json, cut), { seed, numRuns: 25 })
}
