import { removeEntries } from '../directory/steps.ts'
import type { Tx } from '../database/database.ts'
import { keepCopies, removeCopies, removeFromBucket, type CopyKey, type Removed } from './copy-store.ts'
import { dropCopies, refusalIn, roomFor, showCopies, type ReadingNeeds } from './copy-steps.ts'
import type { CleanListing } from './copy.ts'
import type { ReadCopy } from './page.ts'
import { moveCounts, type Counts } from './reading-store.ts'
import { emptyStaging, foundOf, notStaged, stageCopies, stagedAndDifferent, type StagedRow } from './staging-store.ts'

// Copies in memory at a time while a snapshot is put in place.
const batchSize = 500

/**
 * Puts listings as they were read into the snapshot that is open. What is held already with the same hash is not judged again, and
 * its document not kept twice. The origin's row is locked, and `counts` are its.
 */
export async function stage(
  tx: Tx,
  id: number,
  counts: Pick<Counts, 'copiesStaged'>,
  copies: readonly ReadCopy[],
): Promise<void> {
  const found = await foundOf(tx, id, copies)
  const room = roomFor(counts.copiesStaged)
  const staged = copies.map((copy): StagedRow & { readonly isNew: boolean; readonly hadPlace: boolean } => {
    const known = found.get(copy.id)
    const hadPlace = known?.isStagedWhole ?? false
    const { id, bucket, seq, contentHash } = copy
    const outcome = room.take(copy, { hasPlace: hadPlace, isSame: known?.heldHash === contentHash })
    return {
      id,
      bucket,
      seq,
      contentHash,
      refused: refusalIn(outcome),
      document: outcome === 'same' || 'refused' in outcome ? null : JSON.stringify(outcome.listing),
      isNew: !(known?.isStaged ?? false),
      hadPlace,
    }
  })
  await stageCopies(tx, id, staged)
  const count = (of: (row: (typeof staged)[number]) => boolean): number => staged.filter(of).length
  await moveCounts(tx, id, {
    copiesStaged: count(({ refused }) => refused === null) - count(({ hadPlace }) => hadPlace),
    rowsStaged: count(({ isNew }) => isNew),
  })
}

/**
 * Obeys tombstones that a snapshot brings: gone from it, and gone at once from what is shown, since to wait for its end would keep a
 * withdrawn person on show. Returns how many of them were staged whole.
 */
export async function obeyTombstones(tx: Tx, id: number, gone: readonly CopyKey[]): Promise<number> {
  await dropCopies(tx, id, gone)
  return countOut(tx, id, await removeCopies(tx, 'staged_copy', id, gone))
}

/** Takes what is staged in one bucket and is not among `ids` out of the snapshot, and returns how many were whole. */
export async function unstageBucket(tx: Tx, id: number, bucket: number, ids: readonly string[]): Promise<number> {
  return countOut(tx, id, await removeFromBucket(tx, 'staged_copy', id, bucket, ids))
}

/** Makes what is held and shown of an origin what its snapshot says, and empties the staging. Memory does not grow with either. */
export async function putInPlace(tx: Tx, needs: ReadingNeeds, id: number): Promise<void> {
  for await (const batch of notStaged(tx, id, batchSize)) await dropCopies(tx, id, batch)
  for await (const batch of stagedAndDifferent(tx, id, batchSize)) {
    await keepCopies(tx, id, batch)
    const different = batch.filter(({ isSame }) => !isSame)
    const hidden = different.filter(({ refused, isHeldWhole }) => refused !== null && isHeldWhole)
    if (hidden.length > 0)
      await removeEntries(
        tx,
        hidden.map(({ id }) => id),
      )
    const whole = different.filter(({ refused }) => refused === null)
    await showCopies(tx, needs, id, whole.map(listingIn))
    await moveCounts(tx, id, {
      copies: whole.length - different.filter(({ isHeldWhole }) => isHeldWhole).length,
      rowsHeld: batch.filter(({ isHeld }) => !isHeld).length,
    })
  }
  await emptyStaging(tx, id)
}

// Written by `stage`, after it was judged.
function listingIn({ id, document }: StagedRow): CleanListing {
  if (document === null) throw new Error(`${id} is staged without its document, and not held`)
  return JSON.parse(document) as CleanListing
}

async function countOut(tx: Tx, id: number, removed: readonly Removed[]): Promise<number> {
  const whole = removed.filter(({ refused }) => refused === null).length
  await moveCounts(tx, id, { copiesStaged: -whole, rowsStaged: -removed.length })
  return whole
}
