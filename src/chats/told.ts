import type { ChatNews } from '../jobs/queue.ts'
import { sequenceOf } from './calendar.ts'
import type { Slot } from './chat.ts'
import type { Chat } from './record.ts'

/** What her calendar holds of a chat, as far as mails of this node put it there. */
export type Told = { readonly sequence: number; readonly slot: Slot }

/** What a mail has her calendar do. */
export type CalendarChange = Told & { readonly method: 'REQUEST' | 'CANCEL' }

/** The mails about chats; each has its words in chats:mails. */
export type MailKind =
  | 'asked'
  | 'accepted'
  | 'accepted.noTimes'
  | 'arranged'
  | 'moved'
  | 'said'
  | 'otherTimes'
  | 'called-off'
  | 'declined'
  | 'withdrawn.asker'
  | 'withdrawn.asked'
  | 'lapsed.asker'
  | 'lapsed.asked'
  | 'crossed'
  | 'reminder'

type Standing = Pick<Chat, 'side' | 'state' | 'exchange'>

/** Which mail tells her some news; undefined where it has become old since, and a later mail says what is so now. */
export function mailOf(
  { side, state, exchange: { plan } }: Standing,
  news: ChatNews,
  told: Told | undefined,
): MailKind | undefined {
  const isTold = told !== undefined && told.sequence >= sequenceOf(plan)
  switch (news) {
    case 'asked':
    case 'crossed':
      return state === 'requested' && side === 'asked' ? news : undefined
    case 'accepted':
      if (state !== 'accepted') return undefined
      if (plan.offered.length === 0) return 'accepted.noTimes'
      return plan.by === side ? undefined : 'accepted'
    case 'arranged':
      return state === 'arranged' && !isTold ? 'arranged' : undefined
    case 'changed':
      if (state === 'arranged') return isTold ? 'said' : 'moved'
      return state === 'accepted' && plan.by !== side ? 'otherTimes' : undefined
    case 'called-off':
      return isOver(state) ? 'called-off' : undefined
    case 'lapsed':
    case 'withdrawn':
      return state === news ? `${news}.${side}` : undefined
    case 'declined':
      return state === news ? news : undefined
  }
}

/** What has to be done to her calendar, so that it holds what stands; undefined when it does, or the time is over. */
export function calendarChange(
  { state, exchange: { plan } }: Standing,
  told: Told | undefined,
): CalendarChange | undefined {
  const sequence = sequenceOf(plan, isOver(state))
  if (state === 'arranged' && plan.slot)
    return told !== undefined && told.sequence >= sequence
      ? undefined
      : { method: 'REQUEST', sequence, slot: plan.slot }
  if (told === undefined || state === 'ended') return undefined
  return { method: 'CANCEL', sequence: Math.max(sequence, told.sequence + 1), slot: told.slot }
}

function isOver(state: Chat['state']): boolean {
  return state === 'called-off' || state === 'lapsed' || state === 'withdrawn' || state === 'declined'
}
