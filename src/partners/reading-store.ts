import { changed, oneRow, rows, type Reader, type Tx } from '../database/database.ts'
import type { Reading, Trouble } from './partner.ts'
import type { Window } from './quota.ts'

/** The columns of a Reading, for every query that reads one. */
export const readingColumns = `o.valid_until as "validUntil", o.hidden, o.trouble, o.cursor::float8 as cursor, o.epoch, o.root, o.statement, o.etag,
  o.last_poll as "lastPoll", o.last_contact as "lastContact", o.failures, o.generation, o.snapshot_open as "snapshotOpen"`

/** Begins to read an origin. Nothing of it may be shown until a statement of it was verified. */
export async function addOrigin(tx: Tx, id: number, host: string, now: Date): Promise<void> {
  await changed(
    tx,
    'insert into origin (origin_id, host, valid_until) values ($1, $2, $3) on conflict (origin_id) do nothing',
    [id, host, now],
  )
}

/** The reading of one origin, locked; undefined when we do not read it. */
export function lockReading(tx: Tx, id: number): Promise<Reading | undefined> {
  return oneRow<Reading>(tx, `select ${readingColumns} from origin o where o.origin_id = $1 for update`, [id])
}

/** How much of its quotas an origin has used. */
export async function quotasUsed(
  tx: Tx,
  id: number,
): Promise<{ readonly pages: Window; readonly snapshots: Window } | undefined> {
  const found = await oneRow<{
    pageWindow: Date | null
    pages: number
    snapshotWindow: Date | null
    snapshots: number
  }>(
    tx,
    `select page_window as "pageWindow", pages, snapshot_window as "snapshotWindow", snapshots from origin where origin_id = $1 for update`,
    [id],
  )
  return (
    found && {
      pages: { since: found.pageWindow, used: found.pages },
      snapshots: { since: found.snapshotWindow, used: found.snapshots },
    }
  )
}

export async function keepPagesUsed(tx: Tx, id: number, window: Window): Promise<void> {
  await changed(tx, 'update origin set page_window = $2, pages = $3 where origin_id = $1', [
    id,
    window.since,
    window.used,
  ])
}

/** Begins a snapshot: everything is read again, and what is not in it will be dropped at its end. */
export async function beginSnapshot(tx: Tx, id: number, epoch: string, window: Window): Promise<void> {
  await changed(
    tx,
    `update origin set epoch = $2, cursor = 0, etag = null, generation = generation + 1, snapshot_open = true,
       snapshot_window = $3, snapshots = $4 where origin_id = $1`,
    [id, epoch, window.since, window.used],
  )
}

export async function keepCursor(tx: Tx, id: number, cursor: number): Promise<void> {
  await changed(tx, 'update origin set cursor = $2 where origin_id = $1', [id, cursor])
}

export type CopyRow = {
  readonly id: string
  readonly bucket: number
  readonly seq: number
  readonly contentHash: string
  readonly refused: string | null
}

/** Those of these ids that we hold of an origin. */
export function copiesById(reader: Reader, originId: number, ids: readonly string[]): Promise<CopyRow[]> {
  return rows<CopyRow>(
    reader,
    `select id, bucket, seq::float8 as seq, encode(content_hash, 'hex') as "contentHash", refused from copy where origin_id = $1 and id = any($2)`,
    [originId, ids],
  )
}

/** How many listings of an origin are kept whole. */
export async function keptCount(reader: Reader, originId: number): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    'select count(*)::int as count from copy where origin_id = $1 and refused is null',
    [originId],
  )
  return found?.count ?? 0
}

/** How many rows an origin has with us, refused listings included; without those of one bucket where it is given. */
export async function rowCount(reader: Reader, originId: number, without?: number): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    'select count(*)::int as count from copy where origin_id = $1 and ($2::int is null or bucket <> $2)',
    [originId, without ?? null],
  )
  return found?.count ?? 0
}

/** Keeps copies; of one that we hold already, the newer state. */
export async function keepCopies(
  tx: Tx,
  originId: number,
  generation: number,
  copies: readonly CopyRow[],
): Promise<void> {
  await changed(
    tx,
    `insert into copy (origin_id, bucket, id, seq, content_hash, refused, generation)
     select $1, c.bucket, c.id, c.seq, decode(c.hash, 'hex'), c.refused, $2
     from unnest($3::int[], $4::text[], $5::bigint[], $6::text[], $7::text[]) as c (bucket, id, seq, hash, refused)
     on conflict (origin_id, bucket, id) do update set seq = excluded.seq, content_hash = excluded.content_hash,
       refused = excluded.refused, generation = excluded.generation`,
    [
      originId,
      generation,
      copies.map(({ bucket }) => bucket),
      copies.map(({ id }) => id),
      copies.map(({ seq }) => seq),
      copies.map(({ contentHash }) => contentHash),
      copies.map(({ refused }) => refused),
    ],
  )
}

