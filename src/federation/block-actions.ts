import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import {
  dropRefusedDeliveries,
  removeRefusedFollowers,
  takeBlockedFollowers,
  type FormerFollower,
} from './block-store.ts'
import { documentContext } from './context.ts'
import { prepare, type Prepared } from './steps.ts'

/** Ends what followed a person before she blocked it, and tells each with a Reject of its Follow: nothing else says why. */
export function turnBlockedAway(
  needs: Needs & { readonly config: Pick<App['config'], 'origin'> },
  blockId: string,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const follower of await takeBlockedFollowers(tx, blockId))
      await prepare(tx, needs, rejectOf(needs.config.origin, follower))
  })
}

/** Ends what follows anybody here from refused hosts, and what waits to be sent there. Nothing is said to them. */
export function dropRefused(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeRefusedFollowers(tx)
    await dropRefusedDeliveries(tx, needs.now())
  })
}

function rejectOf(origin: string, { personId, actor, inbox, follow }: FormerFollower): Prepared {
  const person = addresses(origin).person(personId)
  const { '@context': _context, ...object } = JSON.parse(follow) as Record<string, unknown> // kept when it was received
  const id = `${person}#reject-${sha256Hex(follow).slice(0, 24)}`
  return {
    id,
    sender: personId,
    inboxes: [inbox],
    body: { '@context': documentContext, id, type: 'Reject', actor: person, to: [actor], object },
  }
}
