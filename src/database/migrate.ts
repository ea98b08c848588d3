import pg from 'pg'
import { migrations, migrationSql } from '../../migrations/index.ts'
import { watchClients } from './database.ts'

/** The database cannot be used as it is; the message says why and what to do. */
export class DatabaseError extends Error {
  readonly code: 'unreachable' | 'newer' | 'too-old'
  constructor(code: DatabaseError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DatabaseError'
    this.code = code
  }
}

const lockNumber = 7_423_906 // any number that nobody else uses: migrations of one database run one at a time

/**
 * Brings a database up to this version and returns the steps that were taken. Each step is one transaction; several
 * processes may call it at once. Throws DatabaseError when the server is unreachable or too old, or the database is newer.
 */
export function migrate(url: string, queue: (pool: pg.Pool) => Promise<void>): Promise<readonly string[]> {
  return whileNobodyMigrates(url, async (client, pool) => {
    const done = await takeSteps(client)
    await queue(pool)
    return done
  })
}

/**
 * Runs work that changes the shape of a database: one process at a time, on the connection that holds the lock. Throws DatabaseError
 * when the server is unreachable or too old.
 */
export async function whileNobodyMigrates<Result>(
  url: string,
  work: (client: pg.PoolClient, pool: pg.Pool) => Promise<Result>,
): Promise<Result> {
  const pool = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 10_000 })
  // A connection that breaks is replaced; a broken query rejects by itself.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  watchClients(pool)
  try {
    const lock = await connect(pool)
    try {
      await lock.query('select pg_advisory_lock($1)', [lockNumber])
      return await work(lock, pool)
    } finally {
      lock.release(true) // closes the connection, and with it the lock
    }
  } finally {
    await pool.end()
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error)
    throw new DatabaseError(
      'unreachable',
      `The database cannot be reached: ${reason}. Check DATABASE_URL, and that PostgreSQL runs and accepts this user.`,
      error,
    )
  }
  const version = await client.query<{ number: number }>(`select current_setting('server_version_num')::int as number`)
  const number = version.rows[0]?.number ?? 0
  if (number < 150_000) {
    client.release()
    throw new DatabaseError(
      'too-old',
      `This is PostgreSQL ${Math.floor(number / 10_000)}. Sideways needs PostgreSQL 15 or later.`,
    )
  }
  return client
}

async function takeSteps(client: pg.PoolClient): Promise<readonly string[]> {
  await client.query(migrationTable)
  const taken = await stepsTaken(client)
  const todo = migrations.filter((name) => !taken.includes(name))
  for (const name of todo) {
    await client.query('begin')
    try {
      await takeStep(client, { name, sql: migrationSql(name) })
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }
  return todo
}

/** Makes the list of steps, in which each one is noted that was taken. */
export const migrationTable =
  'create table if not exists migration (name text primary key, taken_at timestamptz not null default now())'

/** The steps that a database has, in their order. DatabaseError `newer` when this version does not know one of them. */
export async function stepsTaken(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('select name from migration')
  const taken = new Set(rows.map(({ name }) => name))
  const unknown = [...taken].filter((name) => !migrations.includes(name))
  if (unknown.length > 0) {
    throw new DatabaseError(
      'newer',
      `This database was used by a newer version of Sideways (it has ${unknown.join(', ')}). Install that version or later, or restore a backup made before the upgrade.`,
    )
  }
  return migrations.filter((name) => taken.has(name))
}

/** One step of the database. */
export type Step = { readonly name: string; readonly sql: string }

/** Takes one step and notes it, in the transaction that the connection is in. */
export async function takeStep(client: pg.ClientBase, { name, sql }: Step): Promise<void> {
  await client.query(sql)
  await client.query('insert into migration (name) values ($1)', [name])
}
