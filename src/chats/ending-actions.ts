import type { Needs } from '../app.ts'
import { accountById } from '../accounts/views.ts'
import { addresses } from '../common/addresses.ts'
import type { Tx } from '../database/database.ts'
import { isPartner } from '../partners/partner.ts'
import { partnerById } from '../partners/views.ts'
import type { Chats } from './actions.ts'
import { done, isOpen } from './chat.ts'
import { chatsWithGoneEntries, refusedHostsOfChats } from './ending-views.ts'
import { areApart } from './pair-views.ts'
import type { Chat } from './record.ts'
import { endChats, lockSides, send, tell } from './steps.ts'
import { forgetChatsOf, keepExchange, lockPeople, removeMessages } from './store.ts'
import { chatById, chatsWhere } from './views.ts'

/** A person id ended: her open chats under it end on both sides. */
export async function endChatsOfPerson(needs: Chats, personId: string): Promise<void> {
  await endEach(needs, await openWhere(needs, 'c.person_id = $2', personId))
}

/** An account was closed: its open chats end on both sides, and here everything of all of them is forgotten. */
export async function forgetClosed(needs: Chats, accountId: string): Promise<void> {
  if ((await accountById(needs.db, accountId))?.state !== 'closed') return
  await endEach(needs, await openWhere(needs, 'c.account_id = $2', accountId))
  await needs.db.transaction(async (tx) => {
    await lockPeople(tx, [accountId])
    await forgetChatsOf(tx, accountId)
  })
}

/** An actor elsewhere is gone: what was open with it ends. */
export async function endChatsWith(needs: Chats, actor: string): Promise<void> {
  await endEach(needs, await openWhere(needs, 'c.peer_actor = $2 and c.peer_account_id is null', actor))
}

/** Ends the open chats of a person with everybody from whom she is kept apart by now, whoever of the two wanted it. */
export async function endBlockedChats(needs: Chats, accountId: string): Promise<void> {
  const at = addresses(needs.config.origin)
  await endEach(needs, await openWhere(needs, 'c.account_id = $2', accountId), (tx, chat) =>
    areApart(tx, accountId, chat.peer, { actor: at.person(chat.personId), host: at.host }),
  )
}

/** Ends open chats with people whose listing their own node has taken back. */
export async function endChatsOfGoneEntries(needs: Chats): Promise<void> {
  for (const id of await chatsWithGoneEntries(needs.db, needs.now())) {
    const chat = await chatById(needs.db, id, needs.now())
    if (chat) await endEach(needs, [chat])
  }
}

/** Hosts are refused from now on: chats with people there end here at once, and nothing is said to them. */
export async function endRefusedChats(needs: Chats): Promise<void> {
  for (const host of await refusedHostsOfChats(needs.db)) {
    const there = await openWhere(needs, 'c.peer_host = $2 and c.peer_account_id is null', host)
    await endEach(needs, there, undefined, true)
  }
}

/**
 * A node is no partner any more: requests between its people and ours that nobody has answered are withdrawn. What two people have agreed
 * on goes on. Does nothing while either direction still holds.
 */
export async function withdrawFromFormerPartner(needs: Chats, partnerId: number): Promise<void> {
  const partner = await partnerById(needs.db, partnerId)
  if (!partner || isPartner(partner)) return
  const condition = `c.peer_host = $2 and c.peer_account_id is null and c.standing = 'requested'`
  for (const chat of await openWhere(needs, condition, partner.host))
    await alone(needs, chat, async (tx, now) => {
      if (now.state !== 'requested') return
      // Of one that came from there nothing has to be told: that node withdraws it itself.
      await removeMessages(tx, now.id)
      await keepExchange(tx, now.id, done(now.exchange, 'asker', { type: 'undo', version: 0 }), null)
      if (now.side === 'asker') await send(tx, now.id, 'undo')
      await tell(tx, now.id, 'withdrawn')
    })
}

// Every one of them, however many: what ended already is not among them, and stays at most 30 days.
async function openWhere(needs: Chats, condition: string, value: string): Promise<readonly Chat[]> {
  const found: Chat[] = []
  for (let isAll = false; !isAll;) {
    const seen = found.map(({ id }) => id)
    const more = await chatsWhere(
      needs.db,
      needs.now(),
      `${condition} and c.standing in ('requested', 'accepted', 'arranged') and c.id <> all($3)`,
      [value, seen],
    )
    found.push(...more)
    isAll = more.length === 0
  }
  return found
}

async function endEach(
  needs: Chats,
  chats: readonly Chat[],
  must: (tx: Tx, chat: Chat) => Promise<boolean> = () => Promise.resolve(true),
  silently = false,
): Promise<void> {
  for (const chat of chats)
    if (isOpen(chat.exchange, needs.now()))
      await alone(needs, chat, async (tx, now) => {
        if (await must(tx, now)) await endChats(tx, needs, [now], { silently })
      })
}

// One chat after the other: each is one truth on both sides, and many need not end in one moment.
async function alone(needs: Needs, chat: Chat, work: (tx: Tx, chat: Chat) => Promise<void>): Promise<void> {
  await needs.db.transaction(async (tx) => {
    await lockSides(tx, chat)
    const now = await chatById(tx, chat.id, needs.now())
    if (now) await work(tx, now)
  })
}
