// Fills a database with a large invented directory, through the product's own reading of listings, and COPY.
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { day, hour, later } from '../src/common/clock.ts'
import { openDatabase, type Db } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { prepareDirectory } from '../src/directory/actions.ts'
import { entryOf } from '../src/directory/entry.ts'
import { facetKey } from '../src/directory/facets.ts'
import { audienceNumber, placeOf } from '../src/directory/order.ts'
import { mendWords } from '../src/directory/steps.ts'
import { migrateQueue } from '../src/jobs/worker.ts'
import { chanceOf, personOf, populationNow } from './population-people.ts'

export { populationNow } from './population-people.ts'

/** Which directory: `size` listings, always the same ones for one seed. */
export type PopulationOptions = {
  readonly size: number
  readonly seed: number
  readonly tell: (text: string) => void
}

/** What a filling took: seconds for each step, and the size of the table, of each index and of the dictionary in MB. */
export type Filling = {
  readonly rows: number
  readonly seconds: Readonly<Record<string, number>>
  readonly megabytes: Readonly<Record<string, number>>
}

/** Counts up when the invented people or the way they are filled in change: what was filled before is filled anew. */
export const populationVersion = 2

/** The order drawn by lot of every population: the same people come first each time. */
export const populationOrder = 'the order of an invented population'

const marker = 'population'

/** How many listings each origin has, by its number from 1 on: one very large, one large, one of 40, and many small ones (Zipf). */
export function originSizes(size: number): readonly number[] {
  const many = Math.max(4, Math.min(3000, Math.ceil(size / 40)))
  const [largest, large, small] = [Math.floor(size / 10), Math.floor(size / 100), Math.min(40, Math.floor(size / 100))]
  const rest = size - largest - large - small
  const weights = Array.from({ length: many - 3 }, (_, index) => 1 / (index + 1) ** 0.8)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const sizes = weights.map((weight) => Math.floor((weight / sum) * rest))
  let left = rest - sizes.reduce((total, one) => total + one, 0)
  for (let index = 0; left > 0; index = (index + 1) % sizes.length, left -= 1) sizes[index] = (sizes[index] ?? 0) + 1
  return [largest, large, small, ...sizes]
}

/** The host of an origin. */
export function hostOf(origin: number): string {
  return `n${origin}.example`
}

/** Whether the database is filled so already. Brings it up to this version of Sideways first. */
export async function isPopulated(
  url: string,
  { size, seed }: Pick<PopulationOptions, 'size' | 'seed'>,
): Promise<boolean> {
  await migrate(url, migrateQueue)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ value: string }>('select value from setting where name = $1', [marker])
    return rows[0]?.value === markOf(size, seed)
  } finally {
    await client.end()
  }
}

/**
 * Fills an empty database; a node on it should look at it at `populationNow`. Indexes are made after the rows: for a
 * million that takes a minute, and with them in place each row costs several times as much.
 */
export async function populate(url: string, { size, seed, tell }: PopulationOptions): Promise<Filling> {
  await migrate(url, migrateQueue)
  const db = await openDatabase({ url, entities: [], connections: 4 })
  const seconds: Record<string, number> = {}
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const begin = performance.now()
    await work()
    seconds[what] = Math.round((performance.now() - begin) / 10) / 100
    tell(`${what}: ${seconds[what]} s`)
  }
  try {
    await db.pool.query(`insert into setting (name, value) values ('secret.order', $1)`, [populationOrder])
    await prepareDirectory({ db }, 'here.example')
    await addOrigins(db, originSizes(size).length, seed)
    const client = await db.pool.connect()
    try {
      await client.query(`set maintenance_work_mem = '256MB'; set jit = off; set session_replication_role = replica`) // without triggers
      const indexes = await dropIndexes(client)
      await timed('rows', () => copyRows(client, size, seed, tell))
      for (const { name, sql } of indexes) await timed(name, () => client.query(sql))
    } finally {
      client.release(true)
    }
    await timed('dictionary', () => db.transaction(mendWords))
    await refuseSome(db, size)
    await timed('vacuum', () => db.pool.query('vacuum analyze'))
    await db.pool.query('insert into setting (name, value) values ($1, $2)', [marker, markOf(size, seed)])
    return { rows: size, seconds, megabytes: await sizesOf(db.pool) }
  } finally {
    await db.close()
  }
}

/** Megabytes of the entries (without what is stored apart, and that alone), of each of their indexes and of the dictionary. */
export async function sizesOf(pool: pg.Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `select 'entries' as name, pg_relation_size('directory_entry')::text as bytes
     union all select 'entries, stored apart', pg_total_relation_size(reltoastrelid)::text from pg_class where oid = 'directory_entry'::regclass
     union all select indexrelid::regclass::text, pg_relation_size(indexrelid)::text from pg_index where indrelid = 'directory_entry'::regclass
     union all select 'dictionary', pg_total_relation_size('word')::text`,
  )
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, Math.round(Number(bytes) / 1e5) / 10]))
}

