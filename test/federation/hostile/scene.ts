import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { configure, type LogRecord } from '@logtape/logtape'
import { hour, later } from '../../../src/common/clock.ts'
import { createOutbound, isPublicAddress } from '../../../src/common/outbound.ts'
import { rows } from '../../../src/database/database.ts'
import { anInternet, type Host, type Internet } from '../../support/internet.ts'
import { aNode, type TestNode } from '../../support/node.ts'
import { aResident, listed } from '../../support/resident.ts'
import { watchLoop } from './loop.ts'

/** A server of somebody else on the invented internet, with one actor that has a key. */
export type Stranger = {
  readonly host: string
  readonly actor: string
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly pem: string
  readonly document: Readonly<Record<string, unknown>>
}

export type Scene = {
  readonly node: TestNode
  readonly internet: Internet
  /** Somebody in public scope, somebody in partner scope, and somebody who is on this node only: their ids. */
  readonly asha: string
  readonly ben: string
  readonly cleo: string
  /** Known to the node, and as honest as its requests are. */
  readonly mallory: Stranger
  /** A follower of Asha whom Mallory would like to be. */
  readonly victim: Stranger
  /** Rows of every table; what strangers may fill without harm stands apart in `harmless`. */
  counts(): Promise<ReadonlyMap<string, number>>
  /** Waits until the worker has done all that is due. */
  quiet(): Promise<void>
  /** Every line that was logged since the last call. */
  logged(): readonly string[]
  /** Where this process connected to since the last call, but for what belongs to the scene. */
  connected(): readonly string[]
  /** The longest that nothing else could run since the last call, in milliseconds of processor time. */
  longestDelay(): number
  close(): Promise<void>
}

/** What an accepted activity leaves behind whoever sent it: hashes for 30 days, and the document of its actor. */
export const harmless: ReadonlySet<string> = new Set([
  'received_activity',
  'withdrawn_note',
  'remote_actor',
  'delivery_host',
  'rate_limit',
  'ended_follow',
])

