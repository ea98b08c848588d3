import { generateKeyPairSync, type webcrypto } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { importJwk } from '@fedify/fedify'
import { multikey } from '../../src/common/multibase.ts'

export type StrangersServer = {
  readonly origin: string
  readonly rsa: webcrypto.CryptoKeyPair
  readonly ed25519: webcrypto.CryptoKeyPair
  readonly pem: string
  readonly multikey: string
  /** Documents by path; served as ActivityPub JSON. */
  readonly documents: Map<string, unknown>
  /** Every request that came: method, path, body. */
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly body: string
    readonly headers: Record<string, unknown>
  }[]
  /** What a POST is answered with. */
  status: number
  close(): Promise<void>
}

/** A server of somebody else on loopback, with keys of its own, that serves whatever documents it is given. */
export async function aStrangersServer(): Promise<StrangersServer> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ed = generateKeyPairSync('ed25519')
  const jwk = (key: typeof rsa.privateKey, use: 'sign' | 'verify', alg: object) => ({
    ...key.export({ format: 'jwk' }),
    ...alg,
    key_ops: [use],
    ext: true,
  })
  const pair = async (keys: typeof rsa, alg: object): Promise<webcrypto.CryptoKeyPair> => ({
    privateKey: await importJwk(jwk(keys.privateKey, 'sign', alg), 'private'),
    publicKey: await importJwk(jwk(keys.publicKey, 'verify', alg), 'public'),
  })
  const documents = new Map<string, unknown>()
  const requests: StrangersServer['requests'] = []
  const state = { status: 202 }
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? '/'
      requests.push({
        method: request.method ?? '',
        path,
        body: Buffer.concat(parts).toString('utf8'),
        headers: { ...request.headers },
      })
      const document = documents.get(path.split('?')[0] ?? path) ?? documents.get(path)
      if (request.method === 'POST') response.writeHead(state.status).end()
      else if (document === undefined) response.writeHead(404).end()
      else
        response
          .writeHead(200, {
            'content-type': path.startsWith('/.well-known/webfinger')
              ? 'application/jrd+json'
              : 'application/activity+json',
          })
          .end(JSON.stringify(document))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rsa: await pair(rsa, { alg: 'RS256' }),
    ed25519: await pair(ed, {}),
    pem: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    multikey: multikey(ed.publicKey),
    documents,
    requests,
    get status() {
      return state.status
    },
    set status(status: number) {
      state.status = status
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A Mastodon-shaped person on that server, with the documents that others read. Returns the actor's IRI. */
export function aRemotePerson(server: StrangersServer, name: string): string {
  const actor = `${server.origin}/users/${name}`
  server.documents.set(`/users/${name}`, {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: name,
    inbox: `${actor}/inbox`,
    outbox: `${actor}/outbox`,
    followers: `${actor}/followers`,
    endpoints: { sharedInbox: `${server.origin}/inbox` },
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: server.pem },
    assertionMethod: [
      { id: `${actor}#ed25519-key`, type: 'Multikey', controller: actor, publicKeyMultibase: server.multikey },
    ],
  })
  return actor
}
