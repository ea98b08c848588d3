import { day, later, minute } from '../common/clock.ts'
import {
  latestDays,
  longestAccess,
  longestMinutes,
  longestPlace,
  mostChanges,
  mostTimes,
  shortestMinutes,
} from './chat.ts'
import type { Message, Side, Slot, Word } from './chat.ts'
import { tidiedWord } from './terms.ts'

// What is beyond was never counted up to by anybody who keeps to `mostChanges`.
const highestVersion = 2 * mostChanges
// The clocks of two nodes differ, and what one of them allowed at the last moment the other allows too.
const slackDays = 1

/**
 * Whether what the other side tells can be kept at all: a plan of her own, numbers that somebody may have reached, times within those of
 * a chat.
 */
export function isMessageInBounds(message: Message, from: Side, madeAt: Date): boolean {
  if ('version' in message) return isNumber(message.version, highestVersion)
  if (!('word' in message)) return true
  const { plan, word } = message
  if (!isNumber(word.edition, mostChanges)) return false
  if (plan === undefined) return true
  const slots = plan.slot === null ? plan.offered : [plan.slot, ...plan.offered]
  return (
    plan.by === from &&
    isNumber(plan.version, highestVersion) &&
    plan.version > 0 &&
    plan.offered.length <= mostTimes &&
    slots.every((slot) => isSlotInBounds(slot, madeAt))
  )
}

/** Those of the times of a request that can be kept, at most three. */
export function offeredInBounds(times: readonly Slot[], madeAt: Date): readonly Slot[] {
  return times.filter((slot) => isSlotInBounds(slot, madeAt)).slice(0, mostTimes)
}

/** Place and needs as another node tells them, tidied and no longer than they may be. */
export function wordInBounds(word: Word): Word {
  const { place, access } = tidiedWord(word)
  const cut = (text: string | null, longest: number): string | null =>
    text === null ? null : Array.from(text).slice(0, longest).join('')
  return { edition: word.edition, place: cut(place, longestPlace), access: cut(access, longestAccess) }
}

function isNumber(value: number, highest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= highest
}

function isSlotInBounds({ from, until }: Slot, madeAt: Date): boolean {
  const minutes = (until.getTime() - from.getTime()) / minute
  return (
    minutes >= shortestMinutes && minutes <= longestMinutes && from <= later(madeAt, (latestDays + slackDays) * day)
  )
}
