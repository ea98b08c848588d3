import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import type { Tx } from '../database/database.ts'
import { removeEntries } from '../directory/steps.ts'
import { dequeue, enqueue } from '../jobs/queue.ts'
import { withdrawListing } from '../partners/steps.ts'
import { keepReceipt, moveOnPicture, retireHandle } from '../profile/steps.ts'
import { profileOf } from '../profile/views.ts'
import { running, type ChatFlag } from './flag.ts'
import { nextReview, type Listing } from './listing.ts'
import {
  ended,
  endedIds,
  isListed,
  nowhere,
  switchedOff,
  wordingKey,
  wordingVersion,
  type Channel,
  type Purpose,
  type Scopes,
} from './scopes.ts'
import {
  addFlag,
  addListing,
  addPerson,
  changeFlag,
  changeListing,
  changePerson,
  keepWithdrawal,
  removeListing,
  removePerson,
} from './store.ts'
import { flagOf, listingOf } from './views.ts'

/** What changing a listing needs beside a transaction. */
export type Listings = Needs & Pick<App, 'config' | 'secrets' | 'withdrawals' | 'words'>

/** How somebody said yes or no: in which language, and where; `details` is what the page showed beside the wording. */
export type Said = { readonly language: 'en' | 'cy'; readonly channel: Channel; readonly details?: string }

/** Turns switches on and keeps the receipt; the rows that a first yes needs are made here. */
export async function switchOn(
  tx: Tx,
  needs: Listings,
  accountId: string,
  purpose: Purpose,
  said: Said,
): Promise<void> {
  const now = needs.now()
  const listing = await listingOf(tx, accountId)
  if (listing) await changeListing(tx, accountId, { [purpose]: true })
  else {
    const personId = needs.newId()
    await addPerson(tx, { ...emptyPerson, id: personId, accountId, createdAt: now })
    await addListing(tx, {
      ...emptyListing,
      ...nowhere,
      [purpose]: true,
      id: needs.newId(),
      accountId,
      personId,
      publishedAt: now,
      updatedAt: now,
      reviewAt: nextReview(now),
    })
  }
  await keepAnswer(tx, needs, accountId, purpose, true, said)
  if (purpose === 'discovery') await tellOfActor(tx, needs, accountId)
  if (purpose === 'partners' || purpose === 'public') await wantKeys(tx, accountId)
}

const emptyListing = {
  reviewAskedAt: null,
  membersDocument: null,
  partnersDocument: null,
  publicDocument: null,
  announcedFlag: null,
  unlistedSince: null,
} as const

const emptyPerson = {
  handle: null,
  publicSince: null,
  retiredAt: null,
  movedTo: null,
  movedToName: null,
  movedAt: null,
} as const

/** Gives the person behind a listing the handle under which everyone may know her. */
export async function goPublic(tx: Tx, needs: Listings, accountId: string, handle: string): Promise<void> {
  const listing = await listingOf(tx, accountId)
  if (!listing) throw new Error('nobody goes public without a listing')
  await changePerson(tx, listing.personId, { handle, publicSince: needs.now() })
}

// Others read her as an actor from now on, and an actor has keys.
async function wantKeys(tx: Tx, accountId: string): Promise<void> {
  const listing = await listingOf(tx, accountId)
  if (listing) await enqueue(tx, 'federation.make-keys', { actorId: listing.personId }, { key: listing.personId })
}

/**
 * Turns switches off, with a receipt for each, and takes back what they allowed, before anything else can be read: entries go,
 * partner nodes get a tombstone, a public person is retired for good. What stays on goes on under new ids (scopes.ts: endedIds).
 */
export async function switchOff(
  tx: Tx,
  needs: Listings,
  listing: Listing,
  purpose: Purpose | 'all',
  said: Said,
): Promise<void> {
  const { accountId } = listing
  const after: Scopes = purpose === 'all' ? nowhere : ended(listing, purpose)
  for (const off of switchedOff(listing, after)) await keepAnswer(tx, needs, accountId, off, false, said)
  if (!isListed(after)) return removeAltogether(tx, needs, listing)
  const { here, partners, public: isPublic, discovery } = after
  await withNewIds(tx, needs, listing, endedIds(listing, after))
  const unlistedSince = isPublic ? listing.unlistedSince : null
  await changeListing(tx, accountId, { here, partners, public: isPublic, discovery, unlistedSince })
  if (partners || isPublic) await wantKeys(tx, accountId)
  if (listing.discovery && !discovery && isPublic) await tellOfActor(tx, needs, accountId)
}

async function removeAltogether(tx: Tx, needs: Listings, listing: Listing): Promise<void> {
  const flag = await flagOf(tx, listing.accountId)
  if (flag && flag.closedAt === null)
    await closeFlag(tx, needs, flag, running(flag, needs.now()) ? 'withdrawn' : 'lapsed')
  await retract(tx, needs, listing)
  await removeListing(tx, listing.accountId)
  await retire(tx, needs, listing)
}

