// The baseline of `search`: the very statements that each search sends, by a bare client.
import pg from 'pg'
import { openDatabase } from '../src/database/database.ts'
import type { Viewer } from '../src/directory/card.ts'
import { search } from '../src/directory/views.ts'
import { populationNow, populationOrder } from './population.ts'
import type { MixedQuery } from './search-queries.ts'

type Statement = { readonly name: string; readonly text: string; readonly values: readonly unknown[] }
/** What one search sends, in order, without what begins and ends its transaction. */
export type Script = readonly Statement[]

/** Does each search once, by the product's own code, and writes down its statements. */
export async function scriptsOf(
  url: string,
  viewer: Viewer,
  queries: readonly MixedQuery[],
): Promise<readonly Script[]> {
  const db = await openDatabase({ url, entities: [], connections: 1 })
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `s${names.size}`
    names.set(text, name)
    return name
  }
  let sent: Statement[] = []
  const { connection } = db.manager
  const createQueryRunner = connection.createQueryRunner.bind(connection)
  connection.createQueryRunner = (mode) => {
    const runner = createQueryRunner(mode)
    const query = runner.query.bind(runner)
    runner.query = (text: string, values: unknown[] = [], structured?: boolean) => {
      if (/^(select|with)/.test(text)) sent.push({ name: nameOf(text), text, values })
      return structured === true ? query(text, values, true) : query(text, values)
    }
    return runner
  }
  try {
    await search(db, populationNow, viewer, {}, populationOrder) // reads once what is read once
    const scripts: Script[] = []
    for (const { query } of queries) {
      sent = []
      await search(db, populationNow, viewer, query, populationOrder)
      scripts.push(sent)
    }
    return scripts
  } finally {
    await db.close()
  }
}

export type BareClients = {
  /** How long each of these scripts took, in milliseconds, that many clients at once. */
  run(scripts: readonly Script[], clients: number): Promise<readonly number[]>
  stop(): Promise<void>
}

/** Clients that prepare each statement once and plan it anew each time, as the node does. */
export async function startBare(url: string, most: number): Promise<BareClients> {
  const clients = await Promise.all(
    Array.from({ length: most }, async () => {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => undefined)
      await client.connect()
      await client.query('set plan_cache_mode = force_custom_plan; set enable_seqscan = off; set jit = off')
      return client
    }),
  )
  return {
    async run(scripts, many) {
      const latencies: number[] = []
      const left = [...scripts]
      const work = async (client: pg.Client): Promise<void> => {
        for (let script = left.shift(); script !== undefined; script = left.shift()) {
          const begin = performance.now()
          for (const { name, text, values } of script) await client.query({ name, text, values: [...values] })
          latencies.push(performance.now() - begin)
        }
      }
      await Promise.all(clients.slice(0, many).map(work))
      return latencies
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end()))
    },
  }
}
