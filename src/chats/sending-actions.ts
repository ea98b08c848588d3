import type { Needs } from '../app.ts'
import { enqueue } from '../jobs/queue.ts'
import { later, minute } from '../common/clock.ts'
import {
  countAttempt,
  countRefusalAttempt,
  endSending,
  keepRefusalHeard,
  removeMessage,
  removeMessages,
  takeSending,
} from './store.ts'
import type { Waiting } from './record.ts'
import { chatById, nextMessage, refusalById, sendingUntil } from './views.ts'

// Longer than any POST with the look-ups before it takes. After a sudden death the rest waits for so long.
const longestSending = 2 * minute

/**
 * The message of a chat that goes next, for its sender alone until it is said how that went: none overtakes another one. Undefined where
 * nothing waits, or another one is on its way; then it is looked again after that.
 */
export function messageToSend(needs: Needs, chatId: string): Promise<Waiting | undefined> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const waiting = await nextMessage(tx, chatId)
    if (!waiting) return undefined
    if (await takeSending(tx, chatId, now, later(now, longestSending))) return nextMessage(tx, chatId)
    const runAt = await sendingUntil(tx, chatId)
    if (runAt) await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId, runAt, whenPending: 'keep-time' })
    return undefined
  })
}

/** The other side's node took a message. What was said after it goes next. */
export function messageHeard(needs: Needs, chatId: string, number: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeMessage(tx, chatId, number)
    await endSending(tx, chatId)
    if (await nextMessage(tx, chatId)) await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId })
  })
}

/** Nobody took a message: it is tried again then, unless the chat is gone by that time. */
export function putOffMessage(needs: Needs, chatId: string, number: string, nextTry: Date): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const chat = await chatById(tx, chatId, needs.now())
    if (!chat) return
    await endSending(tx, chatId)
    if (chat.endsAt <= nextTry) return removeMessages(tx, chatId)
    await countAttempt(tx, chatId, number)
    await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId, runAt: nextTry })
  })
}

/** Nothing of a chat is told any more: its other side's host is refused, or cannot be told. */
export function dropMessages(needs: Needs, chatId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeMessages(tx, chatId)
    await endSending(tx, chatId)
  })
}

/** Who asked has heard the no; the same request stays refused. */
export function refusalHeard(needs: Needs, refusalId: string): Promise<void> {
  return needs.db.transaction((tx) => keepRefusalHeard(tx, refusalId))
}

/** Nobody took the no to a request that was not let in: it is tried again then, or forgotten where its time ends before. */
export function putOffRefusal(needs: Needs, refusalId: string, nextTry: Date): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const refusal = await refusalById(tx, refusalId, needs.now())
    if (!refusal || refusal.endsAt <= nextTry) return
    await countRefusalAttempt(tx, refusalId)
    await enqueue(tx, 'federation.send-chat-refusal', { refusalId }, { key: refusalId, runAt: nextTry })
  })
}
