import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Pool } from 'pg'
import { addresses } from '../src/common/addresses.ts'
import { openDatabase } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { nodeSecrets } from '../src/database/settings.ts'
import { migrateQueue } from '../src/jobs/worker.ts'
import { fillDirectory } from '../test/support/people.ts'
import { processorTimeOf } from './memory.ts'
import { postgresTime } from './mesh-day.ts'
import { figure, quantile, type Bench, type Goal, type Surroundings } from './measure.ts'
import { ordersTo } from './orders.ts'
import { freePort, newFolder, nodeFlags, poolOn, root, startDatabases, startFile } from './programs.ts'
import { startStranger, type Stranger } from './stranger.ts'
import type { Part, Polled, SyncOrder } from './sync-node.ts'
import { changeOrigin, fillOrigin } from './sync-origin.ts'
import type { SearchOrder } from './sync-search.ts'

const ordinary = 100_000
const others = 20
const pageSize = 200
// As on a small machine: with room for gigabytes, what a process takes says only when it tidies up.
const heap = '--max-old-space-size=192'
const searchedSeconds = 120

const atMost = (limit: number): Goal => ({ of: 'ratio', limit, better: 'lower' })

/** A snapshot of a large directory into an empty node, and one with 4 % changed into the full one. */
export const sync: Bench = {
  name: 'sync',
  summary: 'a snapshot of 100,000 listings, against a script that copies the same pages; up to 10 minutes',
  isLong: true,
  async run(around) {
    const size = around.size ?? ordinary
    const [originUrl = '', smallUrl = '', bareUrl = '', fullUrl = '', searchedUrl = ''] = await startDatabases(
      around,
      'origin',
      'small',
      'bare',
      'whole',
      'searched',
    )
    const origin = await startOrigin(around, originUrl)
    const small = Math.ceil(size / 10)
    await fillOrigin(origin.pool, origin.url, small, 'few')
    const few = await (await startSubscriber(around, smallUrl, origin)).poll('few', `${small} listings`)
    around.tell(`${size} listings`)
    await fillOrigin(origin.pool, origin.url, size, 'one')
    const bare = await runBare(around, bareUrl, origin, size)
    const subscriber = await startSubscriber(around, fullUrl, origin)
    const full = await subscriber.poll('one', 'a snapshot into an empty node')
    const searched = await startSubscriber(around, searchedUrl, origin, size)
    const searchesFull = await searched.pollSearched('one', size, 'the same into a node that is searched')
    await changeOrigin(origin.pool, origin.url, size, { epoch: 'one', round: 1 })
    const pulled = await subscriber.poll('one', '4 % changed, read on from where it was')
    await changeOrigin(origin.pool, origin.url, size, { epoch: 'two', round: 2 })
    const staged = await subscriber.poll('two', 'a snapshot with 4 % changed, until nearly all is staged', {
      rows: size * 0.99,
    })
    const applied = await subscriber.poll('two', 'its last pages, compared and put in place')
    const searchesChanged = await searched.pollSearched('two', size, 'a snapshot into the node that is searched')
    const p95 = (latencies: readonly number[]): number => quantile(latencies, 0.95)
    return [
      figure('sync.full', 'seconds', full.seconds, bare.seconds, atMost(3)),
      figure('sync.full.work', 'seconds', full.work, bare.work),
      figure('sync.pulled', 'seconds', pulled.seconds, full.seconds, atMost(0.1)),
      figure('sync.changed', 'seconds', staged.seconds + applied.seconds, full.seconds),
      figure('sync.changed.work', 'seconds', staged.work + applied.work, full.work),
      figure('sync.changed.applied', 'seconds', applied.seconds, full.seconds, atMost(0.1)),
      figure('sync.memory', 'MB', full.most, few.most, atMost(1.2)),
      figure('sync.full.search', 'milliseconds', p95(searchesFull.meanwhile), p95(searchesFull.before), atMost(1.5)),
      figure(
        'sync.changed.search',
        'milliseconds',
        p95(searchesChanged.meanwhile),
        p95(searchesChanged.before),
        atMost(1.2),
      ),
    ]
  },
}

type Origin = { readonly url: string; readonly host: string; readonly pid: number; readonly pool: Pool }

async function startOrigin(around: Surroundings, databaseUrl: string): Promise<Origin> {
  const { url, pid } = await startSyncNode(around, databaseUrl)
  return { url, host: new URL(url).host, pid, pool: poolOn(around, databaseUrl) }
}

