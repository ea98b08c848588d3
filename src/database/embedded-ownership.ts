import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** Our share in a running server that other processes may use too. */
export type Ownership = {
  /** Gives up the share. True: nobody else had one, and until we leave nobody can get one: the server is ours to stop. */
  giveUp(): Promise<boolean>
  /** Ends the connection. */
  leave(): Promise<void>
}

// Any number that nothing else in the cluster's database `postgres` locks.
const lock = 7_433_929

// @types/pg lacks these two: whether an open connection keeps the process alive.
type Connection = Client & { ref(): void; unref(): void }

/**
 * Takes a share in the server, held as a shared advisory lock on one open connection, so that it ends with the
 * process however that ends. 'stopping': another process is about to stop the server. Throws what `pg` throws.
 */
export async function takeShare(url: string, home: string): Promise<Ownership | 'stopping'> {
  const first = await connectWithShare(url)
  if (first === undefined) return 'stopping'
  await checkFiles(first, home)
  let connection: Connection | undefined
  const over = new AbortController()

  // The server ends all connections when one of its processes crashes. Without its share, a process that goes on
  // would have the server stopped under its feet by another one.
  function keep(next: Connection): void {
    connection = next
    next.unref()
    next.once('end', () => {
      connection = undefined
      if (!over.signal.aborted) void reconnect()
    })
  }

  async function reconnect(): Promise<void> {
    for (let attempt = 0; attempt < 60 && !over.signal.aborted; attempt++) {
      await sleep(500, undefined, { ref: false })
      const next = await connectWithShare(url).catch(() => undefined)
      if (next === undefined) continue
      if (over.signal.aborted) return await next.end()
      return keep(next)
    }
  }

  keep(first)
  return {
    async giveUp() {
      over.abort()
      try {
        connection ??= await connectWithShare(url)
        connection?.ref()
        await connection?.query('select pg_advisory_unlock_shared($1)', [lock])
        return connection === undefined || (await isAlone(connection))
      } catch {
        // It does not answer: it is gone, or nobody can use it.
        return true
      }
    },
    async leave() {
      over.abort()
      await connection?.end().catch(() => undefined)
    },
  }
}

// A busy server may need a moment to see that a program which was killed is gone.
async function isAlone(connection: Connection): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await locked(connection, 'select pg_try_advisory_lock($1) as locked')) return true
    await sleep(60)
  }
  return false
}

async function connectWithShare(url: string): Promise<Connection | undefined> {
  const options = { connectionString: url, application_name: 'sideways embedded', keepAlive: true }
  const client = new Client(options) as Connection
  // Without a listener, losing the server would end the process. What matters comes as 'end'.
  client.on('error', () => undefined)
  await client.connect()
  if (await locked(client, 'select pg_try_advisory_lock_shared($1) as locked')) return client
  await client.end()
  return undefined
}

async function locked(client: Connection, question: string): Promise<boolean> {
  const answer = await client.query<{ locked: boolean }>(question, [lock])
  return answer.rows[0]?.locked === true
}

// Another server may have taken the port since postmaster.pid was written, and know our password (a copied folder).
async function checkFiles(client: Connection, home: string): Promise<void> {
  const answer = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
  const found = answer.rows[0]?.folder
  if (found === join(home, 'data')) return
  await client.end()
  throw new Error(`the server that answers has its files in ${found}`)
}
