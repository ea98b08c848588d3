import { often, rows, type Reader } from '../database/database.ts'
import type { Apart } from './count-answer.ts'
import {
  hideEntries,
  putEntry,
  putOrigins,
  settleTable,
  takeEntry,
  type CountedEntry,
  type CountTable,
} from './count-table.ts'
import { apartFrom, hiddenEntries, noParameters, refusedOrigins } from './visible.ts'

// What a table in memory is filled from. It holds everybody, so nothing of it may be shown but what `tally` counts: numbers,
// facets and ends are read here, never a document.

const atOnce = 2000 // entries of one statement: some milliseconds of this thread

/** What a database had committed at a moment, as PostgreSQL writes it. */
export type Snapshot = string

/** Which state of the database comes next. */
export async function snapshotOf(reader: Reader): Promise<Snapshot> {
  const [row] = await rows<{ snapshot: Snapshot }>(reader, 'select pg_current_snapshot()::text as snapshot')
  if (!row) throw new Error('PostgreSQL told no snapshot')
  return row.snapshot
}

/** Whether the directory has more than `count` entries. */
export async function hasMoreEntriesThan(reader: Reader, count: number): Promise<boolean> {
  return (await rows(reader, 'select from directory_entry offset $1 limit 1', [count])).length > 0
}

type EntryColumns = {
  readonly lid: string
  readonly origin_id: number
  readonly audience: number
  readonly ends: number
  readonly flag_ends: number | null
  readonly facets: string
}

const entryColumns = `e.lid::text as lid, e.origin_id, e.audience, 1000 * extract(epoch from e.ends_at)::float8 as ends,
  1000 * extract(epoch from e.flag_ends_at)::float8 as flag_ends, e.facets::text as facets`

function entryOfRow(row: EntryColumns, accountId: string | undefined): CountedEntry {
  return {
    lid: BigInt(row.lid),
    originId: row.origin_id,
    audience: row.audience,
    endsAt: row.ends,
    flagEndsAt: row.flag_ends ?? Number.NaN,
    accountId,
    facets: numbersIn(row.facets),
  }
}

// '{100,204}', in a third of the time that the driver takes for an array.
function numbersIn(text: string): readonly number[] {
  const numbers: number[] = []
  let number = 0
  for (let index = 1; index < text.length && text.length > 2; index += 1) {
    const digit = text.charCodeAt(index) - 48
    if (digit >= 0 && digit <= 9) number = 10 * number + digit
    else {
      numbers.push(number)
      number = 0
    }
  }
  return numbers
}

/** Puts everybody into a table, a few thousand at a time, while other work of this thread goes on in between. */
export async function readEverything(reader: Reader, table: CountTable): Promise<void> {
  await readRules(reader, table)
  const own = await rows<{ lid: string; account_id: string }>(
    reader,
    'select lid::text as lid, account_id from directory_entry where account_id is not null',
  )
  const accounts = new Map(own.map(({ lid, account_id }) => [lid, account_id]))
  for (let after = '-1'; ;) {
    const found = await rows<EntryColumns>(
      reader,
      `select ${entryColumns} from directory_entry e where e.lid > $1 order by e.lid limit ${atOnce}`,
      [after],
    )
    for (const row of found) putEntry(table, entryOfRow(row, accounts.get(row.lid)))
    const last = found.at(-1)
    if (!last || found.length < atOnce) break
    after = last.lid
  }
  settleTable(table)
}

type Change = {
  readonly snapshot: Snapshot
  readonly is_whole: boolean
  readonly number: string | null
  readonly lids: string[] | null
  readonly origins: number[] | null
}

const sinceThen = often(`select pg_current_snapshot()::text as snapshot,
    coalesce((select xid < pg_snapshot_xmin($1::pg_snapshot) from directory_change order by xid limit 1), false) as is_whole,
    c.number::text as number, c.lids::text[] as lids, c.origins
  from (select) one left join directory_change c
    on c.xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(c.xid, $1::pg_snapshot)`)

/**
 * Brings a table up to date: everything that was committed when this was called is in it. Returns the state that it has now;
 * undefined when the log does not reach back to `since`, so that everything must be read anew.
 */
export async function readChanges(reader: Reader, table: CountTable, since: Snapshot): Promise<Snapshot | undefined> {
  const changes = await rows<Change>(reader, sinceThen, [since])
  const [first] = changes
  if (!first?.is_whole) return undefined
  const logged = changes.filter(({ number }) => number !== null)
  if (logged.some(({ lids, origins }) => !lids && !origins)) await readRules(reader, table)
  else {
    const origins = new Set(logged.flatMap((change) => change.origins ?? []))
    if (origins.size > 0) await readOrigins(reader, table, [...origins])
  }
  const lids = [...new Set(logged.flatMap((change) => change.lids ?? []))]
  for (let start = 0; start < lids.length; start += atOnce)
    await readEntries(reader, table, lids.slice(start, start + atOnce))
  if (lids.length > 0) settleTable(table)
  return first.snapshot
}

async function readEntries(reader: Reader, table: CountTable, lids: readonly string[]): Promise<void> {
  const found = await rows<EntryColumns & { account_id: string | null; is_hidden: boolean }>(
    reader,
    `select ${entryColumns}, e.account_id, e.lid = any(${hiddenEntries}) as is_hidden
     from directory_entry e where e.lid = any($1::bigint[])`,
    [lids],
  )
  const hidden = found.filter((row) => row.is_hidden && !table.hidden.has(BigInt(row.lid)))
  if (hidden.length > 0) hideEntries(table, [...table.hidden, ...hidden.map(({ lid }) => BigInt(lid))])
  for (const row of found) putEntry(table, entryOfRow(row, row.account_id ?? undefined))
  const there = new Set(found.map(({ lid }) => lid))
  for (const lid of lids) if (!there.has(lid)) takeEntry(table, BigInt(lid))
}

async function readRules(reader: Reader, table: CountTable): Promise<void> {
  const [row] = await rows<{ hidden: string[] }>(reader, `select ${hiddenEntries}::text[] as hidden`)
  hideEntries(table, (row?.hidden ?? []).map(BigInt))
  await readOrigins(reader, table)
}

async function readOrigins(reader: Reader, table: CountTable, ids?: readonly number[]): Promise<void> {
  const found = await rows<{ id: number; until: number; away: boolean }>(
    reader,
    `select o.origin_id as id, 1000 * extract(epoch from o.valid_until)::float8 as until,
       o.hidden or o.origin_id = any(${refusedOrigins}) as away
     from origin o where $1::int[] is null or o.origin_id = any($1)`,
    [ids ?? null],
  )
  putOrigins(
    table,
    found.map(({ id, until, away }) => ({ originId: id, validUntil: until, isKeptAway: away })),
  )
}

/** Whom a reader who is signed in does not see. */
export async function readApart(reader: Reader, accountId: string): Promise<Apart> {
  const given = noParameters()
  const { origins, lids, accounts } = apartFrom(given.add(accountId))
  const [row] = await rows<{ origins: number[]; lids: string[]; accounts: string[] }>(
    reader,
    often(`select ${origins} as origins, ${lids}::text[] as lids, ${accounts} as accounts`),
    given.values,
  )
  return { origins: row?.origins ?? [], lids: (row?.lids ?? []).map(BigInt), accounts: row?.accounts ?? [] }
}
