import { rfc3339 } from '../common/clock.ts'
import { labelOf, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import type { ChatState, Slot, Word } from './chat.ts'
import { lastDayToAnswer, toldTime, type Clocks, type HerTimes, type ToldTime } from './clocks.ts'
import type { Chat } from './record.ts'
import { isInOwnHours } from './times.ts'

/** Where a chat stands for its reader: whose turn it is, or that it is over. */
export type Turn = 'hers' | 'arranged' | 'theirs' | 'over'

/** In the order of a list: what she can do first. */
export const turns: readonly Turn[] = ['hers', 'arranged', 'theirs', 'over']

/** The colour of the tag beside a state (govuk-tag--…); the words in it say the same. */
export const colourOf: Readonly<Record<Turn, string>> = {
  hers: 'yellow',
  arranged: 'green',
  theirs: 'blue',
  over: 'grey',
}

/** A time as a page offers it. */
export type ShownTime = ToldTime & {
  /** What a form sends for it: when it begins, in RFC 3339. */
  readonly value: string
  /** That she does not work then, or has another chat. */
  readonly warning?: string
  /** What stands below it in a list to choose from: the other clock, and the warning. */
  readonly note?: string
}

/** Whose turn it is: an accepted chat without times waits for both, and so for her. */
export function turnOf({ state, side, exchange: { plan } }: Pick<Chat, 'state' | 'side' | 'exchange'>): Turn {
  if (state === 'arranged') return 'arranged'
  if (state === 'requested') return side === 'asked' ? 'hers' : 'theirs'
  if (state !== 'accepted') return 'over'
  return plan.by === side && plan.offered.length > 0 ? 'theirs' : 'hers'
}

/** The key of the sentence that says where a chat stands (words, chats:state). */
export function stateKey({
  state,
  side,
  exchange: { plan },
  deeds,
}: Pick<Chat, 'state' | 'side' | 'exchange' | 'deeds'>): string {
  if (state === 'accepted' && !deeds.includes('offer-times')) return 'noTimeLeft'
  if (state === 'accepted')
    return plan.offered.length === 0 ? 'noTimes' : plan.by === side ? 'sheOffered' : 'theyOffered'
  return sameForBoth.includes(state) ? state : `${state}.${side}`
}

const sameForBoth: readonly ChatState[] = ['arranged', 'called-off', 'ended']

/** Tells a time for a page. */
export function shownTime(slot: Slot, clocks: HerTimes, language: Language, t: Translate): ShownTime {
  const told = toldTime(slot, clocks, language, t)
  const isOutsideHours = isInOwnHours(slot, clocks.own) === false
  const isTaken = (clocks.taken ?? []).some(({ from, until }) => from < slot.until && slot.from < until)
  const warning = isTaken ? t('chats:pick.taken') : isOutsideHours ? t('chats:pick.outside') : undefined
  const notes = [told.there, warning].filter((note) => note !== undefined)
  return {
    ...told,
    value: rfc3339(slot.from),
    ...(warning === undefined ? {} : { warning }),
    ...(notes.length === 0 ? {} : { note: notes.join('. ') }),
  }
}

/** What a list shows of a chat: no line of what was written, and no place. */
export function shownInList(chat: Chat, clocks: Clocks, language: Language, t: Translate) {
  const { id, peer, kind, exchange, state } = chat
  return {
    id,
    name: peer.name,
    organisation: peer.organisation,
    kind: labelOf('conversation-kinds', kind, language),
    turn: turnOf(chat),
    state,
    stateKey: stateKey(chat),
    answerBy: lastDayToAnswer(exchange.lapsesAt, clocks, language),
    time: exchange.plan.slot ? shownTime(exchange.plan.slot, clocks, language, t) : undefined,
  }
}

/** A text in parts, so that a page can make links of those that are addresses (https only). */
export function partsOf(text: string): readonly { readonly text: string; readonly href?: string }[] {
  return text
    .split(/(https:\/\/[^\s<>"]*[^\s<>".,;:!?)])/u)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('https://') && URL.canParse(part) ? { text: part, href: part } : { text: part }))
}

/** What one side said for the other, as a page shows it; undefined when she said nothing. */
export function shownWord({ place, access }: Word) {
  if (place === null && access === null) return undefined
  return { place: place === null ? undefined : partsOf(place), access: access ?? undefined }
}
