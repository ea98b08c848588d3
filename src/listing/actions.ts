import { timingSafeEqual } from 'node:crypto'
import type { Account } from '../accounts/account.ts'
import type { App, Needs } from '../app.ts'
import { later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { forgetFormerHolders } from '../partners/withdrawal-steps.ts'
import { isComplete } from '../profile/profile.ts'
import { choosePublicFields } from '../profile/steps.ts'
import { profileOf } from '../profile/views.ts'
import { changeShown } from './change-steps.ts'
import {
  endOfDay,
  running,
  nextMonth,
  pauseProblems,
  renewedEnd,
  startOfDay,
  termsProblems,
  type ChatFlag,
  type FlagTerms,
} from './flag.ts'
import { nextReview, withdrawalKeptFor, type Listing } from './listing.ts'
import { closeFlag, goPublic, replaceFlag, switchOff, switchOn, type Listings, type Said } from './scope-steps.ts'
import { alwaysPublic, publicChoices, type Channel, type PublicChoice, type Purpose } from './scopes.ts'
import { addFlag, changeFlag, changeListing, removeWithdrawals, type Owner } from './store.ts'
import { accountsToReview, flagByItsId, flagOf, flagsToAskAbout, listingOf } from './views.ts'

type Who = Pick<Account, 'id'>

function change(needs: Listings, accountId: string, work: (tx: Tx, owner: Owner) => Promise<void>): Promise<void> {
  return needs.db.transaction((tx) => changeShown(tx, needs, accountId, work))
}

export type Yes = {
  readonly purpose: Purpose
  readonly language: 'en' | 'cy'
  readonly channel: Channel
  /** What becomes public, for that purpose; the only-one marker is asked by the profile's own second question. */
  readonly choices?: readonly PublicChoice[]
  /** What the page showed beside the wording, kept in the receipt. */
  readonly details?: string
}

/**
 * A yes to one purpose, with its receipt. A second yes changes nothing. Refusal scope-not-offered, profile-incomplete,
 * handle-needed (public), not-listed (discovery without public).
 */
export async function allowScope(needs: Listings, who: Who, yes: Yes): Promise<void> {
  const { purpose } = yes
  if (!isOffered(needs.config, purpose)) throw new Refusal('scope-not-offered')
  await change(needs, who.id, async (tx, { state }) => {
    if (state !== 'active') throw new Refusal('account-closed')
    const profile = await profileOf(tx, who.id)
    if (!profile || !isComplete(profile.fields)) throw new Refusal('profile-incomplete')
    if (purpose === 'public' && profile.handle === null) throw new Refusal('handle-needed')
    const listing = await listingOf(tx, who.id)
    if (purpose === 'discovery' && !listing?.public) throw new Refusal('not-listed')
    if (listing?.[purpose]) return
    await switchOn(tx, needs, who.id, purpose, yes)
    if (purpose !== 'public' || profile.handle === null) return
    const chosen = yes.choices ?? []
    const closed = publicChoices.filter((field) => !chosen.includes(field))
    await choosePublicFields(tx, who.id, { open: [...alwaysPublic, ...chosen], closed }, needs.now())
    await goPublic(tx, needs, who.id, profile.handle)
  })
}

/** Whether this node offers that purpose at all. */
export function isOffered(config: App['config'], purpose: Purpose): boolean {
  if (purpose === 'here') return true
  return purpose === 'partners' ? config.offerPartnerScope : config.offerPublicScope
}

/** A no to one purpose, with its receipt; what it allowed is gone when this returns. A no to what is off changes nothing. */
export async function endScope(needs: Listings, who: Who, no: Said & { readonly purpose: Purpose }): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const listing = await listingOf(tx, who.id)
    if (listing?.[no.purpose]) await switchOff(tx, needs, listing, no.purpose, no)
  })
}

/** Withdraws from everywhere in one step: every switch off with a receipt, the flag closed, a tombstone for partner nodes. */
export async function withdraw(needs: Listings, who: Who, said: Said): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const listing = await listingOf(tx, who.id)
    if (listing) await switchOff(tx, needs, listing, 'all', said)
  })
}

