import type { Needs } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { enqueue } from '../jobs/queue.ts'
import { keepOfferedKey, pinKey } from './key-store.ts'
import { tellAdministrators } from './news-steps.ts'
import { isChosen, type Partner } from './partner.ts'
import { forgetEtag, forgetStatement } from './reading-store.ts'
import { lockPartner } from './store.ts'

const log = logger('partners')

/** What came of another key than the one that a poll knew. */
export type KeyOutcome = 'pinned' | 'offered' | 'same'

/**
 * Settles what a partner's document shows as its key now. `from` is the key that was pinned when it was read, and `vouched` says that a
 * chain of changes led from there to `shown`: then that is pinned. Otherwise it is kept as offered, and the administrators are told once.
 */
export function settleKey(
  needs: Needs,
  partnerId: number,
  { from, shown, vouched }: { readonly from: string; readonly shown: string; readonly vouched: boolean },
): Promise<KeyOutcome> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', partnerId)
    if (!partner) return 'same'
    if (partner.directoryKey === shown) {
      if (partner.offeredKey !== null) await keepOfferedKey(tx, partnerId, null)
      return from === shown ? 'same' : 'pinned' // meanwhile, by somebody else who read the same
    }
    // Pinned anew since it was read: the next look begins from there.
    if (partner.directoryKey !== from) return 'same'
    if (vouched) {
      await pinKey(tx, partnerId, shown, now)
      await forgetEtag(tx, partnerId)
      log.info(`${partner.host} changed its key; its former key vouches for the new one`)
      return 'pinned'
    }
    if (partner.offeredKey !== shown) {
      await keepOfferedKey(tx, partnerId, shown)
      if (isChosen(partner)) await tellAdministrators(tx, 'key-changed', partnerId)
      log.warn(`${partner.host} shows another key than the one that was pinned, and nothing vouches for it`)
    }
    return 'offered'
  })
}

/**
 * An administrator has compared the key that a partner offers: it is pinned, and the next poll, which is queued, believes only what it
 * signs. Refusals: partner-unknown; partner-key-changed when it is not the key that was shown to her.
 */
export function trustNewKey(needs: Needs, partnerId: number, key: string): Promise<Partner> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', partnerId)
    if (!partner) throw new Refusal('partner-unknown')
    if (partner.offeredKey === null || partner.offeredKey !== key)
      throw new Refusal('partner-key-changed', { host: partner.host })
    await pinKey(tx, partnerId, key, now)
    await forgetStatement(tx, partnerId)
    if (partner.following === 'accepted')
      await enqueue(tx, 'partners.poll', { partnerId }, { key: String(partnerId), runAt: now })
    log.warn(`an administrator trusts the new key of ${partner.host}`)
    return { ...partner, directoryKey: key, offeredKey: null, keyChangedAt: now }
  })
}
