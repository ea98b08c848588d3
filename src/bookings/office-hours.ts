import { day as dayLong, instantOf, later } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'
import type { Holiday } from '../common/holidays.ts'
import { zonesOf } from '../hours/country.ts'
import { daysIn, momentAt, wallClock } from '../hours/week.ts'
import { ownPattern, ownZone, type OwnHours } from '../hours/meeting.ts'
import { weekDays, type WeekDay, type WorkingPattern } from '../profile/working-week.ts'

/** How often a time comes again: every week, every second week, or each month on the same weekday of it (the second Tuesday). */
export type Every = 'week' | 'fortnight' | 'month'
export const everies: readonly Every[] = ['week', 'fortnight', 'month']

/** Office hours of somebody: one time of day on a weekday, again and again, until a day. */
export type OfficeHours = {
  readonly id: string
  readonly accountId: string
  /** Under which id others know her. */
  readonly personId: string
  /** The first and the last day on which they may be (YYYY-MM-DD), as her clock shows them. */
  readonly firstDay: string
  readonly untilDay: string
  /** HH:MM by her clock. */
  readonly startsAt: string
  readonly minutes: number
  readonly every: Every
  /** Her clock (IANA), and whose holidays are left out: all as they were when she set these hours. */
  readonly zone: string
  readonly country: string | null
  readonly region: string | null
  /** So many people may come at one time. */
  readonly capacity: number
  /** How to meet; for those alone who booked. May be empty. */
  readonly place: string
  /** Whether her followers are told. */
  readonly told: boolean
  readonly offDays: readonly string[]
  readonly madeAt: Date
  readonly endedAt: Date | null
}

/** One time of office hours: `day` (YYYY-MM-DD by her clock) names it among them. */
export type Sitting = { readonly day: string; readonly from: Date; readonly until: Date }

export const lengths = [15, 30, 45, 60, 90] as const
export const capacities = [1, 2, 3, 4, 5, 6, 7, 8] as const
export const longestPlace = 200
/** Office hours end by themselves after so many days at the latest. */
export const longestDays = 90
/** Of one person at a time. */
export const mostHours = 4
/** A time can be booked so many days before at the earliest: everything about it is gone 30 days after it was booked. */
export const bookableDays = 28

/** What somebody says who sets office hours; days as YYYY-MM-DD, times as HH:MM. */
export type HoursTerms = {
  readonly weekDay: string
  readonly startsAt: string
  readonly minutes: number
  readonly every: string
  readonly capacity: number
  readonly untilDay: string
  readonly place: string
  readonly told: boolean
}

/** What her own hours make of the terms: her clock, or why there is none. */
export type OwnClock = { readonly zone: string | undefined; readonly pattern: WorkingPattern }

/** Her clock and her week as they are around now. */
export function ownClock(own: OwnHours, now: Date): OwnClock {
  const [only, ...others] = own.country === undefined ? [] : zonesOf(own.country)
  const zone =
    own.timeZone ??
    (others.length === 0 ? only : undefined) ??
    ownZone(own, { from: now.getTime(), until: later(now, (longestDays + 10) * dayLong).getTime() })
  return { zone, pattern: ownPattern(own) }
}

/** Everything that is wrong with terms; empty when they can be set. */
export function termsProblems(terms: HoursTerms, own: OwnClock, now: Date): readonly Problem[] {
  const problems: Problem[] = []
  const weekDay = weekDays.find((one) => one === terms.weekDay)
  const isTime = /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(terms.startsAt)
  const isLength = lengths.some((one) => one === terms.minutes)
  if (own.zone === undefined) problems.push({ field: 'startsAt', rule: 'clock' })
  if (weekDay === undefined) problems.push({ field: 'weekDay', rule: 'required' })
  if (!isTime) problems.push({ field: 'startsAt', rule: terms.startsAt === '' ? 'required' : 'format' })
  if (!isLength) problems.push({ field: 'sittingLength', rule: 'required' })
  if (weekDay !== undefined && isTime && isLength && !isWorked(terms, weekDay, own.pattern))
    problems.push({ field: 'startsAt', rule: 'workingHours' })
  if (!everies.some((one) => one === terms.every)) problems.push({ field: 'every', rule: 'required' })
  if (!capacities.some((one) => one === terms.capacity)) problems.push({ field: 'people', rule: 'required' })
  if (terms.untilDay === '') problems.push({ field: 'untilDay', rule: 'required' })
  else problems.push(...untilProblems(terms.untilDay, own.zone ?? 'UTC', now))
  if (terms.place.length > longestPlace)
    problems.push({ field: 'meetingPlace', rule: 'maxLength', detail: { limit: longestPlace } })
  return problems
}

