import type { App } from '../app.ts'
import { directoryActor } from '../common/addresses.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import { leadsTo, type KeyChange } from '../partners/key-change.ts'
import { settleKey, type KeyOutcome } from '../partners/key-actions.ts'
import { isSettled, type Partner } from '../partners/partner.ts'
import { partnerByDirectory } from '../partners/views.ts'
import { lookUpDirectory, type DirectoryCard } from './partner-lookup.ts'
import { signedGet } from './signed.ts'

// A hundred changes have room in it many times over.
const largestChain = 256 * 1024

/**
 * Reads a partner's directory again, because something is signed by another key than the pinned one. 'pinned': changes signed by the
 * pinned key led to the key that it shows now, which is pinned instead; ask again at once. 'offered': it shows another key and nothing
 * vouches for it; the administrators are told. 'same': it still shows the pinned one, or is no directory any more. Throws OutboundError
 * when it does not answer.
 */
export async function followKeyChanges(app: App, partner: Partner): Promise<KeyOutcome> {
  const card = await cardNow(app, partner.directoryId)
  return card ? followTo(app, partner, card) : 'same'
}

/** The same for a card that was just read. */
export async function followTo(
  app: App,
  partner: Pick<Partner, 'id' | 'directoryId' | 'directoryKey'>,
  card: DirectoryCard,
): Promise<KeyOutcome> {
  const from = partner.directoryKey
  const shown = card.directoryKey
  const vouched =
    shown !== from && leadsTo(await changesOf(app, card), { directoryId: partner.directoryId, from, to: shown })
  return settleKey(app, partner.id, { from, shown, vouched })
}

/** Follows the key of a node that we deal with, where its card shows another one than the pinned. Nothing for others. */
export async function followKnown(app: App, card: DirectoryCard): Promise<void> {
  const known = await partnerByDirectory(app.db, card.directoryId)
  if (known && isSettled(known) && known.directoryKey !== card.directoryKey) await followTo(app, known, card)
}

async function cardNow(app: App, directoryId: string): Promise<DirectoryCard | undefined> {
  try {
    return await lookUpDirectory(app, directoryId)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'partner-unreachable' || error.code === 'host-not-allowed')
      throw new OutboundError('no-answer', `${URL.parse(directoryId)?.host ?? 'a partner'} does not answer`, error)
    return undefined
  }
}

// Changes that are not there, or cannot be read, vouch for nothing. No answer at all is another matter: it is asked again.
async function changesOf(app: App, card: DirectoryCard): Promise<readonly KeyChange[]> {
  if (card.keyChanges === null) return []
  const answer = await signedGet(app, directoryActor, card.keyChanges, { maxBytes: largestChain, stayOnHost: true })
  if (answer.status >= 500) throw new OutboundError('no-answer', `${card.host} answered ${answer.status}`)
  if (answer.status !== 200) return []
  try {
    const changes = parse('key-changes', JSON.parse(answer.body.toString('utf8')))
    return changes.attributedTo === card.directoryId ? changes.orderedItems : []
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof SyntaxError) return []
    throw error
  }
}