/** One node with its worker on the invented internet, watched from all sides. */
export async function aScene(settings: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const internet = await anInternet()
  const watch = watchConnections(internet)
  const lines: string[] = []
  const keep = (record: LogRecord): void => void lines.push(`${record.level} ${record.message.map(String).join('')}`)
  await configure({
    reset: true,
    sinks: { keep },
    loggers: [
      { category: ['sideways'], lowestLevel: 'debug', sinks: ['keep'] },
      { category: ['fedify'], lowestLevel: 'error', sinks: ['keep'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['keep'] },
    ],
  })
  const node = await aNode({
    worker: true,
    time: new Date(),
    settings: { SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'false', SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic', ...settings },
    overrides: {
      outbound: createOutbound({ allowPrivateAddresses: false, userAgent: 'Sideways/test', network: internet.network }),
    },
  })
  watch.own(Number(new URL(node.url).port))
  const [asha, ben, cleo] = await Promise.all([
    aPerson(node, 'asha', ['here', 'partners', 'public']),
    aPerson(node, 'ben', ['here', 'partners']),
    aPerson(node, 'cleo', ['here']),
  ])
  const loop = watchLoop()
  const { db } = node.app
  return {
    node,
    internet,
    asha,
    ben,
    cleo,
    mallory: aStranger(internet, 'mallory.example', 'mallory'),
    victim: aStranger(internet, 'victim.example', 'victoria'),
    async counts() {
      const found = await rows<{ name: string; count: string }>(
        db,
        `select tablename as name, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', tablename),
           false, true, '')))[1]::text as count from pg_tables where schemaname = 'public'`,
      )
      return new Map(found.map(({ name, count }) => [name, Number(count)]))
    },
    async quiet() {
      for (const begun = performance.now(); performance.now() - begun < 60_000;) {
        // What was put off until the node's own clock, which runs ahead, is due.
        const hurried = await rows(
          db,
          `update graphile_worker._private_jobs set run_at = now()
           where run_at > now() and attempts = 0 and task_id in
             (select id from graphile_worker._private_tasks where identifier like 'federation.inbox%') returning 1`,
        )
        const [left] = await rows<{ count: number }>(
          db,
          `select count(*)::int as count from graphile_worker.jobs
           where locked_at is not null or (run_at <= now() and attempts < max_attempts)`,
        )
        if (left?.count === 0 && hurried.length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
      throw new Error('the worker does not come to rest')
    },
    logged: () => lines.splice(0),
    connected: watch.taken,
    longestDelay: () => loop.longest(),
    async close() {
      loop.end()
      watch.end()
      await internet.close()
    },
  }
}

async function aPerson(
  node: TestNode,
  handle: string,
  scopes: readonly ('here' | 'partners' | 'public')[],
): Promise<string> {
  const who = await aResident(node, handle)
  await listed(node, who, scopes)
  const [person] = await rows<{ id: string }>(
    node.app.db,
    'select person_id as id from listing where account_id = $1',
    [who.id],
  )
  return person?.id ?? 'nobody'
}

const pairs = new Map<string, { readonly privateKey: KeyObject; readonly pem: string }>()

/** A server with one actor; its documents are as Mastodon's. */
export function aStranger(internet: Internet, host: string, name: string): Stranger {
  const actor = `https://${host}/users/${name}`
  const made = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pair = pairs.get(actor) ?? {
    privateKey: made.privateKey,
    pem: made.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
  pairs.set(actor, pair)
  const document = {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: name,
    inbox: `${actor}/inbox`,
    endpoints: { sharedInbox: `https://${host}/inbox` },
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: pair.pem },
  }
  internet.hosts.set(host, answering(new Map([[`/users/${name}`, document]])))
  return { host, actor, keyId: `${actor}#main-key`, document, ...pair }
}

/** A host that serves JSON by path, and takes every post. */
export function answering(documents: ReadonlyMap<string, unknown>): Host {
  return (request, response) => {
    request.resume()
    if (request.method === 'POST') return void response.writeHead(202).end()
    const document = documents.get(request.url?.split('?')[0] ?? '')
    if (document === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document))
  }
}

// Every TCP connection that this process opens goes past here, whoever opens it.
function watchConnections(internet: Internet) {
  const own = new Set([internet.port, Number(new URL(process.env['SIDEWAYS_TEST_SERVER'] ?? '').port || 5432)])
  const seen: string[] = []
  const listen = (message: unknown): void => {
    // Node's own channel: docs/api/diagnostics_channel.
    const { socket } = message as { readonly socket: Socket }
    socket.on('connectionAttempt', (ip: string, port: number) => {
      const isMapped = !own.has(port) || ip !== '127.0.0.1'
      if (isMapped && !(own.has(port) && (ip === '::1' || ip === 'localhost'))) seen.push(`${ip}:${port}`)
    })
  }
  subscribe('net.client.socket', listen)
  return {
    own: (port: number) => void own.add(port),
    /** And, of the invented internet, what was dialled that is nobody's address there. */
    taken: (): readonly string[] => [
      ...seen.splice(0),
      ...internet.dialled.splice(0).filter((address) => !isPublicAddress(address)),
    ],
    end: () => unsubscribe('net.client.socket', listen),
  }
}

export type RawAnswer = {
  /** 0 where the connection ended without an answer. */
  readonly status: number
  readonly head: string
  readonly text: string
  /** How many answers came: more than one is smuggling. */
  readonly answers: number
}

/** Sends bytes as they are over a connection of their own and reads until it ends, or for `patience` milliseconds. */
export function sendRaw(
  scene: Pick<Scene, 'node'>,
  parts: readonly (string | Buffer)[],
  patience = 4_000,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(scene.node.url).port), '127.0.0.1')
    const read: Buffer[] = []
    const end = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(parsed(Buffer.concat(read).toString('latin1')))
    }
    const timer = setTimeout(end, patience)
    socket.on('data', (part) => read.push(part))
    socket.on('error', end)
    socket.on('close', end)
    for (const part of parts) socket.write(part)
  })
}

function parsed(text: string): RawAnswer {
  const [head = '', ...rest] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    text: rest.join('\r\n\r\n'),
    answers: text.match(/^HTTP\/1\.[01] [2-5]\d{2} /gm)?.length ?? 0,
  }
}

/** Two hours go by for every limit that counts in hours. */
export function timeGoesBy(scene: Scene): void {
  scene.node.time = later(scene.node.time, 2 * hour)
}

/** Says on the terminal how much was tried, and with which seed it can be tried again (HOSTILE_SEED). */
export function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}
