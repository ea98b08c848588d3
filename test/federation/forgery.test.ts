import { KeyObject, sign } from 'node:crypto'
import { connect } from 'node:net'
import { createFederation, createProof, MemoryKvStore, signJsonLd, signRequest } from '@fedify/fedify'
import { Create, Follow, Note, Person } from '@fedify/fedify/vocab'
import { rows } from '../../src/database/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'

// CVE-2026-96625 (GHSA-q9f8-5hc7-898f) and CVE-2026-96624: all of these fail with Fedify 2.3.6.

let node: TestNode
let victims: StrangersServer
let attackers: StrangersServer
let victim: string

beforeAll(async () => {
  node = await aNode()
  victims = await aStrangersServer()
  attackers = await aStrangersServer()
  victim = aRemotePerson(victims, 'asha')
  // Key documents on the attacker's server that claim to belong to the victim.
  attackers.documents.set('/key', {
    '@context': 'https://w3id.org/security/v1',
    id: `${attackers.origin}/key`,
    type: 'CryptographicKey',
    owner: victim,
    publicKeyPem: attackers.pem,
  })
  attackers.documents.set('/multikey', {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${attackers.origin}/multikey`,
    type: 'Multikey',
    controller: victim,
    publicKeyMultibase: attackers.multikey,
  })
})

afterAll(async () => {
  await victims.close()
  await attackers.close()
})

function follow(id: string) {
  return {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${victims.origin}/activities/${id}`,
    type: 'Follow',
    actor: victim,
    object: `${node.url}/ap/directory`,
  }
}

function post(body: unknown): Request {
  return new Request(`${node.url}/ap/inbox`, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json', accept: 'application/activity+json' },
    body: JSON.stringify(body),
  })
}

/** With an HTTP signature that is well made, and the attacker's own. */
function signedByAttacker(request: Request): Promise<Request> {
  return signRequest(request, attackers.rsa.privateKey, new URL(`${attackers.origin}/key`), {
    spec: 'draft-cavage-http-signatures-12',
  })
}

async function put(request: Request): Promise<number> {
  return (await fetch(request)).status
}

async function jobs(): Promise<number> {
  return (await rows(node.app.db, `select 1 from graphile_worker._private_jobs`)).length
}

test('an activity signed with a key that only claims to be the actor’s is refused', async () => {
  const before = await jobs()
  for (const spec of ['draft-cavage-http-signatures-12', 'rfc9421'] as const) {
    const request = await signRequest(
      post(follow(spec)),
      attackers.rsa.privateKey,
      new URL(`${attackers.origin}/key`),
      { spec },
    )
    expect(await put(request)).toBe(401)
  }
  expect(await jobs()).toBe(before)
})

test('a Linked Data Signature by a key that only claims to be the actor’s is refused', async () => {
  const signed = await signJsonLd(follow('ld'), attackers.rsa.privateKey, new URL(`${attackers.origin}/key`), {})
  expect(await put(await signedByAttacker(post(signed)))).toBe(401)
})

test('an integrity proof by a key that only claims to be the actor’s is refused', async () => {
  const activity = new Follow({
    id: new URL(`${victims.origin}/activities/proof`),
    actor: new URL(victim),
    object: new URL(`${node.url}/ap/directory`),
  })
  const proof = await createProof(activity, attackers.ed25519.privateKey, new URL(`${attackers.origin}/multikey`))
  const request = post(await activity.clone({ proof }).toJsonLd({ format: 'compact' }))
  expect(await put(await signedByAttacker(request))).toBe(401)
})

test('the same activity signed by its own actor is taken', async () => {
  const request = await signRequest(post(follow('real')), victims.rsa.privateKey, new URL(`${victim}#main-key`), {
    spec: 'draft-cavage-http-signatures-12',
  })
  expect(await put(request)).toBe(202)
})

test('a signature that covers neither target nor body is refused, though its own actor made it', async () => {
  const request = post(follow('thin'))
  const parameters = `("@method");alg="rsa-v1_5-sha256";keyid="${victim}#main-key";created=${Math.floor(Date.now() / 1000)}`
  const text = `"@method": POST\n"@signature-params": ${parameters}`
  const signature = sign('sha256', Buffer.from(text), KeyObject.from(victims.rsa.privateKey)).toString('base64')
  request.headers.set('signature-input', `sig1=${parameters}`)
  request.headers.set('signature', `sig1=:${signature}:`)
  expect(await put(request)).toBe(401)
})

test('an activity without any signature is refused before it is read', async () => {
  expect(await put(post(follow('bare')))).toBe(401)
})

test('a request line that holds a whole address is answered, and the node lives on', async () => {
  const { hostname, port } = new URL(node.url)
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        'POST http://x/ap/inbox HTTP/1.1\r\nHost: x\r\nSignature: keyId="k"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
      )
    })
    let text = ''
    socket.on('data', (part: Buffer) => (text += part.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
  expect(answer).toMatch(/^HTTP\/1\.1 404/)
  expect((await fetch(`${node.url}/health`)).status).toBe(200)
})

test('a body of more than 256 KiB is refused', async () => {
  const request = await signRequest(
    post({ ...follow('large'), summary: 'x'.repeat(300_000) }),
    victims.rsa.privateKey,
    new URL(`${victim}#main-key`),
    { spec: 'draft-cavage-http-signatures-12' },
  )
  expect(await put(request)).toBe(413)
})

test('Fedify itself delivers nothing to a loopback address', async () => {
  const federation = createFederation<void>({ kv: new MemoryKvStore(), origin: 'https://north.example' })
  federation
    .setActorDispatcher(
      '/people/{identifier}',
      (context, identifier) => new Person({ id: context.getActorUri(identifier) }),
    )
    .setKeyPairsDispatcher(() => [attackers.rsa])
  const before = attackers.requests.length
  const context = federation.createContext(new URL('https://north.example'), undefined)
  const activity = new Create({
    id: new URL('https://north.example/1'),
    actor: context.getActorUri('a'),
    object: new Note({ content: 'hello' }),
  })
  const sent = context.sendActivity(
    { identifier: 'a' },
    { id: new URL(`${attackers.origin}/users/b`), inboxId: new URL(`${attackers.origin}/inbox`) },
    activity,
    { immediate: true },
  )
  await expect(sent).rejects.toThrow()
  expect(attackers.requests.length).toBe(before)
})
