import { day, dayOf, instantAt, later } from '../common/clock.ts'
import { daysOff } from '../hours/days-off.ts'
import { ownPattern, ownZone, type OwnHours } from '../hours/meeting.ts'
import { wallClock, weekIn } from '../hours/week.ts'

// Longer than any row of holidays and weekends.
const lookAhead = 16 * day

// Days in which she can answer.
const answerable = 2

/**
 * When somebody is asked about a chat that ended at `until`: as her next working day begins, by her own week, clock and holidays; earlier
 * where everything of the chat is forgotten (`forgottenAt`) less than two days after that, or before.
 */
export function askAt(until: Date, own: OwnHours, forgottenAt?: Date): Date {
  const at = nextMorning(until, own)
  const latest = forgottenAt && later(forgottenAt, -answerable * day)
  return latest && latest < at && latest > until ? latest : at
}

function nextMorning(until: Date, own: OwnHours): Date {
  const within = { from: until.getTime(), until: until.getTime() + lookAhead }
  const zone = ownZone(own, within) ?? 'UTC'
  const off = own.country === undefined ? [] : (daysOff(own.country, within, own.holidayRegion) ?? [])
  const dayAt = (moment: number): string => wallClock(moment, zone).toPlainDate().toString()
  const next = weekIn(ownPattern(own), zone, within, off).find(({ from }) => dayAt(from) > dayAt(within.from))
  return next === undefined ? later(until, day) : instantAt(next.from)
}

/** What is counted of chats, without saying whose. */
export const counted = ['agreed', 'took-place', 'worth-it'] as const
export type Counted = (typeof counted)[number]

/** What a host may see of a count: tens, rounded down, so that no two figures ever differ by fewer than ten people's chats. */
export function shownOf(count: number): number {
  return Math.floor(count / 10) * 10
}

/** Totals are shown of no group below so many people. */
export const leastPeople = 10

/** The month (YYYY-MM, in UTC) of an instant: what a host may see is renewed once in it. */
export function monthOf(now: Date): string {
  return dayOf(now).slice(0, 7)
}