/** Removes copies; returns the ids that were held. */
export async function removeCopies(tx: Tx, originId: number, ids: readonly string[]): Promise<readonly string[]> {
  const gone = await rows<{ id: string }>(tx, 'delete from copy where origin_id = $1 and id = any($2) returning id', [
    originId,
    ids,
  ])
  return gone.map(({ id }) => id)
}

/** Removes what the newest snapshot did not have; returns the ids. */
export async function removeOlderThanSnapshot(
  tx: Tx,
  originId: number,
  generation: number,
): Promise<readonly string[]> {
  const gone = await rows<{ id: string }>(
    tx,
    'delete from copy where origin_id = $1 and generation <> $2 returning id',
    [originId, generation],
  )
  return gone.map(({ id }) => id)
}

/** Removes what is held in one bucket and is not among `ids`; returns the ids. */
export async function removeFromBucket(
  tx: Tx,
  originId: number,
  bucket: number,
  ids: readonly string[],
): Promise<readonly string[]> {
  const gone = await rows<{ id: string }>(
    tx,
    'delete from copy where origin_id = $1 and bucket = $2 and id <> all($3) returning id',
    [originId, bucket, ids],
  )
  return gone.map(({ id }) => id)
}

/** Our copies add up to a verified statement: every lease of the origin runs to the statement's end. */
export async function renewLease(
  tx: Tx,
  id: number,
  to: {
    readonly validUntil: Date
    readonly statement: string
    readonly etag: string | null
    readonly root: string
    readonly now: Date
  },
): Promise<void> {
  await changed(
    tx,
    `update origin set valid_until = $2, statement = $3, etag = $4, root = $5, hidden = false, trouble = null, failures = 0,
       snapshot_open = false, last_poll = $6, last_contact = $6 where origin_id = $1`,
    [id, to.validUntil, to.statement, to.etag, to.root, to.now],
  )
}

/** The root of our copies where it is not that of the statement. */
export async function keepRoot(tx: Tx, id: number, root: string): Promise<void> {
  await changed(tx, 'update origin set root = $2, etag = null, snapshot_open = false where origin_id = $1', [id, root])
}

/** The origin answered that nothing changed. */
export async function keepContact(tx: Tx, id: number, now: Date): Promise<void> {
  await changed(
    tx,
    'update origin set last_poll = $2, last_contact = $2, failures = 0, trouble = null where origin_id = $1',
    [id, now],
  )
}

/** A poll that failed: the lease is not renewed. `contact` when the origin did answer. Returns how many failed in a row. */
export async function keepFailure(tx: Tx, id: number, trouble: Trouble, now: Date, contact: boolean): Promise<number> {
  const kept = await oneRow<{ failures: number }>(
    tx,
    `update origin set trouble = $2, failures = failures + 1, last_poll = $3, last_contact = case when $4 then $3 else last_contact end
     where origin_id = $1 returning failures`,
    [id, trouble, now, contact],
  )
  return kept?.failures ?? 0
}

/** Our copies are not what the statement covers any more: the next poll asks for it whole. */
export async function forgetEtag(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'update origin set etag = null where origin_id = $1', [id])
}

/** The next statement is judged by itself: the one before was signed by a key that does not count any more. */
export async function forgetStatement(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'update origin set statement = null, etag = null where origin_id = $1', [id])
}

/** Shows nothing of an origin until its copies add up again. */
export async function hide(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'update origin set hidden = true, etag = null where origin_id = $1', [id])
}

/** Leaves nothing of an origin's copies but id and origin, so that all is read again if it returns (FEDERATION.md 5). */
export async function blankCopies(tx: Tx, id: number): Promise<void> {
  await changed(tx, `update copy set content_hash = ''::bytea, seq = 0, refused = 'erased' where origin_id = $1`, [id])
  await changed(
    tx,
    'update origin set epoch = null, cursor = 0, root = null, etag = null, snapshot_open = false where origin_id = $1',
    [id],
  )
}

/** Forgets an origin with every copy. */
export async function removeOrigin(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'delete from origin where origin_id = $1', [id])
}
