import { day as dayLong, instantAt, later } from '../common/clock.ts'
import { clocksOf, officeWeekOf } from '../hours/country.ts'
import { daysOff } from '../hours/days-off.ts'
import { ownPattern, ownZone, type OwnHours } from '../hours/meeting.ts'
import { fits, freeSlots, overlap, type Span } from '../hours/span.ts'
import { daysIn, momentAt, wallClock, weekIn } from '../hours/week.ts'
import { latestDays, usualMinutes, type Slot } from './chat.ts'

/** Two people who look for a time, as one of them may know it: her own hours, and the country of the other. */
export type Meeting = {
  readonly own: OwnHours
  /** ISO 3166-1 alpha-2; undefined where it is not told, and then nothing is assumed of the other's hours. */
  readonly otherCountry: string | undefined
  readonly minutes: number
  /** When they must begin at the latest; `latestDays` from now unless said. */
  readonly latest?: Date
  /** When she has something else: her other chats. */
  readonly taken?: readonly Slot[]
}

/** What is wrong with a time. `clock`: hers is not known, since she has not said her time zone and her country has several. */
export type TimeProblem =
  | 'clock'
  | 'past'
  | 'late'
  | 'taken'
  | 'own-hours'
  | 'own-holiday'
  | 'their-hours'
  | 'their-holiday'

const mostSuggested = 12
const mostDays = 10

const minutesByKind: Readonly<Record<string, number>> = {
  'three-way-consult': 45,
  circle: 60,
  'shadow-session': 180,
  'team-visit': 180,
}

/** How long a chat of a kind (slug of conversation-kinds) takes, in minutes. */
export function minutesOf(kind: string): number {
  return minutesByKind[kind] ?? usualMinutes
}

/**
 * Times that fit both: in her own week and in the office week of the other's country, outside the holidays of both; at most twelve, in
 * order, spread over up to ten days from one working day of hers on. Where that country has several clocks, those that fit the most of
 * them. None when her clock is not known, or nothing fits.
 */
export function timesFor(meeting: Meeting, now: Date): readonly Slot[] {
  const within = { from: now.getTime(), until: latestOf(meeting, now).getTime() + meeting.minutes * 60_000 }
  const weeks = weeksOf(meeting, within)
  if (!weeks) return []
  const from = oneWorkingDayOn(weeks, now)
  const byDay = new Map<string, Span[]>()
  for (const span of freeSlots(weeks.own, meeting.minutes)) {
    if (span.from < from || !fitsAny(span, weeks.theirs) || isTaken(span, meeting)) continue
    const date = wallClock(span.from, weeks.zone).toPlainDate().toString()
    byDay.set(date, [...(byDay.get(date) ?? []), span])
  }
  const days = [...byDay.values()].slice(0, mostDays).map((spans) => best(spans, weeks))
  return spread(days)
    .toSorted((one, other) => one.from - other.from)
    .map(slotOf)
}

/** Everything that is wrong with a time; empty when it fits both. */
export function timeProblems(slot: Slot, meeting: Meeting, now: Date): readonly TimeProblem[] {
  const span = { from: slot.from.getTime(), until: slot.until.getTime() }
  if (slot.from <= now) return ['past']
  if (slot.from > latestOf(meeting, now)) return ['late']
  const weeks = weeksOf(meeting, around(span))
  if (!weeks) return ['clock']
  const problems: TimeProblem[] = isTaken(span, meeting) ? ['taken'] : []
  if (!fits(span, weeks.own)) problems.push(fits(span, weeks.ownAnyDay) ? 'own-holiday' : 'own-hours')
  if (!fitsAny(span, weeks.theirs)) problems.push(fitsAny(span, weeks.theirsAnyDay) ? 'their-holiday' : 'their-hours')
  return problems
}

/** Whether a time lies within her own hours and outside her holidays; undefined when her clock is not known. */
export function isInOwnHours(slot: Slot, own: OwnHours): boolean | undefined {
  const span = { from: slot.from.getTime(), until: slot.until.getTime() }
  const weeks = weeksOf({ own, otherCountry: undefined, minutes: usualMinutes }, around(span))
  return weeks && fits(span, weeks.own)
}

