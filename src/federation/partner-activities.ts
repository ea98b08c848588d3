import type { Addresses } from '../common/addresses.ts'
import type { Partner } from '../partners/partner.ts'
import { activityStreams } from './context.ts'
import type { JsonDocument } from './documents.ts'

// What one directory says to another (FEDERATION.md 3 and 4.4). No names, no listing ids: personal data is only ever fetched.

const doorbellContext = [
  activityStreams,
  { swd: 'https://w3id.org/sideways/ns#', seq: 'swd:seq', epoch: 'swd:epoch' },
] as const

/** Asks to subscribe. Undefined for a partner that we have not asked. */
export function followActivity(at: Addresses, partner: Partner): JsonDocument | undefined {
  if (partner.followId === null) return undefined
  return { '@context': activityStreams, ...plainFollow(at, partner, partner.followId), to: [partner.directoryId] }
}

/** Stops subscribing; embeds the Follow that it ends. */
export function undoActivity(at: Addresses, partner: Partner, id: string): JsonDocument | undefined {
  if (partner.followId === null) return undefined
  return answer(at, partner, { id, type: 'Undo', object: plainFollow(at, partner, partner.followId) })
}

/** Lets a subscriber in, or turns it down; embeds its Follow as it came. */
export function answerActivity(
  at: Addresses,
  partner: Partner,
  type: 'Accept' | 'Reject',
  id: string,
): JsonDocument | undefined {
  if (partner.theirFollow === null) return undefined
  // Kept by receiveFollow: a Follow that was read and checked.
  const { '@context': _context, ...object } = JSON.parse(partner.theirFollow) as JsonDocument
  return answer(at, partner, { id, type, object })
}

/** Says that our set moved (FEDERATION.md 4.4). One body for all partner nodes. */
export function doorbellActivity(
  at: Addresses,
  state: { readonly seq: number; readonly epoch: string },
  id: string,
): JsonDocument {
  return {
    '@context': doorbellContext,
    id,
    type: 'Update',
    actor: at.directory,
    to: [at.directoryFollowers],
    object: { id: at.listings, type: 'OrderedCollection', seq: state.seq, epoch: state.epoch },
  }
}

function plainFollow(at: Addresses, partner: Partner, id: string): JsonDocument {
  return { id, type: 'Follow', actor: at.directory, object: partner.directoryId }
}

function answer(
  at: Addresses,
  partner: Partner,
  said: { readonly id: string; readonly type: string; readonly object: JsonDocument },
): JsonDocument {
  return { '@context': activityStreams, ...said, actor: at.directory, to: [partner.directoryId] }
}
