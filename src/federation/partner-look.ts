import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { OutboundError } from '../common/outbound.ts'
import { keepCardOfToday } from '../partners/actions.ts'
import { settleMove } from '../partners/move-actions.ts'
import { isSettled } from '../partners/partner.ts'
import { partnerById } from '../partners/views.ts'
import { followTo } from './key-changes.ts'
import { lookUpDirectory, type DirectoryCard } from './partner-lookup.ts'

/**
 * Reads the document of a partner's directory again: has its key changed, what does it say of itself, does it move? Once a day, and when it says that something
 * changed. A node that does not answer is left to the polls, which say so.
 */
export async function lookAgain(app: App, partnerId: number): Promise<void> {
  const partner = await partnerById(app.db, partnerId)
  if (!partner || !isSettled(partner)) return
  try {
    const card = await lookUpDirectory(app, partner.directoryId)
    // What shows a key that nothing vouches for may say anything.
    if ((await followTo(app, partner, card)) === 'offered') return
    await keepCardOfToday(app, card)
    await settleMove(app, partner.id, await confirmedMove(app, card))
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof OutboundError)) throw error
  }
}

/** Where a directory moves to, if the directory there says so too (its `alsoKnownAs`). Refusal partner-unreachable when that one does not answer. */
async function confirmedMove(app: App, card: DirectoryCard): Promise<string | null> {
  if (card.movedTo === null || card.movedTo === card.directoryId) return null
  try {
    const { directoryId, alsoKnownAs } = await lookUpDirectory(app, card.movedTo)
    return alsoKnownAs.includes(card.directoryId) ? directoryId : null
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'partner-unreachable') throw error
    const isOurs =
      error.code === 'partner-is-self' &&
      card.movedTo === addresses(app.config.origin).directory &&
      app.config.formerOrigins.includes(card.origin)
    return isOurs ? card.movedTo : null
  }
}
