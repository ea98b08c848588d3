import { changed, often, oneRow, type Reader, type Tx } from '../database/database.ts'
import type { Reading, Trouble } from './partner.ts'
import type { Window } from './quota.ts'

/** The columns of a Reading, for every query that reads one. */
export const readingColumns = `o.valid_until as "validUntil", o.hidden, o.hidden_since as "hiddenSince", o.trouble, o.cursor::float8 as cursor, o.epoch, o.root, o.statement, o.etag,
  o.last_poll as "lastPoll", o.last_contact as "lastContact", o.failures, o.snapshot_open as "snapshotOpen", o.snapshot_seq::float8 as "snapshotSeq"`

/** Begins to read an origin. Nothing of it may be shown until a statement of it was verified. */
export async function addOrigin(tx: Tx, id: number, host: string, now: Date): Promise<void> {
  await changed(
    tx,
    'insert into origin (origin_id, host, valid_until) values ($1, $2, $3) on conflict (origin_id) do nothing',
    [id, host, now],
  )
}

/** How much is there of an origin: whole copies, and with them the rows of refused ones; what is held, and what is staged. */
export type Counts = {
  readonly copies: number
  readonly rowsHeld: number
  readonly copiesStaged: number
  readonly rowsStaged: number
}

/** Lets a transaction end before it is safely stored: a crash of the database server takes it back, with whatever came after it. */
export async function commitLater(tx: Tx): Promise<void> {
  await changed(tx, 'set local synchronous_commit = off')
}

/** The reading of one origin with its counts, locked; undefined when we do not read it. */
export function lockReading(tx: Tx, id: number): Promise<(Reading & Counts) | undefined> {
  return oneRow<Reading & Counts>(
    tx,
    often(`select ${readingColumns}, o.copies, o.rows_held as "rowsHeld", o.copies_staged as "copiesStaged", o.rows_staged as "rowsStaged"
     from origin o where o.origin_id = $1 for update`),
    [id],
  )
}

/** Whether we still read a partner, as it is after whoever changed it before us. */
export async function isFollowed(reader: Reader, id: number): Promise<boolean> {
  return (await oneRow(reader, `select 1 from partner where id = $1 and following = 'accepted'`, [id])) !== undefined
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

/**
 * Begins a snapshot: everything is read again. Kept apart where `staged`; else straight into the copies, of which none is shown
 * from `now` until the next lease.
 */
export async function beginSnapshot(
  tx: Tx,
  id: number,
  begun: {
    readonly epoch: string
    readonly seq: number
    readonly window: Window
    readonly staged: boolean
    readonly now: Date
  },
): Promise<void> {
  await changed(
    tx,
    `update origin set epoch = $2, cursor = 0, etag = null, snapshot_open = $3, snapshot_seq = $7,
       valid_until = case when $3 then valid_until else $4 end, root = case when $3 then root end,
       snapshot_window = $5, snapshots = $6 where origin_id = $1`,
    [id, begun.epoch, begun.staged, begun.now, begun.window.since, begun.window.used, begun.seq],
  )
}

/** Moves the counts of an origin by so much. */
export async function moveCounts(tx: Tx, id: number, by: Partial<Counts>): Promise<void> {
  const { copies = 0, rowsHeld = 0, copiesStaged = 0, rowsStaged = 0 } = by
  if (copies === 0 && rowsHeld === 0 && copiesStaged === 0 && rowsStaged === 0) return
  await changed(
    tx,
    `update origin set copies = copies + $2, rows_held = rows_held + $3, copies_staged = copies_staged + $4,
       rows_staged = rows_staged + $5 where origin_id = $1`,
    [id, copies, rowsHeld, copiesStaged, rowsStaged],
  )
}

/** Keeps the cursor, and returns how many rows there are by now. */
export async function keepCursor(tx: Tx, id: number, cursor: number): Promise<Pick<Counts, 'rowsHeld' | 'rowsStaged'>> {
  const kept = await oneRow<Pick<Counts, 'rowsHeld' | 'rowsStaged'>>(
    tx,
    'update origin set cursor = $2 where origin_id = $1 returning rows_held as "rowsHeld", rows_staged as "rowsStaged"',
    [id, cursor],
  )
  if (!kept) throw new Error('an origin that is locked is gone')
  return kept
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
    `update origin set valid_until = $2, statement = $3, etag = $4, root = $5, hidden = false, hidden_since = null, trouble = null, failures = 0,
       snapshot_open = false, snapshot_seq = null, last_poll = $6, last_contact = $6 where origin_id = $1`,
    [id, to.validUntil, to.statement, to.etag, to.root, to.now],
  )
}

/** The root of our copies where it is not that of the statement. */
export async function keepRoot(tx: Tx, id: number, root: string): Promise<void> {
  await changed(tx, 'update origin set root = $2, etag = null where origin_id = $1', [id, root])
}

/** The origin answered that nothing changed. */
export async function keepContact(tx: Tx, id: number, now: Date): Promise<void> {
  await changed(
    tx,
    often('update origin set last_poll = $2, last_contact = $2, failures = 0, trouble = null where origin_id = $1'),
    [id, now],
  )
}

/** A poll that failed: the lease is not renewed. `contact` when the origin did answer. Returns how many failed in a row. */
export async function keepFailure(tx: Tx, id: number, trouble: Trouble, now: Date, contact: boolean): Promise<number> {
  const kept = await oneRow<{ failures: number }>(
    tx,
    `update origin set trouble = $2, failures = failures + 1, last_poll = $3, last_contact = case when $4 then $3 else last_contact end,
       hidden_since = case when hidden then coalesce(hidden_since, $3) end
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

/** Begins anew with an origin: nothing of it counts any more, and all is read again if it returns. */
export async function forgetReading(tx: Tx, id: number): Promise<void> {
  await changed(
    tx,
    'update origin set epoch = null, cursor = 0, root = null, etag = null, snapshot_open = false, snapshot_seq = null where origin_id = $1',
    [id],
  )
}

/** Forgets an origin with every copy. */
export async function removeOrigin(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'delete from origin where origin_id = $1', [id])
}
