import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { documentsOf } from './documents.ts'
import { newKeys, type Keys } from './keys.ts'
import { keyIn, verdictOf, type Incoming, type OwnedKey, type Verdict } from './signer.ts'
import { linkedDataJson, send, signedFor, term, type Answer, type Forgery } from './wire.ts'

/** What is answered to a request. */
export type Reply = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An activity that came to the inbox, when (milliseconds since the epoch), and who signed the request. */
export type Received = { readonly at: number; readonly activity: unknown; readonly verdict: Verdict }

/** A small ActivityPub node with a directory: its documents, its inbox, and signed requests. */
export type KitNode = {
  readonly origin: string
  readonly at: Places
  readonly keys: Keys
  readonly received: readonly Received[]
  /** Asked before everything else, in order of adding; the first reply counts. */
  readonly answers: ((incoming: Incoming) => Promise<Reply | undefined>)[]
  readonly onActivity: ((received: Received) => Promise<void> | void)[]
  /** A GET signed by the directory, with up to three redirects on the same host. */
  readonly get: (url: string, options?: GetOptions) => Promise<Answer>
  /** A POST to an inbox, signed by the directory. */
  readonly post: (inbox: string, activity: object) => Promise<Answer>
  readonly verdict: (incoming: Incoming) => Promise<Verdict>
  /** What anybody may read. */
  readonly documents: (incoming: Incoming) => Reply
  readonly close: () => Promise<void>
}

export type GetOptions = {
  readonly as?: 'directory' | 'node' | 'nobody'
  readonly etag?: string
  readonly forgery?: Forgery
}

export type NodeOptions = {
  readonly host?: string
  readonly port?: number
  /** Where others reach the kit: scheme, host and port. */
  readonly origin?: string
  readonly keys?: Keys
  readonly timeout?: number
  readonly name?: string
}

/** The addresses of the kit. On purpose not those of Sideways: nobody may guess them. */
export type Places = ReturnType<typeof places>

function places(origin: string) {
  const directory = `${origin}/kit/directory`
  return {
    node: `${origin}/kit/node`,
    directory,
    inbox: `${origin}/kit/in`,
    followers: `${directory}/readers`,
    organisation: `${origin}/kit/organisation`,
    listings: `${directory}/people`,
    statement: `${directory}/people/word`,
    buckets: `${directory}/people/buckets`,
  } as const
}

/** A short random name. */
export function randomName(): string {
  return randomBytes(4).toString('hex')
}

/** Starts the kit's node; a port of 0 takes any that is free. */
export async function startKitNode(options: NodeOptions = {}): Promise<KitNode> {
  const { keys = newKeys(), timeout = 10_000, name = 'Sideways conformance kit' } = options
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  // A TCP server's address is never a text.
  const { port } = server.address() as AddressInfo
  const origin = options.origin ?? `http://127.0.0.1:${port}`
  const at = places(origin)
  const documents = documentsOf(at, keys, name)
  const received: Received[] = []
  const known = new Map<string, OwnedKey>()

  const get: KitNode['get'] = async (url, { as = 'directory', etag, forgery } = {}) => {
    const headers = new Headers({ accept: linkedDataJson, ...(etag === undefined ? {} : { 'if-none-match': etag }) })
    const host = new URL(url).host
    for (let hop = 0, next = url; ; hop += 1) {
      const signed = as === 'nobody' ? headers : signedFor(next, keyOf(as), { headers }, forgery)
      const answer = await send(next, { headers: signed, timeout })
      const target = URL.parse(answer.headers['location'] ?? '', next)
      if (answer.status < 300 || answer.status === 304 || answer.status > 399 || hop === 3 || target?.host !== host)
        return answer
      next = target.href
    }
  }
  const keyOf = (actor: 'directory' | 'node') => ({ keyId: `${at[actor]}#main-key`, privateKey: keys[actor] })

  async function readKey(keyId: URL): Promise<OwnedKey | undefined> {
    const held = known.get(keyId.href)
    if (held) return held
    const page = new URL(keyId)
    page.hash = ''
    try {
      const found = keyIn(JSON.parse((await get(page.href, { as: 'node' })).body), keyId.href)
      if (found) known.set(keyId.href, found)
      return found
    } catch {
      return undefined // no answer, or no JSON
    }
  }
  const verdict = (incoming: Incoming): Promise<Verdict> => verdictOf(incoming, origin, readKey)

  const node: KitNode = {
    origin,
    at,
    keys,
    received,
    answers: [],
    onActivity: [],
    get,
    verdict,
    documents,
    async post(inbox, activity) {
      const body = JSON.stringify(activity)
      const headers = new Headers({ 'content-type': linkedDataJson })
      const signed = signedFor(inbox, keyOf('directory'), { method: 'POST', headers, body })
      return send(inbox, { method: 'POST', headers: signed, body, timeout })
    },
    close: () => stop(server),
  }

  async function take(incoming: Incoming): Promise<Reply> {
    for (const answer of node.answers) {
      const reply = await answer(incoming)
      if (reply) return reply
    }
    if (incoming.method === 'POST' && at.inbox.endsWith(incoming.path)) {
      const one = { at: Date.now(), activity: parsed(incoming.body), verdict: await verdict(incoming) }
      received.push(one)
      for (const listener of node.onActivity) await listener(one)
      return { status: 'fault' in one.verdict ? 401 : 202 }
    }
    return documents(incoming)
  }
  server.on('request', (request, response) => {
    void incomingOf(request, origin)
      .then(take)
      .catch((): Reply => ({ status: 500 }))
      .then(({ status, headers = {}, body }) => response.writeHead(status, headers).end(body))
  })
  return node
}

async function incomingOf(request: IncomingMessage, origin: string): Promise<Incoming> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer) // an HTTP request has bytes
  const target = request.url ?? '/'
  const url = new URL(target, origin)
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, one)
  return {
    method: request.method ?? '',
    target,
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(parts),
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined // no JSON: nothing was said
  }
}

/** The id of the actor that an activity says it is from. */
export function actorOf(activity: unknown): string | undefined {
  const actor = term(activity, 'actor')
  const id = typeof actor === 'string' ? actor : term(actor, 'id')
  return typeof id === 'string' ? id : undefined
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
}