async function startSyncNode(around: Surroundings, databaseUrl: string) {
  const port = await freePort()
  return startFile(around, 'bench/sync-node.ts', {
    flags: [heap, ...(around.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${around.profiles}`])],
    settings: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIDEWAYS_ORIGIN: `http://127.0.0.1:${port}`,
      SIDEWAYS_NAME: 'North Council',
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
      SIDEWAYS_LOG_LEVEL: 'warning',
      SIDEWAYS_API_PER_MINUTE: '1000000',
      SIDEWAYS_WITHDRAWAL_LOG: join(await newFolder(around), 'withdrawals.log'),
    },
  })
}

type Searches = { readonly before: readonly number[]; readonly meanwhile: readonly number[] }

/** A node that follows the origin. `strangers`: so many people of other nodes are listed there already. */
async function startSubscriber(around: Surroundings, databaseUrl: string, origin: Origin, strangers = 0) {
  const node = await startSyncNode(around, databaseUrl)
  const tell = ordersTo<SyncOrder>(node.child)
  await accept(origin, addresses(node.url).directory)
  if (strangers > 0) await fillOthers(around, databaseUrl, strangers)
  await tell({ kind: 'follow', host: origin.host })
  const poll = async (epoch: string, what: string, part?: Part): Promise<Polled & { readonly work: number }> => {
    around.tell(what)
    const seq = await seqOf(origin)
    const before = processorTimeOf(node.pid)
    const { answer, work } = await served(origin, () =>
      tell<Polled>({ kind: 'poll', epoch, seq, ...(part ? { part } : {}) }),
    )
    const polled = { ...answer, work: work + (processorTimeOf(node.pid) - before) / 1000 }
    around.tell(JSON.stringify(polled))
    return polled
  }
  return {
    poll,
    /**
     * Searches before a snapshot and meanwhile: as a worker reads it, page after page within the quota, for two minutes, and its end with
     * putting it in place. What lies between is read without waiting, and not searched.
     */
    async pollSearched(epoch: string, size: number, what: string): Promise<Searches> {
      const searcher = await startFile(around, 'bench/sync-search.ts', { settings: { DATABASE_URL: databaseUrl } })
      const ask = ordersTo<SearchOrder>(searcher.child)
      const search = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
        await ask('begin')
        await work()
        return ask<readonly number[]>('end')
      }
      await search(() => sleep(1000)) // warm
      const before = await search(() => sleep(around.seconds * 1000))
      const begun = await search(() => poll(epoch, what, { seconds: searchedSeconds }))
      await poll(epoch, 'its middle', { rows: size * 0.97 })
      const ended = await search(() => poll(epoch, 'its end'))
      await searcher.stop()
      return { before, meanwhile: [...begun, ...ended] }
    },
  }
}

async function seqOf({ pool }: Origin): Promise<number> {
  const { rows } = await pool.query<{ seq: number }>('select seq::float8 as seq from directory_state')
  return rows[0]?.seq ?? 0
}

async function fillOthers(around: Surroundings, databaseUrl: string, count: number): Promise<void> {
  around.tell(`${count} listings of other nodes`)
  const db = await openDatabase({ url: databaseUrl, entities: [], connections: 2 })
  try {
    const { order } = await nodeSecrets(db)
    await fillDirectory(db, order, count, { origins: others })
    // The origin under test is a partner with a number of its own.
    await db.pool.query(`select setval(pg_get_serial_sequence('partner', 'id'), $1)`, [others + 1])
  } finally {
    await db.close()
  }
}

// As if an administrator of the origin had said yes.
async function accept({ pool }: Origin, directory: string): Promise<void> {
  const { origin, host } = new URL(directory)
  await pool.query(
    `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key,
       following, follower, created_at, updated_at)
     values ($1, $2, $3, $3 || '/inbox', $3 || '/listings', $3 || '/listings/statement', 'South', 'South', 'z', 'no', 'accepted', now(), now())`,
    [host, origin, directory],
  )
}

/** Seconds of processor time that the origin and PostgreSQL, of both ends, needed for something. */
async function served<Answer>(
  { pid, pool }: Origin,
  reads: () => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly work: number }> {
  const used = async (): Promise<number> => processorTimeOf(pid) + (await postgresTime(pool))
  const before = await used()
  const answer = await reads()
  return { answer, work: ((await used()) - before) / 1000 }
}

/** Seconds of the bare script, and of processor time for all that it needed. */
async function runBare(
  around: Surroundings,
  databaseUrl: string,
  origin: Origin,
  size: number,
): Promise<{ readonly seconds: number; readonly work: number }> {
  around.tell('the bare script')
  await migrate(databaseUrl, migrateQueue)
  const database = poolOn(around, databaseUrl)
  await database.query(`insert into origin (origin_id, host, valid_until) values (1, 'origin', now())`)
  const stranger = await startStranger(around, 1)
  const [directory = ''] = stranger.actors
  await accept(origin, directory)
  const file = join(await newFolder(around), 'pages.json')
  await writeFile(file, JSON.stringify({ to: origin.url, requests: await pagesOf(stranger, directory, origin, size) }))
  const { answer, work } = await served(origin, () =>
    promisify(execFile)(process.execPath, [...nodeFlags, 'bench/bare-sync.ts', file], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: databaseUrl },
    }),
  )
  const { stdout } = answer
  around.tell(stdout.trim())
  // Our own script's.
  const said = JSON.parse(stdout) as { readonly seconds: number; readonly rows: number; readonly work: number }
  if (said.rows !== size) throw new Error(`the bare script copied ${said.rows} listings, not ${size}`)
  return { seconds: said.seconds, work: work + said.work / 1000 }
}

function pagesOf(stranger: Stranger, directory: string, { url }: Origin, size: number) {
  const { pathname } = new URL(addresses(url).listings)
  return Promise.all(
    Array.from({ length: Math.ceil(size / pageSize) }, (_, number) =>
      stranger.sign(directory, url, {
        method: 'GET',
        path: `${pathname}?after=${number * pageSize}&limit=${pageSize}`,
        headers: { accept: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"' },
      }),
    ),
  )
}
