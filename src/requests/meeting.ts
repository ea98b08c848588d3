import { Temporal } from 'temporal-polyfill'
import { day, hour, instantOf, later, minute } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'
import { daysOff } from '../hours/days-off.ts'
import { ownPattern, ownZone, type OwnHours } from '../hours/meeting.ts'
import { fits, freeSlots, type Span } from '../hours/span.ts'
import { momentAt, wallClock, weekIn } from '../hours/week.ts'
import { typedDay } from '../listing/flag.ts'
import { keptDays, lengthOf } from './request.ts'

/** A time that two people agreed on in words, as she noted it for herself. */
export type Meeting = {
  readonly from: Date
  readonly until: Date
  readonly place: string | null
  /** Counts her changes: the SEQUENCE of the calendar file. */
  readonly version: number
}

/** So many times are offered at most, and so long may the place be, in characters. */
export const mostTimes = 3
export const longestPlace = 200

/** How long a talk may be, in minutes; the first unless she says otherwise. */
export const lengths = [30, 15, 45, 60] as const

/** Times are offered for so many days from tomorrow, at most so many of them. */
const offeredDays = 14
const mostShown = 12

/** Her note is gone so long after its time, in days, and 30 days after she made it at the latest. */
export const keptAfterDays = 1

/** When a note that was made at `madeAt` about a talk until `until` ends. */
export function meetingEnd(madeAt: Date, until: Date): Date {
  const [latest, usual] = [later(madeAt, keptDays * day), later(until, keptAfterDays * day)]
  return usual < latest ? usual : latest
}

/** The clock that she goes by (an IANA name, or how far ahead it is): her own, else that of the node. */
export function clockOf(hours: OwnHours, now: Date, nodeZone: string): string {
  return ownZone(hours, stretchFrom(now)) ?? nodeZone
}

/**
 * Times of that length that she could offer: inside her own week and outside the holidays of her place, two a day, one early and one
 * late in it, from tomorrow on.
 */
export function timesToOffer(hours: OwnHours, now: Date, nodeZone: string, minutes: number): readonly Span[] {
  const zone = clockOf(hours, now, nodeZone)
  const tomorrow = wallClock(now.getTime(), zone).toPlainDate().add({ days: 1 })
  return Array.from({ length: offeredDays }, (_, index) => tomorrow.add({ days: index }))
    .flatMap((date) => {
      const whole = { from: momentAt(date, '00:00', zone), until: momentAt(date.add({ days: 1 }), '00:00', zone) }
      const holidays = hours.country === undefined ? undefined : daysOff(hours.country, whole, hours.holidayRegion)
      const free = freeSlots(weekIn(ownPattern(hours), zone, whole, holidays), minutes, 30)
      // Not the first and the last half hour of somebody's day.
      const early = free[Math.floor(free.length / 4)]
      const late = free[Math.floor((free.length * 3) / 4)]
      return [early, late].filter((one, at, both) => one !== undefined && (at === 0 || one !== both[0]))
    })
    .filter((one) => one !== undefined)
    .slice(0, mostShown)
}

/** Whether a time lies within her own working hours by her clock, holidays aside. */
export function isInsideHours(span: Span, hours: OwnHours, now: Date, nodeZone: string): boolean {
  const around = { from: span.from - day, until: span.until + day }
  return fits(span, weekIn(ownPattern(hours), clockOf(hours, now, nodeZone), around))
}

/** A day and a time as she typed them, by her clock; or what is wrong with them. `latest` is the last moment at which it may end. */
export function typedMeeting(
  typed: { readonly day: string; readonly month: string; readonly year: string; readonly time: string },
  minutes: number,
  zone: string,
  { now, latest }: { readonly now: Date; readonly latest: Date },
): { readonly from: Date; readonly until: Date } | { readonly problems: readonly Problem[] } {
  const date = typedDay('meetingDay', typed)
  const time = typedTime(typed.time)
  const problems = [
    ...('problem' in date ? [date.problem] : []),
    ...(time === undefined ? [{ field: 'meetingTime', rule: typed.time === '' ? 'required' : 'real' }] : []),
  ]
  if ('problem' in date || time === undefined) return { problems }
  const from = instantOf(momentAt(Temporal.PlainDate.from(date.day), time, zone))
  if (!from) return { problems: [{ field: 'meetingDay', rule: 'real' }] }
  const until = later(from, minutes * minute)
  if (from <= now) return { problems: [{ field: 'meetingDay', rule: 'past' }] }
  return until > latest ? { problems: [{ field: 'meetingDay', rule: 'late' }] } : { from, until }
}

/** A time of day as people type it (9:30, 09.30, 14:00) as HH:MM; undefined when it is none. */
export function typedTime(text: string): string | undefined {
  const [, hours = '', minutes = ''] = /^(\d{1,2})[:.](\d{2})$/.exec(text) ?? []
  if (hours === '' || Number(hours) > 23 || Number(minutes) > 59) return undefined
  return `${hours.padStart(2, '0')}:${minutes}`
}

/** The length of a talk that a form sent, in minutes. */
export function typedLength(text: string): number {
  return lengths.find((length) => String(length) === text) ?? lengths[0]
}

/** What is wrong with where they meet. */
export function placeProblems(place: string): readonly Problem[] {
  return lengthOf(place) > longestPlace
    ? [{ field: 'meetingPlace', rule: 'maxLength', detail: { limit: longestPlace } }]
    : []
}

/** The reminder is due when the talk is within so long, in milliseconds: the day before. */
export const remindedBefore = 24 * hour

function stretchFrom(now: Date): Span {
  return { from: now.getTime(), until: now.getTime() + offeredDays * day }
}