/** Opens the flag. InvalidInput with every fault of its terms; Refusal flag-needs-listing. One that is open already is replaced. */
export async function openToChat(needs: Listings, who: Who, terms: FlagTerms): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const now = needs.now()
    const problems = termsProblems(terms, now)
    if (problems.length > 0) throw new InvalidInput(problems)
    if (!(await listingOf(tx, who.id))) throw new Refusal('flag-needs-listing')
    const old = await flagOf(tx, who.id)
    if (old && old.closedAt === null) await closeFlag(tx, needs, old, running(old, now) ? 'replaced' : 'lapsed')
    const { endsOn, ...kept } = terms
    await addFlag(tx, { ...kept, ...newFlag(needs), accountId: who.id, endsAt: lastInstant(endsOn) })
  })
}

function newFlag(needs: Needs) {
  return {
    id: needs.newId(),
    openedAt: needs.now(),
    pausedUntil: null,
    fullUntil: null,
    closedAt: null,
    closedBecause: null,
    renewalAskedAt: null,
  } as const
}

/** Closes the flag; a flag that is not open stays as it is. */
export async function closeToChat(needs: Listings, who: Who): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const flag = running(await flagOf(tx, who.id), needs.now())
    if (flag) await closeFlag(tx, needs, flag, 'person')
  })
}

/** Hides the flag until that day (YYYY-MM-DD) begins in UTC. InvalidInput for a day that cannot be; Refusal flag-not-open. */
export async function pauseUntil(needs: Listings, who: Who, until: string): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const flag = await runningFlag(tx, needs, who.id)
    const problems = pauseProblems(until, flag, needs.now())
    if (problems.length > 0) throw new InvalidInput(problems)
    await changeFlag(tx, flag.id, { pausedUntil: startOfDay(until) ?? null })
  })
}

/** Hides the flag until the next month begins, since this month's chats are agreed. Refusal flag-not-open. */
export async function markFull(needs: Listings, who: Who): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const flag = await runningFlag(tx, needs, who.id)
    await changeFlag(tx, flag.id, { fullUntil: nextMonth(needs.now()) })
  })
}

/** Shows a flag again that was paused or full. Refusal flag-not-open when it has ended. */
export async function resume(needs: Listings, who: Who): Promise<void> {
  await change(needs, who.id, async (tx) => {
    const flag = await runningFlag(tx, needs, who.id)
    if (flag.pausedUntil !== null || flag.fullUntil !== null)
      await replaceFlag(tx, needs, flag, { pausedUntil: null, fullUntil: null })
  })
}

async function runningFlag(tx: Tx, needs: Needs, accountId: string): Promise<ChatFlag> {
  const flag = running(await flagOf(tx, accountId), needs.now())
  if (!flag) throw new Refusal('flag-not-open')
  return flag
}

/** Keeps the flag of somebody who is signed in open for at least 60 days from today. Refusal flag-not-open. */
export async function renew(needs: Listings, who: Who): Promise<void> {
  await change(needs, who.id, async (tx) => {
    await renewed(tx, needs, await runningFlag(tx, needs, who.id))
  })
}

/**
 * Keeps a flag open for 60 days from today by the link of a mail; nobody needs to be signed in. A flag that was renewed
 * already stays as it is. Refusal link-unknown for a link that this node did not make, flag-not-open when the flag has ended.
 */
export async function renewByLink(needs: Listings, token: string): Promise<void> {
  const flagId = flagIdOf(needs, token)
  const asked = await flagByItsId(needs.db, flagId)
  if (!asked) throw new Refusal('link-unknown')
  await change(needs, asked.accountId, async (tx) => {
    const flag = await runningFlag(tx, needs, asked.accountId)
    if (flag.id === flagId) await renewed(tx, needs, flag)
  })
}

async function renewed(tx: Tx, needs: Needs, flag: ChatFlag): Promise<void> {
  const endsAt = renewedEnd(flag, needs.now())
  if (endsAt > flag.endsAt) await replaceFlag(tx, needs, flag, { openedAt: needs.now(), endsAt, renewalAskedAt: null })
}

