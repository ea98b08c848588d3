import { oneRow, rows, type Reader } from '../database/database.ts'
import { allBuckets, bucketsSql } from './bucket-sql.ts'

/** What of an origin: the copies that we hold, or those of a snapshot that is being read beside them. */
export type CopySet = 'held' | 'staged'

/** The root over a set of copies of an origin, refused ones too. */
export async function rootOfCopies(reader: Reader, originId: number, set: CopySet): Promise<string> {
  const found = await oneRow<{ root: string }>(
    reader,
    `with b as (${bucketsSql(copiesIn(set))})
     select encode(sha256(${allBuckets}), 'hex') as root from generate_series(0, 255) g left join b on b.bucket = g`,
    [originId],
  )
  if (!found) throw new Error('a root that cannot be computed')
  return found.root
}

/** The hashes of the 256 buckets of a set of copies of an origin, bucket 0 first, in lower-case hex. */
export async function bucketsOfCopies(reader: Reader, originId: number, set: CopySet): Promise<readonly string[]> {
  const found = await rows<{ hash: string }>(
    reader,
    `with b as (${bucketsSql(copiesIn(set))})
     select encode(coalesce(h, sha256(''::bytea)), 'hex') as hash from generate_series(0, 255) g left join b on b.bucket = g order by g`,
    [originId],
  )
  return found.map(({ hash }) => hash)
}

function copiesIn(set: CopySet): string {
  return `${set === 'held' ? 'copy' : 'staged_copy'} where origin_id = $1`
}
