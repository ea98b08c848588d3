// The partner nodes of `mesh`, all in one process: each with a loopback address, and so a host, of its own.
//   node bench/mesh-partners.ts <first port to try>
import { createPrivateKey, generateKeyPair } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { addresses } from '../src/common/addresses.ts'
import { day } from '../src/common/clock.ts'
import { signedHeaders } from '../src/federation/cavage.ts'
import { nextPoll } from '../src/partners/schedule.ts'
import { rootOf } from '../src/partners/set.ts'
import { numbersFrom } from '../test/support/people.ts'
import { meshPartner, type MeshPartner, type RsaPair } from './mesh-partner.ts'
import { obey } from './orders.ts'

/** What the bench tells the partners. Times are milliseconds since 1970. */
export type PartnersOrder =
  | {
      readonly kind: 'begin'
      readonly node: string
      readonly count: number
      readonly listings: number
      readonly time: number
    }
  /** The time is now `time`: whatever was due since the last one is done: polls of the node, changes and their doorbells. */
  | { readonly kind: 'time'; readonly time: number; readonly polls: 'none' | 'due' | 'all' }
  /** Ends the connections that the node keeps open: they would have ended by themselves in the minutes between two slices. */
  | { readonly kind: 'hang-up' }
  /** Answers when nobody is asking the node anything. */
  | { readonly kind: 'rest' }
  /** Whether a doorbell of the node is followed by a poll. */
  | { readonly kind: 'deaf' }
  | { readonly kind: 'counts' }

/** What a row of table partner needs. */
export type PartnerRow = {
  readonly host: string
  readonly origin: string
  readonly directoryKey: string
}

/** Requests since the start, as the partners see them: in is what the node was asked, out is what it asked. */
export type Counts = {
  readonly in: {
    readonly unchanged: number
    readonly statement: number
    readonly page: number
    readonly doorbell: number
  }
  readonly out: {
    readonly unchanged: number
    readonly statement: number
    readonly page: number
    readonly doorbell: number
    readonly actor: number
    readonly other: number
  }
  /** Connections that the node opened. */
  readonly connections: number
}

type Asker = {
  readonly partner: MeshPartner
  readonly changesAt: number[]
  pollAt: number
  isAsking: boolean
  holds: { readonly seq: number; readonly root: string; readonly epoch: string; readonly etag: string } | undefined
  signed: { readonly target: string; readonly headers: Record<string, string>; readonly madeAt: number } | undefined
}

// Making a key of 2048 bits takes a tenth of a second.
const rsaKeys = 24
const asksAtOnce = 8
const signatureLives = 50 * 60_000
const linkedData = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
const emptyRoot = rootOf([])

const chance = numbersFrom(3)
const counts = {
  in: { unchanged: 0, statement: 0, page: 0, doorbell: 0 },
  out: { unchanged: 0, statement: 0, page: 0, doorbell: 0, actor: 0, other: 0 },
  connections: 0,
}
const byHost = new Map<string, Asker>()
const queue: (() => Promise<void>)[] = []
const resting: PromiseWithResolvers<void>[] = []
let asking = 0
let fault: unknown
let hears = true
let now = 0
let node = { at: addresses('http://127.0.0.1'), pool: new Pool('http://127.0.0.1'), actor: '' }

obey<PartnersOrder>((order) => {
  if (order.kind === 'begin') return begin(order)
  if (order.kind === 'deaf') return void (hears = false)
  if (order.kind === 'hang-up') return sockets.forEach((socket) => socket.end())
  if (order.kind === 'counts') return counts
  if (order.kind === 'time') passTo(order.time, order.polls)
  return rest()
})

async function begin(order: Extract<PartnersOrder, { kind: 'begin' }>): Promise<readonly PartnerRow[]> {
  now = order.time
  const at = addresses(order.node)
  // Theirs look like ours, whatever a directory's document holds by now.
  const actor = await fetch(at.directory, { headers: { accept: linkedData } })
  node = { at, pool: new Pool(order.node, { connections: asksAtOnce }), actor: await actor.text() }
  const keys = await Promise.all(Array.from({ length: Math.min(rsaKeys, order.count) }, newRsaPair))
  for (let number = byHost.size; number < order.count; number += 1) {
    const address = `127.${1 + Math.floor(number / 60_000)}.${Math.floor(number / 240) % 250}.${1 + (number % 240)}`
    await listenAt(address)
    const rsa = keys[number % keys.length]
    if (!rsa) throw new Error('no key')
    const origin = `http://${address}:${port}`
    byHost.set(`${address}:${port}`, {
      partner: meshPartner(number, origin, rsa, order.listings),
      changesAt: [chance(), chance()].toSorted((one, other) => one - other).map((share) => now + share * day),
      pollAt: now + chance() * 54 * 60_000,
      isAsking: false,
      holds: undefined,
      signed: undefined,
    })
  }
  return [...byHost].map(([host, { partner }]) => ({
    host,
    origin: partner.at.origin,
    directoryKey: partner.directoryKey,
  }))
}

