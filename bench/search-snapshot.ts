// Searches while a snapshot of 100,000 listings is put in place, and what each of them costs the index.
import pg from 'pg'
import type { LoadGenerator } from './load.ts'
import { figure, quantile, type Figure, type Goal, type Surroundings } from './measure.ts'
import { ordersTo } from './orders.ts'
import { sizesOf } from './population.ts'
import { startFile } from './programs.ts'
import type { Applied, ApplyOrder } from './search-apply.ts'
import { sent, startSide, type Side } from './search-side.ts'

const largest = 100_000 // listings of a snapshot
const searched = 600

/**
 * On a copy of the database: searches in quiet, and again while another process puts a snapshot in place, page by page. Then how long
 * single changes take, and each index when it is made anew.
 */
export async function whileApplied(around: Surroundings, load: LoadGenerator, whole: Side): Promise<readonly Figure[]> {
  const { size } = whole
  const snapshot = Math.min(largest, size)
  around.tell(`${size}: a copy to change`)
  const url = await copyOf(around, whole)
  const side = await startSide(around, url, size, searched)
  const apply = await startFile(around, 'bench/search-apply.ts', { settings: { DATABASE_URL: url } })
  const tell = ordersTo<ApplyOrder>(apply.child)
  await sent(load, side.url, side.requests, 1) // warm
  const quiet = await sent(load, side.url, side.requests, 1)
  around.tell(`${size}: a snapshot of ${snapshot} meanwhile`)
  const applying = tell<Applied>({ kind: 'snapshot', listings: snapshot })
  const now = { applying: true }
  const over = applying.finally(() => (now.applying = false))
  const busy: number[] = []
  while (now.applying) busy.push(...(await sent(load, side.url, side.requests, 1)))
  const { seconds } = await over
  const changed = await tell<readonly number[]>({ kind: 'changes', many: 300 })
  const goal: Goal = { of: 'ratio', limit: 1.5, better: 'lower' }
  const at = (values: readonly number[], share: number): number => quantile(values, share)
  return [
    ...(
      [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
        ['max', 1],
      ] as const
    ).map(([name, share]) =>
      figure(
        `search.snapshot.${name}.${size}`,
        'milliseconds',
        at(busy, share),
        at(quiet, share),
        ...(name === 'p95' ? [goal] : []),
      ),
    ),
    figure(`search.listing.snapshot.${size}`, 'milliseconds', (seconds * 1000) / snapshot, at(changed, 0.5)),
    figure(`search.listing.change.${size}`, 'milliseconds', at(changed, 0.95), at(changed, 0.5)),
    ...(await indexes(around, url, size)),
  ]
}

// Seconds in which each index is made anew, and its size against that of the entries.
async function indexes(around: Surroundings, url: string, size: number): Promise<readonly Figure[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  try {
    await pool.query(`set maintenance_work_mem = '256MB'`)
    const grown = await sizesOf(pool)
    const figures: Figure[] = []
    for (const name of Object.keys(grown).filter((one) => one.startsWith('directory_entry_'))) {
      around.tell(`${size}: ${name}`)
      const begin = performance.now()
      await pool.query(`reindex index ${name}`)
      const seconds = (performance.now() - begin) / 1000
      figures.push(figure(`search.build.${name}.${size}`, 'seconds', seconds, seconds))
    }
    const fresh = await sizesOf(pool)
    for (const [name, megabytes] of Object.entries(grown))
      figures.push(
        figure(
          `search.size.${name.replaceAll(/[ ,]+/g, '-')}.${size}`,
          'MB',
          megabytes,
          Math.max(0.1, fresh[name] ?? 0),
        ),
      )
    return figures
  } finally {
    await pool.end()
  }
}

async function copyOf(around: Surroundings, side: Side): Promise<string> {
  await side.stop()
  const { databaseUrl } = side
  const name = new URL(databaseUrl).pathname.slice(1)
  const copy = `${name}_changed`
  const onServer = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl.replace(/[^/]+$/, 'postgres') })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const drop = `drop database if exists ${copy} with (force)`
  around.atEnd.defer(() => onServer(drop))
  await onServer(
    drop,
    // Our own idle connections; a database that somebody uses cannot be copied.
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    `create database ${copy} template ${name} strategy file_copy`,
  )
  return databaseUrl.replace(/[^/]+$/, copy)
}
