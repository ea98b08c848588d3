import type { Needs } from '../app.ts'
import type { Chat } from '../chats/record.ts'
import { lockSides } from '../chats/steps.ts'
import { chatAbout, chatById, chatOf } from '../chats/views.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { backOff, enqueue } from '../jobs/queue.ts'
import { setPairAside } from '../suggestions/steps.ts'
import { monthOf } from './question.ts'
import { beginAfter, keepHeard, keepSaid, pairIn, type Learning } from './worth-steps.ts'
import { countWorthAttempt, keepAsked, keepWishTold, renewTotals } from './worth-store.ts'
import { chatsJustOver } from './worth-views.ts'
import { answered, cleanNote, heard, longestNote, noted, type WorthAnswer, type WorthMessage } from './worth.ts'

type WorthNeeds = Needs & Learning

const atOnce = 200

/** Answers the question after a chat, or changes the answer. Refusals: chat-unknown, chat-not-possible while it is not over. */
export function answerWorth(needs: WorthNeeds, accountId: string, id: string, answer: WorthAnswer): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const chat = await lockedChat(tx, needs, accountId, id)
    const before = await beginAfter(tx, needs, chat)
    await keepSaid(tx, needs, chat, before, answered(before, answer))
  })
}

/**
 * Keeps her note about a chat, and whether she wishes that both tell each other. Refusals: chat-unknown, chat-not-possible; InvalidInput
 * for the note.
 */
export function noteWorth(
  needs: WorthNeeds,
  accountId: string,
  id: string,
  given: { readonly note: string; readonly wishes: boolean },
): Promise<void> {
  const note = cleanNote(given.note)
  if (Array.from(note).length > longestNote)
    throw new InvalidInput([{ field: 'worthNote', rule: 'maxLength', detail: { limit: longestNote } }])
  return needs.db.transaction(async (tx) => {
    const chat = await lockedChat(tx, needs, accountId, id)
    const before = await beginAfter(tx, needs, chat)
    if (before.answer === null || before.answer === 'did-not-happen') throw new Refusal('chat-not-possible')
    await keepSaid(tx, needs, chat, before, noted(before, note, given.wishes))
  })
}

/** "Not again": the other one is never suggested to her, and does not learn of it. Refusals: chat-unknown, chat-not-possible. */
export function notAgain(needs: WorthNeeds, accountId: string, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const chat = await lockedChat(tx, needs, accountId, id)
    await setPairAside(tx, pairIn(needs, chat))
  })
}

/**
 * What the other side of a chat says of it. `about`: the request, if she asked, or else her yes. Nothing where there is no such chat, its
 * time has not begun, or somebody else speaks.
 */
export function hearWorth(
  needs: WorthNeeds,
  { actor, about, message }: { readonly actor: string; readonly about: string; readonly message: WorthMessage },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const found = await chatAbout(tx, { actor, iri: about }, needs.now())
    if (!found || (about === found.offer) !== (found.side === 'asked')) return
    await lockSides(tx, found)
    const chat = await chatOf(tx, found.accountId, found.id, needs.now()) // of nobody whom she has blocked
    const slot = chat?.exchange.standing === 'arranged' ? chat.exchange.plan.slot : null
    if (!chat || !slot || slot.from > needs.now()) return
    const before = await beginAfter(tx, needs, chat)
    await keepHeard(tx, needs, chat, before, heard(before, message))
  })
}

/** The other side's node took what it was told, or did not: then it is tried again later and later, while the chat is there. */
export function worthTold(needs: Needs, chatId: string, isTaken: boolean): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const attempts = await countWorthAttempt(tx, chatId, isTaken)
    if (isTaken || attempts === 0) return
    const options = { key: chatId, runAt: backOff(needs.now(), attempts, 0), whenPending: 'keep-time' } as const
    await enqueue(tx, 'federation.send-worth', { chatId }, options)
  })
}

/** Begins what follows the chats whose time is over since the last look: each by itself, as its people do it too. */
export async function beginAfterChats(needs: WorthNeeds): Promise<void> {
  for (const id of await chatsJustOver(needs.db, needs.now(), atOnce))
    await needs.db.transaction(async (tx) => {
      const known = await chatById(tx, id, needs.now())
      if (!known) return
      await lockSides(tx, known)
      const chat = await chatById(tx, id, needs.now()) // somebody may have moved it at the last moment
      if (chat?.state === 'ended') await beginAfter(tx, needs, chat)
    })
}

/** Remembers that the question was mailed. */
export function noteAsked(needs: Needs, chatId: string): Promise<void> {
  return needs.db.transaction((tx) => keepAsked(tx, chatId, needs.now()))
}

/** Remembers that the other side's wish is mailed; false where it was before. */
export function noteWishTold(needs: Needs, chatId: string): Promise<boolean> {
  return needs.db.transaction((tx) => keepWishTold(tx, chatId))
}

/** Renews what a host may see of chats, once a month. */
export function renewShownTotals(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => renewTotals(tx, monthOf(needs.now())))
}

async function lockedChat(tx: Tx, needs: WorthNeeds, accountId: string, id: string): Promise<Chat> {
  const found = await chatOf(tx, accountId, id, needs.now())
  if (!found) throw new Refusal('chat-unknown')
  await lockSides(tx, found)
  const chat = await chatOf(tx, accountId, id, needs.now())
  if (chat?.state !== 'ended') throw new Refusal('chat-not-possible')
  return chat
}
