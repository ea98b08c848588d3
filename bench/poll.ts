import { addresses } from '../src/common/addresses.ts'
import { startBareSigned } from './inbox.ts'
import { startLoadGenerator, type Prepared } from './load.ts'
import type { Bench } from './measure.ts'
import { poolOn, startDatabases, startNodeUnderTest } from './programs.ts'
import { startStranger, type Stranger } from './stranger.ts'
import { compareThroughput } from './throughput.ts'

const pollsSigned = 1_000
const linkedData = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

/** The hourly question of a partner node when nothing changed: signed, conditional, answered 304. */
export const poll: Bench = {
  name: 'poll',
  summary: 'signed statement polls answered 304, against the signature alone',
  async run(around) {
    const [databaseUrl = '', bareUrl = ''] = await startDatabases(around, 'poll', 'bare')
    const stranger = await startStranger(around, 1)
    const node = await startNodeUnderTest(around, 'web', databaseUrl)
    await addAcceptedFollower(around, databaseUrl, stranger)
    const question = await knownStatement(node.url, stranger)
    const bare = await startBareSigned(around, bareUrl, stranger, question.headers['if-none-match'])
    const [actor = ''] = stranger.actors
    const requests = await Promise.all(
      Array.from({ length: pollsSigned }, () => stranger.sign(actor, node.url, question)),
    )
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    return compareThroughput(
      around,
      load,
      'poll',
      {
        ours: { url: node.url, pid: node.pid, requests, status: 304 },
        baseline: { ...bare, requests, status: 304 },
      },
      { of: 'ratio', limit: 0.5, better: 'higher' },
    )
  },
}

// What a partner asks that holds the newest statement already.
async function knownStatement(origin: string, stranger: Stranger): Promise<Prepared> {
  const { statement } = addresses(origin)
  const question = { method: 'GET', path: new URL(statement).pathname, headers: { accept: linkedData } } as const
  const [actor = ''] = stranger.actors
  const { host: _, ...headers } = (await stranger.sign(actor, origin, question)).headers
  const answer = await fetch(statement, { headers })
  const etag = answer.headers.get('etag')
  if (answer.status !== 200 || etag === null) throw new Error(`the statement was answered ${answer.status}`)
  return { ...question, headers: { ...question.headers, 'if-none-match': etag } }
}

/** Makes the stranger's first actor the directory of a partner node. */
export async function addAcceptedFollower(
  around: Parameters<Bench['run']>[0],
  databaseUrl: string,
  { actors, keys }: Stranger,
): Promise<void> {
  const [directory = ''] = actors
  const { origin, host } = new URL(directory)
  await poolOn(around, databaseUrl).query(
    `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key,
       following, follower, created_at, updated_at)
     values ($1, $2, $3, $3 || '/inbox', $3 || '/listings', $3 || '/listings/statement', 'East', 'East', $4, 'no', 'accepted', now(), now())`,
    [host, origin, directory, keys[`${directory}#main-key`]],
  )
}
