import { oneRow, rows, type Reader } from '../database/database.ts'
import { stateColumns, type DirectoryState } from './set-store.ts'

/** Our set as it stands; undefined before the first start made its row. */
export function directoryState(reader: Reader): Promise<DirectoryState | undefined> {
  return oneRow<DirectoryState>(reader, `select ${stateColumns} from directory_state`)
}

/** The root over our live listings and how many they are (FEDERATION.md 4.3). */
export async function ownRoot(reader: Reader): Promise<{ readonly root: string; readonly totalItems: number }> {
  const found = await oneRow<{ root: string; totalItems: number }>(
    reader,
    `with b as (${bucketsSql('published_listing where document is not null')})
     select encode(sha256(${allBuckets}), 'hex') as root,
       (select count(*)::int from published_listing where document is not null) as "totalItems"
     from generate_series(0, 255) g left join b on b.bucket = g`,
  )
  if (!found) throw new Error('a root that cannot be computed')
  return found
}

/** The hashes of our 256 buckets, bucket 0 first, in lower-case hex. */
export async function ownBuckets(reader: Reader): Promise<readonly string[]> {
  return hexBuckets(reader, 'published_listing where document is not null', [])
}

/** The root over what we hold of an origin, refused copies too. */
export async function rootOfCopies(reader: Reader, originId: number): Promise<string> {
  const found = await oneRow<{ root: string }>(
    reader,
    `with b as (${bucketsSql('copy where origin_id = $1')})
     select encode(sha256(${allBuckets}), 'hex') as root from generate_series(0, 255) g left join b on b.bucket = g`,
    [originId],
  )
  if (!found) throw new Error('a root that cannot be computed')
  return found.root
}

/** The hashes of the 256 buckets of what we hold of an origin. */
export async function bucketsOfCopies(reader: Reader, originId: number): Promise<readonly string[]> {
  return hexBuckets(reader, 'copy where origin_id = $1', [originId])
}

// The lines of set.ts in SQL: ids are collated "C", which is their byte order.
function bucketsSql(from: string): string {
  return `select bucket, sha256(string_agg(convert_to(id || ' ' || encode(content_hash, 'hex') || E'\\n', 'UTF8'), ''::bytea order by id)) as h
    from ${from} group by bucket`
}

const allBuckets = `string_agg(coalesce(h, sha256(''::bytea)), ''::bytea order by g)`

async function hexBuckets(reader: Reader, from: string, parameters: readonly unknown[]): Promise<readonly string[]> {
  const found = await rows<{ hash: string }>(
    reader,
    `with b as (${bucketsSql(from)})
     select encode(coalesce(h, sha256(''::bytea)), 'hex') as hash from generate_series(0, 255) g left join b on b.bucket = g order by g`,
    parameters,
  )
  return found.map(({ hash }) => hash)
}

/** One listing or tombstone of ours; `document` is null for a tombstone. */
export type PublishedItem = {
  readonly id: string
  readonly seq: number
  readonly document: string | null
  readonly deletedAt: Date | null
}

const itemColumns = `id, seq::float8 as seq, document, deleted_at as "deletedAt"`

/** Everything newer than `after` by ascending seq, tombstones inline, each listing once (FEDERATION.md 4.2). At most `limit`. */
export function changesAfter(reader: Reader, after: number, limit: number): Promise<PublishedItem[]> {
  return rows<PublishedItem>(
    reader,
    `select ${itemColumns} from published_listing where seq > $1 order by seq limit $2`,
    [after, limit],
  )
}

/** The live listings of one bucket newer than `after`, by ascending seq. At most `limit`. */
export function bucketAfter(reader: Reader, bucket: number, after: number, limit: number): Promise<PublishedItem[]> {
  return rows<PublishedItem>(
    reader,
    `select ${itemColumns} from published_listing where document is not null and bucket = $1 and seq > $2 order by seq limit $3`,
    [bucket, after, limit],
  )
}

/** The seq under which a listing, or its tombstone, is published; undefined for an id that is not. */
export async function publishedSeq(
  reader: Reader,
  id: string,
): Promise<{ readonly seq: number; readonly deletedAt: Date | null } | undefined> {
  return oneRow(reader, `select seq::float8 as seq, deleted_at as "deletedAt" from published_listing where id = $1`, [
    id,
  ])
}
