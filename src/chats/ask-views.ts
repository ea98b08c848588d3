import type { App } from '../app.ts'
import { accountById } from '../accounts/views.ts'
import { addresses } from '../common/addresses.ts'
import type { Db, Tx } from '../database/database.ts'
import type { Card } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import { readDocument, type OwnListing } from '../listing/document.ts'
import { flagState } from '../listing/flag.ts'
import type { Listing } from '../listing/listing.ts'
import { flagOf, listingOf } from '../listing/views.ts'
import { isHiddenFrom } from '../partners/set-views.ts'
import { partnerByHost } from '../partners/views.ts'
import { admissionOf, areApart, askerHash, hasAskedEnough, isPaused, peerHash, type Admission } from './pair-views.ts'
import { openWith } from './views.ts'

/** Why somebody may not ask somebody else for a chat now. */
export type NotNow =
  | 'not-listed'
  | 'cannot-reach'
  | 'not-open'
  | 'yourself'
  | 'blocked'
  | 'already-open'
  | 'they-asked'
  | 'too-many-today'
  | 'told-no'

/** Whether she may ask, as whom, and whom. `chatId`: the chat that is open between the two already. */
export type MayAsk =
  | {
      readonly may: true
      readonly personId: string
      readonly card: Card
      /** What the other one reads of her. */
      readonly own: OwnListing
      /** Somebody introduced them: no flag has to be up. */
      readonly introduced: boolean
      readonly admission: Admission | undefined
    }
  | { readonly may: false; readonly because: NotNow; readonly chatId?: string }

type Asking = Pick<App, 'config' | 'secrets'>

/** Whether she may ask the person of a directory entry for a chat now, by all that this node knows of the two. */
export async function mayAsk(
  app: Asking & { readonly db: Db | Tx },
  accountId: string,
  entry: string | Card,
  now: Date,
): Promise<MayAsk> {
  const { db } = app
  const account = await accountById(db, accountId)
  const listing = await listingOf(db, accountId)
  if (account?.state !== 'active' || !listing) return no('not-listed')
  const viewer = await viewerOf(db, account)
  const card = typeof entry === 'string' ? await entryByKey(db, now, viewer, entry) : entry
  if (!card) return no('not-open')
  if (card.isMine) return no('yourself')
  const peer = { actor: card.document.featuredObject, host: card.host, accountId: card.accountId ?? null }
  const at = addresses(app.config.origin)
  if (await areApart(db, accountId, peer, { actor: at.person(listing.personId), host: at.host })) return no('blocked')
  const [open] = await openWith(db, accountId, peer, now)
  if (open) return no(open.side === 'asker' ? 'already-open' : 'they-asked', open.id)
  const own = await readableBy(db, listing, card)
  if (!own) return no('cannot-reach')
  const pair = { accountId, side: 'asker', peerHash: peerHash(app, peer) } as const
  const admission = await admissionOf(db, pair, now)
  const introduced = admission !== undefined
  if (!introduced && !(await isUp(db, card, now))) return no('not-open')
  if (!introduced && (await isPaused(db, pair, now))) return no('told-no')
  if (await hasAskedEnough(db, askerHash(app, { accountId }), now)) return no('too-many-today')
  return { may: true, personId: listing.personId, card, own, introduced, admission }
}

function no(because: NotNow, chatId?: string): MayAsk {
  return { may: false, because, ...(chatId === undefined ? {} : { chatId }) }
}

// Of somebody here her own word counts, and of somebody else what her node said last.
async function isUp(reader: Db | Tx, card: Card, now: Date): Promise<boolean> {
  if (card.document.peerChat === undefined || card.openUntil === undefined) return false
  return card.accountId === undefined || flagState(await flagOf(reader, card.accountId), now) === 'open'
}

/** What the person of a card may read of somebody here: nobody is asked by somebody whom she could not look up. */
export async function readableBy(reader: Db | Tx, listing: Listing, card: Card): Promise<OwnListing | undefined> {
  const isOut = listing.public && listing.unlistedSince === null ? listing.publicDocument : null
  if (card.accountId !== undefined) return read(listing.membersDocument ?? isOut)
  const partner = await partnerByHost(reader, card.host)
  const document = listing.partnersDocument
  const isReader = partner?.follower === 'accepted' && partner.offeredKey === null && document !== null
  if (isReader && !(await isHiddenFrom(reader, partner.id, readDocument(document).id))) return read(document)
  return read(isOut)
}

function read(text: string | null): OwnListing | undefined {
  return text === null ? undefined : readDocument(text)
}
