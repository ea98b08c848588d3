import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { concept } from '../common/vocabularies.ts'
import type { Tx } from '../database/database.ts'
import type { Card } from '../directory/card.ts'
import type { Listings } from '../listing/scope-steps.ts'
import { profileOf } from '../profile/views.ts'
import { inSeconds, lapsesAt, slotInSeconds } from './answering.ts'
import { mayAsk, type MayAsk } from './ask-views.ts'
import { keptDays, requestedExchange, type Slot } from './chat.ts'
import { dropDraft } from './draft-steps.ts'
import { askerHash, introducerIn, peerHash } from './pair-views.ts'
import { notReady } from './ready.ts'
import { peerOf, termsOf, type Lines } from './record.ts'
import { send, tell } from './steps.ts'
import { addChat, keepArrival, lockPeople, removeAdmission, type NewChat } from './store.ts'
import { linesProblems, refuseAny, tidiedLines, timesProblems } from './terms.ts'

/** What chats need beside a transaction. */
export type Chats = Listings

/** A request as somebody makes it. */
export type Asking = {
  /** The key of the directory entry of whoever is asked. */
  readonly entry: string
  /** Slug in conversation-kinds; one of those on offer. */
  readonly kind: string
  readonly lines: Lines
  /** Up to three; none leaves it to the other. */
  readonly times: readonly Slot[]
  /** The actor who introduced the two; kept only where she did. */
  readonly introducedBy?: string | null
  /** Keys of the directory entries of others who are asked to the same chat: each reads of the others. */
  readonly alsoTo?: readonly string[]
}

type May = Extract<MayAsk, { readonly may: true }>

/** What several chats that belong together have in common. */
type Shared = { readonly context: string; readonly invited: readonly string[] }

/** Asks one person, or several for the same chat: all of them or none. The ids of her own records, in order. Throws as `ask` does. */
export async function askAll(tx: Tx, needs: Chats, accountId: string, asking: Asking): Promise<readonly string[]> {
  const entries = [asking.entry, ...(asking.alsoTo ?? [])]
  const cards: Card[] = []
  for (const entry of entries) cards.push((await allowed(tx, needs, accountId, entry)).card)
  const actors = cards.map(({ document }) => document.featuredObject)
  if (new Set(actors).size < actors.length) throw new Refusal('chat-not-askable', { because: 'already-open' })
  await lockPeople(tx, [accountId, ...cards.flatMap((card) => card.accountId ?? [])])
  const context = addresses(needs.config.origin).conversation(needs.newId())
  const ids: string[] = []
  for (const [index, entry] of entries.entries()) {
    const invited = actors.filter((_, at) => at !== index)
    ids.push(await askOne(tx, needs, accountId, { ...asking, entry }, { context, invited }))
  }
  return ids
}

async function askOne(tx: Tx, needs: Chats, accountId: string, asking: Asking, shared: Shared): Promise<string> {
  const may = await allowed(tx, needs, accountId, asking.entry) // one of them may have asked while we waited
  const own = await newChat(tx, needs, accountId, { ...asking, ...shared }, may)
  await addChat(tx, own)
  await keepArrival(tx, askerHash(needs, { accountId }), own.madeAt)
  await removeAdmission(tx, { accountId, side: 'asker', peerHash: peerHash(needs, own.peer) })
  await dropDraft(tx, accountId, asking.entry)
  if (own.peer.accountId === null) await send(tx, own.id, 'offer')
  else {
    const other = otherSide(needs, own, may)
    await addChat(tx, other)
    await removeAdmission(tx, { accountId: other.accountId, side: 'asked', peerHash: peerHash(needs, other.peer) })
    await tell(tx, other.id, 'asked')
  }
  return own.id
}

async function allowed(tx: Tx, needs: Chats, accountId: string, entry: string): Promise<May> {
  const may = await mayAsk({ ...needs, db: tx }, accountId, entry, needs.now())
  if (!may.may) throw new Refusal('chat-not-askable', { because: may.because })
  return may
}

async function newChat(tx: Tx, needs: Chats, accountId: string, asking: Asking & Shared, may: May): Promise<NewChat> {
  const madeAt = inSeconds(needs.now())
  const lines = tidiedLines(asking.lines)
  const times = asking.times.map(slotInSeconds)
  const { card, personId } = may
  const terms = termsOf(card.document)
  const isOffered = terms.kinds.includes(asking.kind) || (may.introduced && concept('conversation-kinds', asking.kind))
  refuseAny([
    ...(isOffered ? [] : [{ field: 'kind', rule: 'choose' }]),
    ...linesProblems(lines),
    ...(needs.config.requestText ? [] : notReady(needs.words, lines).map((field) => ({ field, rule: 'choose' }))),
    ...timesProblems(times, madeAt, needs.now()),
  ])
  const profile = await profileOf(tx, accountId)
  const at = addresses(needs.config.origin)
  return {
    id: needs.newId(),
    accountId,
    side: 'asker',
    offer: at.offer(personId, needs.newId()),
    agreement: null,
    context: asking.context,
    flag: card.document.peerChat?.id ?? null,
    personId,
    peer: peerOf(card.document, card.host, card.accountId),
    kind: asking.kind,
    lines,
    boundaries: terms.boundaries,
    introducedBy: introducerIn(needs, may.admission, asking.introducedBy ?? null),
    invited: asking.invited,
    exchange: requestedExchange(times, lapsesAt(profile?.fields ?? {}, madeAt)),
    madeAt,
    endsAt: later(madeAt, keptDays * day),
  }
}

// The record of whoever is asked, where she is here too.
function otherSide(needs: Chats, own: NewChat, { card, own: document }: May): NewChat {
  const at = addresses(needs.config.origin)
  const { accountId } = card
  if (accountId === undefined) throw new Error('somebody who is not here has no record here')
  return {
    ...own,
    id: needs.newId(),
    accountId,
    side: 'asked',
    personId: own.peer.actor.slice(at.person('').length),
    peer: peerOf(document, at.host, own.accountId),
  }
}
