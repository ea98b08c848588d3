import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal, type Problem } from '../common/errors.ts'
import { concept } from '../common/vocabularies.ts'
import type { Tx } from '../database/database.ts'
import { settleFlagAfterYes } from '../listing/flag-steps.ts'
import type { Listings } from '../listing/scope-steps.ts'
import { profileOf } from '../profile/views.ts'
import { inSeconds, lapsesAt } from './answering.ts'
import { mayAsk, type MayAsk } from './ask-views.ts'
import {
  keptDays,
  mostChanges,
  nextPlan,
  requestedExchange,
  type Deed,
  type Plan,
  type Slot,
  type Word,
} from './chat.ts'
import { dropDraft } from './draft-steps.ts'
import { askerHash, introducerIn, peerHash } from './pair-views.ts'
import { notReady } from './ready.ts'
import { peerOf, termsOf, type Chat, type Lines } from './record.ts'
import { doDeed, lockSides, send, tell } from './steps.ts'
import { addChat, countYes, keepArrival, lockPeople, removeAdmission, type NewChat } from './store.ts'
import {
  isSameSlot,
  linesProblems,
  monthOf,
  slotProblems,
  tidiedLines,
  tidiedWord,
  timesProblems,
  wordProblems,
} from './terms.ts'
import { chatOf } from './views.ts'

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
  /** Where this is one of several chats that belong together. */
  readonly context?: string
  /** The actors of the others who are asked to it. */
  readonly invited?: readonly string[]
}

type May = Extract<MayAsk, { readonly may: true }>

/**
 * Asks somebody for a chat, and returns the id of her own record of it. InvalidInput (kind, why, hope, bring, times); Refusal
 * chat-not-askable, which `mayAsk` explains.
 */
export function ask(needs: Chats, accountId: string, asking: Asking): Promise<{ readonly id: string }> {
  return needs.db.transaction(async (tx) => {
    const first = await allowed(tx, needs, accountId, asking.entry)
    await lockPeople(tx, [accountId, ...(first.card.accountId === undefined ? [] : [first.card.accountId])])
    const may = await allowed(tx, needs, accountId, asking.entry) // one of the two may have asked while we waited
    const own = await newChat(tx, needs, accountId, asking, may)
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
    return { id: own.id }
  })
}

async function allowed(tx: Tx, needs: Chats, accountId: string, entry: string): Promise<May> {
  const may = await mayAsk({ ...needs, db: tx }, accountId, entry, needs.now())
  if (!may.may) throw new Refusal('chat-not-askable', { because: may.because })
  return may
}

