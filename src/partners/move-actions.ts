import type { Needs } from '../app.ts'
import { later, minute } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { enqueue } from '../jobs/queue.ts'
import { tellAdministrators } from './news-steps.ts'
import { isChosen, isSettled } from './partner.ts'
import { settleHidden } from './steps.ts'
import { keepMove, lockPartner } from './store.ts'
import { heirsOf, settledPartners } from './views.ts'

// Everybody is looked at once a day, over so many minutes.
const looksLast = 360

/** A directory says that something about itself changed, or that it moves. What it says is not believed: its own document is read again. */
export function receiveChange(
  needs: Needs,
  said: { readonly actor: string; readonly object?: string | undefined },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'directory_id', said.actor)
    if (!partner || !isSettled(partner) || said.object !== partner.directoryId) return
    await enqueue(
      tx,
      'partners.look-again',
      { partnerId: partner.id },
      { key: String(partner.id), runAt: needs.now(), whenPending: 'keep-time' },
    )
  })
}

/** Has the document of every node that we deal with read again within the next hours. */
export function lookAtPartners(needs: Needs): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    for (const [index, partnerId] of (await settledPartners(tx)).entries())
      await enqueue(
        tx,
        'partners.look-again',
        { partnerId },
        { key: String(partnerId), runAt: later(now, (index % looksLast) * minute), whenPending: 'keep-time' },
      )
  })
}

/** Keeps where a partner moves to, both ends having been asked; null when it does not move. Administrators are told once. */
export function settleMove(needs: Needs, partnerId: number, to: string | null): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', partnerId)
    if (!partner || partner.movedTo === to) return
    await keepMove(tx, partnerId, to, needs.now())
    // Who keeps her listing from the one keeps it from the other: it may be let in already.
    // Whether it is must be seen under the lock of the set, since somebody may let it in just now.
    for (const heir of to === null ? [] : await heirsOf(tx, to)) await settleHidden(tx, needs, heir)
    if (to !== null && isChosen(partner)) await tellAdministrators(tx, 'moved', partnerId)
    logger('partners').info(
      to === null ? `${partner.host} does not move any more` : `${partner.host} moves to ${URL.parse(to)?.host}`,
    )
  })
}
