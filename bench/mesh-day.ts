// A day of one real node among simulated partners, in slices: the clock is moved, and all that is due is done.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { hour, minute } from '../src/common/clock.ts'
import { inventedNow } from '../test/support/people.ts'
import type { Surroundings } from './measure.ts'
import { parentOf, processorTimeOf, processorTimeOfAll, residentOf } from './memory.ts'
import { median } from './measure.ts'
import type { NodeOrder } from './mesh-node.ts'
import type { Counts, PartnerRow, PartnersOrder } from './mesh-partners.ts'
import { ordersTo, type Tell } from './orders.ts'
import { freePort, newFolder, poolOn, type Program, startFile } from './programs.ts'

export type DayOptions = {
  readonly databaseUrl: string
  readonly partners: number
  readonly hours: number
  /** Simulated hours after which memory is read for the first time. */
  readonly firstMark: number
}

export type Day = {
  /** What the day brought, first readings apart. */
  readonly counts: Counts
  /** Processor time in milliseconds, of the node's own process and of all of PostgreSQL. */
  readonly work: { readonly node: number; readonly postgres: number }
  /** Resident memory of the node's process in MB: before its first partner, at the first mark, at the end, and at most. */
  readonly memory: { readonly before: number; readonly mark: number; readonly end: number; readonly most: number }
  readonly rows: readonly PartnerRow[]
  readonly nodeOrigin: string
  readonly tellPartners: Tell<PartnersOrder>
  readonly pool: Pool
  readonly end: () => Promise<void>
}

const listings = 40
// As on a small machine: with room for gigabytes, what a process takes says only when it tidies up.
const heap = '--max-old-space-size=192'
const slice = 5 * minute
// Before the machine's own time or after it: nothing in the run goes by that.
const begin = inventedNow.getTime()
// So that the doorbell of the first listings has rung before anybody hears it.
const beforeBegin = begin - minute

/** Lets one node read, and be read by, that many partners for that many hours. */
export async function meshDay(around: Surroundings, options: DayOptions): Promise<Day> {
  const pool = poolOn(around, options.databaseUrl)
  await ownClock(pool, options.databaseUrl)
  const node = await startMeshNode(around, options.databaseUrl)
  const partners = await startFile(around, 'bench/mesh-partners.ts', { args: [String(await freePort())] })
  const tellNode = ordersTo<NodeOrder>(node.child)
  const tellPartners = ordersTo<PartnersOrder>(partners.child)
  const settled = async (): Promise<void> => {
    do {
      await jobsDone(pool)
      await tellPartners({ kind: 'rest' })
    } while (await isJobDue(pool))
  }

  const passTo = async (time: number): Promise<void> => {
    await pool.query('update sim.clock set at = $1', [new Date(time)])
    await tellNode({ kind: 'time', time })
    await pool.query(`select pg_notify('jobs:insert', '')`)
  }

  await tellNode({ kind: 'publish', first: 0, count: listings, words: 'As it began.' })
  await passTo(begin)
  await settled()
  await sleep(3_000)
  const before = residentOf(node.pid).now

  const begun = performance.now()
  const rows = await tellPartners<readonly PartnerRow[]>({
    kind: 'begin',
    node: node.url,
    count: options.partners,
    listings,
    time: begin,
  })
  await addPartners(pool, rows)
  await tellNode({ kind: 'timetable', name: 'partners.poll-all' })
  await settled()
  await tellPartners({ kind: 'time', time: begin, polls: 'all' })
  await settled()
  around.tell(`${options.partners} partners: everything was read once in ${seconds(begun)} s`)

  const postgres = await postgresOf(pool)
  const start = {
    counts: await tellPartners<Counts>({ kind: 'counts' }),
    node: processorTimeOf(node.pid),
    postgres: processorTimeOfAll(postgres),
  }
  const samples: { readonly at: number; readonly memory: number }[] = []
  const ownChanges = [0.25, 0.75].map((share) => begin + share * options.hours * hour)
  for (let time = begin + slice; time <= begin + options.hours * hour; time += slice) {
    await tellPartners({ kind: 'hang-up' })
    await passTo(time)
    while ((ownChanges[0] ?? Infinity) <= time) {
      ownChanges.shift()
      await tellNode({ kind: 'publish', first: ownChanges.length, count: 1, words: `As it was at ${time}.` })
    }
    await tellPartners({ kind: 'time', time, polls: 'due' })
    await settled()
    samples.push({ at: time, memory: residentOf(node.pid).now })
    if ((time - begin) % hour === 0)
      around.tell(
        `${options.partners} partners: hour ${(time - begin) / hour} after ${seconds(begun)} s, ${Math.round(residentOf(node.pid).now)} MB`,
      )
  }
  const counts = difference(await tellPartners<Counts>({ kind: 'counts' }), start.counts)
  const work = {
    node: processorTimeOf(node.pid) - start.node,
    postgres: processorTimeOfAll(postgres) - start.postgres,
  }
  await checkEnd(pool, options.partners)
  const memoryAt = (hours: number): number => {
    const until = begin + hours * hour
    const from = until - Math.min(hour, (hours * hour) / 2)
    return median(samples.filter(({ at }) => at > from && at <= until).map(({ memory }) => memory))
  }
  const memory = {
    before,
    mark: memoryAt(options.firstMark),
    end: memoryAt(options.hours),
    most: residentOf(node.pid).most,
  }
  await node.stop()
  return { counts, work, memory, rows, nodeOrigin: node.url, tellPartners, pool, end: () => partners.stop() }
}

