import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { addresses } from '../src/common/addresses.ts'
import { inventedPerson } from '../test/support/people.ts'
import { startLoadGenerator, type LoadGenerator, type Outcome, type Prepared } from './load.ts'
import { inTurn, type Bench, type Figure, type Surroundings } from './measure.ts'
import { newFolder, poolOn, startDatabases, startFile, startNodeUnderTest, type NodeUnderTest } from './programs.ts'
import { startStranger, type Stranger } from './stranger.ts'
import { connections, counted, repeated, roundSeconds, throughputFigures, type Round, type Side } from './throughput.ts'

// Both nodes call themselves this, so that one request is good for either, and for the baseline.
const origin = 'http://north.example'
const personId = 'benchperson'
const actorCount = 8
const warmUpRequests = 300
const longestWork = 60_000

/** Follows of a public person, signed by eight people of one other server, through the whole inbox. */
export const inbox: Bench = {
  name: 'inbox',
  summary: 'signed Follows, answered and stored, and worked on to the end, against digest, signature and one row',
  async run(around) {
    const [webUrl = '', serveUrl = '', bareUrl = ''] = await startDatabases(around, 'web', 'serve', 'bare')
    const stranger = await startStranger(around, actorCount)
    const web = await startNodeUnderTest(around, 'web', webUrl, origin)
    const serve = await startNodeUnderTest(around, 'serve', serveUrl, origin)
    const bare = await startBareSigned(around, bareUrl, stranger)
    const databases = { web: poolOn(around, webUrl), serve: poolOn(around, serveUrl) }
    await addPublicPerson(databases.web)
    await addPublicPerson(databases.serve)
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    const follows = followsBy(stranger)
    return [
      ...(await accepted({ around, load, follows, bare, node: web, database: databases.web })),
      ...(await processed({ around, load, follows, bare, node: serve, database: databases.serve })),
    ]
  },
}

type Setting = {
  readonly around: Surroundings
  readonly load: LoadGenerator
  /** That many Follows that were never sent before. */
  readonly follows: (count: number) => Promise<readonly Prepared[]>
  readonly bare: Pick<Side, 'url' | 'pid'>
  readonly node: NodeUnderTest
  readonly database: Pool
}

/** Answered 202 by a web process alone: verified, and stored for a worker. */
async function accepted(setting: Setting): Promise<readonly Figure[]> {
  const { around, load, follows, bare, node, database } = setting
  const seconds = roundSeconds(around)
  around.tell('inbox.accepted')
  const once = (requests: readonly Prepared[], limit: number): Promise<Outcome> =>
    load.run({ to: node.url, requests, seconds: limit, again: false, connections, status: 202 })
  const first = await once(await follows(warmUpRequests), longestWork / 1000)
  const warm = await once(await follows(warmUpRequests), longestWork / 1000)
  let sent: readonly Prepared[] = await follows(Math.ceil(warm.perSecond * seconds * 1.5))
  await load.run(repeated({ url: bare.url, requests: sent, status: 202 }, Math.max(1, seconds)))
  const outcomes = await inTurn(
    async (round) => {
      if (round > 0) sent = await follows(sent.length)
      return counted(node.pid, () => once(sent, seconds))
    },
    () => counted(bare.pid, () => load.run(repeated({ url: bare.url, requests: sent, status: 202 }, seconds))),
  )
  const stored = await countOf(database, `graphile_worker.jobs where task_identifier = 'federation.inbox'`)
  const answered = [first, warm, ...outcomes.ours].reduce((sum, one) => sum + one.answered, 0)
  if (stored !== answered) throw new Error(`${answered} Follows were answered 202, and ${stored} were stored`)
  return throughputFigures('inbox.accepted', outcomes.ours, outcomes.baseline)
}

/** From the first Follow sent until the last one is worked on, by web and worker in one process. */
async function processed(setting: Setting): Promise<readonly Figure[]> {
  const { around, load, follows, bare } = setting
  const seconds = roundSeconds(around)
  around.tell('inbox.processed')
  await workThrough(setting, await follows(warmUpRequests / 2))
  const warm = await workThrough(setting, await follows(warmUpRequests / 2))
  let sent = await follows(Math.ceil(warm.perSecond * seconds))
  const { ours, baseline } = await inTurn(
    async (round) => {
      if (round > 0) sent = await follows(sent.length)
      return workThrough(setting, sent)
    },
    () => counted(bare.pid, () => load.run(repeated({ url: bare.url, requests: sent, status: 202 }, seconds))),
  )
  const failed = await countOf(setting.database, 'graphile_worker.jobs where last_error is not null')
  const kept = await countOf(setting.database, `follower where person_id = '${personId}'`)
  if (failed > 0 || kept !== actorCount) throw new Error(`${failed} jobs failed, ${kept} of ${actorCount} were kept`)
  // How long one answer took says nothing about when it was worked on.
  return throughputFigures('inbox.processed', ours, baseline).filter(({ bench }) => !bench.endsWith('.p95'))
}

function workThrough({ load, node, database }: Setting, requests: readonly Prepared[]): Promise<Round> {
  return counted(node.pid, async () => {
    const before = await countOf(database, 'received_activity')
    const begin = performance.now()
    const seconds = longestWork / 1000
    const outcome = await load.run({ to: node.url, requests, seconds, again: false, connections, status: 202 })
    while ((await countOf(database, 'received_activity')) < before + requests.length) {
      if (performance.now() > begin + longestWork) throw new Error('the worker does not come to an end')
      await sleep(10)
    }
    const needed = (performance.now() - begin) / 1000
    return { ...outcome, seconds: needed, perSecond: requests.length / needed }
  })
}

async function countOf(database: Pool, of: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(`select count(*)::int as count from ${of}`)
  return rows[0]?.count ?? 0
}

function followsBy(stranger: Stranger): Setting['follows'] {
  const object = addresses(origin).person(personId)
  const path = `${new URL(object).pathname}/inbox`
  let made = 0
  const follow = (): Promise<Prepared> => {
    made += 1
    const actor = stranger.actors[made % stranger.actors.length] ?? ''
    const body = JSON.stringify({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${actor}#follows/${made}`,
      type: 'Follow',
      actor,
      object,
    })
    const headers = { 'content-type': 'application/activity+json' }
    return stranger.sign(actor, origin, { method: 'POST', path, headers, body })
  }
  return (count) => Promise.all(Array.from({ length: count }, follow))
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

async function addPublicPerson(database: Pool): Promise<void> {
  const now = "now() - interval '1 hour'"
  await database.query(
    `insert into account (id, mail, role, state, language, created_at)
     values ('benchaccount', 'bench@north.example', 'member', 'active', 'en', ${now})`,
  )
  await database.query(
    `insert into person (id, account_id, handle, created_at, public_since) values ($1, 'benchaccount', 'bench', ${now}, ${now})`,
    [personId],
  )
  await database.query(
    `insert into listing (id, account_id, person_id, here, partners, public, discovery, published_at, updated_at, review_at, public_document)
     values ('benchlisting', 'benchaccount', $1, false, false, true, false, ${now}, ${now}, now() + interval '1 year', $2)`,
    [personId, JSON.stringify(inventedPerson(1, origin))],
  )
  // Her own keys would be made by a worker, which one of the nodes does not have.
  await database.query(
    `insert into actor_key (actor_id, kind, private_jwk, public_jwk, made_at)
     select $1, kind, private_jwk, public_jwk, made_at from actor_key where actor_id = 'directory'`,
    [personId],
  )
}
