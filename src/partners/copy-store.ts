import { changed, rows, type Reader, type Tx } from '../database/database.ts'

/** What is held of an origin and shown, or what a snapshot has brought and is not shown yet. */
export type CopyTable = 'copy' | 'staged_copy'

/** Where a listing of an origin lies among its copies. */
export type CopyKey = { readonly id: string; readonly bucket: number }

/** What is kept of a listing of another node. `refused` says why nothing else is; null when it is kept whole. */
export type CopyRow = CopyKey & { readonly seq: number; readonly contentHash: string; readonly refused: string | null }

/** Those of these listings that we hold of an origin, by id. */
export async function copiesOf(
  reader: Reader,
  originId: number,
  keys: readonly CopyKey[],
): Promise<ReadonlyMap<string, Pick<CopyRow, 'contentHash' | 'refused'>>> {
  if (keys.length === 0) return new Map()
  const found = await rows<Pick<CopyRow, 'id' | 'contentHash' | 'refused'>>(
    reader,
    `select c.id, encode(c.content_hash, 'hex') as "contentHash", c.refused
     from unnest($2::smallint[], $3::text[]) as n (bucket, id)
     cross join lateral ${oneOf('copy')} c`,
    [originId, ...keyColumns(keys)],
  )
  return new Map(found.map((row) => [row.id, row]))
}

/** Keeps copies, each id at most once; of one that is there already, the newer state. */
export async function keepCopies(tx: Tx, originId: number, copies: readonly CopyRow[]): Promise<void> {
  if (copies.length === 0) return
  await changed(
    tx,
    `insert into copy (origin_id, bucket, id, seq, content_hash, refused)
     select $1, n.bucket, n.id, n.seq, decode(n.hash, 'hex'), n.refused
     from unnest($2::smallint[], $3::text[], $4::bigint[], $5::text[], $6::text[]) as n (bucket, id, seq, hash, refused)
     on conflict (origin_id, bucket, id) do update set seq = excluded.seq, content_hash = excluded.content_hash, refused = excluded.refused`,
    [originId, ...rowColumns(copies)],
  )
}

/** A row that was removed. */
export type Removed = { readonly id: string; readonly refused: string | null }

/** Removes listings from what is held or from what is staged; returns those that were there. */
export function removeCopies(
  tx: Tx,
  table: CopyTable,
  originId: number,
  keys: readonly CopyKey[],
): Promise<readonly Removed[]> {
  if (keys.length === 0) return Promise.resolve([])
  return rows<Removed>(tx, `delete from ${table} where ${theseOf(table)} returning id, refused`, [
    originId,
    ...keyColumns(keys),
  ])
}

/** Removes what is held or staged in one bucket and is not among `ids`; returns what it was. */
export function removeFromBucket(
  tx: Tx,
  table: CopyTable,
  originId: number,
  bucket: number,
  ids: readonly string[],
): Promise<readonly Removed[]> {
  return rows<Removed>(
    tx,
    `delete from ${table} where origin_id = $1 and bucket = $2 and id <> all($3) returning id, refused`,
    [originId, bucket, ids],
  )
}

/** Removes every copy of an origin. Its entries in the directory are not touched. */
export async function removeAllCopies(tx: Tx, originId: number): Promise<void> {
  await changed(tx, 'delete from copy where origin_id = $1', [originId])
}

/** Leaves nothing of an origin's copies but id and origin (FEDERATION.md 5). */
export async function blankCopies(tx: Tx, originId: number): Promise<void> {
  await changed(
    tx,
    `update copy set content_hash = ''::bytea, seq = 0, refused = 'erased' where origin_id = $1 and refused is distinct from 'erased'`,
    [originId],
  )
}

/**
 * The row of a table that has the bucket and id of `of` and is of origin $1, as a lateral subquery. Behind `offset 0`, so that it is looked up by its key whatever
 * the planner believes of a table that has grown since it was analysed: else a page could cost a look at everything held.
 */
export function oneOf(table: CopyTable, of = 'n'): string {
  return `(select t.* from ${table} t where t.origin_id = $1 and t.bucket = ${of}.bucket and t.id = ${of}.id offset 0)`
}

/** Those rows of a table of which $2 and $3 are the buckets and ids, as a condition; looked up by their keys as well. */
function theseOf(table: CopyTable): string {
  return `ctid = any(array(select f.ctid from unnest($2::smallint[], $3::text[]) as n (bucket, id) cross join lateral
    (select t.ctid from ${table} t where t.origin_id = $1 and t.bucket = n.bucket and t.id = n.id offset 0) f))`
}

/** Keys as the parameters of `unnest(smallint[], text[])`. */
export function keyColumns(keys: readonly CopyKey[]): readonly [number[], string[]] {
  return [keys.map(({ bucket }) => bucket), keys.map(({ id }) => id)]
}

/** Rows as the parameters of `unnest(smallint[], text[], bigint[], text[], text[])`. */
export function rowColumns(copies: readonly CopyRow[]): readonly (readonly unknown[])[] {
  return [
    ...keyColumns(copies),
    copies.map(({ seq }) => seq),
    copies.map(({ contentHash }) => contentHash),
    copies.map(({ refused }) => refused),
  ]
}
