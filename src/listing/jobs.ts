import type { AccountTools } from '../accounts/tools.ts'
import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import {
  askAboutFlags,
  askAboutListings,
  endScope,
  forgetWithdrawals,
  lapseListing,
  refresh,
  renewalToken,
  settleFlag,
  withdraw,
} from './actions.ts'
import { decisionById } from '../safety/decision-views.ts'
import { forgetSearches } from '../searches/actions.ts'
import { forgetPairs } from '../suggestions/actions.ts'
import { running } from './flag.ts'
import { noteClosed } from './replay-actions.ts'
import { renewalMail, reviewMail } from './mails.ts'
import { accountsToLapse, accountsWithDueFlags, flagByItsId, listingOf } from './views.ts'

const atOnce = 500

/** What the accounts area needs of this file. */
export const accountTools: AccountTools = { withdrawClosed }

async function withdrawClosed(app: App, accountId: string): Promise<void> {
  const account = await accountById(app.db, accountId)
  if (account?.state !== 'closed') return
  await withdraw(app, account, { language: account.language, channel: 'job' })
  await noteClosed(app, accountId)
  await forgetPairs(app, accountId)
  await forgetSearches(app, accountId)
}

/** What follows from a saved profile, and the mails about ends that come near. */
export const listingJobs: JobHandlers = {
  'listing.republish': (app, { accountId }) => refresh(app, accountId),
  // Once for each decision: what she says yes to afterwards stands.
  'listing.end-by-decision': (app, { decisionId }) => endByDecision(app, decisionId),
  'listing.account-closed': (app, { accountId }) => withdrawClosed(app, accountId),
  async 'listing.offer-renewal'(app, { flagId }) {
    const flag = running(await flagByItsId(app.db, flagId), app.now())
    const account = flag && (await accountById(app.db, flag.accountId))
    if (!flag || account?.state !== 'active') return
    await app.mail.send(renewalMail(app, account, flag.endsAt, renewalToken(app, flag.id)))
  },
  async 'listing.offer-review'(app, { accountId }) {
    const listing = await listingOf(app.db, accountId)
    const account = await accountById(app.db, accountId)
    if (!listing || listing.reviewAt <= app.now() || account?.state !== 'active') return
    await app.mail.send(reviewMail(app, account, listing.reviewAt))
  },
}

async function endByDecision(app: App, decisionId: string): Promise<void> {
  const decision = await decisionById(app.db, decisionId)
  const account = decision?.aboutAccount && (await accountById(app.db, decision.aboutAccount))
  if (!decision || !account) return
  const said = { language: account.language, channel: 'job' } as const
  const listing = await listingOf(app.db, account.id)
  if (!listing || listing.publishedAt > decision.at) return
  if (decision.kind === 'end-public') await endScope(app, account, { purpose: 'public', ...said })
  if (decision.kind === 'end-listing') await withdraw(app, account, said)
}

/**
 * What the clock does to flags and listings. None of it hides anybody: what has ended is not shown from that second on,
 * whether or not a job has run (FEDERATION.md 6).
 */
export const listingTimetable: readonly TimetableEntry[] = [
  { name: 'listing.settle-flags', cron: '* * * * *', run: settleFlags },
  { name: 'listing.ask-about-flags', cron: '7 * * * *', run: askAboutFlags },
  { name: 'listing.review', cron: '23 3 * * *', run: review },
]

async function settleFlags(app: App): Promise<void> {
  for (const { accountId } of await accountsWithDueFlags(app.db, app.now(), atOnce)) await settleFlag(app, accountId)
}

async function review(app: App): Promise<void> {
  for (const { accountId } of await accountsToLapse(app.db, app.now(), atOnce)) await lapseListing(app, accountId)
  await askAboutListings(app)
  await forgetWithdrawals(app)
}
