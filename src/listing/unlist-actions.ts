import type { Account } from '../accounts/account.ts'
import { Refusal } from '../common/errors.ts'
import { changeShown } from './change-steps.ts'
import { setHidden, type Listings } from './scope-steps.ts'
import { listingOf } from './views.ts'

type Who = Pick<Account, 'id'>

/**
 * Hides a public person for now: her page, her entry for everyone and what her actor says are gone when this returns, and her yes to being
 * public stands. Other servers are told. Refusal not-listed when she is not public. Hidden already: nothing changes.
 */
export function unlist(needs: Listings, who: Who): Promise<void> {
  return hide(needs, who, true)
}

/** Shows her again as she was before. Refusal not-listed when she is not public. */
export function relist(needs: Listings, who: Who): Promise<void> {
  return hide(needs, who, false)
}

function hide(needs: Listings, { id }: Who, hidden: boolean): Promise<void> {
  return needs.db.transaction((tx) =>
    changeShown(tx, needs, id, async () => {
      const listing = await listingOf(tx, id)
      if (!listing?.public) throw new Refusal('not-listed')
      if ((listing.unlistedSince !== null) === hidden) return
      await setHidden(tx, needs, listing, hidden)
    }),
  )
}