function untilProblems(untilDay: string, zone: string, now: Date): readonly Problem[] {
  const today = dayAt(now, zone)
  if (!instantOf(`${untilDay}T00:00:00Z`)) return [{ field: 'untilDay', rule: 'real' }]
  if (untilDay <= today) return [{ field: 'untilDay', rule: 'past' }]
  if (untilDay > dayAt(later(now, longestDays * dayLong), zone))
    return [{ field: 'untilDay', rule: 'late', detail: { days: longestDays } }]
  return []
}

function isWorked({ startsAt, minutes }: HoursTerms, weekDay: WeekDay, pattern: WorkingPattern): boolean {
  const [from, until] = [minutesIn(startsAt), minutesIn(startsAt) + minutes]
  return (pattern[weekDay] ?? []).some((span) => minutesIn(span.from) <= from && until <= minutesIn(span.to))
}

function minutesIn(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** The first day on which office hours with these terms can be: the next one of that weekday whose time has not come yet. */
export function firstDayOf(terms: Pick<HoursTerms, 'weekDay' | 'startsAt'>, zone: string, now: Date): string {
  const days = daysIn(zone, { from: now.getTime(), until: later(now, 9 * dayLong).getTime() })
  const first = days.find(
    (day) => weekDays[day.dayOfWeek - 1] === terms.weekDay && momentAt(day, terms.startsAt, zone) > now.getTime(),
  )
  return (first ?? days[0])?.toString() ?? dayAt(now, zone)
}

/**
 * Every time of office hours that lies ahead of `now`, in order, as her clock shows it on the day, across its changes. Left out are
 * holidays, and the days that she called off. `holidays`: of her place, over all of it.
 */
export function sittings(hours: OfficeHours, holidays: readonly Holiday[], now: Date): readonly Sitting[] {
  if (hours.endedAt !== null) return []
  const within = { from: instantOfDay(hours.firstDay), until: instantOfDay(hours.untilDay) + dayLong }
  return daysIn('UTC', within)
    .filter((day) => isOn(hours, day.toString()))
    .filter((day) => !hours.offDays.includes(day.toString()))
    .map((day) => {
      const from = momentAt(day, hours.startsAt, hours.zone)
      return { day: day.toString(), from, until: from + hours.minutes * 60_000 }
    })
    .filter(({ day, until }) => !isOff(day, until, hours.zone, holidays))
    .filter(({ until }) => until > now.getTime())
    .flatMap(({ day, from, until }) => {
      const [start, end] = [instantOf(from), instantOf(until)]
      return start && end ? [{ day, from: start, until: end }] : []
    })
}

/** Of these times the ones that can be booked now: they have not begun, and are within four weeks. */
export function bookable(all: readonly Sitting[], now: Date): readonly Sitting[] {
  const latest = later(now, bookableDays * dayLong)
  return all.filter(({ from }) => from > now && from <= latest)
}

/** The stretch of time in which holidays count for these hours, in milliseconds. */
export function spanOf(hours: Pick<OfficeHours, 'firstDay' | 'untilDay'>): { from: number; until: number } {
  return { from: instantOfDay(hours.firstDay), until: instantOfDay(hours.untilDay) + dayLong }
}

// Days are counted as days, without any clock.
function isOn({ firstDay, every }: OfficeHours, day: string): boolean {
  const passed = Math.round((instantOfDay(day) - instantOfDay(firstDay)) / dayLong)
  if (passed < 0 || passed % 7 !== 0) return false
  if (every === 'week') return true
  if (every === 'fortnight') return passed % 14 === 0
  const place = placeInMonth(firstDay)
  // A month may have no fifth Tuesday: then it is the last one.
  return place === 5 ? isLastInMonth(day) : placeInMonth(day) === place
}

function placeInMonth(day: string): number {
  return Math.ceil(Number(day.slice(8)) / 7)
}

function isLastInMonth(day: string): boolean {
  const next = instantOf(instantOfDay(day) + 7 * dayLong)
  return next?.toISOString().slice(0, 7) !== day.slice(0, 7)
}

// On half a day off, what ends before it begins takes place.
function isOff(day: string, until: number, zone: string, holidays: readonly Holiday[]): boolean {
  const end = wallClock(until, zone).toPlainTime().toString({ smallestUnit: 'minute' })
  return holidays.some((one) => one.day === day && (one.from === undefined || end > one.from))
}

function instantOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

/** The day (YYYY-MM-DD) that a clock shows at a moment. */
export function dayAt(moment: Date, zone: string): string {
  return wallClock(moment.getTime(), zone).toPlainDate().toString()
}
