import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { inventedPerson } from '../test/support/people.ts'
import { activitiesOf, kinds, people, type ActivityKind } from './activities.ts'
import { startFediverse } from './fediverse.ts'
import { startLoadGenerator, type LoadGenerator, type Prepared } from './load.ts'
import { figure, inTurn, type Bench, type Figure, type Goal, type Surroundings } from './measure.ts'
import {
  freePort,
  newFolder,
  poolOn,
  startDatabases,
  startFile,
  startNodeUnderTest,
  type NodeUnderTest,
} from './programs.ts'
import { parts, splitOf } from './split.ts'
import type { Stranger } from './stranger.ts'
import { connections, counted, repeated, roundSeconds, throughputFigures, type Round, type Side } from './throughput.ts'

// Both nodes call themselves this, so that one request is good for either, and for the baseline.
const origin = 'http://north.example'
const servers = 200
const peopleEach = 2
const warmUpRequests = 400
const mostInRound = 2_500
const longestWork = 60_000
const atLeastAThird: Goal = { of: 'ratio', limit: 0.333, better: 'higher' }

/** Activities of many people of many other servers, through the whole inbox: answered, stored, and worked on to the end. */
export const inbox: Bench = {
  name: 'inbox',
  summary: 'signed activities, answered, stored and worked on, against digest, signature and one row',
  async run(around) {
    const [serveUrl = '', splitUrl = '', bareUrl = ''] = await startDatabases(around, 'serve', 'split', 'bare')
    const fediverse = await startFediverse(around, servers, peopleEach)
    const bare = await startBareSigned(around, bareUrl, fediverse)
    const serve = await startNodeUnderTest(around, 'serve', serveUrl, origin)
    const port = await freePort()
    const split = await startNodeUnderTest(around, 'serve', splitUrl, origin, [`--inspect=127.0.0.1:${port}`])
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    const setting = { around, load, bare }
    const measured = await begun(setting, fediverse, serve, poolOn(around, serveUrl))
    const profiled = await begun(setting, fediverse, split, poolOn(around, splitUrl))
    const figures: Figure[] = []
    for (const kind of kinds) {
      const [rate, ...more] = await processed(measured, kind)
      const work = more.find(({ bench }) => bench.endsWith('.work'))
      if (!rate || !work) throw new Error('a figure is missing')
      figures.push(rate, work, ...(await splitFigures(profiled, kind, port, work)))
    }
    await checked(measured.database)
    return figures
  },
}

type Setting = {
  readonly around: Surroundings
  readonly load: LoadGenerator
  readonly bare: Pick<Side, 'url' | 'pid'>
}

type Begun = Setting & {
  readonly node: NodeUnderTest
  readonly database: Pool
  /** That many of a kind that were never sent to this node. */
  readonly next: (kind: ActivityKind, count: number) => Promise<readonly Prepared[]>
}

/** A node with people whom others may follow; each of those others follows somebody there, and its key is known. */
async function begun(setting: Setting, fediverse: Stranger, node: NodeUnderTest, database: Pool): Promise<Begun> {
  await addPublicPeople(database)
  await addFollowers(database, fediverse.actors)
  const one = { ...setting, node, database, next: activitiesOf(fediverse, origin) }
  setting.around.tell(`${fediverse.actors.length} actors of ${servers} servers become known`)
  await workThrough(one, await one.next('Like', fediverse.actors.length))
  return one
}

/** From the first one sent until the last one is worked on, by web and worker in one process. */
async function processed(one: Begun, kind: ActivityKind): Promise<readonly Figure[]> {
  const { around, load, bare, next } = one
  const seconds = roundSeconds(around)
  around.tell(`inbox.${kind.toLowerCase()}`)
  await workThrough(one, await next(kind, warmUpRequests))
  const warm = await workThrough(one, await next(kind, warmUpRequests))
  const count = Math.min(mostInRound, Math.ceil(warm.perSecond * seconds))
  let sent: readonly Prepared[] = []
  const { ours, baseline } = await inTurn(
    async () => {
      sent = await next(kind, count)
      return workThrough(one, sent)
    },
    () => counted(bare.pid, () => load.run(repeated({ url: bare.url, requests: sent, status: 202 }, seconds))),
  )
  // How long one answer took says nothing about when it was worked on.
  return throughputFigures(`inbox.${kind.toLowerCase()}`, ours, baseline, atLeastAThird).filter(
    ({ bench }) => !bench.endsWith('.p95'),
  )
}

