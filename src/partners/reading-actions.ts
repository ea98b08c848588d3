import type { App, Needs } from '../app.ts'
import { hour, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { indexEntries, removeEntries, removeEntriesOfOrigin } from '../directory/steps.ts'
import { backOff, dequeue, enqueue } from '../jobs/queue.ts'
import type { ReadCopy } from './page.ts'
import { erasedAfterHours, type Reading, type Trouble } from './partner.ts'
import { mostListings, mostRows, pageQuota, snapshotQuota, useOne } from './quota.ts'
import {
  beginSnapshot,
  blankCopies,
  copiesById,
  forgetEtag,
  hide,
  keepContact,
  keepCopies,
  keepCursor,
  keepFailure,
  keepPagesUsed,
  keepRoot,
  keptCount,
  lockReading,
  quotasUsed,
  removeCopies,
  removeFromBucket,
  removeOlderThanSnapshot,
  removeOrigin,
  renewLease,
  rowCount,
} from './reading-store.ts'
import { nextPoll } from './schedule.ts'
import { rootOfCopies } from './set-views.ts'
import { lockPartner } from './store.ts'
import { endedOrigins } from './views.ts'

/** The lot that decides the order of the directory. */
type ReadingNeeds = Needs & { readonly secrets: Pick<App['secrets'], 'order'> }

/** Counts one page against the origin's quota; or says when there is room again. */
export function usePage(needs: Needs, id: number): Promise<{ readonly freeAt?: Date }> {
  return needs.db.transaction(async (tx) => {
    const used = await quotasUsed(tx, id)
    if (!used) return {}
    const window = useOne(used.pages, needs.now(), pageQuota)
    if ('freeAt' in window) return window
    await keepPagesUsed(tx, id, window)
    return {}
  })
}

/** Begins a snapshot in that epoch, unless the origin has had its four of today: then says when there is room again. */
export function startSnapshot(needs: Needs, id: number, epoch: string): Promise<{ readonly freeAt?: Date }> {
  return needs.db.transaction(async (tx) => {
    const used = await quotasUsed(tx, id)
    if (!used) return {}
    const window = useOne(used.snapshots, needs.now(), snapshotQuota)
    if ('freeAt' in window) return window
    await beginSnapshot(tx, id, epoch, window)
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
 * Applies one page in one transaction, cursor included, so that a crash anywhere leaves a cursor that is right (FEDERATION.md 5).
 */
export function applyPage(needs: ReadingNeeds, id: number, page: PageToApply): Promise<Applied> {
  return needs.db.transaction(async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading || reading.epoch !== page.epoch || reading.cursor !== page.after) return 'moved'
    const held = (await copiesById(tx, id, [...idsOf(page.copies), ...page.gone])).length
    if ((await rowCount(tx, id)) - held + page.copies.length > mostRows) return 'too-many'
    const removed = await removeCopies(tx, id, page.gone)
    await removeEntries(tx, removed)
    await takeCopies(tx, needs, id, reading.generation, page.copies)
    await keepCursor(tx, id, page.seq)
    return 'applied'
  })
}

/** All of one bucket, with the epoch and seq of the statement that it is to agree with. */
export type BucketToApply = {
  readonly bucket: number
  readonly epoch: string
  readonly seq: number
  readonly copies: readonly ReadCopy[]
}

/** Makes one bucket what the origin says it is. Until the root was compared again, no 304 counts. */
export function applyBucket(
  needs: ReadingNeeds,
  id: number,
  { bucket, copies, ...at }: BucketToApply,
): Promise<Applied> {
  return needs.db.transaction(async (tx) => {
    const reading = await readingInUse(tx, id)
    if (!reading || reading.epoch !== at.epoch || reading.cursor !== at.seq) return 'moved'
    if ((await rowCount(tx, id, bucket)) + copies.length > mostRows) return 'too-many'
    await removeEntries(tx, await removeFromBucket(tx, id, bucket, idsOf(copies)))
    await takeCopies(tx, needs, id, reading.generation, copies)
    await forgetEtag(tx, id)
    return 'applied'
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
}

/**
 * Compares our copies with a verified statement. Equal: the lease of every copy is renewed and the next poll is queued. A
 * snapshot that came to its end drops what was not in it first. `spread` (0 to 1, by lot) keeps polls from coming together.
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
    if (reading.snapshotOpen) await removeEntries(tx, await removeOlderThanSnapshot(tx, id, reading.generation))
    const root = await rootOfCopies(tx, id)
    if (root !== lease.root) {
      await keepRoot(tx, id, root)
      return 'different'
    }
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

/** The origin answered that its statement is still the one that we hold. */
export function confirmUnchanged(needs: Needs, id: number, spread: number): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await readingInUse(tx, id))) return
    await keepContact(tx, id, needs.now())
    await pollNext(tx, id, nextPoll(needs.now(), spread))
  })
}