/** Ends the ids that somebody loses and gives new ones to what stays. Returns the listing as it is then. */
export async function withNewIds(
  tx: Tx,
  needs: Listings,
  listing: Listing,
  ends: { readonly listing: boolean; readonly person: boolean },
): Promise<Listing> {
  if (!ends.listing) return listing
  await retract(tx, needs, listing)
  const { accountId } = listing
  const fresh = {
    id: needs.newId(),
    membersDocument: null,
    partnersDocument: null,
    publicDocument: ends.person ? null : listing.publicDocument,
  }
  await changeListing(tx, accountId, fresh)
  if (!ends.person) return { ...listing, ...fresh }
  // There is one current person for an account: the old one is retired before the new one comes.
  const person = { ...emptyPerson, id: needs.newId(), accountId, createdAt: needs.now() }
  await changePerson(tx, listing.personId, { retiredAt: needs.now() })
  await addPerson(tx, person)
  await changeListing(tx, accountId, { personId: person.id, announcedFlag: null })
  await retire(tx, needs, listing)
  const flag = running(await flagOf(tx, accountId), needs.now())
  if (flag) await replaceFlag(tx, needs, flag, {})
  return { ...listing, ...fresh, personId: person.id, announcedFlag: null }
}

/** Takes a listing out of the directory and back from partner nodes. */
async function retract(tx: Tx, needs: Listings, listing: Listing): Promise<void> {
  const iri = addresses(needs.config.origin).listing(listing.id)
  // In the order in which republish() takes its locks: our set of listings first, then the words of the index.
  if (listing.partnersDocument !== null) {
    await withdrawListing(tx, needs, iri)
    await keepWithdrawal(tx, { id: listing.id, accountId: listing.accountId, withdrawnAt: needs.now() })
  }
  await removeEntries(tx, [iri])
}

/** Ends a person id: 410 for good and a Delete where it was public, else nothing is kept of it. */
async function retire(tx: Tx, needs: Listings, listing: Listing): Promise<void> {
  const { personId, accountId } = listing
  await enqueue(tx, 'chats.person-left', { personId }, { key: personId })
  await enqueue(tx, 'bookings.settle', {}, { key: 'all' })
  if (!listing.public) return removePerson(tx, personId)
  // Her handle goes with the last words that federation writes in her name.
  await changePerson(tx, personId, { retiredAt: needs.now() })
  const profile = await profileOf(tx, accountId)
  if (profile?.handle !== null && profile?.handle !== undefined)
    await retireHandle(tx, needs.secrets.hashing, profile.handle, needs.now())
  // Nobody who knew it shall find it again, whoever she is then.
  await moveOnPicture(tx, needs, accountId)
  if (listing.announcedFlag !== null) await dequeue(tx, 'federation.flag-opened', listing.announcedFlag)
  await dequeue(tx, 'federation.person-changed', personId)
  await enqueue(tx, 'requests.person-left', { personId }, { key: personId })
  await enqueue(tx, 'federation.person-gone', { personId }, { key: personId })
}

/** Closes a flag for a reason; nobody is told but those who were told that it opened. */
export async function closeFlag(
  tx: Tx,
  needs: Needs,
  flag: ChatFlag,
  because: NonNullable<ChatFlag['closedBecause']>,
): Promise<void> {
  await changeFlag(tx, flag.id, { closedAt: needs.now(), closedBecause: because })
}

/**
 * Puts a new flag in the place of an open one. A flag that was shown, hidden and is shown again is a new one with a new
 * number: other servers never take back an address whose Delete they have seen.
 */
export async function replaceFlag(
  tx: Tx,
  needs: Needs,
  flag: ChatFlag,
  change: Partial<Pick<ChatFlag, 'openedAt' | 'endsAt' | 'renewalAskedAt' | 'pausedUntil' | 'fullUntil'>>,
): Promise<ChatFlag> {
  await closeFlag(tx, needs, flag, 'replaced')
  const { number: _old, ...kept } = flag
  return addFlag(tx, { ...kept, ...change, id: needs.newId(), closedAt: null, closedBecause: null })
}

/** Keeps the receipt of one yes or no. */
export async function keepAnswer(
  tx: Tx,
  needs: Listings,
  accountId: string,
  purpose: Purpose,
  given: boolean,
  said: Said,
): Promise<void> {
  const wording = wordingOf(needs, purpose, said.language)
  await keepReceipt(tx, {
    id: needs.newId(),
    accountId,
    purpose,
    given,
    wordingVersion: wordingVersion(purpose, said.language),
    wording: said.details === undefined ? wording : `${wording}\n${said.details}`,
    language: said.language,
    channel: said.channel,
    at: needs.now(),
  })
}

/** The wording of a purpose as it stands on the page and in the receipt. */
export function wordingOf(needs: Pick<App, 'config' | 'words'>, purpose: Purpose, language: 'en' | 'cy'): string {
  return needs.words.in(language)(wordingKey(purpose), {
    host: addresses(needs.config.origin).host,
    name: needs.config.name,
  })
}

/** Tells followers of marks of a person's actor that no document of a listing has: the new time makes it a new Update. */
export async function tellOfActor(tx: Tx, needs: Needs, accountId: string): Promise<void> {
  const listing = await listingOf(tx, accountId)
  if (!listing) return
  await changeListing(tx, accountId, { updatedAt: needs.now() })
  await enqueue(tx, 'federation.person-changed', { personId: listing.personId }, { key: listing.personId })
}

/** Hides a public person for now, or shows her again; republish() does the rest here, and other servers are told. */
export async function setHidden(
  tx: Tx,
  needs: Needs,
  { accountId, personId }: Pick<Listing, 'accountId' | 'personId'>,
  hidden: boolean,
): Promise<void> {
  await changeListing(tx, accountId, { unlistedSince: hidden ? needs.now() : null, updatedAt: needs.now() })
  await enqueue(tx, 'federation.settle-posts', { personId }, { key: personId })
  await enqueue(tx, 'federation.tell-everybody', { personId }, { key: personId })
}
