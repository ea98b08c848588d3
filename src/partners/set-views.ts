import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { bucketsSql } from './bucket-sql.ts'
import { rootOfBuckets } from './set.ts'
import { stateColumns, type DirectoryState } from './set-store.ts'

/** Our set as it stands; undefined before the first start made its row. */
export function directoryState(reader: Reader): Promise<DirectoryState | undefined> {
  return oneRow<DirectoryState>(reader, often(`select ${stateColumns} from directory_state`))
}

/** Whose view of our set: a partner's, from whom listings may be hidden; null for all of it. */
export type Asker = number | null

/** What a statement says of our set as one asker reads it (FEDERATION.md 4.3). */
export async function ownRoot(
  reader: Reader,
  asker: Asker,
): Promise<{ readonly root: string; readonly totalItems: number }> {
  const buckets = await bucketsFor(reader, asker)
  return {
    root: rootOfBuckets(buckets.map(({ hash }) => hash)),
    totalItems: buckets.reduce((total, { items }) => total + items, 0),
  }
}

/** The hashes of the 256 buckets of our set as one asker reads it, bucket 0 first, in lower-case hex. */
export async function ownBuckets(reader: Reader, asker: Asker): Promise<readonly string[]> {
  return (await bucketsFor(reader, asker)).map(({ hash }) => hash)
}

// Kept hashes, but for the buckets that changed since and those in which something is hidden from the asker.
function bucketsFor(reader: Reader, asker: Asker): Promise<{ hash: string; items: number }[]> {
  return rows(
    reader,
    `select encode(case when k.kept then b.hash else coalesce(fresh.h, sha256(''::bytea)) end, 'hex') as hash,
       case when k.kept then b.items else coalesce(fresh.items, 0) end as items
     from published_bucket b
     cross join lateral (select b.hash is not null and b.bucket not in (
       select l.bucket from hidden_listing h join published_listing l on l.id = h.listing_id
       where h.partner_id = $1 and l.document is not null) as kept) k
     left join lateral (${bucketsSql(
       `published_listing l where l.document is not null and l.bucket = b.bucket and not k.kept and not ${hiddenFrom('$1')}`,
     )}) fresh on true
     order by b.bucket`,
    [asker],
  )
}

function hiddenFrom(asker: string): string {
  return `exists (select 1 from hidden_listing h where h.partner_id = ${asker}::int and h.listing_id = l.id)`
}

/** One listing or tombstone of ours; `document` is null for a tombstone. */
export type PublishedItem = {
  readonly id: string
  readonly seq: number
  readonly document: string | null
  readonly deletedAt: Date | null
}

const itemColumns = `l.id, l.seq::float8 as seq, l.document, l.deleted_at as "deletedAt"`

/**
 * Everything newer than `after` that one asker reads, by ascending seq, tombstones inline, each listing once (FEDERATION.md 4.2). Of
 * what is hidden from it there is the tombstone that took it back, and nothing where it never had it. At most `limit`.
 */
export function changesAfter(reader: Reader, asker: Asker, after: number, limit: number): Promise<PublishedItem[]> {
  return rows<PublishedItem>(
    reader,
    `(select ${itemColumns} from published_listing l where l.seq > $2 and not ${hiddenFrom('$1')} order by l.seq limit $3)
     union all
     (select listing_id, seq::float8, null, hidden_at from hidden_listing where partner_id = $1 and seq > $2 order by seq limit $3)
     order by seq limit $3`,
    [asker, after, limit],
  )
}

/** The live listings of one bucket newer than `after` that one asker reads, by ascending seq. At most `limit`. */
export function bucketAfter(
  reader: Reader,
  asker: Asker,
  asked: { readonly bucket: number; readonly after: number; readonly limit: number },
): Promise<PublishedItem[]> {
  return rows<PublishedItem>(
    reader,
    `select ${itemColumns} from published_listing l
     where l.document is not null and l.bucket = $2 and l.seq > $3 and not ${hiddenFrom('$1')} order by l.seq limit $4`,
    [asker, asked.bucket, asked.after, asked.limit],
  )
}

/** Whether a partner is one from whom this listing is hidden: it is answered as if there were no such person. */
export async function isHiddenFrom(reader: Reader, partnerId: number, listingIri: string): Promise<boolean> {
  const found = await oneRow(reader, 'select 1 from hidden_listing where partner_id = $1 and listing_id = $2', [
    partnerId,
    listingIri,
  ])
  return found !== undefined
}
