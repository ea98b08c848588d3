import { receiveChatMessage, receiveOffer } from '../chats/receive-actions.ts'
import { messageIn, offerIn } from './chat-reading.ts'
import { readPeer } from './chat-peer.ts'
import { isPartnerHost } from '../partners/views.ts'
import type { Handler } from './received.ts'

/**
 * A request for a chat with a person here. Only people of partner nodes may ask; whether this one may is settled with everything else in
 * one transaction. Nothing is asked of another server for a request that nobody here could answer.
 */
export const receiveChatOffer: Handler = async (app, received) => {
  const offer = offerIn(received, app.config.origin)
  if (!offer || !(await isPartnerHost(app.db, new URL(received.actor).host))) return
  const { actor, ...asked } = offer
  await receiveOffer(app, { ...asked, peer: await readPeer(app, actor) })
}

/** What the other side of a chat says. Who may say it is settled by the chat itself: its peer alone. */
export const receiveChatWord: Handler = async (app, received) => {
  const said = messageIn(received)
  if (said) await receiveChatMessage(app, { actor: received.actor, ...said })
}
