import { changed, oneRow, type Tx } from '../database/database.ts'

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
}

export const stateColumns = `epoch, seq::float8 as seq, began_at as "beganAt", statement, issued_at as "issuedAt", forgotten_seq::float8 as "forgottenSeq"`

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

/** The next seq; the cached statement is void from now on. Only under lockState. */
export async function nextSeq(tx: Tx): Promise<number> {
  const state = await oneRow<{ seq: number }>(
    tx,
    'update directory_state set seq = seq + 1, statement = null returning seq::float8 as seq',
  )
  if (!state) throw new Error('the directory has no state')
  return state.seq
}

export async function keepStatement(tx: Tx, statement: string, issuedAt: Date): Promise<void> {
  await changed(tx, 'update directory_state set statement = $1, issued_at = $2', [statement, issuedAt])
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
): Promise<void> {
  await changed(
    tx,
    `insert into published_listing (id, bucket, seq, document, content_hash) values ($1, $2, $3, $4, decode($5, 'hex'))
     on conflict (id) do update set seq = excluded.seq, document = excluded.document, content_hash = excluded.content_hash`,
    [listing.id, listing.bucket, listing.seq, listing.document, listing.contentHash],
  )
}

/** Leaves nothing of a listing but its tombstone. */
export async function keepTombstone(tx: Tx, id: string, seq: number, deletedAt: Date): Promise<void> {
  await changed(
    tx,
    'update published_listing set seq = $2, document = null, content_hash = null, deleted_at = $3 where id = $1',
    [id, seq, deletedAt],
  )
}

/** Deletes tombstones older than `before`, and keeps up to where; returns how many. Only under lockState. */
export async function dropTombstones(tx: Tx, before: Date): Promise<number> {
  const gone = await oneRow<{ count: number; seq: number | null }>(
    tx,
    `with gone as (delete from published_listing where deleted_at < $1 returning seq)
     select count(*)::int as count, max(seq)::float8 as seq from gone`,
    [before],
  )
  if (gone === undefined || gone.seq === null) return 0
  await changed(tx, 'update directory_state set forgotten_seq = greatest(forgotten_seq, $1)', [gone.seq])
  return gone.count
}
