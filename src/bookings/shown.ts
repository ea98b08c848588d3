import { toldTime, type Clocks, type ToldTime } from '../chats/clocks.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import type { OwnHours } from '../hours/meeting.ts'
import type { Booking, BookingState } from './booking.ts'
import type { OfficeHours, Sitting } from './office-hours.ts'
import { daysIn } from '../hours/week.ts'
import { weekDays } from '../profile/working-week.ts'

/** Who reads, in which words, by which clock. */
export type Reader = {
  readonly own: OwnHours
  readonly nodeZone: string
  readonly language: Language
  readonly t: Translate
}

/** One time that a reader may book. */
export type ShownSitting = ToldTime & { readonly value: string; readonly isFull: boolean }

/** Tells a time to a reader; `otherCountry` is that of whoever sits there, where she is another. */
export function shownTime(
  { from, until }: Pick<Sitting, 'from' | 'until'>,
  { own, nodeZone, language, t }: Reader,
  otherCountry: string | null,
): ToldTime {
  const clocks: Clocks = { own, nodeZone, otherCountry }
  return toldTime({ from, until }, clocks, language, t)
}

/** Office hours in a line: Tuesday at 14:00, 30 minutes, every week. As their owner's clock shows them. */
export function hoursLine({ firstDay, startsAt, minutes, every }: OfficeHours, t: Translate): string {
  const [day] = daysIn('UTC', { from: Date.parse(firstDay), until: Date.parse(firstDay) + 1 })
  const weekDay = weekDays[(day?.dayOfWeek ?? 1) - 1] ?? 'monday'
  return t(`bookings:line.${every}`, { day: t(`profile:days.${weekDay}`), time: startsAt, minutes })
}

/** Who comes to one time, for the host. */
export function comersOf(bookings: readonly Booking[], hoursId: string, day: string) {
  return bookings
    .filter((one) => one.hoursId === hoursId && one.day === day)
    .map(({ id, guestName, guestActor, state }) => ({
      id,
      name: guestName,
      host: guestActor === null ? undefined : new URL(guestActor).host,
      isWaiting: state === 'waiting',
    }))
}

/** Whether a booking in that state can be given up. */
export function mayCancel(state: BookingState): boolean {
  return state === 'asked' || state === 'booked' || state === 'waiting'
}
