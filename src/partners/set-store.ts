import { changed, oneRow, type Tx } from '../database/database.ts'
import { bucketsSql } from './bucket-sql.ts'

/** Our own set as a whole; `seq` is the highest given so far. */
export type DirectoryState = {
  readonly epoch: string
  readonly seq: number
  readonly beganAt: Date
  /** The signed statement as it is served; null after a change. */
  readonly statement: string | null
  readonly issuedAt: Date | null
  /** Tombstones up to this seq were deleted after their 400 days. */
  readonly forgottenSeq: number
  /** When our set was last found to be older than what others had read of it, and why. */
  readonly restoredAt: Date | null
  readonly restoredBecause: string | null
}

export const stateColumns = `epoch, seq::float8 as seq, began_at as "beganAt", statement, issued_at as "issuedAt", forgotten_seq::float8 as "forgottenSeq",
  restored_at as "restoredAt", restored_because as "restoredBecause"`

/** Makes the set's row unless it is there. */
export async function makeState(tx: Tx, epoch: string, at: Date): Promise<void> {
  await changed(
    tx,
    'insert into directory_state (one, epoch, seq, began_at) values (true, $1, 0, $2) on conflict (one) do nothing',
    [epoch, at],
  )
}

/** The set's row, locked: whoever holds it is the only writer, so seq are committed in the order in which they are given. */
export async function lockState(tx: Tx): Promise<DirectoryState> {
  const state = await oneRow<DirectoryState>(tx, `select ${stateColumns} from directory_state for update`)
  if (!state) throw new Error('the directory has no state')
  return state
}

/** The next seq; every statement is void from now on. Only under lockState. */
export async function nextSeq(tx: Tx): Promise<number> {
  return nextSeqs(tx, 1)
}

/** The first of the next `count` seq; every statement is void from now on. Only under lockState. */
export async function nextSeqs(tx: Tx, count: number): Promise<number> {
  const state = await oneRow<{ seq: number }>(
    tx,
    'update directory_state set seq = seq + $1, statement = null returning seq::float8 as seq',
    [count],
  )
  if (!state) throw new Error('the directory has no state')
  return state.seq - count + 1
}

/** A new run of numbers, which goes on from the seq that is there; every statement is void. Only under lockState. */
export async function keepEpoch(tx: Tx, epoch: string): Promise<void> {
  await changed(tx, 'update directory_state set epoch = $1, statement = null', [epoch])
}

/** Remembers when our database was found to be older than it had been, and how. */
export async function keepRestored(tx: Tx, because: string, at: Date): Promise<void> {
  await changed(tx, 'update directory_state set restored_at = $1, restored_because = $2', [at, because])
}

/** Nothing of another node is shown before its next poll has verified it. */
export async function endLeases(tx: Tx, at: Date): Promise<void> {
  await changed(tx, 'update origin set valid_until = least(valid_until, $1), etag = null where origin_id > 0', [at])
}

export async function keepStatement(tx: Tx, statement: string, etag: string, issuedAt: Date): Promise<void> {
  await changed(tx, 'update directory_state set statement = $1, statement_etag = $2, issued_at = $3', [
    statement,
    etag,
    issuedAt,
  ])
}

/** Keeps the hashes of the buckets that changed, so that the next statement costs only what changed since. Only under lockState. */
export async function keepBuckets(tx: Tx): Promise<void> {
  await changed(
    tx,
    `update published_bucket b set hash = coalesce(fresh.h, sha256(''::bytea)), items = coalesce(fresh.items, 0)
     from published_bucket stale
     left join lateral (${bucketsSql('published_listing l where l.document is not null and l.bucket = stale.bucket')}) fresh on true
     where stale.hash is null and b.bucket = stale.bucket`,
  )
}

async function staleBucketOf(tx: Tx, id: string): Promise<void> {
  await changed(
    tx,
    'update published_bucket set hash = null where bucket = (select bucket from published_listing where id = $1)',
    [id],
  )
}

export type Published = { readonly seq: number; readonly document: string | null }

/** What is published under an id; `document` is null for a tombstone. */
export function publishedById(tx: Tx, id: string): Promise<Published | undefined> {
  return oneRow<Published>(tx, 'select seq::float8 as seq, document from published_listing where id = $1', [id])
}

export async function keepPublished(
  tx: Tx,
  listing: {
    readonly id: string
    readonly bucket: number
    readonly seq: number
    readonly document: string
    readonly contentHash: string
  },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into published_listing (id, bucket, seq, document, content_hash, added_at) values ($1, $2, $3, $4, decode($5, 'hex'), $6)
     on conflict (id) do update set seq = excluded.seq, document = excluded.document, content_hash = excluded.content_hash`,
    [listing.id, listing.bucket, listing.seq, listing.document, listing.contentHash, at],
  )
  await staleBucketOf(tx, listing.id)
}

/** Leaves nothing of a listing but its tombstone. */
export async function keepTombstone(tx: Tx, id: string, seq: number, deletedAt: Date): Promise<void> {
  await changed(
    tx,
    'update published_listing set seq = $2, document = null, content_hash = null, deleted_at = $3 where id = $1',
    [id, seq, deletedAt],
  )
  await staleBucketOf(tx, id)
}

/**
 * Deletes tombstones older than `before`, with what was hidden of them, and keeps up to where; returns how many.
 * Statements are signed anew: a partner from whom nothing is hidden any more must not get an older one than it has. Only under
 * lockState.
 */
export async function dropTombstones(tx: Tx, before: Date): Promise<number> {
  const gone = await oneRow<{ count: number; seq: number | null }>(
    tx,
    `with gone as (delete from published_listing where deleted_at < $1 returning id, seq)
     select count(*)::int as count,
       greatest(max(seq), (select max(h.seq) from hidden_listing h join gone on gone.id = h.listing_id))::float8 as seq from gone`,
    [before],
  )
  if (gone === undefined || gone.seq === null) return 0
  await changed(tx, 'update directory_state set forgotten_seq = greatest(forgotten_seq, $1), statement = null', [
    gone.seq,
  ])
  await changed(tx, 'delete from partner_statement')
  return gone.count
}
