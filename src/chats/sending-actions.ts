import type { Needs } from '../app.ts'
import { enqueue } from '../jobs/queue.ts'
import { countAttempt, countRefusalAttempt, removeMessage, removeMessages } from './store.ts'
import { chatById, nextMessage, refusalById } from './views.ts'

/** The other side's node took a message. What was said after it goes next. */
export function messageHeard(needs: Needs, chatId: string, number: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeMessage(tx, chatId, number)
    if (await nextMessage(tx, chatId)) await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId })
  })
}

/** Nobody took a message: it is tried again then, unless the chat is gone by that time. */
export function putOffMessage(needs: Needs, chatId: string, number: string, nextTry: Date): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const chat = await chatById(tx, chatId, needs.now())
    if (!chat) return
    if (chat.endsAt <= nextTry) return removeMessages(tx, chatId)
    await countAttempt(tx, chatId, number)
    await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId, runAt: nextTry })
  })
}

/** Nothing of a chat is told any more: its other side's host is refused, or cannot be told. */
export function dropMessages(needs: Needs, chatId: string): Promise<void> {
  return needs.db.transaction((tx) => removeMessages(tx, chatId))
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
