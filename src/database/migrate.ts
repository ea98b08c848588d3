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
export async function migrate(url: string, queue: (pool: pg.Pool) => Promise<void>): Promise<readonly string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 10_000 })
  // A connection that breaks is replaced; a broken query rejects by itself.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  watchClients(pool)
  try {
    const lock = await connect(pool)
    try {
      await lock.query('select pg_advisory_lock($1)', [lockNumber])
      const done = await takeSteps(lock)
      await queue(pool)
      return done
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

async function takeSteps(client: pg.PoolClient): Promise<string[]> {
  await client.query(
    'create table if not exists migration (name text primary key, taken_at timestamptz not null default now())',
  )
  const taken = new Set(
    (await client.query<{ name: string }>('select name from migration')).rows.map(({ name }) => name),
  )
  const unknown = [...taken].filter((name) => !migrations.includes(name))
  if (unknown.length > 0) {
    throw new DatabaseError(
      'newer',
      `This database was used by a newer version of Sideways (it has ${unknown.join(', ')}). Install that version or later, or restore a backup made before the upgrade.`,
    )
  }
  const todo = migrations.filter((name) => !taken.has(name))
  for (const name of todo) {
    await client.query('begin')
    try {
      await client.query(migrationSql(name))
      await client.query('insert into migration (name) values ($1)', [name])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }
  return todo
}
