import type { Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { parse } from '../common/parse.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { readListing, type CleanListing } from './copy.ts'
import { bucketOf, canonicalForm } from './set.ts'
import { keepPublished, keepTombstone, lockState, makeState, nextSeq, publishedById } from './set-store.ts'

/** A listing as its owner's node makes it: the set gives it its seq. */
export type NewListing = Omit<CleanListing, 'seq'>

// One doorbell covers any number of changes within two seconds (FEDERATION.md 4.4).
const doorbellAfter = 2_000

/** Makes the directory's own row, with a random epoch, unless it is there. */
export async function ensureDirectoryState(tx: Tx, needs: Needs): Promise<void> {
  await makeState(tx, sha256Hex(needs.newId()).slice(0, 12), needs.now())
}

/**
 * Publishes a listing to partner nodes, or its change, and rings the doorbell. Returns its seq; a listing that did not change
 * keeps the one it has. Throws for a listing that a partner would refuse, and for an id that was withdrawn: ids never return.
 */
export async function publishListing(tx: Tx, needs: Needs, id: string, listing: NewListing): Promise<number> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const known = await publishedById(tx, id)
  if (known?.document === null) throw new Error(`${id} was withdrawn and cannot be published again`)
  if (known && isSame(known.document, listing)) return known.seq
  const seq = await nextSeq(tx)
  const document = { ...listing, seq }
  await keepPublished(tx, {
    id,
    bucket: bucketOf(id),
    seq,
    document: JSON.stringify(document),
    contentHash: hashOf(id, document),
  })
  await ringDoorbell(tx, needs)
  return seq
}

/** Withdraws a listing from partner nodes and rings the doorbell. Returns the tombstone's seq; undefined when it was never published. */
export async function withdrawListing(tx: Tx, needs: Needs, id: string): Promise<number | undefined> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const known = await publishedById(tx, id)
  if (!known) return undefined
  if (known.document === null) return known.seq
  const seq = await nextSeq(tx)
  await keepTombstone(tx, id, seq, needs.now())
  await ringDoorbell(tx, needs)
  return seq
}

function isSame(published: string, listing: NewListing): boolean {
  const { seq: _, ...before } = JSON.parse(published) as CleanListing // our own row: written below
  return canonicalForm(before) === canonicalForm(JSON.parse(JSON.stringify(listing)))
}

// Judged as a subscriber will judge it, so that a listing that would be refused everywhere is noticed here.
function hashOf(id: string, document: CleanListing): string {
  const { origin } = new URL(id)
  const asSent: unknown = JSON.parse(JSON.stringify(document))
  const read = readListing(asSent, { origin, directoryId: addresses(origin).directory }, (input) =>
    parse('listing', input),
  )
  if ('refused' in read) throw new Error(`a listing that partners would refuse: ${read.refused}`)
  if (read.listing.id !== id) throw new Error('a listing under another id than its own')
  return read.contentHash
}

function ringDoorbell(tx: Tx, needs: Needs): Promise<void> {
  return enqueue(
    tx,
    'partners.ring-doorbell',
    {},
    { key: 'doorbell', runAt: later(needs.now(), doorbellAfter), whenPending: 'keep-time' },
  )
}
