import { changed, rows, type Reader, type Tx } from '../database/database.ts'
import { keyColumns, oneOf, rowColumns, type CopyKey, type CopyRow } from './copy-store.ts'

/** A copy of a snapshot that is not shown yet. `document` is null for what is held whole with the same hash, and for what is refused. */
export type StagedRow = CopyRow & { readonly document: string | null }

/** What a snapshot finds of a listing: the hash under which it is held whole, and whether the snapshot has brought it before. */
export type Found = {
  readonly id: string
  readonly heldHash: string | null
  readonly isStaged: boolean
  readonly isStagedWhole: boolean
}

/** What is there of these listings, held or staged, by id. */
export async function foundOf(
  reader: Reader,
  originId: number,
  keys: readonly CopyKey[],
): Promise<ReadonlyMap<string, Found>> {
  if (keys.length === 0) return new Map()
  const found = await rows<Found>(
    reader,
    `select n.id, encode(c.content_hash, 'hex') as "heldHash", s.id is not null as "isStaged",
       s.id is not null and s.refused is null as "isStagedWhole"
     from unnest($2::smallint[], $3::text[]) as n (bucket, id)
     left join lateral ${oneOf('copy')} c on c.refused is null
     left join lateral ${oneOf('staged_copy')} s on true`,
    [originId, ...keyColumns(keys)],
  )
  return new Map(found.map((row) => [row.id, row]))
}

/** Stages copies, each id at most once; of one that is staged already, the newer state. */
export async function stageCopies(tx: Tx, originId: number, copies: readonly StagedRow[]): Promise<void> {
  if (copies.length === 0) return
  await changed(
    tx,
    `insert into staged_copy (origin_id, bucket, id, seq, content_hash, refused, document)
     select $1, n.bucket, n.id, n.seq, decode(n.hash, 'hex'), n.refused, n.document
     from unnest($2::smallint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[]) as n (bucket, id, seq, hash, refused, document)
     on conflict (origin_id, bucket, id) do update set seq = excluded.seq, content_hash = excluded.content_hash,
       refused = excluded.refused, document = excluded.document`,
    [originId, ...rowColumns(copies), copies.map(({ document }) => document)],
  )
}

/** Empties the staging of an origin, and its counts with it. */
export async function emptyStaging(tx: Tx, originId: number): Promise<void> {
  await changed(tx, 'delete from staged_copy where origin_id = $1', [originId])
  await changed(
    tx,
    'update origin set copies_staged = 0, rows_staged = 0 where origin_id = $1 and (copies_staged <> 0 or rows_staged <> 0)',
    [originId],
  )
}

/** What we hold of an origin and its snapshot does not have, `size` at a time. */
export function notStaged(tx: Tx, originId: number, size: number): AsyncGenerator<CopyKey[], void> {
  return inBatches<CopyKey>(
    tx,
    `select c.bucket, c.id from copy c
     where c.origin_id = $1 and not exists (select from ${oneOf('staged_copy', 'c')} s)`,
    originId,
    size,
  )
}

/** A staged copy, with what of the same id is held. */
export type DifferentRow = StagedRow & {
  readonly isHeld: boolean
  readonly isHeldWhole: boolean
  /** Held just so, but for its seq. */
  readonly isSame: boolean
}

const same = 'c.content_hash = s.content_hash and c.refused is not distinct from s.refused'

/** What is staged of an origin and is not held just so, `size` at a time. */
export function stagedAndDifferent(tx: Tx, originId: number, size: number): AsyncGenerator<DifferentRow[], void> {
  return inBatches<DifferentRow>(
    tx,
    `select s.bucket, s.id, s.seq::float8 as seq, encode(s.content_hash, 'hex') as "contentHash", s.refused, s.document,
       c.id is not null as "isHeld", c.id is not null and c.refused is null as "isHeldWhole", coalesce(${same}, false) as "isSame"
     from staged_copy s left join lateral ${oneOf('copy', 's')} c on true
     where s.origin_id = $1 and (c.id is null or not (${same}) or c.seq <> s.seq)`,
    originId,
    size,
  )
}

// A cursor sees what was there when it was declared, so those tables may be changed meanwhile; and memory holds one batch.
async function* inBatches<Row>(tx: Tx, sql: string, originId: number, size: number): AsyncGenerator<Row[], void> {
  await rows(tx, `declare in_batches no scroll cursor for ${sql}`, [originId])
  for (;;) {
    const batch = await rows<Row>(tx, `fetch ${size} from in_batches`)
    if (batch.length === 0) break
    yield batch
  }
  await rows(tx, 'close in_batches')
}