async function newRsaPair(): Promise<RsaPair> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privateKey: createPrivateKey(pair.privateKey), pem: pair.publicKey }
}

function passTo(time: number, polls: 'none' | 'due' | 'all'): void {
  now = time
  for (const asker of byHost.values()) {
    while ((asker.changesAt[0] ?? Infinity) <= now) {
      asker.changesAt.push((asker.changesAt.shift() ?? 0) + day)
      asker.partner.change()
      ask(() => ringDoorbell(asker))
    }
    if (polls === 'all' || (polls === 'due' && asker.pollAt <= now)) pollSoon(asker)
  }
}

function pollSoon(asker: Asker): void {
  if (asker.isAsking) return
  asker.isAsking = true
  asker.pollAt = nextPoll(new Date(now), chance()).getTime()
  ask(() =>
    poll(asker).finally(() => {
      asker.isAsking = false
    }),
  )
}

function ask(work: () => Promise<void>): void {
  queue.push(work)
  askNext()
}

function askNext(): void {
  while (asking < asksAtOnce) {
    const work = queue.shift()
    if (!work) break
    asking += 1
    work()
      .catch((error: unknown) => (fault ??= error))
      .finally(() => {
        asking -= 1
        askNext()
      })
  }
  if (asking > 0) return
  for (const one of resting.splice(0)) settleRest(one)
}

function rest(): Promise<void> {
  const one = Promise.withResolvers<void>()
  if (asking === 0 && queue.length === 0) settleRest(one)
  else resting.push(one)
  return one.promise
}

function settleRest(one: PromiseWithResolvers<void>): void {
  if (fault === undefined) one.resolve()
  else one.reject(fault)
}

/** As a node of ours polls: statement, what changed, and the word of what is held (FEDERATION.md 5). */
async function poll(asker: Asker): Promise<void> {
  const { holds } = asker
  const answer = await get(asker, statementTarget(asker), holds?.etag)
  if (answer.status === 304) return void (counts.in.unchanged += 1)
  counts.in.statement += 1
  if (answer.status !== 200) throw new Error(`a statement was answered ${answer.status}`)
  // The node under test wrote it.
  const told = JSON.parse(answer.text) as { readonly seq: number; readonly root: string; readonly epoch: string }
  if (told.seq > (holds?.seq ?? 0)) {
    const { pathname } = new URL(node.at.listings)
    const page = await get(asker, `${pathname}?after=${holds?.seq ?? 0}&limit=200`)
    if (page.status !== 200) throw new Error(`a page was answered ${page.status}`)
    counts.in.page += 1
  }
  asker.holds = { seq: told.seq, root: told.root, epoch: told.epoch, etag: answer.etag }
  const last = await get(asker, statementTarget(asker), answer.etag)
  if (last.status === 304) counts.in.unchanged += 1
  else counts.in.statement += 1
}

function statementTarget({ holds }: Asker): string {
  const { pathname } = new URL(node.at.statement)
  const epoch = holds ? `&epoch=${holds.epoch}` : ''
  return `${pathname}?have=${holds?.seq ?? 0}&root=${holds?.root ?? emptyRoot}${epoch}`
}

async function ringDoorbell(asker: Asker): Promise<void> {
  const { at, seq, epoch } = asker.partner
  const body = JSON.stringify({
    '@context': [
      'https://www.w3.org/ns/activitystreams',
      { swd: 'https://w3id.org/sideways/ns#', seq: 'swd:seq', epoch: 'swd:epoch' },
    ],
    id: `${at.directory}/doorbells/${epoch}-${seq()}`,
    type: 'Update',
    actor: at.directory,
    to: [at.directoryFollowers],
    object: { id: at.listings, type: 'OrderedCollection', seq: seq(), epoch },
  })
  const target = new URL(node.at.directoryInbox).pathname
  const headers = sign(asker, 'POST', target, new Headers({ 'content-type': 'application/activity+json' }), body)
  const answer = await node.pool.request({ method: 'POST', path: target, headers, body })
  await answer.body.dump()
  if (answer.statusCode !== 202) throw new Error(`a doorbell was answered ${answer.statusCode}`)
  counts.in.doorbell += 1
}

