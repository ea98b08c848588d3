import type { Account } from '../accounts/account.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { enqueue } from '../jobs/queue.ts'
import { listingOf } from '../listing/views.ts'
import { keepReceipt } from '../profile/steps.ts'
import { forgetMissed, keepSwitch, lockPosting } from './note-store.ts'
import { endUntrue, lockPoster, tellWhatIsNew, type Posts } from './note-steps.ts'
import { settleHours } from './office-hours-steps.ts'
import { postDays, postSwitches, type Posting, type PostSwitch } from './notes.ts'
import { postWording, postWordingVersion } from './post-wording.ts'
import { settleAnnouncements } from './topic-steps.ts'

/**
 * Makes a person's posts, and what topics announce of her, what they should be now: ends what is not true any more, posts what is new and
 * wanted. Everything is read in this one transaction, so that it may run late, twice, or at the same time as a change of hers.
 */
export function settlePosts(needs: Posts, personId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const poster = await lockPoster(tx, needs, personId)
    await endUntrue(tx, needs, poster)
    await tellWhatIsNew(tx, needs, poster)
    await settleHours(tx, needs, poster)
    await settleAnnouncements(tx, needs, poster)
  })
}

/** What a person chose on the page, in which language. */
export type PostChoice = { readonly wanted: Posting; readonly language: 'en' | 'cy' }

/** Keeps what a person chose about posts, each change with its receipt; what follows from it is done by a job. */
export function choosePosts(
  needs: Posts,
  { id }: Pick<Account, 'id'>,
  { wanted, language }: PostChoice,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const before = await lockPosting(tx, id, needs.now())
    if (!before) return
    const changed = postSwitches.filter((which) => wanted[which] !== before[which])
    for (const which of changed) {
      await keepSwitch(tx, id, which, wanted[which], needs.now())
      await keepReceipt(tx, {
        id: needs.newId(),
        accountId: id,
        purpose: `post-${which}`,
        given: wanted[which],
        wordingVersion: postWordingVersion(which, language),
        wording: wordingOf(needs, which, language),
        language,
        channel: 'page',
        at: needs.now(),
      })
    }
    const listing = changed.length > 0 ? await listingOf(tx, id) : undefined
    if (listing?.public)
      await enqueue(tx, 'federation.settle-posts', { personId: listing.personId }, { key: listing.personId })
  })
}

/** The wording of a switch as it stands on the page and in the receipt. */
function wordingOf(needs: Posts, which: PostSwitch, language: 'en' | 'cy'): string {
  return postWording(needs.words.in(language), which, addresses(needs.config.origin).host)
}

/** Forgets posts that were left out and that no page tells of any more. */
export function forgetMissedPosts(needs: Posts): Promise<void> {
  return needs.db.transaction((tx) => forgetMissed(tx, later(needs.now(), -2 * postDays * day)))
}
