import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { entryByPerson } from '../directory/views.ts'
import { enqueue } from '../jobs/queue.ts'
import { flagState } from '../listing/flag.ts'
import { ownerOfPerson } from '../listing/owner-views.ts'
import { flagOf, listingOf } from '../listing/views.ts'
import { isPartnerHost } from '../partners/views.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import type { Chats } from './actions.ts'
import { inSeconds } from './answering.ts'
import {
  countsBefore,
  done,
  keptDays,
  latestDays,
  received,
  requestedExchange,
  type Message,
  type Slot,
} from './chat.ts'
import { isMessageInBounds, offeredInBounds, wordInBounds } from './bounds.ts'
import { newsOf } from './news.ts'
import {
  admissionOf,
  areApart,
  areUndoneEnough,
  askerHash,
  hasAskedEnough,
  introducerIn,
  isPaused,
  isUndone,
  peerHash,
  undoneHashes,
  wereRefusedEnough,
  type Admission,
} from './pair-views.ts'
import { readyOnly, readyWord } from './ready.ts'
import { peerOf, type Chat, type Lines, type Peer } from './record.ts'
import { countLess, keepMoved, send, tell } from './steps.ts'
import { addChat, addRefusal, keepArrival, keepUndone, lockAsker, lockPeople, removeAdmission } from './store.ts'
import { linesProblems, tidiedLines } from './terms.ts'
import { chatAbout, isKnownOffer, openWith } from './views.ts'

/** A request as it came from a partner node, by the actor who signed it. */
export type OfferFacts = {
  readonly offer: string
  /** Who is asked, here. */
  readonly personId: string
  /** IRI of the flag that is answered, where one is named. */
  readonly flag: string | null
  readonly context: string
  /** Slug in conversation-kinds. */
  readonly kind: string
  readonly lines: Lines
  readonly times: readonly Slot[]
  readonly introducedBy: string | null
  /** The actors of others who are asked to the same chat. */
  readonly invited?: readonly string[]
  readonly madeAt: Date
  readonly lapsesAt: Date
  /** The asker as her node tells of her; her listing counts where we hold it. */
  readonly peer: Omit<Peer, 'accountId'>
}

/** What became of a request: kept, refused (its asker is told no, and never why), or passed over in silence. */
export type Reception = 'kept' | 'refused' | 'ignored'

/**
 * A request from a partner node to a person here. In silence: one that is known, ended, from elsewhere than a partner node, or to
 * nobody who is here. Refused: kept apart, not open, too soon after a no, too many, one open already.
 */
export function receiveOffer(needs: Chats, facts: OfferFacts): Promise<Reception> {
  return needs.db.transaction(async (tx) => {
    const { peer, personId } = facts
    const owner = await ownerOfPerson(tx, personId)
    if (!owner || owner.retiredAt !== null) return 'ignored'
    if ((await isRefusedHost(tx, peer.host)) || !(await isPartnerHost(tx, peer.host))) return 'ignored'
    const hash = askerHash(needs, { actor: peer.actor })
    await lockAsker(tx, hash)
    await lockPeople(tx, [owner.accountId])
    const now = needs.now()
    const madeAt = inSeconds(facts.madeAt < now ? facts.madeAt : now)
    const endsAt = later(madeAt, keptDays * day)
    const lapsesAt = inSeconds(facts.lapsesAt)
    if (endsAt <= now || lapsesAt <= now || lapsesAt > later(madeAt, latestDays * day)) return 'ignored'
    if (await isKnownOffer(tx, facts.offer)) return 'ignored'
    const { offerHash } = undoneHashes(needs, { actor: peer.actor, offer: facts.offer })
    if (await isUndone(tx, offerHash, now)) return 'ignored'
    const admission = await admit(tx, needs, owner.accountId, facts, now)
    if (admission === 'ignored') return 'ignored'
    const lines = tidiedLines(facts.lines)
    if (admission === 'refused' || linesProblems(lines).length > 0) return refuse(tx, needs, facts, now)
    const id = needs.newId()
    await addChat(tx, {
      id,
      accountId: owner.accountId,
      side: 'asked',
      offer: facts.offer,
      agreement: null,
      context: facts.context,
      flag: facts.flag,
      personId,
      peer: await knownPeer(tx, owner.accountId, peer, now),
      kind: facts.kind,
      lines: needs.config.requestText ? lines : readyOnly(needs.words, lines),
      boundaries: admission.boundaries,
      introducedBy: introducerIn(needs, admission.introduction, facts.introducedBy),
      invited: facts.invited ?? [],
      exchange: requestedExchange(offeredInBounds(facts.times, madeAt), lapsesAt),
      madeAt,
      endsAt,
    })
    await keepArrival(tx, hash, now)
    const asked = { ...peer, accountId: null }
    await removeAdmission(tx, { accountId: owner.accountId, side: 'asked', peerHash: peerHash(needs, asked) })
    await tell(tx, id, admission.crossed ? 'crossed' : 'asked')
    return 'kept'
  })
}

type Admitted = {
  readonly boundaries: readonly string[]
  readonly crossed: boolean
  readonly introduction: Admission | undefined
}