/** Processor time in milliseconds that this PostgreSQL has used, whatever its processes. */
export async function postgresTime(pool: Pool): Promise<number> {
  return processorTimeOfAll(await postgresOf(pool))
}

async function postgresOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  return parentOf(rows[0]?.pid ?? 0)
}

// The queue goes by PostgreSQL's now(). In this database a name without a schema finds ours first.
async function ownClock(pool: Pool, databaseUrl: string): Promise<void> {
  await pool.query('create schema sim')
  await pool.query('create table sim.clock (at timestamptz not null)')
  await pool.query('insert into sim.clock values ($1)', [new Date(begin)])
  await pool.query(`create function sim.now() returns timestamptz language sql stable as 'select at from sim.clock'`)
  const name = new URL(databaseUrl).pathname.slice(1)
  await pool.query(`alter database ${name} set search_path = public, sim, pg_catalog`)
}

async function startMeshNode(around: Surroundings, databaseUrl: string) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = await startFile(around, 'bench/mesh-node.ts', {
    args: [String(beforeBegin)],
    flags: [heap, ...(around.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${around.profiles}`])],
    settings: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIDEWAYS_DATA: await newFolder(around), // for its log of withdrawals
      SIDEWAYS_ORIGIN: url,
      SIDEWAYS_NAME: 'North Council',
      // Partners listen on loopback.
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    },
  })
  return program satisfies Program
}

// As after a Follow and an Accept both ways.
async function addPartners(pool: Pool, partners: readonly PartnerRow[]): Promise<void> {
  await pool.query(
    `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key,
       following, follower, created_at, updated_at)
     select host, origin, origin || '/ap/directory', origin || '/ap/directory/inbox', origin || '/ap/directory/listings',
       origin || '/ap/directory/listings/statement', 'Directory of ' || host, host, key, 'accepted', 'accepted', $4, $4
     from unnest($1::text[], $2::text[], $3::text[]) as p (host, origin, key)`,
    [
      partners.map(({ host }) => host),
      partners.map(({ origin }) => origin),
      partners.map(({ directoryKey }) => directoryKey),
      new Date(begin),
    ],
  )
  await pool.query(`insert into origin (origin_id, host, valid_until) select id, host, $1 from partner`, [
    new Date(begin),
  ])
}

async function isJobDue(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ due: boolean }>(
    `select exists (select from graphile_worker._private_jobs
       where run_at <= sim.now() and (locked_at is not null or attempts < max_attempts)) as due`,
  )
  return rows[0]?.due === true
}

async function jobsDone(pool: Pool): Promise<void> {
  const until = performance.now() + 30 * minute
  while (await isJobDue(pool)) {
    if (performance.now() > until) throw new Error('the worker does not come to an end')
    await sleep(50)
  }
}

/** Everything was read, everything adds up, nothing failed: else there is no figure. */
async function checkEnd(pool: Pool, partners: number): Promise<void> {
  const { rows } = await pool.query<Record<string, number>>(
    `select (select count(*)::int from origin where origin_id > 0 and (trouble is not null or hidden or failures > 0 or valid_until <= sim.now())) as troubled,
       (select count(*)::int from copy where refused is not null) as refused,
       (select count(*)::int from copy) as copies,
       (select count(*)::int from partner where their_have is distinct from (select seq from directory_state)) as behind,
       (select count(*)::int from graphile_worker._private_jobs where last_error is not null) as failed`,
  )
  const { troubled, refused, copies, behind, failed } = rows[0] ?? {}
  if (troubled !== 0 || refused !== 0 || failed !== 0 || behind !== 0 || copies !== partners * listings)
    throw new Error(`the day did not end well: ${JSON.stringify(rows[0])}`)
}

function difference(after: Counts, before: Counts): Counts {
  return {
    in: subtract(after.in, before.in),
    out: subtract(after.out, before.out),
    connections: after.connections - before.connections,
  }
}

function subtract<Numbers extends Record<string, number>>(after: Numbers, before: Numbers): Numbers {
  // The same names with other numbers.
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  ) as Numbers
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}
