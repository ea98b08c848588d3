import type { Account } from '../accounts/account.ts'
import { addresses } from '../common/addresses.ts'
import { InvalidInput } from '../common/errors.ts'
import { isSameLimit, isWider, tidied, type Limit } from '../partners/limit.ts'
import { limitListing } from '../partners/steps.ts'
import { changeShown } from './change-steps.ts'
import { limitInWords, limitProblems } from './limit.ts'
import { keepLimitOf } from './limit-store.ts'
import { limitOf } from './limit-views.ts'
import { keepAnswer, withNewIds, type Listings, type Said } from './scope-steps.ts'
import { listingOf } from './views.ts'

/**
 * Limits to which partner nodes copies of a person's listing go. Nodes that lose it get a tombstone. Where the limit becomes wider for
 * anybody, the listing goes on under a new id: no id comes back to a node that lost it. A yes to partner nodes gets a new receipt, which
 * says the limit. InvalidInput for a limit that names no country.
 */
export async function limitCopies(
  needs: Listings,
  who: Pick<Account, 'id'>,
  chosen: Limit,
  said: Omit<Said, 'details'>,
): Promise<void> {
  const limit = tidied(chosen)
  const problems = limitProblems(limit)
  if (problems.length > 0) throw new InvalidInput(problems)
  await needs.db.transaction((tx) =>
    changeShown(tx, needs, who.id, async () => {
      const before = await limitOf(tx, who.id)
      if (isSameLimit(before, limit)) return
      await keepLimitOf(tx, who.id, limit, needs.now())
      const listing = await listingOf(tx, who.id)
      if (!listing?.partners) return
      const details = limitInWords(limit, needs.words.in(said.language), said.language)
      await keepAnswer(tx, needs, who.id, 'partners', true, { ...said, details })
      if (listing.partnersDocument === null) return
      if (isWider(before, limit)) await withNewIds(tx, needs, listing, { listing: true, person: false })
      else await limitListing(tx, needs, addresses(needs.config.origin).listing(listing.id), limit)
    }),
  )
}
