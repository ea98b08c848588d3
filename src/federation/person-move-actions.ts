import type { Account } from '../accounts/account.ts'
import { addresses } from '../common/addresses.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { changeShown } from '../listing/change-steps.ts'
import { running } from '../listing/flag.ts'
import type { Listing } from '../listing/listing.ts'
import { closeFlag, tellOfActor, type Listings } from '../listing/scope-steps.ts'
import { flagOf, listingOf } from '../listing/views.ts'
import { mayMove, mostAliases } from './alias.ts'
import { keepAlias, keepMovedHere, keepMovedTo, removeAlias } from './alias-store.ts'
import { aliasesOf, moveState } from './alias-views.ts'
import { keepChoice } from './follower-store.ts'
import { moveActivity } from './person-move-document.ts'
import { prepare } from './steps.ts'
import { followerInboxes } from './views.ts'

type Who = Pick<Account, 'id'>
/** An account elsewhere: its actor, and what people call it. */
type Named = { readonly id: string; readonly name: string }

/** Names another account of hers in her actor, and tells her followers' servers. Refusal not-listed; InvalidInput for more than five. */
export function addAlias(needs: Listings, who: Who, account: Named): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const { personId } = await lockedPublic(tx, needs, who)
    const known = await aliasesOf(tx, personId)
    if (known.some(({ actor }) => actor === account.id)) return
    if (known.length >= mostAliases) throw new InvalidInput([{ field: 'alias', rule: 'most' }])
    await keepAlias(tx, personId, { actor: account.id, name: account.name }, needs.now())
    await tellOfActor(tx, needs, who.id)
  })
}

/** Names it no more. One that is not named: nothing. */
export function dropAlias(needs: Listings, who: Who, actor: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const { personId } = await lockedPublic(tx, needs, who)
    if (await removeAlias(tx, personId, actor)) await tellOfActor(tx, needs, who.id)
  })
}

/** Another account said that it moves to a person here: from now on its followers may come along, if she named it and lets them. */
export function movedHere(needs: Listings, personId: string, actor: string): Promise<void> {
  return needs.db.transaction((tx) => keepMovedHere(tx, personId, actor, needs.now()))
}

/** Whether everybody may follow her who asks; her actor says so. Refusal not-listed. */
export function letEverybodyIn(needs: Listings, who: Who, everybody: boolean): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const { personId } = await lockedPublic(tx, needs, who)
    await keepChoice(tx, personId, { everybody })
    await tellOfActor(tx, needs, who.id)
  })
}

/**
 * Moves her actor to an account elsewhere that names it as its own (the caller has read both): her followers' servers are asked to follow
 * there, her actor says where she went, nobody new follows here, and her peer chat closes. Refusals not-listed, moved-lately
 * within 30 days of the last move.
 */
export function moveAway(needs: Listings, who: Who, target: Named): Promise<void> {
  return needs.db.transaction((tx) =>
    changeShown(tx, needs, who.id, async () => {
      const { personId } = await publicListing(tx, who)
      const { movedAt } = await moveState(tx, personId)
      if (!mayMove(movedAt, needs.now())) throw new Refusal('moved-lately')
      const flag = running(await flagOf(tx, who.id), needs.now())
      if (flag) await closeFlag(tx, needs, flag, 'person')
      await keepMovedTo(tx, personId, { actor: target.id, name: target.name }, needs.now())
      const actor = addresses(needs.config.origin).person(personId)
      const body = moveActivity(actor, target.id, needs.newId())
      const inboxes = await followerInboxes(tx, personId)
      await prepare(tx, needs, { id: body.id, sender: personId, inboxes, body })
      await tellOfActor(tx, needs, who.id)
    }),
  )
}

/** Takes a move back: her actor does not say any more that she went. Who followed her away stays there. Refusal not-listed. */
export function comeBack(needs: Listings, who: Who): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const { personId } = await lockedPublic(tx, needs, who)
    await keepMovedTo(tx, personId, null, undefined)
    await tellOfActor(tx, needs, who.id)
  })
}

async function publicListing(tx: Tx, who: Who): Promise<Listing> {
  const listing = await listingOf(tx, who.id)
  if (!listing?.public) throw new Refusal('not-listed')
  return listing
}

// Alone on her account, as every change of hers.
async function lockedPublic(tx: Tx, needs: Listings, who: Who): Promise<Listing> {
  await changeShown(tx, needs, who.id, async () => undefined)
  return publicListing(tx, who)
}
