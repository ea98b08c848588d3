import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { signRequest, verifyRequest } from '@fedify/fedify'
import { assert, constantFrom, property, string, uint8Array, webPath, webQueryParameters } from 'fast-check'
import { hour, later, minute } from '../../src/common/clock.ts'
import { claimOf, signedHeaders, signingString, type Message } from '../../src/federation/cavage.ts'
import { createKeyCache, type KnownKey } from '../../src/federation/key-cache.ts'
import { signingKeys } from '../../src/federation/keys.ts'
import { contextLoader, documentLoader } from '../../src/federation/loader.ts'
import { signAs } from '../../src/federation/signed.ts'
import { signerOfRequest } from '../../src/federation/signer.ts'
import { publish, listing, subscribe } from '../partners/people.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyId = 'https://south.example/ap/directory#main-key'
const now = new Date('2026-11-22T09:00:00Z')
const strict = { queryMayBeUnsigned: false }
const lenient = { queryMayBeUnsigned: true }

function signed(message: Partial<Message> = {}, key: KeyObject = pair.privateKey, at = now): Message {
  const whole = { method: 'GET', target: '/ap/directory?have=3&root=ab', headers: new Headers(), ...message }
  return { ...whole, headers: signedHeaders({ ...whole, host: 'north.example' }, { keyId, privateKey: key }, at) }
}

function post(text = '{"type":"Update"}'): Message {
  const headers = new Headers({ 'content-type': 'application/activity+json' })
  return signed({ method: 'POST', target: '/ap/inbox', headers, body: Buffer.from(text) })
}

function holds(message: Message, options = strict, key = pair.publicKey, at = now): boolean {
  return claimOf(message, at, options)?.holds(key) ?? false
}

/** The same message with its Signature header rewritten. */
function rewritten(message: Message, change: (signature: string) => string): Message {
  return withHeader(message, 'signature', change(message.headers.get('signature') ?? ''))
}

function withHeader(message: Message, name: string, value: string): Message {
  const headers = new Headers(message.headers)
  headers.set(name, value)
  return { ...message, headers }
}

/** A signature over whatever lines it likes, by the right key. */
function signedOver(message: Message, covered: string, parameters = ''): Message {
  const times = Object.fromEntries(
    Array.from(parameters.matchAll(/(created|expires)=(\d+)/g), ([, name, value]) => [name, value]),
  )
  const text = signingString(covered.split(' '), message, message.target, times) ?? ''
  const signature = sign('sha256', Buffer.from(text), pair.privateKey).toString('base64')
  return withHeader(message, 'signature', `keyId="${keyId}",${parameters}headers="${covered}",signature="${signature}"`)
}

