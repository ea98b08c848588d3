import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { anActivity, digestOf, post, type Bent } from './signing.ts'
import type { RawAnswer, Scene } from './scene.ts'

/** One hostile request: what it is, what it must be answered with, and how to send it. */
export type Case = {
  readonly name: string
  readonly status: number | readonly number[]
  readonly send: (scene: Scene) => Promise<RawAnswer>
}

const seconds = (): number => Math.floor(Date.now() / 1000)
const at = (offset: number): string => new Date(Date.now() + offset * 1000).toUTCString()
const hours = 3600
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const usual = ['(request-target)', 'host', 'date', 'digest']
const without = (name: string): readonly string[] => usual.filter((one) => one !== name)

type Trick = readonly [string, Bent | ((scene: Scene) => Bent)]
const form = (write: Bent['write'] & {}): Bent => ({ write })
const plain = (parts: { keyId: string; covered: string; signature: string }): string =>
  `keyId="${parts.keyId}",algorithm="rsa-sha256",headers="${parts.covered}",signature="${parts.signature}"`

const tricks: readonly Trick[] = [
  ['no signature', { write: () => undefined }],
  ['an empty signature header', form(() => '')],
  ['a signature header of words', form(() => 'please let me in')],
  ['a signature header of 5,000 characters', form((parts) => `${plain(parts)},x="${'a'.repeat(5000)}"`)],
  ['a Signature scheme before it, as in Authorization', form((parts) => `Signature ${plain(parts)}`)],
  [
    'no keyId',
    form(({ covered, signature }) => `algorithm="rsa-sha256",headers="${covered}",signature="${signature}"`),
  ],
  ['no signature part', form(({ keyId, covered }) => `keyId="${keyId}",headers="${covered}"`)],
  [
    'no headers part, which means (created)',
    form(({ keyId, signature }) => `keyId="${keyId}",signature="${signature}"`),
  ],
  ['an empty headers part', form(({ keyId, signature }) => `keyId="${keyId}",headers="",signature="${signature}"`)],
  ['two keyIds', form((parts) => `keyId="https://victim.example/users/victoria#main-key",${plain(parts)}`)],
  [
    'two keyIds, one in capitals',
    form((parts) => `KEYID="https://victim.example/users/victoria#main-key",${plain(parts)}`),
  ],
  ['two signatures in one header', form((parts) => `${plain(parts)},signature="AAAA"`)],
  ['two headers parts', form((parts) => `headers="date",${plain(parts)}`)],
  [
    'two signature headers',
    { headers: [['signature', 'keyId="https://victim.example/users/victoria#main-key",signature="AA=="']] },
  ],
  ['a quote that does not end', form((parts) => plain(parts).slice(0, -1))],
  ['a backslash in a part', form((parts) => `${plain(parts)},x="\\""`)],
  [
    'a signature in base64url',
    form((parts) =>
      plain({ ...parts, signature: parts.signature.replaceAll('+', '-').replaceAll('/', '_').replace(/^.../, '-_-') }),
    ),
  ],
  ['a signature with spaces', form((parts) => plain({ ...parts, signature: ` ${parts.signature}` }))],
  ['half a signature', form((parts) => plain({ ...parts, signature: parts.signature.slice(0, 172) }))],
  ['a signature of zeros', form((parts) => plain({ ...parts, signature: Buffer.alloc(256).toString('base64') }))],
  ['an empty signature', form((parts) => plain({ ...parts, signature: '' }))],
  ['a header that is covered twice', { covered: [...usual, 'date'] }],
  ['a covered name in capitals', { covered: ['(request-target)', 'Host', 'Date', 'Digest'] }],
  ['a covered header that is not there', { covered: [...usual, 'x-not-there'] }],
  ['33 covered headers', { covered: [...usual, ...Array.from({ length: 33 }, (_, index) => `x-${index}`)] }],
  [
    'a covered name with a line end in it',
    form(
      ({ keyId, signature }) =>
        `keyId="${keyId}",headers="(request-target) host\tdate digest",signature="${signature}"`,
    ),
  ],
  ...usual.map((name): Trick => [`${name} is not covered`, { covered: without(name) }]),
  ['nothing but the date is covered', { covered: ['date'] }],
  ['nothing but the digest is covered', { covered: ['digest'] }],
  ...['none', '', 'hmac-sha256', 'rsa-sha1', 'rsa-sha512', 'ed25519', 'ecdsa-sha256', 'RSA-SHA256', 'rsa-sha256 '].map(
    (algorithm): Trick => [`the algorithm "${algorithm}"`, { algorithm }],
  ),
  ['hs2019 with SHA-512, which is not what we take it for', { algorithm: 'hs2019', hash: 'sha512' }],
  ['rsa-sha256 that says when it was created', { created: seconds(), covered: [...usual, '(created)'] }],
  [
    'created in two hours',
    { algorithm: 'hs2019', created: seconds() + 2 * hours, covered: [...without('date'), '(created)'] },
  ],
  [
    'created two hours ago',
    { algorithm: 'hs2019', created: seconds() - 2 * hours, covered: [...without('date'), '(created)'] },
  ],
  ['created at no time', { algorithm: 'hs2019', created: -1, covered: [...without('date'), '(created)'] }],
  [
    'created after the sun is gone',
    { algorithm: 'hs2019', created: 99_999_999_999, covered: [...without('date'), '(created)'] },
  ],
  [
    '(created) is covered and not said',
    {
      algorithm: 'hs2019',
      covered: [...usual, '(created)'],
      write: ({ keyId, covered, signature }) => `keyId="${keyId}",headers="${covered}",signature="${signature}"`,
    },
  ],
  ['it expired a minute ago', { algorithm: 'hs2019', expires: seconds() - 60, covered: [...usual, '(expires)'] }],
  ['a date of two hours ago', { date: at(-2 * hours) }],
  ['a date in two hours', { date: at(2 * hours) }],
  ['a date of 1970', { date: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  ['a date of another form', { date: new Date().toISOString() }],
  ['a date with a zone', { date: new Date().toUTCString().replace('GMT', '+0000') }],
  ['a date that is none', { date: 'yesterday' }],
  ['a year of five digits', { date: 'Thu, 01 Jan 12026 00:00:00 GMT' }],
  [
    'two dates',
    {
      headers: [
        ['date', at(0)],
        ['date', at(-9 * hours)],
      ],
    },
  ],
  ['the body is not that of the digest', { digest: digestOf(Buffer.from('something else')) }],
  ['no digest', { digest: undefined }],
  ['no digest, nor is it covered', { digest: undefined, covered: without('digest') }],
  ['an empty digest', { digest: '' }],
  ['a digest by MD5', { digest: 'MD5=rL0Y20zC+Fzt72VPzMSk2A==' }],
  ['a digest by SHA-1', { digest: 'SHA-1=2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
  ['a digest by SHA-256 that is too short', { digest: 'SHA-256=AAAA' }],
  ['a digest in hex', { digest: `SHA-256=${'ab'.repeat(32)}` }],
  ['two digests by SHA-256', { digest: `${digestOf(Buffer.from('a'))},${digestOf(Buffer.from('b'))}` }],
  ['signed for GET', { signed: { method: 'GET' } }],
  ['signed for another inbox', { signed: { path: '/ap/directory/inbox' } }],
  ['signed without the query that is there', { path: '/ap/inbox?x=1', signed: { path: '/ap/inbox' } }],
  ['signed for another host', { signed: { host: 'peers.south.example' } }],
  [
    'sent to another host in name',
    { headers: [['host', 'peers.south.example']], signed: { host: 'peers.south.example' } },
  ],
  ['signed with another date', { signed: { date: at(-60) } }],
  ['signed with another digest', { signed: { digest: digestOf(Buffer.from('x')) } }],
  ['signed by another key', { key: another }],
  ['signed by a key of 1024 bits', { key: weak }],
  ['in the name of another actor on another host', ({ victim }) => ({ keyId: victim.keyId })],
  [
    'a key id of another actor on the same host',
    ({ mallory }) => ({ keyId: mallory.keyId.replace('mallory#', 'other#') }),
  ],
  ['a key that the actor does not list', ({ mallory }) => ({ keyId: `${mallory.actor}#other-key` })],
  ['the actor itself as the key id', ({ mallory }) => ({ keyId: mallory.actor })],
  ['a key id in capitals', ({ mallory }) => ({ keyId: mallory.keyId.toUpperCase() })],
]

const keyIds: readonly string[] = [
  '',
  ' ',
  '#main-key',
  '/users/mallory#main-key',
  'mallory.example',
  '//mallory.example/users/mallory#main-key',
  'ftp://mallory.example/key',
  'file:///etc/passwd',
  'data:application/activity+json,{}',
  'javascript:alert(1)',
  'acct:mallory@mallory.example',
  'did:key:z6Mkabc',
  'urn:uuid:1',
  'http://mallory.example/users/mallory#main-key',
  'https://me:secret@mallory.example/users/mallory#main-key',
  'https://mallory.example:8443/users/mallory#main-key',
  'https://mallory.example:22/',
  'https://127.0.0.1/users/mallory#main-key',
  'https://127.1/',
  'https://2130706433/',
  'https://017700000001/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0/',
  'https://[::1]/key',
  'https://[::]/key',
  'https://[::ffff:127.0.0.1]/key',
  'https://[::ffff:7f00:1]/key',
  'https://[64:ff9b::7f00:1]/key',
  'https://[2002:7f00:1::]/key',
  'https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/key',
  'https://[fe80::1]/key',
  'https://[fd12::1]/key',
  'https://169.254.169.254/latest/meta-data/',
  'https://[fd00:ec2::254]/latest/meta-data/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://255.255.255.255/',
  'https://224.0.0.1/',
  'https://localhost/key',
  'https://localhost./key',
  'https://inside.example/key',
  'https://mixed-inside.example/key',
  'https://no-such-host.example/key',
  'https://①②⑦.⓪.⓪.①/key',
  'https://127。0。0。1/key',
  'https://mallory.example%00.victim.example/key',
  'https://mallory.example\\@127.0.0.1/key',
  'https://mallory.example/../../../etc/passwd',
  `https://mallory.example/${'a'.repeat(3000)}`,
]

/** Signatures that are wrong in one way each: 401, and nothing else happens. */
export function signatureCases(seed: number): readonly Case[] {
  const refused = (name: string, bent: Bent | ((scene: Scene) => Bent)): Case => ({
    name,
    status: name.includes('two dates') || name.includes('sent to another host') ? [400, 401] : 401,
    send: (scene) => post(scene, { body: anActivity(scene), ...(typeof bent === 'function' ? bent(scene) : bent) }),
  })
  return [
    ...tricks.map(([name, bent]) => refused(`signature: ${name}`, bent)),
    ...keyIds.map((keyId) => refused(`key id: ${JSON.stringify(keyId.slice(0, 60))}`, { keyId })),
    ...bitten(seed).map(([part, place, letter], index) =>
      refused(`signature: character ${place} of its ${part} is ${JSON.stringify(letter)} (${index + 1})`, {
        write: (parts) => {
          const text = parts[part]
          // The name of a host is the same in capitals; whatever comes after it is not.
          const from = part === 'keyId' ? 'https://mallory.example/'.length : 0
          const where = from + (place % (text.length - from))
          const other = text[where] === letter ? (letter === 'A' ? 'B' : 'A') : letter
          return plain({ ...parts, [part]: text.slice(0, where) + other + text.slice(where + 1) })
        },
      }),
    ),
    ...flipped(seed).map(([place, bit], index) =>
      refused(`body: bit ${bit} of byte ${place} is another after it was signed (${index + 1})`, {
        bytes: (head, body) => {
          const changed = Buffer.from(body)
          const where = place % changed.length
          changed[where] = (changed[where] ?? 0) ^ (1 << bit)
          return [head, changed]
        },
      }),
    ),
  ]
}

type Part = 'keyId' | 'covered' | 'signature'

function bitten(seed: number): readonly (readonly [Part, number, string])[] {
  const part = fc.constantFrom<Part>('keyId', 'covered', 'signature')
  const letter = fc.constantFrom('A', 'z', '0', '"', '=', ',', ' ', '#', '/')
  return fc.sample(fc.tuple(part, fc.nat(400), letter), { seed, numRuns: 25 })
}

function flipped(seed: number): readonly (readonly [number, number])[] {
  return fc.sample(fc.tuple(fc.nat(150), fc.nat(7)), { seed, numRuns: 15 })
}
