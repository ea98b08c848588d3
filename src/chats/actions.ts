import { addresses } from '../common/addresses.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { settleFlagAfterYes } from '../listing/flag-steps.ts'
import { slotInSeconds } from './answering.ts'
import { askAll, type Asking, type Chats } from './ask-steps.ts'
import { mostChanges, nextPlan, type Deed, type Plan, type Slot, type Word } from './chat.ts'
import type { Chat } from './record.ts'
import { doDeed, lockSides } from './steps.ts'
import { countYes } from './store.ts'
import { isSameSlot, monthOf, refuseAny, slotProblems, tidiedWord, timesProblems, wordProblems } from './terms.ts'
import { chatOf } from './views.ts'

export type { Asking, Chats }

/**
 * Asks somebody for a chat, or several for the same one, and returns the id of her own record of the first. InvalidInput (kind, why, hope, bring, times); Refusal
 * chat-not-askable, which `mayAsk` explains.
 */
export function ask(needs: Chats, accountId: string, asking: Asking): Promise<{ readonly id: string }> {
  return needs.db.transaction(async (tx) => {
    const [id = ''] = await askAll(tx, needs, accountId, asking)
    return { id }
  })
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
    const agreed = await countYes(tx, accountId, chat.id, monthOf(needs.now()))
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
  const chosen = plan.offered.find((offered) => isSameSlot(slotInSeconds(offered), slotInSeconds(slot)))
  if (!chosen) throw new InvalidInput([{ field: 'slot', rule: 'choose' }])
  if (chosen.from <= now) throw new InvalidInput([{ field: 'slot', rule: 'past' }])
  return nextPlan(plan, side, chosen)
}

function offering({ exchange: { plan }, side, madeAt }: Chat, times: readonly Slot[], now: Date): Plan {
  const offered = times.map(slotInSeconds)
  refuseAny(timesProblems(offered, madeAt, now))
  return nextPlan(plan, side, offered)
}