/** A poll that failed. The lease is not renewed, and the next try waits longer, at most six hours. */
export function failPoll(needs: Needs, id: number, trouble: Trouble, spread: number): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (!(await readingInUse(tx, id))) return
    const failures = await keepFailure(tx, id, trouble, now, trouble !== 'no-answer')
    await pollNext(tx, id, backOff(now, failures, spread))
  })
}

/**
 * Our copies do not add up whatever we do (FEDERATION.md 5, step 3), or are too many: nothing of this origin is shown, and the
 * administrator is told. Too many is no matter of minutes: the next try waits longer each time.
 */
export function hideOrigin(
  needs: Needs,
  id: number,
  trouble: 'root-differs' | 'too-many-listings',
  spread: number,
): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (!(await readingInUse(tx, id))) return
    await hide(tx, id)
    const failures = await keepFailure(tx, id, trouble, now, true)
    await pollNext(tx, id, trouble === 'root-differs' ? nextPoll(now, spread) : backOff(now, failures, spread))
  })
}

/** Goes on with a poll that stopped in the middle, at that time. */
export function continuePoll(needs: Needs, id: number, runAt: Date): Promise<void> {
  return needs.db.transaction((tx) => pollNext(tx, id, runAt))
}

/** Erases everything of a partner that we do not read any more. False, and nothing erased, while we do. */
export function eraseCopies(needs: Needs, id: number): Promise<boolean> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', id)
    if (!partner || partner.following === 'accepted') return false
    await dequeue(tx, 'partners.poll', String(id))
    await removeEntriesOfOrigin(tx, id)
    await removeOrigin(tx, id)
    return true
  })
}

/** Erases the copies of origins whose leases ended 24 hours ago: all but id and origin (FEDERATION.md 5). Returns how many origins. */
export async function eraseEnded(needs: Needs): Promise<number> {
  const before = later(needs.now(), -erasedAfterHours * hour)
  const ended = await endedOrigins(needs.db, before)
  for (const id of ended) {
    await needs.db.transaction(async (tx) => {
      const reading = await lockReading(tx, id)
      if (!reading || reading.validUntil >= before) return
      await removeEntriesOfOrigin(tx, id)
      await blankCopies(tx, id)
    })
  }
  return ended.length
}

// Locked, and still wanted: a Reject or an Undo may come in the middle of a poll.
async function readingInUse(tx: Tx, id: number): Promise<Reading | undefined> {
  const partner = await lockPartner(tx, 'id', id)
  return partner?.following === 'accepted' ? lockReading(tx, id) : undefined
}

const idsOf = (copies: readonly ReadCopy[]): readonly string[] => copies.map(({ id }) => id)

async function takeCopies(
  tx: Tx,
  needs: ReadingNeeds,
  id: number,
  generation: number,
  copies: readonly ReadCopy[],
): Promise<void> {
  const held = new Map((await copiesById(tx, id, idsOf(copies))).map((row) => [row.id, row]))
  let room = mostListings - (await keptCount(tx, id))
  const judged = copies.map((copy) => {
    const known = held.get(copy.id)
    const isKept = known !== undefined && known.refused === null
    const refused = 'refused' in copy ? copy.refused : isKept || room > 0 ? null : 'over-quota'
    if (refused === null && !isKept) room -= 1
    return { copy, refused, isSame: isKept && refused === null && known.contentHash === copy.contentHash }
  })
  await keepCopies(
    tx,
    id,
    generation,
    judged.map(({ copy: { id, bucket, seq, contentHash }, refused }) => ({ id, bucket, seq, contentHash, refused })),
  )
  await removeEntries(
    tx,
    judged.flatMap(({ copy, refused }) => (refused === null ? [] : [copy.id])),
  )
  await indexEntries(
    tx,
    needs.secrets.order,
    judged.flatMap(({ copy, refused, isSame }) =>
      refused !== null || isSame || !('listing' in copy)
        ? []
        : [{ originId: id, audience: 'members' as const, document: copy.listing }],
    ),
  )
}

// A doorbell may have queued an earlier poll while this one ran: it keeps its time.
function pollNext(tx: Tx, id: number, runAt: Date): Promise<void> {
  return enqueue(tx, 'partners.poll', { partnerId: id }, { key: String(id), runAt, whenPending: 'keep-time' })
}
