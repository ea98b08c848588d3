// A node on a large directory, and the searches that it is asked: as requests, and as the statements that they become.
import { addressOf } from '../src/directory/query.ts'
import type { LoadGenerator, Prepared } from './load.ts'
import type { Surroundings } from './measure.ts'
import { startPopulatedNode } from './populated.ts'
import { scriptsOf, startBare, type BareClients, type Script } from './search-bare.ts'
import { mixedQueries, type MixedQuery } from './search-queries.ts'

// Searches of the mix, unless there are fewer people: then it is only tried out.
const asked = 2000

/** One size of directory, with a node on it, the searches as requests, and as the statements that they send. */
export type Side = {
  readonly size: number
  readonly databaseUrl: string
  readonly url: string
  readonly queries: readonly MixedQuery[]
  readonly requests: readonly Prepared[]
  readonly scripts: readonly Script[]
  readonly bare: BareClients
  /** Ends the node, so that its database can be copied. */
  stop(): Promise<void>
}

/** Starts a node on a filled database, with everything that is sent to it. */
export async function startSide(
  around: Surroundings,
  databaseUrl: string,
  size: number,
  many = Math.min(asked, size),
): Promise<Side> {
  const node = await startPopulatedNode(around, databaseUrl)
  const queries = mixedQueries(many, { size, seed: 1 })
  const requests = queries.map(({ query }): Prepared => ({
    method: 'GET',
    path: `/api/v1/listings${addressOf(query)}`,
    headers: { accept: 'application/json', cookie: node.cookie },
  }))
  around.tell(`${size}: what each search sends`)
  const { rows } = await node.db.pool.query<{ id: string }>('select id from account limit 1')
  const accountId = rows[0]?.id
  const viewer = { audience: 'members', ...(accountId === undefined ? {} : { accountId }) } as const
  const scripts = await scriptsOf(databaseUrl, viewer, queries)
  const bare = await startBare(databaseUrl, 8)
  around.atEnd.defer(() => bare.stop())
  return { size, databaseUrl, url: node.url, queries, requests, scripts, bare, stop: () => node.stop() }
}

/** How long each request took, in milliseconds. */
export async function sent(
  load: LoadGenerator,
  url: string,
  requests: readonly Prepared[],
  connections: number,
): Promise<readonly number[]> {
  return (await load.run({ to: url, requests, seconds: 900, again: false, connections, status: 200 })).latencies
}
