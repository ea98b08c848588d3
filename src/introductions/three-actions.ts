import type { Chats } from '../chats/actions.ts'
import { mostChanges, nextPlan } from '../chats/chat.ts'
import type { Chat } from '../chats/record.ts'
import { doDeed, lockSides } from '../chats/steps.ts'
import { isSameSlot } from '../chats/terms.ts'
import { timesForBoth } from '../chats/three.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { bothOf } from './three-views.ts'

/**
 * Sets one time for both chats of a consult that she convened: one that suits both others. InvalidInput (times); Refusal chat-unknown,
 * chat-not-possible.
 */
export function setTimeForBoth(needs: Chats, accountId: string, id: string, from: Date): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    await lockSides(tx, ...(await bothOf(tx, accountId, id, now)))
    const both = await bothOf(tx, accountId, id, now)
    const slot = timesForBoth(both, now).find((one) => one.from.getTime() === from.getTime())
    if (!slot) throw new InvalidInput([{ field: 'times', rule: 'choose' }])
    for (const chat of both) {
      const { plan } = chat.exchange
      if (plan.slot && isSameSlot(plan.slot, slot)) continue
      await change(tx, needs, chat, slot)
    }
  })
}

async function change(tx: Tx, needs: Chats, chat: Chat, slot: { readonly from: Date; readonly until: Date }) {
  const { plan, words } = chat.exchange
  const mine = words.asker
  if (mine.edition >= mostChanges || !chat.deeds.some((deed) => deed === 'choose' || deed === 'move'))
    throw new Refusal('chat-not-possible')
  const word = { ...mine, edition: mine.edition + 1 }
  await doDeed(tx, needs, chat, { type: 'change', plan: nextPlan(plan, 'asker', slot), word })
}