/** A time of that length (in minutes) that begins when her own clock shows a day (YYYY-MM-DD) and a time (HH:MM); undefined when it is not known. */
export function slotAt(
  own: OwnHours,
  typed: { readonly day: string; readonly time: string },
  minutes: number,
): Slot | undefined {
  const about = Date.parse(`${typed.day}T12:00:00Z`)
  if (Number.isNaN(about) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(typed.time)) return undefined
  const zone = ownZone(own, { from: about - dayLong, until: about + dayLong })
  const [date] = daysIn('UTC', { from: about, until: about + 1 })
  if (zone === undefined || date === undefined) return undefined
  const from = momentAt(date, typed.time, zone)
  return slotOf({ from, until: from + minutes * 60_000 })
}

type Weeks = {
  readonly zone: string
  readonly own: readonly Span[]
  /** Without her holidays. */
  readonly ownAnyDay: readonly Span[]
  /** By each clock of the other's country; one without bounds where it is not known. */
  readonly theirs: readonly (readonly Span[])[]
  readonly theirsAnyDay: readonly (readonly Span[])[]
}

function weeksOf({ own, otherCountry }: Meeting, within: Span): Weeks | undefined {
  const zone = ownZone(own, within)
  if (zone === undefined) return undefined
  const ownHolidays = (own.country === undefined ? undefined : daysOff(own.country, within, own.holidayRegion)) ?? []
  const clocks = otherCountry === undefined ? [] : clocksOf(otherCountry, within)
  const pattern = officeWeekOf(otherCountry ?? '')
  const theirHolidays = (otherCountry === undefined ? undefined : daysOff(otherCountry, within)) ?? []
  return {
    zone,
    own: weekIn(ownPattern(own), zone, within, ownHolidays),
    ownAnyDay: weekIn(ownPattern(own), zone, within),
    theirs: clocks.length === 0 ? [[within]] : clocks.map((clock) => weekIn(pattern, clock, within, theirHolidays)),
    theirsAnyDay: clocks.length === 0 ? [[within]] : clocks.map((clock) => weekIn(pattern, clock, within)),
  }
}

function around({ from, until }: Span): Span {
  return { from: from - dayLong, until: until + dayLong }
}

function latestOf({ latest }: Meeting, now: Date): Date {
  return latest ?? later(now, latestDays * dayLong)
}

function slotOf({ from, until }: Span): Slot {
  return { from: instantAt(from), until: instantAt(until) }
}

function isTaken(span: Span, { taken = [] }: Meeting): boolean {
  return taken.some(({ from, until }) => from.getTime() < span.until && span.from < until.getTime())
}

function fitsAny(span: Span, weeks: readonly (readonly Span[])[]): boolean {
  return weeks.some((week) => fits(span, week))
}

// The same time of her next working day; where today is none, or is over for her, the end of that day.
function oneWorkingDayOn({ zone, own }: Weeks, now: Date): number {
  const clock = wallClock(now.getTime(), zone)
  const today = clock.toPlainDate()
  const nextDay = Array.from({ length: latestDays }, (_, index) => today.add({ days: index + 1 })).find((date) =>
    works(own, zone, date),
  )
  if (nextDay === undefined) return Infinity
  return works(own, zone, today)
    ? momentAt(nextDay, clock.toPlainTime().toString({ smallestUnit: 'minute' }), zone)
    : momentAt(nextDay.add({ days: 1 }), '00:00', zone)
}

function works(own: readonly Span[], zone: string, date: ReturnType<typeof daysIn>[number]): boolean {
  const whole = { from: momentAt(date, '00:00', zone), until: momentAt(date.add({ days: 1 }), '00:00', zone) }
  return overlap(own, [whole]).length > 0
}

// Of one day: those that fit most of the clocks, at a full or half hour of hers where there are such.
function best(spans: readonly Span[], { zone, theirs }: Weeks): readonly Span[] {
  const counted = spans.map((span) => ({ span, count: theirs.filter((week) => fits(span, week)).length }))
  const most = Math.max(...counted.map(({ count }) => count))
  const found = counted.filter(({ count }) => count === most).map(({ span }) => span)
  const round = found.filter(({ from }) => wallClock(from, zone).minute % 30 === 0)
  return round.length > 0 ? round : found
}

// Where in the day the first, second, … is looked for, so that days in a row have early and late ones.
const places = [0.2, 0.8, 0.5, 0, 1]

function spread(days: readonly (readonly Span[])[]): readonly Span[] {
  const found: Span[] = []
  for (let round = 0; round < places.length; round += 1)
    for (const [index, spans] of days.entries()) {
      if (found.length >= mostSuggested) return found
      const free = spans.filter((span) => !found.some((one) => one.from < span.until && span.from < one.until))
      const one = free[Math.round((places[(round + index) % places.length] ?? 0) * (free.length - 1))]
      if (one) found.push(one)
    }
  return found
}
