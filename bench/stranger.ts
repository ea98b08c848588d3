// Somebody else's server on loopback: actors with keys, and requests signed by them before the clock starts.
import { createHash, webcrypto } from 'node:crypto'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../test/support/attacker.ts'
import type { Prepared } from './load.ts'
import type { Surroundings } from './measure.ts'

export type Stranger = {
  /** IRIs of its actors; each one's key is `<actor>#main-key`. */
  readonly actors: readonly string[]
  /** The public key of each key id, in PEM. */
  readonly keys: Readonly<Record<string, string>>
  /** A request to the node that calls itself `origin`, signed as Mastodon signs (draft-cavage-12, RSA-SHA256). */
  sign(actor: string, origin: string, request: Prepared): Promise<Prepared>
}

/** Starts the server with that many actors; stopped at the end. */
export async function startStranger(around: Surroundings, actorCount: number): Promise<Stranger> {
  const server = await aStrangersServer()
  around.atEnd.defer(() => server.close())
  const actors = Array.from({ length: actorCount }, (_, number) => aRemotePerson(server, `person${number}`))
  return {
    actors,
    keys: Object.fromEntries(actors.map((actor) => [`${actor}#main-key`, server.pem])),
    sign: (actor, origin, request) => signed(server, actor, origin, request),
  }
}

/** A request signed with a server's one key in the name of one of its actors. */
export async function signed(
  server: Pick<StrangersServer, 'rsa'>,
  actor: string,
  origin: string,
  request: Prepared,
): Promise<Prepared> {
  const { host } = new URL(origin)
  // Node's HTTP date is the current one; a signature is good for an hour.
  const headers: Record<string, string> = { ...request.headers, host, date: new Date().toUTCString() }
  if (request.body !== undefined)
    headers['digest'] = `SHA-256=${createHash('sha256').update(request.body).digest('base64')}`
  const covered = ['host', 'date', ...(request.body === undefined ? [] : ['digest'])]
  const text = [
    `(request-target): ${request.method.toLowerCase()} ${request.path}`,
    ...covered.map((name) => `${name}: ${headers[name]}`),
  ].join('\n')
  const signature = await webcrypto.subtle.sign('RSASSA-PKCS1-v1_5', server.rsa.privateKey, Buffer.from(text))
  headers['signature'] =
    `keyId="${actor}#main-key",algorithm="rsa-sha256",headers="(request-target) ${covered.join(' ')}",signature="${Buffer.from(signature).toString('base64')}"`
  return { ...request, headers }
}
