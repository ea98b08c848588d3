import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { minute, systemClock } from '../src/common/clock.ts'
import { signedHeaders } from '../src/federation/cavage.ts'
import type { IntroduceOrder } from './introduce-node.ts'
import { figure, type Bench, type Figure, type Surroundings } from './measure.ts'
import { ordersTo, type Tell } from './orders.ts'
import { freePort, newFolder, startDatabases, startFile } from './programs.ts'

/** Pairs, and how many of them ask within one minute: an inbox takes 600 activities of one host in that time. */
const pairs = 1_000
const batch = 500
/** As many messages as a worker sends at once. */
const atOnce = 4
const longest = 300_000

type Node = { readonly url: string; readonly host: string; readonly tell: Tell<IntroduceOrder> }

/** Requests for a chat from two nodes, from the asker's yes on her own page until the other node has it to show; then the answers. */
export const introduce: Bench = {
  name: 'introduce',
  summary: 'requests for a chat and their answers between two nodes, end to end, against bare signed round trips',
  isLong: true,
  async run(around) {
    const count = around.size ?? pairs
    const [northUrl = '', southUrl = '', bareUrl = ''] = await startDatabases(around, 'north', 'south', 'bare')
    const [north, south] = [await startOne(around, northUrl), await startOne(around, southUrl)]
    await becomePartners(around, north, south, count)
    const asked = await inBatches([north, south], count, async (first, some) => {
      around.tell(`${some} requests`)
      await north.tell({ kind: 'ask', first, count: some, origin: south.url })
      await until(south, `select count(*)::int as number from chat`, first + some)
      await until(north, `select count(*)::int as number from chat_message`, 0)
    })
    const answered = await inBatches([north, south], count, async (first, some) => {
      around.tell(`${some} answers`)
      await south.tell({ kind: 'answer', first, count: some })
      await until(north, `select count(*)::int as number from chat where standing = 'accepted'`, first + some)
      await until(south, `select count(*)::int as number from chat_message`, 0)
    })
    around.tell('bare round trips')
    const bare = await bareRoundTrips(around, bareUrl, count)
    return [
      figure('introduce.asked', 'requests per second', asked, bare),
      figure('introduce.answered', 'requests per second', answered, bare),
    ] satisfies Figure[]
  },
}

async function startOne(around: Surroundings, databaseUrl: string): Promise<Node> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { child } = await startFile(around, 'bench/introduce-node.ts', {
    settings: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIDEWAYS_DATA: await newFolder(around),
      SIDEWAYS_ORIGIN: url,
      SIDEWAYS_NAME: 'North Council',
      SIDEWAYS_LOG_LEVEL: 'error',
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    },
  })
  return { url, host: new URL(url).host, tell: ordersTo<IntroduceOrder>(child) }
}

/** Each has so many people and reads those of the other one. */
async function becomePartners(around: Surroundings, north: Node, south: Node, count: number): Promise<void> {
  around.tell(`${count} people on each of two nodes`)
  await Promise.all([north, south].map(({ tell }) => tell({ kind: 'populate', count })))
  for (const [reader, origin] of [
    [north, south],
    [south, north],
  ] as const) {
    await reader.tell({ kind: 'follow', host: origin.host })
    await until(origin, `select count(*)::int as number from partner where follower = 'waiting'`, 1)
    await origin.tell({ kind: 'approve', host: reader.host })
    const shown = `select count(*)::int as number from directory_entry e join origin o using (origin_id)
      where e.origin_id > 0 and o.valid_until > now()`
    await until(reader, shown, count)
  }
}

/** One batch after the other, with a minute of the nodes' clocks between them; how many a second that were, without the pauses. */
async function inBatches(
  nodes: readonly Node[],
  count: number,
  work: (first: number, some: number) => Promise<void>,
): Promise<number> {
  let seconds = 0
  for (let first = 0; first < count; first += batch) {
    minutesAhead += 2
    for (const { tell } of nodes) await tell({ kind: 'ahead', milliseconds: minutesAhead * minute })
    const begin = performance.now()
    await work(first, Math.min(batch, count - first))
    seconds += (performance.now() - begin) / 1000
  }
  return count / seconds
}

let minutesAhead = 0

async function until({ tell }: Node, of: string, wanted: number): Promise<void> {
  const end = performance.now() + longest
  for (;;) {
    const found = await tell<number>({ kind: 'number', of })
    if (found === wanted) return
    if (performance.now() > end) throw new Error(`${found} instead of ${wanted}: ${of}`)
    await sleep(20)
  }
}

/** The same number of POSTs of the same length to a server that checks digest and signature and keeps one row, each signed anew. */
async function bareRoundTrips(around: Surroundings, databaseUrl: string, count: number): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keyId = 'http://north.example/ap/people/p1#main-key'
  const file = join(await newFolder(around), 'keys.json')
  const keys = { [keyId]: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  await writeFile(file, JSON.stringify({ keys, etag: '' }))
  const { url } = await startFile(around, 'bench/bare-signed.ts', {
    args: [file],
    settings: { DATABASE_URL: databaseUrl },
  })
  const { host } = new URL(url)
  const trip = async (number: number): Promise<void> => {
    const body = Buffer.from(JSON.stringify({ id: `http://north.example/${number}`, text: 'x'.repeat(2_400) }))
    const headers = new Headers({ 'content-type': 'application/activity+json' })
    const message = { method: 'POST', target: '/inbox', host, headers, body }
    const signed = signedHeaders(message, { keyId, privateKey }, systemClock())
    signed.delete('host')
    const answer = await fetch(`${url}/inbox`, { method: 'POST', headers: signed, body })
    if (answer.status !== 202) throw new Error(`the bare server answered ${answer.status}`)
    await answer.arrayBuffer()
  }
  for (let number = 0; number < 200; number += 1) await trip(number)
  let next = 0
  const begin = performance.now()
  const some = async (): Promise<void> => {
    while (next < count) await trip((next += 1))
  }
  await Promise.all(Array.from({ length: atOnce }, some))
  return count / ((performance.now() - begin) / 1000)
}
