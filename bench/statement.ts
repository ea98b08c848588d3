import { addresses } from '../src/common/addresses.ts'
import { systemClock } from '../src/common/clock.ts'
import { randomId } from '../src/common/ids.ts'
import { openDatabase, type Db } from '../src/database/database.ts'
import { publishListing } from '../src/partners/steps.ts'
import type { Prepared } from './load.ts'
import { figure, median, quantile, type Bench, type Figure, type Goal, type Surroundings } from './measure.ts'
import { addAcceptedFollower, poll } from './poll.ts'
import { poolOn, startDatabases, startNodeUnderTest } from './programs.ts'
import { startStranger, type Stranger } from './stranger.ts'
import { fillOrigin } from './sync-origin.ts'
import { variedPerson } from './varied.ts'

const many = 100_000
const few = 1_000
const warmUps = 20
// So many changes for each second of measuring.
const changesEachSecond = 25
const atMostMore: Goal = { of: 'difference', limit: 20, better: 'lower' }

/** From one change to the newly signed statement, in a large set and in a small one; and how fast an unchanged one is told. */
export const statement: Bench = {
  name: 'statement',
  summary: 'one change to its signed statement, among 100,000 listings and among 1,000; and the polls of poll',
  async run(around) {
    const [manyUrl = '', fewUrl = ''] = await startDatabases(around, 'many', 'few')
    const stranger = await startStranger(around, 1)
    const large = await startOrigin(around, manyUrl, stranger, around.size ?? many)
    const small = await startOrigin(around, fewUrl, stranger, few)
    around.tell('statement.root')
    for (let number = 0; number < warmUps; number += 1)
      for (const origin of [large, small]) await changeAndAsk(origin, number)
    const took = { large: new Array<number>(), small: new Array<number>() }
    for (let number = 0; number < around.seconds * changesEachSecond; number += 1) {
      took.large.push(await changeAndAsk(large, number))
      took.small.push(await changeAndAsk(small, number))
    }
    return [...figures(took), ...(await poll.run(around))]
  },
}

function figures({ large, small }: Record<'large' | 'small', readonly number[]>): readonly Figure[] {
  const p95 = (latencies: readonly number[]): number => quantile(latencies, 0.95)
  return [
    figure('statement.root', 'milliseconds', median(large), median(small), atMostMore),
    figure('statement.root.p95', 'milliseconds', p95(large), p95(small), atMostMore),
  ]
}

type Origin = { readonly url: string; readonly db: Db; readonly size: number; readonly question: Prepared }

async function startOrigin(
  around: Surroundings,
  databaseUrl: string,
  stranger: Stranger,
  size: number,
): Promise<Origin> {
  const { url } = await startNodeUnderTest(around, 'web', databaseUrl)
  around.tell(`${size} listings`)
  await fillOrigin(poolOn(around, databaseUrl), url, size, 'bench')
  await addAcceptedFollower(around, databaseUrl, stranger)
  const db = await openDatabase({ url: databaseUrl, entities: [], connections: 2 })
  around.atEnd.defer(() => db.close())
  const [actor = ''] = stranger.actors
  const path = new URL(addresses(url).statement).pathname
  return { url, db, size, question: await stranger.sign(actor, url, { method: 'GET', path, headers: {} }) }
}

/** Milliseconds from the beginning of the change until its statement has come. Throws where the statement is not of this change. */
async function changeAndAsk({ url, db, size, question }: Origin, number: number): Promise<number> {
  const { seq: _, ...person } = variedPerson((number * 7_919) % size, url)
  const listing = { ...person, summary: `Changed, number ${number} of ${randomId()}.` }
  const begin = performance.now()
  const seq = await db.transaction((tx) =>
    publishListing(tx, { db, now: systemClock, newId: randomId }, listing.id, listing),
  )
  const { host: _host, ...headers } = question.headers
  const answer = await fetch(url + question.path, { headers })
  const text = await answer.text()
  const took = performance.now() - begin
  const said = JSON.parse(text) as { readonly seq?: number }
  if (answer.status !== 200 || said.seq !== seq)
    throw new Error(`the statement was answered ${answer.status} for seq ${said.seq}, not ${seq}`)
  return took
}
