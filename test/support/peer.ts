import { signRequest } from '@fedify/fedify'
import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from './attacker.ts'
import type { TestNode } from './node.ts'
import type { Resident } from './resident.ts'

const activityStreams = 'https://www.w3.org/ns/activitystreams'
const activityJson = 'application/activity+json'

/** A server of another software, with real keys, that speaks to a node as Mastodon does. */
export type Peer = StrangersServer & {
  readonly host: string
  /** Makes an account with its WebFinger; `more` goes into its document. Returns the actor. */
  account(name: string, more?: object): string
  /** Changes what an account's document says. */
  change(actor: string, more: object): void
  /** Posts an activity of an account, signed, and returns the status. */
  post(node: TestNode, actor: string, activity: object): Promise<number>
  /** Reads something of a node with a signature of an account. */
  get(url: string, actor: string): Promise<Response>
  /** What came to its inboxes, oldest first. */
  received(): readonly Activity[]
  receivedTypes(): readonly string[]
}

export type Activity = { readonly id: string; readonly type: string; readonly actor: string } & Readonly<
  Record<string, unknown>
>

export async function aPeer(): Promise<Peer> {
  const server = await aStrangersServer()
  let made = 0
  const document = (actor: string) => server.documents.get(new URL(actor).pathname) as object // account() put it there
  const peer = Object.create(server, {}) as StrangersServer // the server itself, with what follows on top
  const received = (): readonly Activity[] =>
    server.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body))
  const sign = (request: Request, actor: string): Promise<Request> =>
    signRequest(request, server.rsa.privateKey, new URL(`${actor}#main-key`), {
      spec: 'draft-cavage-http-signatures-12',
    })
  const { host } = new URL(server.origin)
  return Object.assign(peer, {
    host,
    account(name: string, more: object = {}) {
      const actor = aRemotePerson(server, name)
      server.documents.set(new URL(actor).pathname, { ...document(actor), ...more })
      server.documents.set(`/.well-known/webfinger?resource=${encodeURIComponent(`acct:${name}@${host}`)}`, {
        subject: `acct:${name}@${host}`,
        links: [{ rel: 'self', type: activityJson, href: actor }],
      })
      return actor
    },
    change(actor: string, more: object) {
      server.documents.set(new URL(actor).pathname, { ...document(actor), ...more })
    },
    async post(node: TestNode, actor: string, activity: object) {
      made += 1
      const body = JSON.stringify({
        '@context': activityStreams,
        id: `${server.origin}/activities/${made}`,
        actor,
        ...activity,
      })
      const request = new Request(`${node.url}/ap/inbox`, {
        method: 'POST',
        headers: { 'content-type': activityJson },
        body,
      })
      return (await fetch(await sign(request, actor))).status
    },
    async get(url: string, actor: string) {
      return fetch(await sign(new Request(url, { headers: { accept: activityJson } }), actor))
    },
    received,
    receivedTypes: () => received().map(({ type }) => type),
    close: () => server.close(),
  })
}

/** The address of a resident's actor. */
export async function actorOf(node: TestNode, who: Resident): Promise<string> {
  return `${node.url}/ap/people/${(await listingOf(node.app.db, who.id))?.personId}`
}

/** Who follows whom, and what they were told. */
export function followersIn(node: TestNode): Promise<{ actor: string; state: string }[]> {
  return rows(node.app.db, 'select actor, state from follower order by actor')
}

/** Does what is due. */
export async function settled(node: TestNode): Promise<void> {
  expect(await node.settle()).toEqual([])
}
