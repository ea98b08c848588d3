import type { CheckId } from './kit/checks.ts'
import type { SubscriberFault } from './small-subscriber.ts'

/** What a subscriber does wrong, and the checks that must notice. */
export type SubscriberBreakage = {
  readonly fault: SubscriberFault
  readonly also?: readonly SubscriberFault[]
  readonly fails: readonly CheckId[]
  /** Checks that must be run for it, and do not fail. */
  readonly after?: readonly CheckId[]
}

// Or it would find out by the root, and mend it.
const neverNotices: readonly SubscriberFault[] = ['never repairs', 'shows what contradicts']

/** Everything that can be wrong with a subscriber, one thing at a time. */
export const subscriberBreakages: readonly SubscriberBreakage[] = [
  { fault: 'follows anything', fails: ['subscriber.follow'] },
  { fault: 'follows unsigned', fails: ['subscriber.follow-signed'] },
  { fault: 'shows before', fails: ['subscriber.unverified'] },
  { fault: 'shows nothing', fails: ['subscriber.shows'] },
  { fault: 'never acknowledges', fails: ['subscriber.acknowledges'] },
  { fault: 'never asks conditionally', fails: ['subscriber.conditional'] },
  { fault: 'keeps old names', fails: ['subscriber.change'] },
  { fault: 'reads from the beginning', fails: ['subscriber.cursor'] },
  { fault: 'keeps tombstones', also: neverNotices, fails: ['subscriber.withdrawal'] },
  { fault: 'keeps odd tombstones', also: neverNotices, fails: ['subscriber.odd-tombstone'] },
  { fault: 'shows too-large', fails: ['subscriber.too-large'] },
  { fault: 'shows person-elsewhere', fails: ['subscriber.elsewhere'] },
  { fault: 'shows invalid', fails: ['subscriber.invalid'] },
  { fault: 'shows flag-too-long', fails: ['subscriber.long-flag'] },
  { fault: 'refuses odd hashes', fails: ['subscriber.refused-count'] },
  { fault: 'refuses whole pages', fails: ['subscriber.refused-count'] },
  { fault: 'never repairs', fails: ['subscriber.repairs'] },
  { fault: 'shows out of order', fails: ['subscriber.page-order'] },
  { fault: 'believes any proof', fails: ['subscriber.wrong-key', 'subscriber.tampered'] },
  { fault: 'believes older-than-stored', fails: ['subscriber.older'] },
  { fault: 'believes seq-went-back', fails: ['subscriber.lower-seq'] },
  { fault: 'believes issued-in-future', fails: ['subscriber.future'] },
  { fault: 'believes lease-too-long', fails: ['subscriber.long-lease'] },
  { fault: 'believes other-directory', fails: ['subscriber.other-directory'] },
  { fault: 'follows redirects', fails: ['subscriber.redirect'] },
  { fault: 'shows what contradicts', fails: ['subscriber.contradiction'] },
  { fault: 'keeps old epoch', also: neverNotices, fails: ['subscriber.epoch'] },
  { fault: 'never renews', fails: ['subscriber.renews'] },
  { fault: 'shows past review', fails: ['subscriber.review'] },
  { fault: 'shows past lease', fails: ['subscriber.lease'] },
  { fault: 'never comes back', after: ['subscriber.page-order'], fails: ['subscriber.comes-back'] },
  { fault: 'signs nothing', fails: ['subscriber.signed'] },
  { fault: 'signs no query', fails: ['subscriber.signed'] },
  { fault: 'signs as node', fails: ['subscriber.signed'] },
  { fault: 'keeps after Reject', fails: ['subscriber.reject'] },
  { fault: 'never says it erased', fails: ['subscriber.erased'] },
]