async function newChat(tx: Tx, needs: Chats, accountId: string, asking: Asking, may: May): Promise<NewChat> {
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
    context: asking.context ?? at.conversation(needs.newId()),
    flag: card.document.peerChat?.id ?? null,
    personId,
    peer: peerOf(card.document, card.host, card.accountId),
    kind: asking.kind,
    lines,
    boundaries: terms.boundaries,
    introducedBy: introducerIn(needs, may.admission, asking.introducedBy ?? null),
    invited: asking.invited ?? [],
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

/** A time that was offered, or other times; place and needs, both for the other one alone; and what becomes of her flag. */
export type Acceptance = {
  readonly slot?: Slot
  readonly times?: readonly Slot[]
  readonly place: string | null
  readonly access: string | null
  readonly flag: 'stay' | 'pause' | 'close'
  /** The day (YYYY-MM-DD) until which the flag is paused. */
  readonly pausedUntil?: string
}

/** A yes. InvalidInput (slot, times, place, access, pausedUntil); Refusal chat-unknown, chat-not-possible. */
export function accept(needs: Chats, accountId: string, id: string, given: Acceptance): Promise<void> {
  return deed(needs, accountId, id, 'accept', async (tx, chat) => {
    const plan =
      given.slot === undefined
        ? offering(chat, given.times ?? [], needs.now())
        : choosing(chat, given.slot, needs.now())
    const agreement = addresses(needs.config.origin).agreement(chat.personId, needs.newId())
    const word = nextWord(chat, given)
    const agreed = await countYes(tx, accountId, monthOf(needs.now()))
    await doDeed(tx, needs, chat, { type: 'accept', plan, word }, { agreement })
    const after =
      given.flag === 'pause'
        ? ({ flag: 'pause', pausedUntil: given.pausedUntil ?? '', agreed } as const)
        : { flag: given.flag, agreed }
    await settleFlagAfterYes(tx, needs, accountId, after)
  })
}

/** Not now. No reason is asked or told. Refusal chat-unknown, chat-not-possible. */
export function decline(needs: Chats, accountId: string, id: string): Promise<void> {
  return deed(needs, accountId, id, 'decline', (tx, chat) => doDeed(tx, needs, chat, { type: 'decline' }))
}

/** Takes a request back that has no answer yet. Refusal chat-unknown, chat-not-possible. */
export function withdraw(needs: Chats, accountId: string, id: string): Promise<void> {
  return deed(needs, accountId, id, 'withdraw', (tx, chat) => doDeed(tx, needs, chat, { type: 'undo', version: 0 }))
}

/** Chooses one of the times that the other offered. InvalidInput (slot); Refusal chat-unknown, chat-not-possible. */
export function choose(needs: Chats, accountId: string, id: string, slot: Slot): Promise<void> {
  return change(needs, accountId, id, 'choose', (chat) => choosing(chat, slot, needs.now()))
}

/** Offers other times, at least one. InvalidInput (times); Refusal chat-unknown, chat-not-possible. */
export function offerTimes(needs: Chats, accountId: string, id: string, times: readonly Slot[]): Promise<void> {
  return change(needs, accountId, id, 'offer-times', (chat) => {
    refuseAny(times.length === 0 ? [{ field: 'times', rule: 'required' }] : [])
    return offering(chat, times, needs.now())
  })
}

/** Moves an arranged chat to another time, which counts at once. InvalidInput (slot); Refusal chat-unknown, chat-not-possible. */
export function move(needs: Chats, accountId: string, id: string, slot: Slot): Promise<void> {
  return change(needs, accountId, id, 'move', (chat) => {
    const moved = slotInSeconds(slot)
    refuseAny(slotProblems('slot', moved, chat.madeAt, needs.now()))
    return nextPlan(chat.exchange.plan, chat.side, moved)
  })
}

/** Where she can be met, and what she needs for it. InvalidInput (place, access); Refusal chat-unknown, chat-not-possible. */
export function sayPlace(
  needs: Chats,
  accountId: string,
  id: string,
  word: { readonly place: string | null; readonly access: string | null },
): Promise<void> {
  return deed(needs, accountId, id, 'say-place', (tx, chat) =>
    doDeed(tx, needs, chat, { type: 'change', word: nextWord(chat, word) }),
  )
}

/** Calls off what was agreed. No reason is asked or told. Refusal chat-unknown, chat-not-possible. */
export function callOff(needs: Chats, accountId: string, id: string): Promise<void> {
  return deed(needs, accountId, id, 'call-off', (tx, chat) =>
    doDeed(tx, needs, chat, { type: 'undo', version: chat.exchange.plan.version }),
  )
}

function change(needs: Chats, accountId: string, id: string, what: Deed, plan: (chat: Chat) => Plan): Promise<void> {
  return deed(needs, accountId, id, what, (tx, chat) => {
    const made = plan(chat)
    return doDeed(tx, needs, chat, { type: 'change', plan: made, word: nextWord(chat, chat.exchange.words[chat.side]) })
  })
}

// One deed of hers, alone on both records.
function deed(
  needs: Chats,
  accountId: string,
  id: string,
  what: Deed,
  work: (tx: Tx, chat: Chat) => Promise<void>,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const known = await chatOf(tx, accountId, id, needs.now())
    if (!known) throw new Refusal('chat-unknown')
    await lockSides(tx, known)
    const chat = await chatOf(tx, accountId, id, needs.now()) // the other may have been quicker
    if (!chat) throw new Refusal('chat-unknown')
    if (!chat.deeds.includes(what)) throw new Refusal('chat-not-possible')
    await work(tx, chat)
  })
}

// Each change counts, also one of the time alone: so nobody sends the other on and on.
function nextWord(chat: Chat, word: { readonly place: string | null; readonly access: string | null }): Word {
  const { edition } = chat.exchange.words[chat.side]
  if (edition >= mostChanges) throw new Refusal('chat-not-possible')
  const tidied = tidiedWord(word)
  refuseAny(wordProblems(tidied))
  return { edition: edition + 1, ...tidied }
}

function choosing({ exchange: { plan }, side }: Chat, slot: Slot, now: Date): Plan {
  const chosen = plan.offered.find((offered) => isSameSlot(offered, slotInSeconds(slot)))
  if (!chosen) throw new InvalidInput([{ field: 'slot', rule: 'choose' }])
  if (chosen.from <= now) throw new InvalidInput([{ field: 'slot', rule: 'past' }])
  return nextPlan(plan, side, chosen)
}

function offering({ exchange: { plan }, side, madeAt }: Chat, times: readonly Slot[], now: Date): Plan {
  const offered = times.map(slotInSeconds)
  refuseAny(timesProblems(offered, madeAt, now))
  return nextPlan(plan, side, offered)
}

function slotInSeconds({ from, until }: Slot): Slot {
  return { from: inSeconds(from), until: inSeconds(until) }
}

function refuseAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInput(problems)
}
