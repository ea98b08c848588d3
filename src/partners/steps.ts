import type { Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { parse } from '../common/parse.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { readListing, type CleanListing } from './copy.ts'
import { followersToHideFrom, hideAllFrom, hideFrom, keepLimit, listingsToHide } from './hidden-store.ts'
import { isNoLimit, noLimit, type Limit } from './limit.ts'
import { tellAdministrators } from './news-steps.ts'
import { leaseDays } from './partner.ts'
import { bucketOf, canonicalForm } from './set.ts'
import {
  endLeases,
  keepEpoch,
  keepPublished,
  keepRestored,
  keepTombstone,
  lockState,
  makeState,
  nextSeq,
  nextSeqs,
  publishedById,
} from './set-store.ts'
import { findPartner, forgetAcknowledgements, lockFollowers } from './store.ts'
import { followedPartners, settledPartners } from './views.ts'
import { keepHolders, keepHoldersOfHidden } from './withdrawal-store.ts'

/** A listing as its owner's node makes it: the set gives it its seq. */
export type NewListing = Omit<CleanListing, 'seq'>

// One doorbell covers any number of changes within two seconds (FEDERATION.md 4.4).
const doorbellAfter = 2_000

/** Makes the directory's own row, with a random epoch, unless it is there. */
export async function ensureDirectoryState(tx: Tx, needs: Needs): Promise<void> {
  await makeState(tx, randomEpoch(needs), needs.now())
}

function randomEpoch(needs: Needs): string {
  return sha256Hex(needs.newId()).slice(0, 12)
}

/**
 * Publishes a listing to partner nodes within a limit, or its change, and rings the doorbell. Returns its seq; a listing that did not
 * change keeps the one it has. A partner outside the limit gets nothing, and where it had the listing a tombstone; nothing comes back
 * to it under this id, however wide the limit becomes. Throws for a listing that a partner would refuse, and for an id that was
 * withdrawn: ids never return.
 */
export async function publishListing(
  tx: Tx,
  needs: Needs,
  id: string,
  listing: NewListing,
  limit: Limit = noLimit,
): Promise<number> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const known = await publishedById(tx, id)
  if (known?.document === null) throw new Error(`${id} was withdrawn and cannot be published again`)
  if (known) await hideOutside(tx, needs, id, limit)
  if (known && isSame(known.document, listing)) return known.seq
  const seq = await nextSeq(tx)
  const document = { ...listing, seq }
  const kept = {
    id,
    bucket: bucketOf(id),
    seq,
    document: JSON.stringify(document),
    contentHash: hashOf(id, document),
  }
  await keepPublished(tx, kept, needs.now())
  if (!known && !isNoLimit(limit)) {
    await keepLimit(tx, id, limit)
    await hideFrom(tx, id, await followersToHideFrom(tx, id, recently(needs)), { seq: null, at: needs.now() })
  }
  await ringDoorbell(tx, needs)
  return seq
}

/** Narrows whom a published listing goes to: those who lose it get a tombstone. Nothing happens to one that is not published. */
export async function limitListing(tx: Tx, needs: Needs, id: string, limit: Limit): Promise<void> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const known = await publishedById(tx, id)
  if (known?.document) await hideOutside(tx, needs, id, limit)
}

// Only under lockState: a partner that is accepted meanwhile waits there, and settles afterwards what it may not read.
async function hideOutside(tx: Tx, needs: Needs, id: string, limit: Limit): Promise<void> {
  await keepLimit(tx, id, limit)
  if (isNoLimit(limit)) return
  const losing = await followersToHideFrom(tx, id, recently(needs))
  if (losing.length === 0) return
  await hideFrom(tx, id, losing, { seq: await nextSeq(tx), at: needs.now() })
  await keepHoldersOfHidden(tx, [id], losing)
  await ringDoorbell(tx, needs)
}

/**
 * Hides from one partner what it may not read: before it is let in, and when its country has changed. What it could read until now it
 * gets back as tombstones. Settling twice changes nothing.
 */
export async function settleHidden(tx: Tx, needs: Needs, partnerId: number): Promise<void> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const partner = await findPartner(tx, 'id', partnerId)
  if (!partner) return
  const at = needs.now()
  if (partner.follower !== 'accepted')
    return hideAllFrom(tx, partnerId, await listingsToHide(tx, partnerId, 'all'), { firstSeq: null, at })
  const losing = await listingsToHide(tx, partnerId, 'live')
  if (losing.length === 0) return
  await hideAllFrom(tx, partnerId, losing, { firstSeq: await nextSeqs(tx, losing.length), at })
  await keepHoldersOfHidden(tx, losing, [partnerId])
  await ringDoorbell(tx, needs)
}

/** Withdraws a listing from partner nodes and rings the doorbell. Returns the tombstone's seq; undefined when it was never published. */
export async function withdrawListing(tx: Tx, needs: Needs, id: string): Promise<number | undefined> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  const known = await publishedById(tx, id)
  if (!known) return undefined
  if (known.document === null) return known.seq
  const seq = await nextSeq(tx)
  await keepHolders(tx, id, { seq, at: needs.now(), endedAfter: recently(needs) })
  await keepTombstone(tx, id, seq, needs.now())
  await ringDoorbell(tx, needs)
  return seq
}

// A copy ends with its lease at the latest, also where its node is no partner any more.
function recently(needs: Needs): Date {
  return later(needs.now(), -leaseDays * day)
}

/**
 * Why a new run of numbers begins: our database is older than what others have read of it, as our own log of withdrawals or a partner
 * tells; or nothing that our keys have signed is to be believed any more.
 */
export type NewEpochBecause = 'log' | 'partner' | 'keys-stolen'

/**
 * Begins a new run of numbers, so that every partner reads everything again (FEDERATION.md 6). Where this node was restored from a
 * backup, nothing of other nodes is shown before it was verified anew, and administrators are told. By the word of a partner at most
 * once a day; false when that was used up.
 */
export async function beginNewEpoch(tx: Tx, needs: Needs, because: NewEpochBecause): Promise<boolean> {
  const now = needs.now()
  await ensureDirectoryState(tx, needs)
  await lockFollowers(tx)
  const { restoredAt } = await lockState(tx)
  if (because === 'partner' && restoredAt !== null && later(restoredAt, day) > now) return false
  await forgetAcknowledgements(tx)
  await keepEpoch(tx, randomEpoch(needs))
  await ringDoorbell(tx, needs)
  if (because !== 'keys-stolen') await verifyEverythingAnew(tx, needs, because)
  return true
}

async function verifyEverythingAnew(tx: Tx, needs: Needs, because: NewEpochBecause): Promise<void> {
  const now = needs.now()
  await keepRestored(tx, because, now)
  await endLeases(tx, now)
  for (const partnerId of await followedPartners(tx))
    await enqueue(tx, 'partners.poll', { partnerId }, { key: String(partnerId), runAt: now })
  // Where they move to, and which country they are in, may have changed since: it decides what is hidden from them.
  for (const partnerId of await settledPartners(tx))
    await enqueue(tx, 'partners.look-again', { partnerId }, { key: String(partnerId), runAt: now })
  await tellAdministrators(tx, 'restored', null)
}

/** Our statement must be signed anew though no listing changed: it gets a seq of its own, so that partners ask at once. */
export async function moveStatement(tx: Tx, needs: Needs): Promise<void> {
  await ensureDirectoryState(tx, needs)
  await lockState(tx)
  await nextSeq(tx)
  await ringDoorbell(tx, needs)
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
