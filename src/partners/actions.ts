import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import type { Tx } from '../database/database.ts'
import { enqueue, enqueueAll, queuedKeys } from '../jobs/queue.ts'
import { forgetFormerKey } from './key-store.ts'
import {
  followIdOf,
  followToKeep,
  isSameDirectory,
  isSettled,
  mostWaiting,
  type Partner,
  type PartnerCard,
} from './partner.ts'
import { addOrigin, hide } from './reading-store.ts'
import { pollAfterDoorbell } from './schedule.ts'
import { settleHidden } from './steps.ts'
import { addPartner, endFollower, keepCard, lockPartner, setFollower, setFollowing } from './store.ts'
import { followedPartners, readingOf, waitingCount } from './views.ts'

const log = logger('partners')

/** Milliseconds that our Undo has to arrive before we say that we erased: an origin that still counts us would forget it. */
const undoFirst = 5_000

/** Our own origin is part of the ids that we give out. */
type PartnerNeeds = Needs & { readonly config: Pick<App['config'], 'origin'> }

/** Asks to subscribe to a directory whose card an administrator has just confirmed; its key is pinned from now on. */
export function follow(needs: PartnerNeeds, card: PartnerCard): Promise<Partner> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (card.origin === needs.config.origin) throw new Refusal('partner-is-self')
    const partner = await settledCard(tx, needs, card)
    if (!partner) throw new Refusal('partner-key-changed', { host: card.host })
    await forgetFormerKey(tx, partner.id)
    if (partner.following === 'accepted') return partner
    const followId = `${addresses(needs.config.origin).directory}/follows/${needs.newId()}`
    await setFollowing(tx, partner.id, 'requested', now, followId)
    await sendToPartner(tx, partner.id, 'follow')
    return { ...partner, following: 'requested', followId }
  })
}

/** Lets a node that asked read partner scope. Refusals: partner-unknown, partner-not-waiting. */
export function approve(needs: Needs, host: string): Promise<Partner> {
  return needs.db.transaction(async (tx) => {
    const partner = await waitingPartner(tx, host)
    await settleHidden(tx, needs, partner.id) // before it is let in: what it may not read it never had
    await forgetFormerKey(tx, partner.id)
    await setFollower(tx, partner.id, 'accepted', needs.now())
    await sendToPartner(tx, partner.id, 'accept')
    return { ...partner, follower: 'accepted' }
  })
}

/** Turns down a node that asked. Refusals: partner-unknown, partner-not-waiting. */
export function reject(needs: Needs, host: string): Promise<Partner> {
  return needs.db.transaction(async (tx) => {
    const partner = await waitingPartner(tx, host)
    await setFollower(tx, partner.id, 'rejected', needs.now())
    await sendToPartner(tx, partner.id, 'reject')
    return { ...partner, follower: 'rejected' }
  })
}

/**
 * Ends both directions: our copies of the other node are hidden at once and erased within a minute, and it is told to erase its copies of us
 * (FEDERATION.md 3, item 6). Nothing is sent for a direction that was not begun. Refusal partner-unknown.
 */
export function leave(needs: Needs, host: string): Promise<Partner> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'host', host)
    if (!partner) throw new Refusal('partner-unknown')
    if (partner.following === 'requested' || partner.following === 'accepted') {
      await setFollowing(tx, partner.id, 'ended', now)
      await sendToPartner(tx, partner.id, 'undo')
      await endCopies(tx, partner.id, later(now, undoFirst))
    }
    if (partner.follower === 'waiting') await setFollower(tx, partner.id, 'rejected', now)
    if (partner.follower === 'accepted') await endFollower(tx, partner.id, now)
    if (partner.follower === 'waiting' || partner.follower === 'accepted') await sendToPartner(tx, partner.id, 'reject')
    await endRequests(tx, partner.id)
    return (await lockPartner(tx, 'id', partner.id)) ?? partner
  })
}

/**
 * A directory asks to read ours. `follow` is the whole Follow in JSON, kept because its answer embeds it. A repeated one gets the
 * same answer again.
 */
export function receiveFollow(
  needs: Needs,
  asked: { readonly partnerCard: PartnerCard; readonly follow: string },
): Promise<void> {
  const { partnerCard } = asked
  const follow = followToKeep(asked.follow)
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (follow === undefined) return
    if (
      (await lockPartner(tx, 'directory_id', partnerCard.directoryId)) === undefined &&
      (await waitingCount(tx)) >= mostWaiting
    ) {
      log.warn('a Follow was dropped: too many nodes wait for an answer')
      return
    }
    const partner = await settledCard(tx, needs, partnerCard)
    if (!partner) {
      log.warn(`a Follow was dropped: ${partnerCard.host} has another key than the one that was pinned`)
      return
    }
    const isAccepted = partner.follower === 'accepted'
    await setFollower(tx, partner.id, isAccepted ? 'accepted' : 'waiting', now, follow)
    if (isAccepted) await sendToPartner(tx, partner.id, 'accept')
  })
}

/** A directory let us in: begin to read it. Only the answer to our newest Follow counts. */
export function receiveAccept(
  needs: Needs,
  answer: { readonly actor: string; readonly followId?: string | undefined },
): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'directory_id', answer.actor)
    if (
      !partner ||
      partner.following !== 'requested' ||
      partner.followId === null ||
      partner.followId !== answer.followId
    )
      return
    await setFollowing(tx, partner.id, 'accepted', now)
    await addOrigin(tx, partner.id, partner.host, now)
    await pollAt(tx, partner.id, now)
  })
}

