import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addresses } from '../src/common/addresses.ts'
import type { AsksOrder } from './bare-asks.ts'
import { startBareSigned } from './inbox.ts'
import { startLoadGenerator, type LoadGenerator, type Prepared } from './load.ts'
import { figure, type Bench, type Figure, type Surroundings } from './measure.ts'
import { processorTimeOf } from './memory.ts'
import { meshDay, postgresTime, type Day } from './mesh-day.ts'
import type { Counts } from './mesh-partners.ts'
import { ordersTo } from './orders.ts'
import { newFolder, poolOn, startDatabases, startFile } from './programs.ts'
import { startStranger } from './stranger.ts'

const ordinary = { partners: 3_000, hours: 24 }
const bareSeconds = 3

/** One node in the full mesh of FEDERATION.md: what a day costs it, and whether its memory stays flat. */
export const mesh: Bench = {
  name: 'mesh',
  summary: 'a simulated day among 3,000 partner nodes, against the bare signed requests; up to 15 minutes',
  isLong: true,
  async run(around) {
    const partners = around.partners ?? ordinary.partners
    const hours = around.hours ?? ordinary.hours
    const firstMark = hours / 6
    const [fewUrl = '', manyUrl = '', bareUrl = ''] = await startDatabases(around, 'few', 'many', 'bare')
    const few = await meshDay(around, {
      databaseUrl: fewUrl,
      partners: Math.ceil(partners / 10),
      hours: firstMark,
      firstMark,
    })
    await few.end()
    const many = await meshDay(around, { databaseUrl: manyUrl, partners, hours, firstMark })
    around.tell(JSON.stringify(many.counts))
    around.tell('the bare requests')
    const bare = await bareCosts(around, bareUrl, many)
    await many.end()
    return figures(many, few, bare, { partners, hours })
  },
}

/** Milliseconds of processor time for one request. */
type Cost = { readonly own: number; readonly postgres: number }
type BareCosts = Readonly<Record<'getIn' | 'postIn' | 'getOut' | 'postOut', Cost>>

function figures(
  { counts, work, memory }: Day,
  few: Day,
  bare: BareCosts,
  { partners, hours }: { readonly partners: number; readonly hours: number },
): readonly Figure[] {
  const asked = {
    getIn: counts.in.unchanged + counts.in.statement + counts.in.page,
    postIn: counts.in.doorbell,
    getOut: total(counts.out) - counts.out.doorbell,
    postOut: counts.out.doorbell,
  }
  const bareWork = (side: keyof Cost): number =>
    asked.getIn * bare.getIn[side] +
    asked.postIn * bare.postIn[side] +
    asked.getOut * bare.getOut[side] +
    asked.postOut * bare.postOut[side]
  const [own, postgres] = [bareWork('own'), bareWork('postgres')]
  const all = work.node + work.postgres
  const hourly = partners * hours
  const share = (milliseconds: number): number => (milliseconds / 1000 / (hours * 3600)) * 100
  const flat = { of: 'ratio', limit: 1.1, better: 'lower' } as const
  return [
    figure('mesh.requests.in', 'requests', total(counts.in), hourly),
    figure('mesh.requests.out', 'requests', total(counts.out), hourly),
    figure('mesh.work', 'seconds', all / 1000, (own + postgres) / 1000),
    figure('mesh.work.node', 'seconds', work.node / 1000, own / 1000),
    figure('mesh.work.postgres', 'seconds', work.postgres / 1000, postgres / 1000),
    figure('mesh.work.partner', 'milliseconds', all / partners, (own + postgres) / partners),
    figure('mesh.work.share', 'percent of one core', share(all), share(own + postgres)),
    figure('mesh.memory', 'MB', memory.end, memory.before),
    figure('mesh.memory.most', 'MB', memory.most, memory.before),
    figure('mesh.memory.partner', 'KB', (memory.end * 1000) / partners, (memory.before * 1000) / partners),
    figure('mesh.memory.day', 'MB', memory.end, memory.mark, flat),
    figure('mesh.memory.partners', 'MB', memory.mark, few.memory.end, flat),
  ]
}

function total(counts: Counts['in'] | Counts['out']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** What each kind of request costs at the very least, in and out, on the same machine right after the day. */
async function bareCosts(around: Surroundings, databaseUrl: string, day: Day): Promise<BareCosts> {
  const pool = poolOn(around, databaseUrl)
  const cost = async (pid: number, work: () => Promise<number>): Promise<Cost> => {
    const before = { own: processorTimeOf(pid), postgres: await postgresTime(pool) }
    const count = await work()
    return {
      own: (processorTimeOf(pid) - before.own) / count,
      postgres: ((await postgresTime(pool)) - before.postgres) / count,
    }
  }
  const load = startLoadGenerator()
  around.atEnd.defer(() => load.stop())
  const stranger = await startStranger(around, 1)
  const etag = '"as-before"'
  const server = await startBareSigned(around, databaseUrl, stranger, etag)
  const [actor = ''] = stranger.actors
  const { pathname } = new URL(addresses(day.nodeOrigin).statement)
  const doorbell = doorbellOf(addresses(day.nodeOrigin))
  const get = await stranger.sign(actor, server.url, {
    method: 'GET',
    path: pathname,
    headers: { 'if-none-match': etag },
  })
  const post = await stranger.sign(actor, server.url, {
    method: 'POST',
    path: '/ap/directory/inbox',
    headers: { 'content-type': 'application/activity+json' },
    body: doorbell,
  })
  const getIn = await cost(server.pid, () => answered(load, server.url, get, 304))
  const postIn = await cost(server.pid, () => answered(load, server.url, post, 202))

  await day.tellPartners({ kind: 'deaf' })
  const client = await startBareAsks(around, databaseUrl, day)
  const tellClient = ordersTo<AsksOrder>(client.child)
  const urls = day.rows.map(({ origin }) => addresses(origin).statement)
  const inboxes = day.rows.map(({ origin }) => addresses(origin).directoryInbox)
  await tellClient({ method: 'GET', urls }) // from now on it has the ETags
  const repeats = Math.ceil(1_000 / urls.length)
  const many = (once: readonly string[]): string[] => Array.from({ length: repeats }, () => once).flat()
  const getOut = await cost(client.pid, async () => {
    await tellClient({ method: 'GET', urls: many(urls) })
    return repeats * urls.length
  })
  const postOut = await cost(client.pid, async () => {
    await tellClient({ method: 'POST', urls: many(inboxes), body: doorbell })
    return repeats * inboxes.length
  })
  return { getIn, postIn, getOut, postOut }
}

async function answered(load: LoadGenerator, to: string, request: Prepared, status: number): Promise<number> {
  const task = { to, requests: [request], seconds: bareSeconds, again: true, connections: 8, status }
  return (await load.run(task)).answered
}

function doorbellOf(at: ReturnType<typeof addresses>): string {
  return JSON.stringify({
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${at.directory}/doorbells/1`,
    type: 'Update',
    actor: at.directory,
    to: [at.directoryFollowers],
    object: { id: at.listings, type: 'OrderedCollection', seq: 1, epoch: 'bare' },
  })
}

async function startBareAsks(around: Surroundings, databaseUrl: string, day: Day) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const file = join(await newFolder(around), 'key.json')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(file, JSON.stringify({ keyId: `${addresses(day.nodeOrigin).directory}#main-key`, key }))
  return startFile(around, 'bench/bare-asks.ts', { args: [file], settings: { DATABASE_URL: databaseUrl } })
}
