import type { Card } from '../directory/card.ts'
import type { Slot } from './chat.ts'
import type { Chat } from './record.ts'
import { termsOf } from './record.ts'
import { isSameSlot } from './terms.ts'

/** The kind of chat in which three people meet (slug in conversation-kinds). */
export const threeWay = 'three-way-consult'

/** Whether somebody who may be asked may be the third: her flag says that she takes part in such chats. */
export function mayBeThird({ card, introduced }: { readonly card: Card; readonly introduced: boolean }): boolean {
  return introduced || termsOf(card.document).kinds.includes(threeWay)
}

/**
 * Times that the convener of two chats that belong together can set for both: those that both others offered, and where one time stands
 * already, that one and what the other offered. None before both have said yes.
 */
export function timesForBoth([one, other]: readonly [Chat, Chat], now: Date): readonly Slot[] {
  const ahead = (slots: readonly Slot[]): readonly Slot[] => slots.filter(({ from }) => from > now)
  const isIn = (slot: Slot, slots: readonly Slot[]): boolean => slots.some((each) => isSameSlot(each, slot))
  const [first, second] = [openTo(one), openTo(other)]
  if (!first || !second) return []
  if (!first.isSet && !second.isSet) return ahead(first.slots.filter((slot) => isIn(slot, second.slots)))
  // A time that stands can be moved to any other.
  const offered = [first, second].flatMap(({ isSet, slots }) => (isSet ? [] : slots))
  const set = first.isSet && second.isSet ? [...first.slots, ...second.slots] : []
  return ahead([...offered, ...set].filter((slot, at, all) => all.findIndex((each) => isSameSlot(each, slot)) === at))
}

function openTo({
  state,
  exchange: { plan },
}: Chat): { readonly slots: readonly Slot[]; readonly isSet: boolean } | undefined {
  if (state === 'arranged' && plan.slot) return { slots: [plan.slot], isSet: true }
  return state === 'accepted' && plan.by === 'asked' ? { slots: plan.offered, isSet: false } : undefined
}

/** Whether both chats are arranged for the same time. */
export function isSet([one, other]: readonly [Chat, Chat]): boolean {
  const [first, second] = [one.exchange.plan.slot, other.exchange.plan.slot]
  return one.state === 'arranged' && other.state === 'arranged' && !!first && !!second && isSameSlot(first, second)
}
