import type { Needs } from '../app.ts'
import type { Tx } from '../database/database.ts'
import { emptyStaging } from './staging-store.ts'
import { removeAllCopies } from './copy-store.ts'
import { dropCopies, dropFromBucket, takeCopies, type ReadingNeeds } from './copy-steps.ts'
import { rootOfCopies } from './copy-views.ts'
import type { ReadCopy } from './page.ts'
import { mostRows, pageQuota, snapshotQuota, useOne } from './quota.ts'
import {
  beginSnapshot,
  commitLater,
  forgetEtag,
  keepCursor,
  keepPagesUsed,
  keepRoot,
  lockReading,
  moveCounts,
  quotasUsed,
  renewLease,
  type Counts,
} from './reading-store.ts'
import { pollNext, readingInUse } from './reading-steps.ts'
import { nextPoll } from './schedule.ts'
import { bucketOf } from './set.ts'
import { findPartner } from './store.ts'
import { obeyTombstones, putInPlace, stage, unstageBucket } from './staging-steps.ts'

/** Counts one page against the origin's quota; or says when there is room again. */
export function usePage(needs: Needs, id: number): Promise<{ readonly freeAt?: Date }> {
  return needs.db.transaction(async (tx) => {
    await commitLater(tx)
    const used = await quotasUsed(tx, id)
    if (!used) return {}
    const window = useOne(used.pages, needs.now(), pageQuota)
    if ('freeAt' in window) return window
    await keepPagesUsed(tx, id, window)
    return {}
  })
}

/**
 * Begins a snapshot by a statement of that epoch and seq, unless the origin has had its four of today: then says when there is room again. While anything of
 * the origin is kept whole, it is read beside that and not shown; else straight into its place, since nothing is shown before the first lease.
 */
export function startSnapshot(
  needs: Needs,
  id: number,
  { epoch, seq }: { readonly epoch: string; readonly seq: number },
): Promise<{ readonly freeAt?: Date }> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const reading = await lockReading(tx, id)
    const used = await quotasUsed(tx, id)
    if (!reading || !used) return {}
    const window = useOne(used.snapshots, now, snapshotQuota)
    if ('freeAt' in window) return window
    const staged = reading.copies > 0
    await emptyStaging(tx, id)
    if (!staged) {
      await removeAllCopies(tx, id)
      await moveCounts(tx, id, { rowsHeld: -reading.rowsHeld })
    }
    await beginSnapshot(tx, id, { epoch, seq, window, staged, now })
    return {}
  })
}

/** One page as read by page.ts, with where it began and the cursor to go on with. */
export type PageToApply = {
  readonly epoch: string
  readonly after: number
  readonly seq: number
  readonly copies: readonly ReadCopy[]
  readonly gone: readonly string[]
}

/** What became of a page or bucket. Unless it was applied, nothing changed. */
export type Applied =
  | 'applied'
  /** Another poll is at work, or the partnership ended. */
  | 'moved'
  /** The origin would have more than `mostRows` with us. */
  | 'too-many'

/**
 * Applies one page in one transaction, cursor included, so that a crash anywhere leaves a cursor that is right (FEDERATION.md 5). What it
 * costs does not depend on how much is held.
 */
export function applyPage(needs: ReadingNeeds, id: number, page: PageToApply): Promise<Applied> {
  const gone = page.gone.map((id) => ({ id, bucket: bucketOf(id) }))
  return untilTooMany(needs, async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading || reading.epoch !== page.epoch || reading.cursor !== page.after) return 'moved'
    if (reading.snapshotOpen) {
      const unstaged = await obeyTombstones(tx, id, gone)
      await stage(tx, id, { copiesStaged: reading.copiesStaged - unstaged }, page.copies)
    } else {
      const dropped = await dropCopies(tx, id, gone)
      await takeCopies(tx, needs, id, { copies: reading.copies - dropped }, page.copies)
    }
    return keepCursor(tx, id, page.seq)
  })
}

/** All of one bucket, with the epoch and seq of the statement that it is to agree with. */
export type BucketToApply = {
  readonly bucket: number
  readonly epoch: string
  readonly seq: number
  readonly copies: readonly ReadCopy[]
}

/** Makes one bucket, of the snapshot if one is open, what the origin says it is. Until the root was compared again, no 304 counts. */
export function applyBucket(
  needs: ReadingNeeds,
  id: number,
  { bucket, copies, ...at }: BucketToApply,
): Promise<Applied> {
  const ids = copies.map(({ id }) => id)
  return untilTooMany(needs, async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading || reading.epoch !== at.epoch || reading.cursor !== at.seq) return 'moved'
    if (reading.snapshotOpen) {
      const gone = await unstageBucket(tx, id, bucket, ids)
      await stage(tx, id, { copiesStaged: reading.copiesStaged - gone }, copies)
    } else {
      const gone = await dropFromBucket(tx, id, bucket, ids)
      await takeCopies(tx, needs, id, { copies: reading.copies - gone }, copies)
    }
    await forgetEtag(tx, id)
    return keepCursor(tx, id, at.seq)
  })
}

/** What a verified statement allows, if our copies add up to it. */
export type Lease = {
  readonly statement: string
  readonly etag: string | null
  readonly root: string
  readonly seq: number
  readonly epoch: string
  readonly validUntil: Date
  /** The key with which it was verified. */
  readonly signedBy: string
}

/**
 * Compares our copies, or the snapshot that is open, with a verified statement. Equal: the snapshot is put in place, the lease of every
 * copy is renewed and the next poll is queued, all at once. `spread` (0 to 1, by lot) keeps polls from coming together.
 */
export function settleReading(
  needs: ReadingNeeds,
  id: number,
  lease: Lease,
  spread: number,
): Promise<'equal' | 'different' | 'moved'> {
  return needs.db.transaction(async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading || reading.epoch !== lease.epoch || reading.cursor < lease.seq) return 'moved'
    // Another key was pinned meanwhile: what the former one has signed counts no more.
    if ((await findPartner(tx, 'id', id))?.directoryKey !== lease.signedBy) return 'moved'
    const root = await rootOfCopies(tx, id, reading.snapshotOpen ? 'staged' : 'held')
    if (root !== lease.root) {
      // A snapshot says nothing of what is held: that stays as it was, under its old lease.
      if (!reading.snapshotOpen) await keepRoot(tx, id, root)
      return 'different'
    }
    if (reading.snapshotOpen) await putInPlace(tx, needs, id)
    await renewLease(tx, id, {
      validUntil: lease.validUntil,
      statement: lease.statement,
      etag: lease.etag,
      root,
      now: needs.now(),
    })
    await pollNext(tx, id, nextPoll(needs.now(), spread))
    return 'equal'
  })
}

class TooMany extends Error {}

// Done, counted, and undone where it is too much: only then is it known how many of a page were there before.
async function untilTooMany(
  needs: Needs,
  work: (tx: Tx) => Promise<'moved' | Pick<Counts, 'rowsHeld' | 'rowsStaged'>>,
): Promise<Applied> {
  try {
    return await needs.db.transaction(async (tx) => {
      await commitLater(tx)
      const after = await work(tx)
      if (after === 'moved') return after
      if (Math.max(after.rowsHeld, after.rowsStaged) > mostRows) throw new TooMany()
      return 'applied'
    })
  } catch (error) {
    if (error instanceof TooMany) return 'too-many'
    throw error
  }
}
