import type { App, Needs } from '../app.ts'
import type { Tx } from '../database/database.ts'
import { indexEntries, removeEntries } from '../directory/steps.ts'
import { enqueue } from '../jobs/queue.ts'
import { copiesOf, keepCopies, removeCopies, removeFromBucket, type CopyKey, type Removed } from './copy-store.ts'
import type { CleanListing } from './copy.ts'
import type { ReadCopy } from './page.ts'
import { mostListings } from './quota.ts'
import { moveCounts, type Counts } from './reading-store.ts'

/** The lot that decides the order of the directory. */
export type ReadingNeeds = Needs & { readonly secrets: Pick<App['secrets'], 'order'> }

/** Takes listings as they were read: they are found from now on, or refused. The origin's row is locked, and `counts` are its. */
export async function takeCopies(
  tx: Tx,
  needs: ReadingNeeds,
  id: number,
  counts: Pick<Counts, 'copies'>,
  copies: readonly ReadCopy[],
): Promise<void> {
  const held = await copiesOf(tx, id, copies)
  const room = roomFor(counts.copies)
  const judged = copies.map((copy) => {
    const known = held.get(copy.id)
    const isHeldWhole = known !== undefined && known.refused === null
    const isSame = isHeldWhole && known.contentHash === copy.contentHash
    const judgement = room.take(copy, { hasPlace: isHeldWhole, isSame })
    return { copy, isNew: known === undefined, isHeldWhole, judgement }
  })
  await keepCopies(
    tx,
    id,
    judged.map(({ copy: { id, bucket, seq, contentHash }, judgement }) => ({
      id,
      bucket,
      seq,
      contentHash,
      refused: refusalIn(judgement),
    })),
  )
  const refused = judged.filter(({ judgement }) => refusalIn(judgement) !== null)
  const hidden = refused.flatMap(({ copy, isHeldWhole }) => (isHeldWhole ? [copy.id] : []))
  if (hidden.length > 0) await removeEntries(tx, hidden)
  await showCopies(
    tx,
    needs,
    id,
    judged.flatMap(({ judgement }) => (judgement === 'same' || 'refused' in judgement ? [] : [judgement.listing])),
  )
  await moveCounts(tx, id, {
    copies: judged.length - refused.length - judged.filter(({ isHeldWhole }) => isHeldWhole).length,
    rowsHeld: judged.filter(({ isNew }) => isNew).length,
  })
}

/** Removes copies with their entries in the directory, and returns how many were whole; ids that are not held change nothing. */
export async function dropCopies(tx: Tx, id: number, keys: readonly CopyKey[]): Promise<number> {
  return forget(tx, id, await removeCopies(tx, 'copy', id, keys))
}

/** The same for what is held in one bucket and is not among `ids`. */
export async function dropFromBucket(tx: Tx, id: number, bucket: number, ids: readonly string[]): Promise<number> {
  return forget(tx, id, await removeFromBucket(tx, 'copy', id, bucket, ids))
}

/** Makes listings of an origin findable for people who are signed in here. */
export function showCopies(
  tx: Tx,
  needs: ReadingNeeds,
  originId: number,
  listings: readonly CleanListing[],
): Promise<void> {
  return indexEntries(
    tx,
    needs.secrets.order,
    listings.map((document) => ({ originId, audience: 'members', document })),
    needs.now(),
  )
}

/** What became of a listing that was read: held already just so, to be kept, or refused. */
export type Outcome = 'same' | { readonly listing: CleanListing } | { readonly refused: string }

/**
 * Judges listings while there is room for whole ones beside `kept`. One that takes the place of another (`hasPlace`) needs no room, and
 * one that is the same as before is not judged again.
 */
export function roomFor(kept: number): {
  take(copy: ReadCopy, as: { readonly hasPlace: boolean; readonly isSame: boolean }): Outcome
} {
  let room = mostListings - kept
  return {
    take(copy, { hasPlace, isSame }) {
      const outcome = isSame ? 'same' : copy.judge()
      if (hasPlace || refusalIn(outcome) !== null) return outcome
      room -= 1
      return room < 0 ? { refused: 'over-quota' } : outcome
    },
  }
}

/** Why a listing is not kept whole; null when it is. */
export function refusalIn(outcome: Outcome): string | null {
  return outcome === 'same' || !('refused' in outcome) ? null : outcome.refused
}

async function forget(tx: Tx, id: number, removed: readonly Removed[]): Promise<number> {
  if (removed.length === 0) return 0
  const whole = removed.filter(({ refused }) => refused === null).map(({ id }) => id)
  if (whole.length > 0) {
    await removeEntries(tx, whole)
    await enqueue(tx, 'chats.entries-gone', {}, { key: String(id) })
  }
  await moveCounts(tx, id, { copies: -whole.length, rowsHeld: -removed.length })
  return whole.length
}