/** The processor time of one activity by its parts, from a profile of another node that does the same. */
async function splitFigures(one: Begun, kind: ActivityKind, port: number, work: Figure): Promise<readonly Figure[]> {
  await workThrough(one, await one.next(kind, 2 * warmUpRequests))
  const sent = await one.next(kind, 1_500)
  const shares = await splitOf(port, () => workThrough(one, sent))
  return parts.map((part) => figure(`${work.bench}.${part}`, 'milliseconds', work.value * shares[part], work.value))
}

function workThrough({ load, node, database }: Begun, requests: readonly Prepared[]): Promise<Round> {
  return counted(node.pid, async () => {
    const begin = performance.now()
    const seconds = longestWork / 1000
    const outcome = await load.run({ to: node.url, requests, seconds, again: false, connections, status: 202 })
    while ((await countOf(database, 'inbox_activity')) > 0) {
      if (performance.now() > begin + longestWork) throw new Error('the worker does not come to an end')
      await sleep(5)
    }
    const needed = (performance.now() - begin) / 1000
    return { ...outcome, seconds: needed, perSecond: requests.length / needed }
  })
}

/** Whether everything was done: what was followed is followed no more, and no job failed. */
async function checked(database: Pool): Promise<void> {
  const failed = await countOf(database, 'graphile_worker.jobs where last_error is not null')
  const stored = await countOf(database, 'received_activity')
  const left = await countOf(database, `follower where id not like 'bench%'`)
  if (failed > 0 || stored === 0 || left > stored / 4)
    throw new Error(`${failed} jobs failed, ${left} followers are left`)
}

async function countOf(database: Pool, of: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(`select count(*)::int as count from ${of}`)
  return rows[0]?.count ?? 0
}

/** The server that does the least that a signed request needs; its address and process. */
export async function startBareSigned(
  around: Surroundings,
  databaseUrl: string,
  stranger: Stranger,
  etag = '',
): Promise<Pick<Side, 'url' | 'pid'>> {
  const file = join(await newFolder(around), 'keys.json')
  await writeFile(file, JSON.stringify({ keys: stranger.keys, etag }))
  return startFile(around, 'bench/bare-signed.ts', { args: [file], settings: { DATABASE_URL: databaseUrl } })
}

const everybody = [...people, `${people[0]}followed`]

/** People in public scope, whom anybody may follow and write to. Their own keys are those of the directory. */
export async function addPublicPeople(database: Pool): Promise<void> {
  const now = "now() - interval '1 hour'"
  await database.query(
    `insert into account (id, mail, role, state, language, created_at)
     select id || 'account', id || '@north.example', 'member', 'active', 'en', ${now} from unnest($1::text[]) id`,
    [everybody],
  )
  await database.query(
    `insert into person (id, account_id, handle, created_at, public_since)
     select id, id || 'account', id, ${now}, ${now} from unnest($1::text[]) id`,
    [everybody],
  )
  await database.query(
    `insert into listing (id, account_id, person_id, here, partners, public, discovery, published_at, updated_at, review_at, public_document)
     select id || 'listing', id || 'account', id, false, false, true, false, ${now}, ${now}, now() + interval '1 year', $2
     from unnest($1::text[]) id`,
    [everybody, JSON.stringify(inventedPerson(1, origin))],
  )
  // Made by a worker otherwise, at a second of processor time each.
  await database.query(
    `insert into actor_key (actor_id, kind, private_jwk, public_jwk, made_at)
     select id, kind, private_jwk, public_jwk, made_at from actor_key, unnest($1::text[]) id where actor_id = 'directory'`,
    [everybody],
  )
}

/** Each actor follows the first of them, so that there is a reason to read what it takes back. */
export async function addFollowers(database: Pool, actors: readonly string[]): Promise<void> {
  await database.query(
    `insert into follower (id, person_id, actor, inbox, follow, state, asked_at)
     select 'bench' || number, $2, actor, actor || '/inbox', '{}', 'waiting', now()
     from unnest($1::text[]) with ordinality as given (actor, number)`,
    [actors, `${people[0]}followed`],
  )
}
