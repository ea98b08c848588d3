import type { App } from '../app.ts'
import {
  dropMessages,
  messageHeard,
  messageToSend,
  putOffMessage,
  putOffRefusal,
  refusalHeard,
} from '../chats/sending-actions.ts'
import { chatById, refusalById } from '../chats/views.ts'
import { accountById } from '../accounts/views.ts'
import { addresses } from '../common/addresses.ts'
import { backOff } from '../jobs/queue.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { speechOf } from './actors.ts'
import { chatActivity, rejectOf } from './chat-document.ts'
import { isTaken } from './chat-post.ts'

/** Tells the other side of a chat what she must hear, if she is on another node. */
export const chatJobs: JobHandlers = {
  'federation.send-chat': (app, { chatId }) => sendNext(app, chatId),
  'federation.send-chat-refusal': (app, { refusalId }) => sendRefusal(app, refusalId),
}

/**
 * The oldest message of a chat, in one signed POST to the one reader's own inbox. It is not among the other deliveries: their bodies stay
 * for 30 days after they end, are in backups, and show administrators which inbox somebody wrote to. After a sudden death between the
 * answer and its note it is sent once more, with the same id.
 */
async function sendNext(app: App, chatId: string): Promise<void> {
  const waiting = await messageToSend(app, chatId)
  // How it stands after it was taken: what was changed before is in it.
  const chat = waiting && (await chatById(app.db, chatId, app.now()))
  if (!chat) return
  if (await isRefusedHost(app.db, chat.peer.host)) return dropMessages(app, chatId)
  const { number, what, attempts } = waiting
  // Nobody could answer it any more.
  if (what === 'offer' && chat.state === 'lapsed') return messageHeard(app, chatId, number)
  const account = await accountById(app.db, chat.accountId)
  const body = chatActivity(addresses(app.config.origin), { chat, number, what }, speechOf(app, account?.language))
  if (!body) return messageHeard(app, chatId, number)
  if (await isTaken(app, chat.personId, chat.peer.actor, body)) return messageHeard(app, chatId, number)
  await putOffMessage(app, chatId, number, backOff(app.now(), attempts + 1, Math.random()))
}

async function sendRefusal(app: App, refusalId: string): Promise<void> {
  const refusal = await refusalById(app.db, refusalId, app.now())
  if (!refusal || (await isRefusedHost(app.db, new URL(refusal.actor).host))) return
  const body = rejectOf(addresses(app.config.origin), refusal)
  if (await isTaken(app, refusal.personId, refusal.actor, body)) return refusalHeard(app, refusalId)
  await putOffRefusal(app, refusalId, backOff(app.now(), refusal.attempts + 1, Math.random()))
}
