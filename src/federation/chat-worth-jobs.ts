import { chatById, chatOf } from '../chats/views.ts'
import { addresses } from '../common/addresses.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { hearWorth, worthTold } from '../learning/worth-actions.ts'
import { worthOf } from '../learning/worth-views.ts'
import { messageOf } from '../learning/worth.ts'
import { isTaken } from './chat-post.ts'
import { worthActivity, worthIn } from './chat-worth.ts'
import type { Handler } from './received.ts'

/** Tells the other side of a chat what it may hear of what it was worth, as that stands when it goes. */
export const chatWorthJobs: JobHandlers = {
  async 'federation.send-worth'(app, { chatId }) {
    const known = await chatById(app.db, chatId, app.now())
    // Whom she has blocked since is told nothing more.
    const chat = known && (await chatOf(app.db, known.accountId, chatId, app.now()))
    const worth = chat && (await worthOf(app.db, chatId))
    if (!worth || chat.peer.accountId !== null) return
    const body = worthActivity(addresses(app.config.origin), chat, messageOf(worth))
    if (body) await worthTold(app, chatId, await isTaken(app, chat.personId, chat.peer.actor, body))
  },
}

/** What the other side of a chat tells of what it was worth. Free words are not kept where a host has switched them off. */
export const receiveChatWorth: Handler = async (app, received) => {
  const read = worthIn(received)
  if (!read) return
  const { said, ...rest } = read.message
  const kept = said && { said: app.config.requestText ? said : { ...said, note: '' } }
  await hearWorth(app, { actor: received.actor, about: read.about, message: { ...rest, ...kept } })
}
