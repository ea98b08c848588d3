import { signRequest } from '@fedify/fedify'
import { addresses } from '../../src/common/addresses.ts'
import { listingOf } from '../../src/listing/views.ts'
import type { StrangersServer } from './attacker.ts'
import type { TestNode } from './node.ts'

/** An activity as another server has it after it was sent. */
export type Activity = Record<string, unknown> & {
  readonly id: string
  readonly type: string
  readonly actor: string
  readonly object: string | (Record<string, unknown> & { readonly id: string; readonly content: string })
}

/** Sends an activity of somebody on another server to a node, signed. Returns the status. */
export async function say(node: TestNode, server: StrangersServer, actor: string, activity: object): Promise<number> {
  const request = new Request(`${node.url}/ap/inbox`, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json' },
    body: JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', actor, ...activity }),
  })
  const signed = await signRequest(request, server.rsa.privateKey, new URL(`${actor}#main-key`), {
    spec: 'draft-cavage-http-signatures-12',
  })
  return (await fetch(signed)).status
}

let follows = 0

/** Somebody on another server follows an actor here. */
export async function follow(node: TestNode, server: StrangersServer, actor: string, object: string): Promise<string> {
  follows += 1
  const id = `${server.origin}/follows/${follows}`
  expect(await say(node, server, actor, { id, type: 'Follow', object })).toBe(202)
  return id
}

/** What a server was sent, oldest first; of one kind, or of all. */
export function sentTo(server: StrangersServer, type?: string): Activity[] {
  return server.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body) as Activity)
    .filter((activity) => type === undefined || activity.type === type)
}

/** The actor of somebody who lives on a node. */
export async function actorOf(node: TestNode, account: { readonly id: string }): Promise<string> {
  const listing = await listingOf(node.app.db, account.id)
  return addresses(node.url).person(listing?.personId ?? '')
}

/** Reads a document as another server does. */
export async function read(url: string, accept = 'application/activity+json') {
  const answer = await fetch(url, { headers: { accept }, redirect: 'manual' })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) }
}
