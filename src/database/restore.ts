import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams'
import { migrations, migrationSql } from '../../migrations/index.ts'
import { systemClock, type Clock } from '../common/clock.ts'
import { copySettings, queueName, quoted } from './backup.ts'
import { BackupError } from './backup-error.ts'
import { readFile, type BackupHeader } from './backup-file.ts'
import { restoredSetting, type RestoredWord } from './settings.ts'
import { migrationTable, takeStep, whileNobodyMigrates, type Step } from './migrate.ts'

/** The queue while a backup is restored. */
export type QueueToFill = {
  /** Makes graphile-worker's own tables. */
  readonly prepare: (pool: pg.Pool) => Promise<void>
  /** SQL: a row for each job that is there. */
  readonly jobs: string
  /** SQL: makes a table for the jobs of the backup, whose name is `place`. */
  readonly makePlace: string
  readonly place: string
  /** SQL: queues them. */
  readonly fill: string
}

/** What was restored. */
export type RestoreFacts = {
  readonly file: string
  readonly origin: string
  readonly madeAt: string
  /** Rows of each table; `job` is the queue. */
  readonly rows: Readonly<Record<string, number>>
  /** Steps of the database that are newer than the backup. */
  readonly upgraded: readonly string[]
  readonly milliseconds: number
}

/**
 * Fills an empty database from a backup, in one transaction: all of it is there, or nothing. A backup of an older version is brought
 * up to `steps`. Flat in memory. Throws BackupError, DatabaseError when the database is unreachable.
 */
export async function restoreBackup(
  {
    url,
    file,
    queue,
    logIsLost,
  }: { readonly url: string; readonly file: string; readonly queue: QueueToFill; readonly logIsLost: boolean },
  steps: readonly Step[] = migrations.map((name) => ({ name, sql: migrationSql(name) })),
  now: Clock = systemClock,
): Promise<RestoreFacts> {
  const began = performance.now()
  const { header, rows } = await readFile(file)
  const unknown = header.migrations.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0)
    throw new BackupError(
      'newer',
      `${file} was written by a newer version of Sideways (it has ${unknown.join(', ')}). Install that version or a later one.`,
    )
  const word: RestoredWord = { madeAt: header.madeAt, restoredAt: now().toISOString(), logIsLost }
  const upgraded = steps.filter(({ name }) => !header.migrations.includes(name))
  await whileNobodyMigrates(url, async (client, pool) => {
    await refuseUnlessEmpty(client)
    await queue.prepare(pool)
    await refuseJobs(client, queue)
    await client.query('begin')
    try {
      await client.query(copySettings)
      await client.query(migrationTable)
      for (const step of steps) if (header.migrations.includes(step.name)) await takeStep(client, step)
      await fill(client, file, header, queue)
      for (const step of upgraded) await takeStep(client, step)
      await client.query(queue.fill)
      await client.query(
        'insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = $2',
        [restoredSetting, JSON.stringify(word)],
      )
      await client.query('commit')
    } catch (error) {
      await client.query('rollback').catch(() => undefined) // the connection may be what broke
      throw error
    }
    await client.query('analyze')
  })
  const milliseconds = Math.round(performance.now() - began)
  const { origin, madeAt } = header
  return { file, origin, madeAt, rows, upgraded: upgraded.map(({ name }) => name), milliseconds }
}

async function refuseUnlessEmpty(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1 limit 1`,
  )
  const [table] = rows
  if (table !== undefined) throw notEmpty(`a table "${table.name}"`)
}

// The queue has a schema of its own, which stays behind where somebody empties only the one of the node.
async function refuseJobs(client: pg.PoolClient, queue: QueueToFill): Promise<void> {
  const { rows } = await client.query(`select from (${queue.jobs}) job limit 1`)
  if (rows.length > 0) throw notEmpty('jobs of a node')
}

function notEmpty(what: string): BackupError {
  return new BackupError(
    'not-empty',
    `This database is not empty: it has ${what}. A restore would mix two nodes. ` +
      'Make a new, empty database and name it in DATABASE_URL; with the embedded PostgreSQL, name a new folder in SIDEWAYS_DATA, and the log of withdrawals in the old one in SIDEWAYS_WITHDRAWAL_LOG.',
  )
}

async function fill(client: pg.PoolClient, file: string, header: BackupHeader, queue: QueueToFill): Promise<void> {
  await client.query(queue.makePlace)
  let stream: CopyStreamQuery | undefined
  let done: Promise<void> = Promise.resolve()
  const columnsOf = new Map(header.tables.map(({ name, columns }) => [name, columns]))
  const begin = async (table: string): Promise<CopyStreamQuery> => {
    const target = table === queueName ? queue.place : table
    // Rows that a step made are in the backup as well, as they were.
    await client.query(`delete from ${quoted(target)}`)
    const columns = (columnsOf.get(table) ?? []).map(quoted).join(', ')
    const opened = client.query(copyFrom(`copy ${quoted(target)} (${columns}) from stdin`))
    done = finished(opened)
    done.catch(() => undefined) // said where it is awaited
    return opened
  }
  try {
    await readFile(file, {
      async rows(table, bytes) {
        stream ??= await begin(table)
        if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), done])
      },
      async endTable() {
        stream?.end()
        stream = undefined
        await done
      },
    })
  } catch (error) {
    // Else the server waits for more rows, and the end of the transaction waits for the server.
    stream?.destroy()
    await done.catch(() => undefined)
    throw error
  }
  for (const { table, column, last, called } of header.sequences)
    await client.query('select setval(pg_get_serial_sequence(quote_ident($1), $2), $3::bigint, $4)', [
      table,
      column,
      last,
      called,
    ])
}
