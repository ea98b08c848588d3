import { signRequest } from '@fedify/fedify'
import type { StrangersServer } from './attacker.ts'
import type { TestNode } from './node.ts'

/** Sends an activity to a node as its actor's server does: signed by the actor over method, host, date and digest. The status. */
export async function sendTo(
  node: TestNode,
  server: StrangersServer,
  activity: Readonly<Record<string, unknown>>,
  inbox = `${node.url}/ap/inbox`,
): Promise<number> {
  const request = new Request(inbox, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json' },
    body: JSON.stringify(activity),
  })
  const key = new URL(`${String(activity['actor'])}#main-key`)
  const signed = await signRequest(request, server.rsa.privateKey, key, { spec: 'draft-cavage-http-signatures-12' })
  return (await fetch(signed)).status
}

/** A GET, signed by an actor of that server. */
export async function getSigned(server: StrangersServer, actor: string, url: string): Promise<Response> {
  const request = new Request(url, { headers: { accept: 'application/activity+json' } })
  const key = new URL(`${actor}#main-key`)
  return fetch(await signRequest(request, server.rsa.privateKey, key, { spec: 'draft-cavage-http-signatures-12' }))
}

/** What was posted to that server of one type, oldest first. */
export function postedTo(server: StrangersServer, type: string): Record<string, unknown>[] {
  return server.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>) // what our own node sent
    .filter((activity) => activity['type'] === type)
}
