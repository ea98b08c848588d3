import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { systemClock, type Clock } from '../common/clock.ts'
import { software } from '../common/software.ts'
import { BackupError } from './backup-error.ts'
import { writeFile, type BackupHeader, type Sequence } from './backup-file.ts'
import { backedUp, inOrder } from './backup-tables.ts'
import { stepsTaken } from './migrate.ts'

/** The queue as a table of the backup: the columns, and the statement that selects them. */
export type Queue = { readonly columns: readonly string[]; readonly select: string }

/** What a backup holds. */
export type BackupFacts = {
  readonly file: string
  readonly origin: string
  readonly madeAt: string
  readonly bytes: number
  /** Rows of each table; `job` is the queue. */
  readonly rows: Readonly<Record<string, number>>
  readonly milliseconds: number
}

/** The name under which the queue stands among the tables. */
export const queueName = 'job'

/**
 * Writes everything that a node must not lose into one file, as it stood at one instant; the node may run meanwhile. Flat in
 * memory. Throws BackupError, DatabaseError when the database is unreachable or newer than this program.
 */
export async function writeBackup(
  url: string,
  file: string,
  queue: Queue,
  now: Clock = systemClock,
): Promise<BackupFacts> {
  const began = performance.now()
  const client = new pg.Client({ connectionString: url, application_name: 'sideways backup' })
  client.on('error', () => undefined) // whatever waits for an answer is told
  await client.connect()
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    // How values are written depends on these; the reader sets the same.
    await client.query(copySettings)
    const header = await headerOf(client, queue, now)
    const written = await writeFile(file, header, (table) => {
      const columns = header.tables.find(({ name }) => name === table)?.columns ?? []
      const source = table === queueName ? queue.select : selected(table, columns)
      return client.query(copyTo(`copy (${source}) to stdout`))
    })
    const milliseconds = Math.round(performance.now() - began)
    return { file, origin: header.origin, madeAt: header.madeAt, ...written, milliseconds }
  } finally {
    await client.end()
  }
}

/** Values are written, and read, the same way whatever the server's own settings are. */
export const copySettings = `set local client_encoding = 'UTF8'; set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';
  set local bytea_output = 'hex'; set local intervalstyle = 'iso_8601'; set local extra_float_digits = 1; set local statement_timeout = 0`

/** A name in SQL. */
export function quoted(name: string): string {
  return pg.escapeIdentifier(name)
}

function selected(table: string, columns: readonly string[]): string {
  const order = inOrder[table]
  return `select ${columns.map(quoted).join(', ')} from ${quoted(table)}${order === undefined ? '' : ` order by ${quoted(order)}`}`
}

async function headerOf(client: pg.Client, queue: Queue, now: Clock): Promise<BackupHeader> {
  const there = await client.query<{ migration: boolean; setting: boolean }>(
    `select to_regclass('migration') is not null as migration, to_regclass('setting') is not null as setting`,
  )
  const origin =
    there.rows[0]?.migration === true && there.rows[0].setting
      ? (await client.query<{ value: string }>(`select value from setting where name = 'origin'`)).rows[0]?.value
      : undefined
  if (origin === undefined)
    throw new BackupError('no-node', 'There is nothing to back up: no node has been started on this database yet.')
  const migrations = await stepsTaken(client)
  const columns = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = '' and c.relname = any($1) group by c.relname`,
    [backedUp],
  )
  const found = new Map(columns.rows.map((row) => [row.name, row.columns]))
  const tables = backedUp.flatMap((name) => {
    const its = found.get(name)
    return its ? [{ name, columns: its }] : [] // a database of an older version, before its upgrade, lacks the newest tables
  })
  return {
    format: 'sideways-backup',
    version: 1,
    origin,
    software: software.version,
    madeAt: now().toISOString(),
    migrations,
    tables: [...tables, { name: queueName, columns: queue.columns }],
    sequences: await sequencesOf(client, tables),
  }
}

async function sequencesOf(client: pg.Client, tables: BackupHeader['tables']): Promise<readonly Sequence[]> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relname = any($1) and a.attidentity <> ''`,
    [tables.map(({ name }) => name)],
  )
  const found: Sequence[] = []
  for (const { table, column, sequence } of rows) {
    const state = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${sequence}`,
    )
    for (const { last, called } of state.rows) found.push({ table, column, last, called })
  }
  return found
}
