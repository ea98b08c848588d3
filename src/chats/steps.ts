import type { App, Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { enqueue, type ChatNews } from '../jobs/queue.ts'
import { reopenFullFlag } from '../listing/flag-steps.ts'
import type { Listings } from '../listing/scope-steps.ts'
import { done, isOpen, pauseDays, received, type Exchange, type Message } from './chat.ts'
import { newsOf, ownNewsOf } from './news.ts'
import { introducerHash, peerHash } from './pair-views.ts'
import type { Chat, Peer, What } from './record.ts'
import { addMessage, giveYesBack, keepAdmission, keepExchange, keepPause, lockPeople, removeMessages } from './store.ts'
import { monthOf } from './terms.ts'
import { chatsWhere } from './views.ts'

/** What the steps of a chat need beside a transaction. */
export type Chatting = Pick<Needs, 'now'> & Pick<App, 'secrets'>

/** Queues the mail about what became of a chat. */
export async function tell(tx: Tx, chatId: string, news: ChatNews | undefined): Promise<void> {
  if (news !== undefined) await enqueue(tx, 'chats.tell', { chatId, news }, { key: `${chatId}/${news}` })
}

/** Has the other side's node hear something; it hears everything of one chat in order. */
export async function send(tx: Tx, chatId: string, what: What): Promise<void> {
  await addMessage(tx, chatId, what)
  await enqueue(tx, 'federation.send-chat', { chatId }, { key: chatId, whenPending: 'keep-time' })
}

/** Her record of a chat by its request, locked with the other one's where both are here; undefined where there is none. */
export async function otherRecord(tx: Tx, needs: Chatting, chat: Chat): Promise<Chat | undefined> {
  const { accountId } = chat.peer
  if (accountId === null) return undefined
  const found = await chatsWhere(tx, needs.now(), 'c.account_id = $2 and c.offer = $3', [accountId, chat.offer])
  return found[0]
}

/**
 * A deed of one side: written down in her record, and told to the other one, who may be here. Whether she may was asked before. `agreement`:
 * the IRI of her yes. `quiet`: her own calendar needs no mail about it.
 */
export async function doDeed(
  tx: Tx,
  needs: Listings,
  chat: Chat,
  message: Message,
  { agreement = null, quiet = false }: { readonly agreement?: string | null; readonly quiet?: boolean } = {},
): Promise<void> {
  const after = done(chat.exchange, chat.side, message)
  await keepMoved(tx, needs, chat, after, agreement)
  // Who calls off herself has no time: her flag is hers to open again.
  if (isOff(chat, after)) await giveYesBack(tx, chat.id)
  if (!quiet) await tell(tx, chat.id, ownNewsOf(chat.exchange, after))
  if (chat.peer.accountId === null) return send(tx, chat.id, message.type)
  const other = await otherRecord(tx, needs, chat)
  if (!other) return
  const { exchange } = received(other.exchange, chat.side, message, needs.now())
  await keepMoved(tx, needs, other, exchange, agreement)
  await countLess(tx, needs, other, exchange)
  await tell(tx, other.id, newsOf(other.exchange, exchange, other.side))
}

/** Writes down where a record stands now. After a no, neither asks the other the same way again for 14 days. */
export async function keepMoved(
  tx: Tx,
  needs: Chatting,
  chat: Chat,
  after: Exchange,
  agreement: string | null = null,
): Promise<void> {
  await keepExchange(tx, chat.id, after, agreement)
  if (after.standing !== 'declined' || chat.exchange.standing === 'declined') return
  const pair = { accountId: chat.accountId, side: chat.side, peerHash: peerHash(needs, chat.peer) }
  await keepPause(tx, pair, later(needs.now(), pauseDays * day))
}

/**
 * Where what a person agreed to was called off by somebody else before its time, her yes does not count in its month, and a flag that
 * was full with it opens again.
 */
export async function countLess(tx: Tx, needs: Listings, chat: Chat, after: Exchange): Promise<void> {
  if (!isOff(chat, after)) return
  const left = await giveYesBack(tx, chat.id)
  if (left?.month === monthOf(needs.now())) await reopenFullFlag(tx, needs, chat.accountId, left.agreed)
}

function isOff({ exchange: { standing } }: Chat, after: Exchange): boolean {
  const isAgreed = (one: Exchange['standing']): boolean => one === 'accepted' || one === 'arranged'
  return isAgreed(standing) && !isAgreed(after.standing)
}

/**
 * Ends chats that are open, as far as each can end by its side: a request is withdrawn or declined, and what was agreed is called off.
 * `silently`: the other side's node hears nothing of it; she hears when a time goes out of her calendar.
 */
export async function endChats(
  tx: Tx,
  needs: Listings,
  chats: readonly Chat[],
  { silently = false }: { readonly silently?: boolean } = {},
): Promise<void> {
  for (const chat of chats) {
    if (!isOpen(chat.exchange, needs.now())) continue
    const message: Message =
      chat.state === 'requested' && chat.side === 'asked'
        ? { type: 'decline' }
        : { type: 'undo', version: chat.exchange.plan.version }
    if (!silently) {
      await doDeed(tx, needs, chat, message)
      continue
    }
    const after = done(chat.exchange, chat.side, message)
    await keepExchange(tx, chat.id, after, null)
    await countLess(tx, needs, chat, after)
    await removeMessages(tx, chat.id)
    await tell(tx, chat.id, ownNewsOf(chat.exchange, after))
  }
}

/**
 * Lets one of the two ask the other once, until then, although no flag may be up: somebody introduced them. Each node keeps it for its own
 * person: who may ask (`asker`), and who said that she may be asked (`asked`).
 */
export async function letAsk(
  tx: Tx,
  needs: Chatting,
  pair: {
    readonly accountId: string
    readonly side: Chat['side']
    readonly peer: Pick<Peer, 'actor' | 'accountId'>
    /** The actor who introduced them: the only name that a request may then give. */
    readonly introducer: string
  },
  until: Date,
): Promise<void> {
  const { accountId, side, peer, introducer } = pair
  const hashes = { peerHash: peerHash(needs, peer), introducerHash: introducerHash(needs, introducer) }
  await keepAdmission(tx, { accountId, side, ...hashes }, until)
}

/**
 * Makes what changes the chats of one person happen one after the other, with those of the others where they are here. Several chats at
 * once, never one after the other: everybody is locked in one order, or two who wait for each other wait for ever.
 */
export function lockSides(
  tx: Tx,
  ...chats: readonly { readonly accountId: string; readonly peer: Pick<Peer, 'accountId'> }[]
): Promise<void> {
  const people = chats.flatMap(({ accountId, peer }) => [accountId, peer.accountId])
  return lockPeople(
    tx,
    people.filter((one) => one !== null),
  )
}
