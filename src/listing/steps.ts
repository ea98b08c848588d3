import { accountById } from '../accounts/views.ts'
import { addresses } from '../common/addresses.ts'
import type { Tx } from '../database/database.ts'
import { indexEntries, removeEntries, type EntrySource } from '../directory/steps.ts'
import { dequeue, enqueue } from '../jobs/queue.ts'
import { publishListing } from '../partners/steps.ts'
import { shownAt, withheldFrom } from '../profile/profile.ts'
import { verifiedLinks } from '../profile/link-views.ts'
import { profileOf } from '../profile/views.ts'
import { listingDocument, readDocument, saysTheSame, type Level, type OwnListing } from './document.ts'
import { flagState, type ChatFlag } from './flag.ts'
import { limitOf } from './limit-views.ts'
import type { Listing } from './listing.ts'
import { withNewIds, type Listings } from './scope-steps.ts'
import { changeListing } from './store.ts'
import { flagOf, listingOf } from './views.ts'

/**
 * Makes what is visible equal to what was decided: the directory's entries, the document of partner nodes, and, for a public
 * person, the news to her followers. Writes only what changed. Does nothing for somebody who is not listed.
 */
export async function republish(tx: Tx, needs: Listings, accountId: string): Promise<void> {
  const listed = await listingOf(tx, accountId)
  const flag = await flagOf(tx, accountId)
  if (!listed) return
  const open = flag && flagState(flag, needs.now()) === 'open' ? flag : undefined
  const first = await drawn(tx, needs, listed, open)
  if (!first) return
  // Nothing is left for partner nodes to read: the id that they know ends, as after a no.
  const withheld = listed.partnersDocument !== null && !first.partners
  const listing = withheld ? await withNewIds(tx, needs, listed, { listing: true, person: false }) : listed
  const now = withheld ? ((await drawn(tx, needs, listing, open)) ?? first) : first
  if (now.partners && JSON.stringify(now.partners) !== listing.partnersDocument)
    await publishListing(tx, needs, now.partners.id, now.partners, await limitOf(tx, accountId))
  await makeFindable(tx, needs, listing, now)
  await tellFollowers(tx, listing, now, open)
  const texts = {
    membersDocument: textOf(now.members),
    partnersDocument: textOf(now.partners),
    publicDocument: textOf(now.everyone),
  }
  const changed =
    texts.membersDocument !== listed.membersDocument ||
    texts.partnersDocument !== listed.partnersDocument ||
    texts.publicDocument !== listed.publicDocument
  if (changed) await changeListing(tx, accountId, { ...texts, updatedAt: needs.now() })
}

type Drawn = {
  readonly members: OwnListing | undefined
  readonly partners: OwnListing | undefined
  readonly everyone: OwnListing | undefined
  /** Whether strangers find her in the directory: not while her name, role or organisation is kept closer. */
  readonly findableByAll: boolean
}

/** The documents as they should read now. One that says what it said before is left as it was, with its time. */
async function drawn(
  tx: Tx,
  needs: Listings,
  listing: Listing,
  open: ChatFlag | undefined,
): Promise<Drawn | undefined> {
  const profile = await profileOf(tx, listing.accountId)
  const account = await accountById(tx, listing.accountId)
  if (!profile || !account) return undefined
  const verified = await verifiedLinks(tx, listing.accountId)
  const drawAt = (level: Level, before: string | null): OwnListing => {
    const fresh = listingDocument({
      at: addresses(needs.config.origin),
      level,
      listingId: listing.id,
      personId: listing.personId,
      shown: shownAt(level, profile.fields, profile.audience),
      handle: listing.public && listing.unlistedSince === null && profile.handle !== null ? profile.handle : undefined,
      language: account.language,
      verifiedLinks: verified,
      flag: level === 3 && open?.hiddenHere ? undefined : open,
      publishedAt: listing.publishedAt,
      updatedAt: needs.now(),
      reviewAt: listing.reviewAt,
    })
    const known = before === null ? undefined : readDocument(before)
    return known && saysTheSame(known, fresh) ? known : fresh
  }
  const isOpen = listing.public && listing.unlistedSince === null
  const seenAt = (level: Level): boolean => withheldFrom(level, profile.fields, profile.audience).length === 0
  return {
    members: listing.here && seenAt(3) ? drawAt(3, listing.membersDocument) : undefined,
    partners: listing.partners && seenAt(4) ? drawAt(4, listing.partnersDocument) : undefined,
    everyone: isOpen ? drawAt(5, listing.publicDocument) : undefined,
    findableByAll: isOpen && seenAt(5),
  }
}

async function makeFindable(
  tx: Tx,
  needs: Listings,
  listing: Listing,
  { members, everyone, findableByAll }: Drawn,
): Promise<void> {
  const local = { originId: 0, accountId: listing.accountId }
  const sources: EntrySource[] = []
  if (members) sources.push({ ...local, audience: 'members', document: members })
  if (everyone && findableByAll) sources.push({ ...local, audience: 'public', document: everyone })
  // Who stays keeps the moment since which she is listed.
  const staying = sources.map(({ audience }) => audience)
  if (staying.length < 2) await removeEntries(tx, [addresses(needs.config.origin).listing(listing.id)], staying)
  await indexEntries(tx, needs.secrets.order, sources, needs.now())
}

/** Queues what followers hear. A flag that was announced and is not open any more is taken back. */
async function tellFollowers(tx: Tx, listing: Listing, { everyone }: Drawn, open: ChatFlag | undefined): Promise<void> {
  const { personId, announcedFlag } = listing
  if (everyone && JSON.stringify(everyone) !== listing.publicDocument)
    await enqueue(tx, 'federation.person-changed', { personId }, { key: personId })
  const toAnnounce = everyone ? (open?.id ?? null) : null
  if (toAnnounce === announcedFlag) return
  if (announcedFlag !== null) {
    await dequeue(tx, 'federation.flag-opened', announcedFlag)
    await enqueue(tx, 'federation.flag-closed', { flagId: announcedFlag }, { key: announcedFlag })
  }
  if (toAnnounce !== null) await enqueue(tx, 'federation.flag-opened', { flagId: toAnnounce }, { key: toAnnounce })
  await changeListing(tx, listing.accountId, { announcedFlag: toAnnounce })
}

function textOf(document: OwnListing | undefined): string | null {
  return document === undefined ? null : JSON.stringify(document)
}