async function get(asker: Asker, target: string, etag?: string) {
  // The same question in the same hour has the same signature: signing is not what is measured here.
  if (asker.signed?.target !== target || asker.signed.madeAt < performance.now() - signatureLives)
    asker.signed = {
      target,
      headers: sign(asker, 'GET', target, new Headers({ accept: linkedData })),
      madeAt: performance.now(),
    }
  const headers = { ...asker.signed.headers, ...(etag === undefined ? {} : { 'if-none-match': etag }) }
  const answer = await node.pool.request({ method: 'GET', path: target, headers })
  return { status: answer.statusCode, etag: String(answer.headers['etag'] ?? ''), text: await answer.body.text() }
}

function sign({ partner }: Asker, method: 'GET' | 'POST', target: string, headers: Headers, body?: string) {
  const key = { keyId: `${partner.at.directory}#main-key`, privateKey: partner.rsa.privateKey }
  const message = {
    method,
    target,
    headers,
    host: node.at.host,
    body: body === undefined ? undefined : Buffer.from(body),
  }
  return Object.fromEntries(signedHeaders(message, key, new Date()))
}

const http = createHttpServer((request, response) => {
  request.resume().once('end', () => answer(request, response))
})
const sockets = new Set<Socket>()
http.keepAliveTimeout = 5_000

function answer(request: IncomingMessage, response: ServerResponse): void {
  const asker = byHost.get(request.headers.host ?? '')
  const url = URL.parse(request.url ?? '', 'http://partner')
  if (!asker || !url) return void response.writeHead(404).end()
  const { partner } = asker
  if (request.method === 'POST') {
    counts.out.doorbell += 1
    response.writeHead(202).end()
    if (hears) pollSoon(asker)
    return
  }
  const is = (address: string): boolean => new URL(address).pathname === url.pathname
  if (is(partner.at.statement)) {
    const { text, etag } = partner.statement(new Date(now))
    const isKnown = request.headers['if-none-match'] === etag
    counts.out[isKnown ? 'unchanged' : 'statement'] += 1
    return send(response, isKnown ? undefined : text, { etag })
  }
  if (is(partner.at.listings)) {
    counts.out.page += 1
    return send(
      response,
      partner.page(Number(url.searchParams.get('after')), Number(url.searchParams.get('limit') ?? 200)),
    )
  }
  if (is(partner.at.directory)) {
    counts.out.actor += 1
    return send(response, actorOf(partner))
  }
  counts.out.other += 1
  response.writeHead(404).end()
}

function send(response: ServerResponse, text: string | undefined, headers: Record<string, string> = {}): void {
  response
    .writeHead(text === undefined ? 304 : 200, {
      'cache-control': 'private, no-store',
      ...headers,
      ...(text === undefined ? {} : { 'content-type': linkedData }),
    })
    .end(text)
}

function actorOf({ at, rsa, directoryKey }: MeshPartner): string {
  // The node under test wrote it.
  const document = JSON.parse(node.actor.replaceAll(node.at.origin, at.origin)) as Record<string, unknown>
  return JSON.stringify({
    ...document,
    publicKey: { id: `${at.directory}#main-key`, owner: at.directory, publicKeyPem: rsa.pem },
    assertionMethod: [
      { id: `${at.directory}#ed25519-1`, type: 'Multikey', controller: at.directory, publicKeyMultibase: directoryKey },
    ],
  })
}

// One port for all, and one HTTP server behind all their sockets: 3,000 of these would be most of what they cost.
const port = Number(process.argv[2])

function listenAt(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    createServer((socket) => {
      counts.connections += 1
      sockets.add(socket.once('close', () => sockets.delete(socket)))
      http.emit('connection', socket)
    })
      .once('error', reject)
      .listen(port, address, resolve)
  })
}

for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
console.log(JSON.stringify({ url: `http://127.1.0.1:${port}` }))