function markOf(size: number, seed: number): string {
  return JSON.stringify({ size, seed, version: populationVersion })
}

// 3 in 100 have let their lease lapse, but not the three of a special size; two are hidden here.
async function addOrigins(db: Db, count: number, seed: number): Promise<void> {
  const made = Array.from({ length: count }, (_, index) => {
    const next = chanceOf(seed, 2_000_000_011 + index)
    const isLapsed = next() < 0.03 && index > 2
    const lease = (isLapsed ? -1 - next() * 20 : 1 + next() * 6) * day
    return {
      host: hostOf(index + 1),
      validUntil: later(populationNow, lease),
      contact: later(populationNow, isLapsed ? lease : -next() * 20 * hour),
      isHidden: index === 17 || index === 170,
    }
  })
  await db.pool.query(
    `insert into origin (origin_id, host, valid_until, last_contact, hidden)
     select place, host, valid_until, contact, hidden
     from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::boolean[]) with ordinality as n (host, valid_until, contact, hidden, place)`,
    [
      made.map(({ host }) => host),
      made.map(({ validUntil }) => validUntil),
      made.map(({ contact }) => contact),
      made.map(({ isHidden }) => isHidden),
    ],
  )
}

// As on a node with moderators: lists of domains that others keep, a few of which are listed here, and some hidden people.
async function refuseSome(db: Db, size: number): Promise<void> {
  await db.pool.query(
    `with list as (insert into block_list (url, subscribed_at, checked_at, changed_at) values ('https://lists.example/refused.csv', $1, $1, $1) returning id)
     insert into block_list_entry (list_id, domain)
     select id, 'refused' || n || '.example' from list, generate_series(1, 2000) n union all select id, $2 from list`,
    [populationNow, hostOf(30)],
  )
  await db.pool.query(`insert into domain_block (domain, reason, blocked_at) values ($1, 'Sells things', $2)`, [
    hostOf(60),
    populationNow,
  ])
  await db.pool.query(
    `insert into hidden_entry (id, person, listing_id, host, name, hidden_at)
     select 'hidden' || lid, doc::json ->> 'featuredObject', listing_id, 'n1.example', 'Hidden', $1
     from (select lid, doc, listing_id from directory_entry order by lid limit $2) e`,
    [populationNow, Math.min(40, Math.ceil(size / 100))],
  )
}

type Index = { readonly name: string; readonly sql: string }

async function dropIndexes(client: pg.PoolClient): Promise<readonly Index[]> {
  const { rows } = await client.query<Index & { drop: string }>(
    `select i.indexrelid::regclass::text as name,
       coalesce('alter table directory_entry add constraint ' || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid)) as sql,
       coalesce('alter table directory_entry drop constraint ' || quote_ident(c.conname), 'drop index ' || i.indexrelid::regclass::text) as drop
     from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
     where i.indrelid = 'directory_entry'::regclass order by i.indexrelid`,
  )
  for (const { drop } of rows) await client.query(drop)
  return rows
}

// Origin by origin, as snapshots come in.
async function copyRows(
  client: pg.PoolClient,
  size: number,
  seed: number,
  tell: (text: string) => void,
): Promise<void> {
  const { rows: facets } = await client.query<{ id: number; key: string }>(
    `select id, kind || ':' || value as key from facet`,
  )
  const numbers = new Map(facets.map(({ id, key }) => [key, id]))
  const stream = client.query(
    copyFrom(
      'copy directory_entry (lid, origin_id, audience, ends_at, flag_ends_at, listing_id, facets, tsv, doc) from stdin',
    ),
  )
  let lines = ''
  let number = 0
  for (const [index, many] of originSizes(size).entries())
    for (let left = many; left > 0; left -= 1) {
      lines += lineOf(seed, number, index + 1, numbers)
      number += 1
      if (number % 50_000 === 0) tell(`${number} listings`)
      if (lines.length > 500_000) {
        if (!stream.write(lines)) await once(stream, 'drain')
        lines = ''
      }
    }
  stream.end(lines)
  await finished(stream)
}

function lineOf(seed: number, number: number, origin: number, numbers: ReadonlyMap<string, number>): string {
  const document = personOf(seed, number, hostOf(origin))
  const { facets, endsAt, flagEndsAt, tsv, doc } = entryOf(document)
  const ids = facets.flatMap((facet) => numbers.get(facetKey(facet)) ?? []).toSorted((one, other) => one - other)
  const values = [
    placeOf(populationOrder, 'members', document.id).toString(),
    String(origin),
    String(audienceNumber.members),
    endsAt.toISOString(),
    flagEndsAt?.toISOString() ?? '\\N',
    document.id,
    `{${ids.join(',')}}`,
    escaped(tsv),
    escaped(doc),
  ]
  return `${values.join('\t')}\n`
}

// As COPY's text format wants it; there are no tabs or line breaks in what a listing may hold.
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\')
}