function lastInstant(endsOn: string): Date {
  const end = endOfDay(endsOn)
  if (!end) throw new InvalidInput([{ field: 'endsOn', rule: 'real' }])
  return end
}

/** The token of a flag's renewal link: made from the flag's id and a key of this node, and kept nowhere. */
export function renewalToken(needs: Pick<App, 'secrets'>, flagId: string): string {
  return `${flagId}.${keyedHash(needs.secrets.hashing, `renew ${flagId}`)}`
}

/** The flag that a renewal link names. Refusal link-unknown when this node did not make it. */
export function flagIdOf(needs: Pick<App, 'secrets'>, token: string): string {
  const [flagId = ''] = token.split('.')
  const given = Buffer.from(token)
  const right = Buffer.from(renewalToken(needs, flagId))
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new Refusal('link-unknown')
  return flagId
}

/** Does what the clock says for one person's flag: it lapses at its end, and comes back after a pause or a full month. */
export async function settleFlag(needs: Listings, accountId: string): Promise<void> {
  await change(needs, accountId, async (tx) => {
    const now = needs.now()
    const flag = await flagOf(tx, accountId)
    if (!flag || flag.closedAt) return
    if (flag.endsAt <= now) return closeFlag(tx, needs, flag, 'lapsed')
    const isOver = (until: Date | null): boolean => until !== null && until <= now
    if (!isOver(flag.pausedUntil) && !isOver(flag.fullUntil)) return
    const left = {
      pausedUntil: isOver(flag.pausedUntil) ? null : flag.pausedUntil,
      fullUntil: isOver(flag.fullUntil) ? null : flag.fullUntil,
    }
    if (left.pausedUntil === null && left.fullUntil === null) await replaceFlag(tx, needs, flag, left)
    else await changeFlag(tx, flag.id, left)
  })
}

/** Makes what is shown of somebody what she decided and what her profile says now. */
export async function refresh(needs: Listings, accountId: string): Promise<void> {
  await change(needs, accountId, async () => undefined)
}

/** Queues the one mail about each flag that ends within a week. At most 500 at a time. */
export async function askAboutFlags(needs: Needs): Promise<void> {
  await needs.db.transaction(async (tx) => {
    for (const { id } of await flagsToAskAbout(tx, needs.now(), 500)) {
      await changeFlag(tx, id, { renewalAskedAt: needs.now() })
      await enqueue(tx, 'listing.offer-renewal', { flagId: id }, { key: id })
    }
  })
}

/** Queues the one mail about each listing whose yearly review is near. At most 500 at a time. */
export async function askAboutListings(needs: Needs): Promise<void> {
  await needs.db.transaction(async (tx) => {
    for (const { accountId } of await accountsToReview(tx, needs.now(), 500)) {
      await changeListing(tx, accountId, { reviewAskedAt: needs.now() })
      await enqueue(tx, 'listing.offer-review', { accountId }, { key: accountId })
    }
  })
}

/** Keeps a listing for another year. Refusal not-listed. */
export async function keepListing(needs: Listings, who: Who): Promise<void> {
  await change(needs, who.id, async (tx) => {
    if (!(await listingOf(tx, who.id))) throw new Refusal('not-listed')
    await changeListing(tx, who.id, { reviewAt: nextReview(needs.now()), reviewAskedAt: null })
  })
}

/** Ends a listing whose review nobody answered: a withdrawal from everywhere, said by a job. */
export async function lapseListing(needs: Listings, accountId: string): Promise<void> {
  await change(needs, accountId, async (tx, { language }) => {
    const listing: Listing | undefined = await listingOf(tx, accountId)
    if (listing && listing.reviewAt <= needs.now())
      await switchOff(tx, needs, listing, 'all', { language, channel: 'job' })
  })
}

/** Forgets whose listings were withdrawn, and who held them, 30 days after the last copy has ended. */
export async function forgetWithdrawals(needs: Needs): Promise<void> {
  const before = later(needs.now(), -withdrawalKeptFor)
  await needs.db.transaction(async (tx) => {
    await removeWithdrawals(tx, before)
    await forgetFormerHolders(tx, before)
  })
}
