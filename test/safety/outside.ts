import { signRequest } from '@fedify/fedify'
import { aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { rows } from '../../src/database/database.ts'
import type { TestNode } from '../support/node.ts'

/** A server of somebody else, known by a name of its own: addresses in numbers cannot be refused. */
export async function aNamedServer(): Promise<StrangersServer> {
  const server = await aStrangersServer()
  const origin = server.origin.replace('127.0.0.1', 'localhost')
  return Object.defineProperties(server, { origin: { value: origin } })
}

/** An actor on that server as its software shapes it: a person, or the server's own. */
export function anActor(server: StrangersServer, path: string, type = 'Person'): string {
  const actor = `${server.origin}${path}`
  server.documents.set(path, {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type,
    preferredUsername: path.split('/').at(-1),
    inbox: `${actor}/inbox`,
    outbox: `${actor}/outbox`,
    followers: `${actor}/followers`,
    endpoints: { sharedInbox: `${server.origin}/inbox` },
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: server.pem },
  })
  return actor
}

let number = 0

/** Posts an activity as an actor of a server, signed as Mastodon signs, and returns the status. */
export async function postAs(
  node: TestNode,
  server: StrangersServer,
  actor: string,
  activity: object,
  inbox = `${node.url}/ap/inbox`,
): Promise<number> {
  number += 1
  const request = new Request(inbox, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json' },
    body: JSON.stringify({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${server.origin}/activities/${number}`,
      actor,
      ...activity,
    }),
  })
  const signed = await signRequest(request, server.rsa.privateKey, new URL(`${actor}#main-key`), {
    spec: 'draft-cavage-http-signatures-12',
  })
  return (await fetch(signed)).status
}

/** Asks for an address as an actor, signed. */
export async function getAs(server: StrangersServer, actor: string, url: string): Promise<number> {
  const request = new Request(url, { headers: { accept: 'application/activity+json' } })
  const signed = await signRequest(request, server.rsa.privateKey, new URL(`${actor}#main-key`), {
    spec: 'draft-cavage-http-signatures-12',
  })
  const answer = await fetch(signed)
  await answer.arrayBuffer()
  return answer.status
}

/** What the node sent to a server, of one kind. */
export function sentTo(
  server: StrangersServer,
  type: string,
): { readonly path: string; readonly body: Record<string, unknown> }[] {
  return server.requests
    .filter(({ method, body }) => method === 'POST' && body !== '')
    .map(({ path, body }) => ({ path, body: JSON.parse(body) as Record<string, unknown> }))
    .filter(({ body }) => body['type'] === type)
}

/** Runs every job, and holds that none failed. */
export async function settled(node: TestNode): Promise<void> {
  expect(await node.settle()).toEqual([])
}

/** The reports that a node has, oldest first. */
export function reportsAt(node: TestNode): Promise<
  {
    id: string
    about: string
    content: string
    posts: string[]
    times: number
    reporter_host: string | null
    about_account_id: string | null
    closed_at: Date | null
  }[]
> {
  return rows(node.app.db, 'select * from report order by made_at, id')
}