describe('the test values of the draft (Appendix C) verify', () => {
  const key = createPublicKey(
    `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----`,
  )
  const message: Message = {
    method: 'POST',
    target: '/foo?param=value&pet=dog',
    headers: new Headers({
      host: 'example.com',
      date: 'Sun, 05 Jan 2014 21:31:40 GMT',
      'content-type': 'application/json',
      digest: 'SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=',
      'content-length': '18',
    }),
    body: Buffer.from('{"hello": "world"}'),
  }
  // C.1 has no `headers`, from before (created) was the default; C.3 is made without the (created) and (expires) it names.
  const basic =
    'qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0='
  const all =
    'vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE='
  const allNames = '(request-target) host date content-type digest content-length'

  test.each([
    [
      'C.1 Default',
      'date',
      'SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=',
    ],
    ['C.2 Basic', '(request-target) host date', basic],
    ['C.3 All headers', allNames, all],
  ])('%s', (_name, covered, signature) => {
    const text = signingString(covered.split(' '), message, message.target) ?? ''
    expect(verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64'))).toBe(true)
  })

  test('but the key of 1024 bits that made them is not believed', () => {
    const at = new Date('2014-01-05T21:31:40Z')
    const header = `keyId="https://example.com/key",algorithm="rsa-sha256",headers="${allNames}",signature="${all}"`
    const claim = claimOf(withHeader(message, 'signature', header), at, strict)
    expect(claim?.keyId.href).toBe('https://example.com/key')
    expect(claim?.holds(key)).toBe(false)
  })
})

describe('a signed request', () => {
  test('holds as it was sent, GET and POST', () => {
    expect(holds(signed())).toBe(true)
    expect(holds(post())).toBe(true)
  })

  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const refused: readonly [string, Message, KeyObject?][] = [
    ['with another path', { ...signed(), target: '/ap/directory/listings?have=3&root=ab' }],
    ['with another query', { ...signed(), target: '/ap/directory?have=4&root=ab' }],
    ['without its query', { ...signed(), target: '/ap/directory' }],
    ['with a query that it never had', { ...signed({ target: '/ap/directory' }), target: '/ap/directory?have=4' }],
    ['with another method', { ...signed(), method: 'HEAD' }],
    ['sent to another host', withHeader(signed(), 'host', 'west.example')],
    ['with another date', withHeader(signed(), 'date', later(now, minute).toUTCString())],
    [
      'with a date in no form of HTTP',
      signedOver(withHeader(signed(), 'date', '2026-11-22T09:00:00Z'), '(request-target) host date'),
    ],
    ['with another body', { ...post(), body: Buffer.from('{"type":"Delete"}') }],
    ['without its body', { ...post(), body: undefined }],
    [
      'with another body and the digest of it',
      withHeader(
        { ...post(), body: Buffer.from('{"type":"Delete"}') },
        'digest',
        post('{"type":"Delete"}').headers.get('digest') ?? '',
      ),
    ],
    [
      'with a second digest',
      signedOver(
        withHeader(post(), 'digest', `${post().headers.get('digest')},${post('{}').headers.get('digest')}`),
        '(request-target) host date digest',
      ),
    ],
    [
      'with a digest of another kind only',
      signedOver(withHeader(post(), 'digest', 'MD5=AAAA'), '(request-target) host date digest'),
    ],
    ['with another content type', withHeader(post(), 'content-type', 'text/html')],
    ['by another key', signed({}, other.privateKey)],
    ['by a key of 1024 bits', signed({}, small.privateKey), small.publicKey],
    [
      'with a signature that is not base64',
      rewritten(signed(), (text) => text.replace(/signature="..../, 'signature="*^%$')),
    ],
    ['whose signature is cut short', rewritten(signed(), (text) => text.slice(0, -8))],
    ['with a part that is there twice', rewritten(signed(), (text) => `${text},keyId="${keyId}"`)],
    ['with a header named twice', signedOver(signed(), '(request-target) host date date')],
    ['with a header that is not there', rewritten(signed(), (text) => text.replace('host date', 'host date x-other'))],
    ['by an algorithm that is not RSA', rewritten(signed(), (text) => text.replace('rsa-sha256', 'ed25519'))],
    ['whose key id is no address', rewritten(signed(), (text) => text.replace(keyId, 'Test'))],
    ['whose key id is a data address', rewritten(signed(), (text) => text.replace(keyId, 'data:text/plain,x'))],
    ['whose key id carries a password', rewritten(signed(), (text) => text.replace('https://', 'https://a:b@'))],
    ['with a header as long as a book', rewritten(signed(), (text) => `${text},other="${'x'.repeat(4096)}"`)],
    ['whose header goes on after its end', rewritten(signed(), (text) => `${text},`)],
    ['with two Signature headers', rewritten(signed(), (text) => `${text}, ${text}`)],
    ['that covers no path', signedOver(signed(), 'host date')],
    ['that covers no host', signedOver(signed(), '(request-target) date')],
    ['that covers no time', signedOver(signed(), '(request-target) host')],
    ['that covers no body', signedOver(post(), '(request-target) host date content-type')],
    [
      'created after its algorithm’s name fell out of use',
      signedOver(
        signed(),
        '(request-target) host (created)',
        `algorithm="rsa-sha256",created=${now.getTime() / 1000},`,
      ),
    ],
    [
      'created hours ago',
      signedOver(signed(), '(request-target) host (created)', `created=${now.getTime() / 1000 - 7200},`),
    ],
    [
      'that has expired',
      signedOver(signed(), '(request-target) host date (expires)', `expires=${now.getTime() / 1000 - 1},`),
    ],
  ]
  test.each(refused)('%s is refused', (_name, ...given) => {
    const [message, key] = given
    expect(holds(message, strict, key)).toBe(false)
  })

  test('is refused more than an hour away from its date, before and after', () => {
    for (const off of [-hour, hour]) expect(holds(signed(), strict, pair.publicKey, later(now, off))).toBe(true)
    for (const off of [-hour - 1000, hour + 1000])
      expect(holds(signed(), strict, pair.publicKey, later(now, off))).toBe(false)
  })

  test('holds by hs2019, by (created), and with parts that nobody knows', () => {
    const seconds = now.getTime() / 1000
    const covered = '(request-target) host (created) (expires)'
    expect(holds(signedOver(signed(), covered, `algorithm="hs2019",created=${seconds},expires=${seconds + 9},`))).toBe(
      true,
    )
    expect(holds(rewritten(signed(), (text) => `${text}, opaque="x"`))).toBe(true)
  })

  test('of an old signer, without the query, holds only where the query means nothing, and never for a POST', () => {
    const old = { ...signed({ target: '/ap/people/6fd3' }), target: '/ap/people/6fd3?page=2' }
    expect([holds(old, lenient), holds(old, strict)]).toEqual([true, false])
    expect(holds({ ...post(), target: '/ap/inbox?x=1' }, lenient)).toBe(false)
  })

  test('holds for any path, query and body, and for no other query', () => {
    const methods = constantFrom('GET', 'HEAD', 'POST')
    assert(
      property(methods, webPath(), webQueryParameters(), string(), uint8Array(), (method, path, query, extra, body) => {
        const { pathname, search } = new URL(`https://north.example${path === '' ? '/' : path}?${query}`)
        const message = signed({ method, target: pathname + search, body })
        expect(holds(message)).toBe(true)
        const target = `${message.target}&${encodeURIComponent(extra.toWellFormed())}`
        expect(holds({ ...message, target })).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})

describe('keys of strangers', () => {
  const known = (id: string, publicKey = pair.publicKey): KnownKey => ({
    id,
    owner: 'https://south.example/ap/directory',
    publicKey,
  })
  /** A cache over a world that the test changes. */
  function world(holds = 10) {
    const state = { elapsed: 0, asked: [] as string[], answer: (id: string): KnownKey | undefined => known(id) }
    const cache = createKeyCache(
      async ({ href }) => {
        state.asked.push(href)
        return state.answer(href)
      },
      { holds, lives: hour, pause: minute },
      () => state.elapsed,
    )
    return { state, cache }
  }
  const id = new URL(keyId)

  test('are fetched once, however many ask at once, and again after an hour', async () => {
    const { state, cache } = world()
    await Promise.all([cache.get(id), cache.get(id), cache.get(id)])
    state.elapsed = hour - 1
    await cache.get(id)
    expect(state.asked).toHaveLength(1)
    state.elapsed = hour
    await cache.get(id)
    expect(state.asked).toHaveLength(2)
  })

  test('that could not be had are not asked for again within a minute', async () => {
    const { state, cache } = world()
    state.answer = () => {
      throw new Error('no answer')
    }
    expect(await cache.get(id)).toBeUndefined()
    state.answer = known
    state.elapsed = minute - 1
    expect(await cache.get(id)).toBeUndefined()
    state.elapsed = minute
    expect(await cache.get(id)).toMatchObject({ id: keyId })
    expect(state.asked).toHaveLength(2)
  })

  test('that do not fit are asked for again, once a minute at most, and stay when there is nothing newer', async () => {
    const { state, cache } = world()
    const first = await cache.get(id)
    if (!first) throw new Error('no key')
    expect(await cache.newer(first)).toBeUndefined()
    state.elapsed = minute
    state.answer = () => undefined
    expect(await cache.newer(first)).toBeUndefined()
    expect(await cache.get(id)).toBe(first)
    const changed = known(keyId, generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)
    state.answer = () => changed
    expect(await cache.newer(first)).toBeUndefined()
    expect(state.asked).toHaveLength(2)
    state.elapsed = 2 * minute
    expect(await cache.newer(first)).toBe(changed)
    expect(await cache.newer(first)).toBe(changed)
    expect(state.asked).toHaveLength(3)
  })

  test('of 3,000 partners that ask in turn are fetched once each', async () => {
    const asked: string[] = []
    const cache = createKeyCache(
      async ({ href }) => {
        asked.push(href)
        return known(href)
      },
      undefined,
      () => 0,
    )
    for (let poll = 0; poll < 2; poll += 1)
      for (let number = 0; number < 3_000; number += 1)
        await cache.get(new URL(`https://p${number}.example/directory#key`))
    expect(asked).toHaveLength(3_000)
  })

  test('are bounded in number, and made-up ids push no real key out', async () => {
    const { state, cache } = world(3)
    const address = (number: number): URL => new URL(`https://south.example/keys/${number}`)
    state.answer = (href) => (href.endsWith('0') ? known(href) : undefined)
    await cache.get(address(0))
    for (let number = 1; number <= 9; number += 1) await cache.get(address(number))
    await cache.get(address(0))
    expect(state.asked).toHaveLength(10)
    state.answer = known
    for (let number = 11; number <= 13; number += 1) await cache.get(address(number))
    await cache.get(address(0))
    expect(state.asked).toHaveLength(14)
  })
})

describe('between servers', () => {
  let north: TestNode
  let south: TestNode
  let mastodon: StrangersServer
  let attackers: StrangersServer
  let cleo: string
  let statement: string

  beforeAll(async () => {
    north = await aNode()
    south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
    mastodon = await aStrangersServer()
    attackers = await aStrangersServer()
    cleo = aRemotePerson(mastodon, 'cleo')
    statement = `${north.url}/ap/directory/listings/statement`
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
  })

  afterAll(async () => {
    await mastodon.close()
    await attackers.close()
  })

  const cavage = { spec: 'draft-cavage-http-signatures-12' } as const

  /** Signed by Fedify, which leaves the query out, with the key of one of a node's actors. */
  async function asOldSigner(node: TestNode, url: string): Promise<Request> {
    const { rsa } = await signingKeys(node.app, 'directory')
    return signRequest(new Request(url), rsa.privateKey, new URL(rsa.keyId), cavage)
  }

  test('Fedify verifies our POST, and our GET of an address without a query', async () => {
    const sign = await signAs(south.app, 'directory')
    const options = { documentLoader: documentLoader(south.app), contextLoader }
    const headers = { 'content-type': 'application/activity+json' }
    const sent = new Request(`${north.url}/ap/inbox`, { method: 'POST', headers, body: '{}' })
    for (const request of [new Request(`${north.url}/ap/people/6fd3`), sent]) {
      const key = await verifyRequest(await sign(request), options)
      expect(key?.ownerId?.href).toBe(`${south.url}/ap/directory`)
    }
  })

  test('what a partner says that it holds cannot be replayed with other words', async () => {
    const request = await (await signAs(south.app, 'directory'))(new Request(`${statement}?have=1`))
    expect((await fetch(request.clone())).status).toBe(200)
    expect((await fetch(`${statement}?have=0`, { headers: request.headers })).status).toBe(404)
    expect((await fetch(statement, { headers: request.headers })).status).toBe(404)
  })

  test('an old signer reads an actor with a query, and the statement only without one', async () => {
    const actor = await asOldSigner(south, `${north.url}/ap/people/6fd3?page=1`)
    expect(await signerOfRequest(north.app, actor)).toMatchObject({
      actor: `${south.url}/ap/directory`,
      keyId: `${south.url}/ap/directory#main-key`,
    })
    expect((await fetch(await asOldSigner(south, statement))).status).toBe(200)
    expect((await fetch(await asOldSigner(south, `${statement}?have=1`))).status).toBe(404)
  })

  test('a signature by RFC 9421 is taken when it covers the whole address, and not when it covers less', async () => {
    const { rsa } = await signingKeys(south.app, 'directory')
    const status = async (...components: readonly string[]): Promise<number> => {
      const rfc9421 = { components: components.map((value) => ({ value, params: {} })) }
      const request = new Request(`${statement}?have=1`)
      const options = { spec: 'rfc9421', rfc9421 } as const
      return (await fetch(await signRequest(request, rsa.privateKey, new URL(rsa.keyId), options))).status
    }
    expect(await status('@method', '@target-uri')).toBe(200)
    expect(await status('@method', '@authority', '@path')).toBe(404)
    expect(await status('@method', '@path', '@query')).toBe(404)
    expect(await status('@target-uri')).toBe(404)
  })

  /** Who this server takes for the signer of a GET with that key id and key. */
  async function signerBy(server: StrangersServer, id: string) {
    const request = new Request(`${north.url}/ap/people/6fd3`)
    return signerOfRequest(north.app, await signRequest(request, server.rsa.privateKey, new URL(id), cavage))
  }

  test('a person elsewhere is known by her own key', async () => {
    expect(await signerBy(mastodon, `${cleo}#main-key`)).toMatchObject({ actor: cleo, keyId: `${cleo}#main-key` })
  })

  test('a key of somebody else under her name is refused', async () => {
    expect(await signerBy(attackers, `${cleo}#main-key`)).toBeUndefined()
  })

  test('a key on another server that claims to be hers is refused, alone or in an actor', async () => {
    const publicKey = { type: 'CryptographicKey', owner: cleo, publicKeyPem: attackers.pem }
    const context = ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1']
    attackers.documents.set('/key', { '@context': context, id: `${attackers.origin}/key`, ...publicKey })
    const eve = aRemotePerson(attackers, 'eve')
    const own = attackers.documents.get('/users/eve')
    if (typeof own !== 'object') throw new Error('no actor')
    attackers.documents.set('/users/eve', { ...own, publicKey: { id: `${eve}#main-key`, ...publicKey } })
    attackers.documents.set('/users/cleo', { ...own, id: cleo, publicKey: { id: `${cleo}#main-key`, ...publicKey } })
    for (const id of [`${attackers.origin}/key`, `${eve}#main-key`, `${attackers.origin}/users/cleo#main-key`])
      expect(await signerBy(attackers, id)).toBeUndefined()
  })

  test('a key that no actor lists is nobody’s, though it is on the right server', async () => {
    const upload = `${mastodon.origin}/uploads/key`
    mastodon.documents.set('/uploads/key', {
      '@context': 'https://w3id.org/security/v1',
      id: upload,
      type: 'CryptographicKey',
      owner: cleo,
      publicKeyPem: attackers.pem,
    })
    expect(await signerBy(attackers, upload)).toBeUndefined()
  })

  test('a key that could not be had is not fetched for every request that names it', async () => {
    const before = mastodon.requests.length
    for (let time = 0; time < 5; time += 1)
      expect(await signerBy(attackers, `${mastodon.origin}/users/nobody#main-key`)).toBeUndefined()
    expect(mastodon.requests.length).toBe(before + 1)
  })

  test('a wrong signature by a known key does not make us fetch the key for every request', async () => {
    await signerBy(mastodon, `${cleo}#main-key`)
    const before = mastodon.requests.length
    for (let time = 0; time < 5; time += 1) expect(await signerBy(attackers, `${cleo}#main-key`)).toBeUndefined()
    expect(mastodon.requests.length).toBe(before)
  })
})
