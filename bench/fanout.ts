import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { systemClock } from '../src/common/clock.ts'
import { randomId } from '../src/common/ids.ts'
import { openDatabase, type Db } from '../src/database/database.ts'
import { prepare } from '../src/federation/steps.ts'
import { sinkInboxes } from './fanout-hosts.ts'
import { startLoadGenerator, type LoadGenerator } from './load.ts'
import { figure, inTurn, median, quantile, type Bench, type Figure, type Surroundings } from './measure.ts'
import { processorTimeOf } from './memory.ts'
import { newFolder, poolOn, startDatabases, startFile, startNodeUnderTest, type NodeUnderTest } from './programs.ts'

const hosts = 200
const inboxesEach = 10
/** Requests at once: 24 hosts, two each. */
const atOnce = 48
const rounds = 5
/** Readers of pages at once, each asking as soon as it was answered. */
const readers = 2
const longestRound = 120_000

/** One post to 2,000 inboxes on 200 hosts. */
export const fanout: Bench = {
  name: 'fanout',
  summary: 'one post to 2,000 inboxes on 200 hosts, against a loop that signs and POSTs; and pages meanwhile',
  async run(around) {
    const [databaseUrl = ''] = await startDatabases(around, 'fanout')
    const node = await startNodeUnderTest(around, 'serve', databaseUrl)
    const sinks = await startFile(around, 'bench/fanout-sinks.ts', { args: [String(hosts)] })
    const db = await openDatabase({ url: databaseUrl, entities: [], connections: 2 })
    around.atEnd.defer(() => db.close())
    const inboxes = sinkInboxes(new URL(sinks.url).port, hosts, inboxesEach)
    const setting = { around, node, db, database: poolOn(around, databaseUrl), inboxes }
    return [...(await sent(setting)), ...(await pages(setting))]
  },
}

type Setting = {
  readonly around: Surroundings
  readonly node: NodeUnderTest
  readonly db: Db
  readonly database: Pool
  readonly inboxes: readonly string[]
}

type Round = { readonly perSecond: number; readonly work: number }

async function sent(setting: Setting): Promise<readonly Figure[]> {
  const { around, node, inboxes } = setting
  around.tell('fanout.sent')
  const bare = await startBare(setting)
  const bareRound = async (): Promise<Round> => {
    const before = processorTimeOf(bare.pid)
    const answer = await fetch(bare.url, { method: 'POST', body: JSON.stringify(aNote(randomId())) })
    if (answer.status !== 200) throw new Error(await answer.text())
    const { seconds } = (await answer.json()) as { readonly seconds: number } // of bare-fanout.ts
    return { perSecond: inboxes.length / seconds, work: (processorTimeOf(bare.pid) - before) / inboxes.length }
  }
  const ourRound = async (): Promise<Round> => {
    const before = processorTimeOf(node.pid)
    await post(setting)
    const begin = performance.now()
    await allDelivered(setting)
    const seconds = (performance.now() - begin) / 1000
    return { perSecond: inboxes.length / seconds, work: (processorTimeOf(node.pid) - before) / inboxes.length }
  }
  await ourRound()
  await bareRound()
  const { ours, baseline } = await inTurn(ourRound, bareRound, rounds)
  const of = (all: readonly Round[], what: keyof Round): number => median(all.map((round) => round[what]))
  return [
    figure('fanout.sent', 'requests per second', of(ours, 'perSecond'), of(baseline, 'perSecond'), {
      of: 'ratio',
      limit: 0.6,
      better: 'higher',
    }),
    figure('fanout.sent.work', 'milliseconds', of(ours, 'work'), of(baseline, 'work')),
  ]
}

/** How long pages take while the worker always has something to send, and while it has nothing. */
async function pages(setting: Setting): Promise<readonly Figure[]> {
  const { around, node, database } = setting
  around.tell('fanout.pages')
  const load = startLoadGenerator()
  around.atEnd.defer(() => load.stop())
  const seconds = Math.max(2, around.seconds / 2)
  await read(load, node, seconds)
  const busy = async (): Promise<readonly number[]> => {
    const end = performance.now() + seconds * 1000
    const saturate = async (): Promise<void> => {
      while (performance.now() < end) {
        await post(setting)
        while ((await waiting(database)) > 500 && performance.now() < end) await sleep(100)
      }
    }
    const [latencies] = await Promise.all([read(load, node, seconds), saturate()])
    if ((await waiting(database)) === 0) throw new Error('the worker had nothing to do')
    await allDelivered(setting)
    return latencies
  }
  const { ours, baseline } = await inTurn(busy, () => read(load, node, seconds), 3)
  const p95 = (all: readonly (readonly number[])[]): number => quantile(all.flat(), 0.95)
  return [
    figure('fanout.pages.p95', 'milliseconds', p95(ours), p95(baseline), { of: 'ratio', limit: 1.5, better: 'lower' }),
    figure('fanout.pages.median', 'milliseconds', quantile(ours.flat(), 0.5), quantile(baseline.flat(), 0.5)),
  ]
}

async function read(load: LoadGenerator, node: NodeUnderTest, seconds: number): Promise<readonly number[]> {
  const requests = ['/', '/directory', '/about', '/privacy'].map(
    (path) => ({ method: 'GET', path, headers: { accept: 'text/html' } }) as const,
  )
  const outcome = await load.run({ to: node.url, requests, seconds, again: true, connections: readers, status: 200 })
  return outcome.latencies
}

async function startBare({ around, node, database, inboxes }: Setting) {
  const { rows } = await database.query<{ jwk: string }>(
    `select private_jwk as jwk from actor_key where actor_id = 'directory' and kind = 'rsa'`,
  )
  const jwk: unknown = JSON.parse(rows[0]?.jwk ?? '')
  const file = join(await newFolder(around), 'fanout.json')
  await writeFile(file, JSON.stringify({ jwk, keyId: `${node.url}/ap/directory#main-key`, inboxes, atOnce }))
  return startFile(around, 'bench/bare-fanout.ts', { args: [file] })
}

// A post as people's are: two kilobytes.
function aNote(id: string): Readonly<Record<string, unknown>> {
  return {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `http://north.example/notes/${id}/activity`,
    type: 'Create',
    actor: 'http://north.example/ap/directory',
    object: {
      id: `http://north.example/notes/${id}`,
      type: 'Note',
      content: 'I am open to a peer chat until 30 November. '.repeat(40),
    },
  }
}

async function post({ db, inboxes }: Setting): Promise<void> {
  const body = aNote(randomId())
  await db.transaction((tx) =>
    prepare(tx, { now: systemClock, newId: randomId }, { id: String(body['id']), sender: 'directory', body, inboxes }),
  )
}

async function waiting(database: Pool): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from delivery where state = 'waiting'`,
  )
  return rows[0]?.count ?? 0
}

async function allDelivered({ database }: Setting): Promise<void> {
  const end = performance.now() + longestRound
  while ((await waiting(database)) > 0) {
    if (performance.now() > end) throw new Error('the worker does not come to an end')
    await sleep(20)
  }
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from delivery where state <> 'delivered' or attempts <> 1`,
  )
  if (rows[0]?.count !== 0) throw new Error(`${rows[0]?.count} deliveries failed, or were made twice`)
}
