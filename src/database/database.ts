import type pg from 'pg'
import { DataSource, type EntityManager, type EntitySchema, type QueryRunner } from 'typeorm'
import { sha256Hex } from '../common/ids.ts'
import { logger } from '../common/log.ts'

/** Reads, and the way to begin a write. One per node, over the node's one pool of connections. */
export type Db = {
  readonly manager: EntityManager
  readonly pool: pg.Pool
  /** Runs `work` in one transaction: all of it is kept, or, when it throws, nothing. */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

declare const inTransaction: unique symbol

/** Writes. Only `transaction` makes one, so a function that asks for a Tx cannot run outside a transaction. */
export type Tx = { readonly manager: EntityManager; readonly [inTransaction]: true }

export type DatabaseOptions = {
  readonly url: string
  readonly entities: readonly EntitySchema[]
  /** At most this many connections; the default suits web and worker in one process. */
  readonly connections?: number
}

/** Opens the pool, or throws what the server said (unreachable, wrong password). Never changes the database's shape. */
export async function openDatabase(options: DatabaseOptions): Promise<Db> {
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.entities],
    synchronize: false,
    installExtensions: false,
    logging: false,
    applicationName: 'sideways',
    connectTimeoutMS: 10_000,
    poolSize: options.connections ?? 16,
    poolErrorHandler: (error: Error) => logger('database').warn(`a connection was lost: ${error.message}`),
  })
  await source.initialize()
  // The driver's own pool, so that sessions, limits and jobs share its connections: one pool speaks to Postgres.
  const pool = (source.driver as unknown as { master: pg.Pool }).master
  // One that breaks while somebody holds it: whoever waits for its answer is told, and nobody else needs to hear.
  pool.on('connect', (client) => client.on('error', () => undefined))
  watchClients(pool)
  return {
    manager: source.manager,
    pool,
    // `as`: the mark exists only for the compiler.
    transaction: (work) => source.transaction((manager) => work({ manager } as Tx)),
    close: () => source.destroy(),
  }
}

/** Keeps a connection that breaks while it is idle in somebody's hands from ending the process: its next query rejects. */
export function watchClients(pool: pg.Pool): void {
  pool.on('connect', (client) =>
    client.on('error', (error) => logger('database').warn(`a connection broke: ${error.message}`)),
  )
}

/** Anything that statements can be sent through: the database, a transaction, a reading. */
export type Reader = { readonly manager: EntityManager }

/**
 * Several reads over one snapshot that cannot change anything, each cut off after `limit` milliseconds (see
 * `isCutOff`). `settings`: further statements that hold for them, such as `set local …`.
 */
export async function reading<Result>(
  db: Db,
  limit: number,
  work: (reader: Reader) => Promise<Result>,
  settings = '',
): Promise<Result> {
  const runner = db.manager.connection.createQueryRunner()
  try {
    await runner.query(
      `begin transaction isolation level repeatable read, read only; set local statement_timeout = ${Math.ceil(limit)}; set local jit = off; ${settings}`,
    )
    try {
      return await work({ manager: runner.manager })
    } finally {
      await runner.query('rollback') // nothing to keep
    }
  } finally {
    await runner.release()
  }
}

/** Whether an error is that of a statement which worked for too long: query_canceled, 57014. */
export function isCutOff(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '57014'
}

/** Does work that needs one connection to itself for as long as it lasts, such as one that holds locks. No transaction. */
export async function holding<Result>(db: Db, work: (connection: Reader) => Promise<Result>): Promise<Result> {
  const runner = db.manager.connection.createQueryRunner()
  try {
    return await work({ manager: runner.manager })
  } finally {
    await runner.release()
  }
}

const names = new Map<string, string>()

/**
 * Marks a statement that is sent again and again: PostgreSQL plans it once for each connection, which costs more than a look-up by
 * key itself. Not where the best plan depends on the parameters, and never for text that is put together anew each time.
 */
export function often(sql: string): string {
  if (!names.has(sql)) names.set(sql, `sideways-${sha256Hex(sql).slice(0, 24)}`)
  return sql
}

type Sent = { readonly records: readonly unknown[]; readonly affected: number }

async function send(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Sent> {
  const name = names.get(sql)
  if (name === undefined) {
    const result = await runner.query(sql, [...parameters], true)
    return { records: result.records as unknown[], affected: result.affected ?? 0 } // what the driver returned
  }
  const client = (await runner.connect()) as pg.PoolClient // of the only driver that there is
  const { rows, rowCount } = await client.query({ name, text: sql, values: [...parameters] })
  return { records: rows as unknown[], affected: rowCount ?? 0 }
}

/** The rows of one SQL statement, typed by the caller, who also writes the statement. */
export async function rows<Row>(reader: Reader, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const { manager } = reader
  const runner = manager.queryRunner ?? manager.connection.createQueryRunner()
  try {
    return (await send(runner, sql, parameters)).records as Row[] // the caller wrote the statement and knows its columns
  } finally {
    if (!manager.queryRunner) await runner.release()
  }
}

/** The only row of a statement, or undefined when there is none. */
export async function oneRow<Row>(
  reader: Reader,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row | undefined> {
  return (await rows<Row>(reader, sql, parameters))[0]
}

/** How many rows a statement changed. */
export async function changed(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  const runner = tx.manager.queryRunner
  if (!runner) throw new Error('a Tx without its query runner')
  return (await send(runner, sql, parameters)).affected
}