/** A directory turned us down, or ended what it had granted: every copy of it is hidden at once, and erased. */
export function receiveReject(
  needs: PartnerNeeds,
  answer: { readonly actor: string; readonly followId?: string | undefined; readonly followActor?: string | undefined },
): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'directory_id', answer.actor)
    if (!partner || (partner.following !== 'requested' && partner.following !== 'accepted')) return
    const isOurs =
      answer.followId === undefined
        ? answer.followActor === addresses(needs.config.origin).directory
        : answer.followId === partner.followId
    if (!isOurs) return
    await setFollowing(tx, partner.id, 'rejected', now)
    await endCopies(tx, partner.id, now)
    await endRequests(tx, partner.id)
  })
}

// People there and here who asked each other and have no answer yet ask in vain once neither node is the other's partner.
function endRequests(tx: Tx, partnerId: number): Promise<void> {
  return enqueue(tx, 'chats.partner-ended', { partnerId }, { key: String(partnerId) })
}

/** A directory stops reading ours. An Undo of an older Follow than the one that is kept changes nothing. */
export function receiveUndo(
  needs: Needs,
  undo: { readonly actor: string; readonly followId?: string | undefined },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'directory_id', undo.actor)
    if (!partner || (undo.followId !== undefined && followIdOf(partner.theirFollow) !== undo.followId)) return
    if (partner.follower === 'accepted') {
      await endFollower(tx, partner.id, needs.now())
      await endRequests(tx, partner.id)
    }
    if (partner.follower === 'waiting') await setFollower(tx, partner.id, 'no', needs.now())
  })
}

/**
 * What the document of a node that we deal with says of it now, as it was just read: kept where it is still the same directory with the
 * pinned key. In another country it loses what it may not have there.
 */
export function keepCardOfToday(needs: Needs, card: PartnerCard): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const known = await lockPartner(tx, 'directory_id', card.directoryId)
    if (known && isSettled(known) && isSameDirectory(known, card)) await renewCard(tx, needs, known, card)
  })
}

/** A directory that we read says that it moved (FEDERATION.md 4.4): ask it, unless we are there already. */
export function receiveDoorbell(
  needs: Needs,
  doorbell: { readonly actor: string; readonly seq?: number | undefined; readonly epoch?: string | undefined },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'directory_id', doorbell.actor)
    if (!partner || partner.following !== 'accepted') return
    // Not locked: a poll that puts a large snapshot in place would keep this partner waiting.
    const reading = await readingOf(tx, partner.id)
    if (!reading) return
    const isKnown =
      doorbell.seq !== undefined &&
      doorbell.epoch === reading.epoch &&
      doorbell.seq <= reading.cursor &&
      reading.etag !== null
    if (!isKnown) await pollAt(tx, partner.id, pollAfterDoorbell(needs.now(), reading.lastPoll))
  })
}

/** Asks every partner that we read: at once (at start-up, after a restore), or only those for whom no poll is queued. */
export function pollPartners(needs: Needs, which: 'all' | 'unqueued'): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const queued = which === 'all' ? new Set<string>() : await queuedKeys(tx, 'partners.poll')
    const jobs = (await followedPartners(tx))
      .filter((id) => !queued.has(String(id)))
      .map((id) => ({ payload: { partnerId: id }, key: String(id) }))
    await enqueueAll(tx, 'partners.poll', jobs, { runAt: needs.now() })
  })
}

// The card as it is kept from now on; undefined when a node that we deal with came with another key or under another name.
async function settledCard(tx: Tx, needs: Needs, card: PartnerCard): Promise<Partner | undefined> {
  const known = (await lockPartner(tx, 'directory_id', card.directoryId)) ?? (await lockPartner(tx, 'host', card.host))
  if (!known) return addPartner(tx, card, needs.now())
  if (isSettled(known) && !isSameDirectory(known, card)) return undefined
  await renewCard(tx, needs, known, card)
  return { ...known, ...card }
}

async function renewCard(tx: Tx, needs: Needs, known: Partner, card: PartnerCard): Promise<void> {
  await keepCard(tx, known.id, card, needs.now())
  if (known.follower === 'accepted' && known.country !== card.country) await settleHidden(tx, needs, known.id)
}

async function waitingPartner(tx: Tx, host: string): Promise<Partner> {
  const partner = await lockPartner(tx, 'host', host)
  if (!partner) throw new Refusal('partner-unknown')
  if (partner.follower !== 'waiting') throw new Refusal('partner-not-waiting')
  return partner
}

// One key for each direction: a newer word about the same thing replaces an older one that was not sent yet.
function sendToPartner(tx: Tx, partnerId: number, what: 'follow' | 'undo' | 'accept' | 'reject'): Promise<void> {
  const direction = what === 'follow' || what === 'undo' ? 'following' : 'follower'
  return enqueue(tx, 'federation.send-to-partner', { partnerId, what }, { key: `${partnerId}:${direction}` })
}

// Hidden here and now, so that nobody is shown while no worker runs.
async function endCopies(tx: Tx, partnerId: number, eraseAt: Date): Promise<void> {
  await hide(tx, partnerId)
  await enqueue(tx, 'partners.erase-copies', { partnerId }, { key: String(partnerId), runAt: eraseAt })
}

function pollAt(tx: Tx, partnerId: number, runAt: Date): Promise<void> {
  return enqueue(tx, 'partners.poll', { partnerId }, { key: String(partnerId), runAt })
}