async function admit(
  tx: Tx,
  needs: Chats,
  accountId: string,
  { peer: { actor, host }, personId, offer, kind }: OfferFacts,
  now: Date,
): Promise<Admitted | 'refused' | 'ignored'> {
  const at = addresses(needs.config.origin)
  const peer = { actor, host, accountId: null }
  const listing = await listingOf(tx, accountId)
  if (listing?.personId !== personId) return 'ignored'
  if (await areApart(tx, accountId, peer, { actor: at.person(personId), host: at.host })) return 'refused'
  const flag = await flagOf(tx, accountId)
  const boundaries = flag?.boundaries ?? []
  const [open] = await openWith(tx, accountId, peer, now)
  if (open) {
    if (open.side === 'asked') return 'refused'
    if (countsBefore(open.offer, offer)) return 'ignored' // the other node withdraws this one
    if (open.state !== 'requested') return 'refused'
    await keepMoved(tx, needs, open, done(open.exchange, 'asker', { type: 'undo', version: 0 }))
    await send(tx, open.id, 'undo')
    return { boundaries, crossed: true, introduction: undefined } // she wants to meet her: she asked herself
  }
  const pair = { accountId, side: 'asked', peerHash: peerHash(needs, peer) } as const
  const introduction = await admissionOf(tx, pair, now)
  if (!introduction) {
    if (flagState(flag, now) !== 'open' || !flag?.kinds.includes(kind)) return 'refused'
    if (await isPaused(tx, pair, now)) return 'refused'
  }
  return (await hasAskedEnough(tx, askerHash(needs, { actor }), now))
    ? 'refused'
    : { boundaries, crossed: false, introduction }
}

// The same one stays refused for as long as it could come again.
async function refuse(tx: Tx, needs: Chats, { offer, personId, peer }: OfferFacts, now: Date): Promise<Reception> {
  const { actor, host } = peer
  if (await wereRefusedEnough(tx, peer, now)) return 'ignored'
  const id = needs.newId()
  const endsAt = later(now, refusedDays * day)
  if (!(await addRefusal(tx, { id, offer, personId, actor, host, madeAt: now, endsAt }))) return 'ignored'
  await enqueue(tx, 'federation.send-chat-refusal', { refusalId: id }, { key: id })
  return 'refused'
}

const refusedDays = 14

// What her listing says counts more than what her request says.
async function knownPeer(tx: Tx, accountId: string, peer: OfferFacts['peer'], now: Date): Promise<Peer> {
  const card = await entryByPerson(tx, now, { audience: 'members', accountId }, peer.actor)
  return card && card.accountId === undefined
    ? peerOf(card.document, card.host, undefined)
    : { ...peer, entry: null, accountId: null }
}

/** What the other side of a chat told, and what it is about: the request or the yes, by its IRI. */
export type ToldFacts = {
  /** Who signed it. */
  readonly actor: string
  readonly about: string
  readonly message: Message
  /** The IRI of the yes, where this is one. */
  readonly agreement?: string
}

/** A message of the other side, however late or often it comes: false where there is no such chat with that actor. */
export function receiveChatMessage(needs: Chats, { actor, about, message, agreement }: ToldFacts): Promise<boolean> {
  return needs.db.transaction(async (tx) => {
    const iri = { actor, iri: about.split('#')[0] ?? about }
    const found = await chatAbout(tx, iri, needs.now())
    const known = found ?? (message.type === 'undo' ? await cameEarly(tx, needs, iri) : undefined)
    if (!known || known.peer.accountId !== null) return false
    await lockPeople(tx, [known.accountId])
    const chat = await chatAbout(tx, { ...iri, accountId: known.accountId }, needs.now())
    if (!chat) return false
    const from = chat.side === 'asker' ? 'asked' : 'asker'
    if (!isMessageInBounds(message, from, chat.madeAt)) return false
    const kept = 'word' in message ? { ...message, word: wordInBounds(message.word) } : message
    const said =
      'word' in kept && !needs.config.requestText ? { ...kept, word: readyWord(needs.words, kept.word) } : kept
    const { exchange, answer } = received(chat.exchange, from, said, needs.now())
    await keepMoved(tx, needs, chat, exchange, from === 'asked' ? (agreement ?? null) : null)
    await countLess(tx, needs, chat, exchange)
    if (answer) await send(tx, chat.id, answer.type)
    await tell(tx, chat.id, newsOf(chat.exchange, exchange, chat.side))
    return true
  })
}

// What takes a request back may overtake it on the way: then the late request is passed over.
async function cameEarly(
  tx: Tx,
  needs: Chats,
  { actor, iri }: { readonly actor: string; readonly iri: string },
): Promise<Chat | undefined> {
  const { host, origin } = new URL(actor)
  if (URL.parse(iri)?.origin !== origin || !(await isPartnerHost(tx, host))) return undefined
  const undone = undoneHashes(needs, { actor, offer: iri })
  await lockAsker(tx, undone.askerHash)
  const chat = await chatAbout(tx, { actor, iri }, needs.now()) // it came while we waited
  if (!chat && !(await isKnownOffer(tx, iri)) && !(await areUndoneEnough(tx, undone)))
    await keepUndone(tx, undone, later(needs.now(), latestDays * day))
  return chat
}
