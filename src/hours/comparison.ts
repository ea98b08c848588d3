import type { Holiday } from '../common/holidays.ts'
import { clocksOf, officeHours, officeWeekOf } from './country.ts'
import { daysOff } from './days-off.ts'
import { ownPattern, ownZone, sharedWith, type OwnHours, type SharedHours } from './meeting.ts'
import { joined, overlap, type Span } from './span.ts'
import { daysIn, momentAt, wallClock, weekIn } from './week.ts'

/** One day of the reader's calendar: when she works, when offices of the other country are open anywhere, and when both. */
export type ComparedDay = {
  /** YYYY-MM-DD. */
  readonly day: string
  readonly whole: Span
  readonly own: readonly Span[]
  readonly theirs: readonly Span[]
  readonly shared: readonly Span[]
  readonly ownHoliday?: string
  readonly theirHoliday?: string
}

/** Two working weeks over the seven days after today, in the reader's own clock. */
export type Comparison = {
  /** Her time zone, or how far ahead the only clock of her country is (`+01:00`). */
  readonly zone: string
  readonly ownCountry?: string
  readonly country: string
  /** The clocks of the other country; offices there are open by any of them. */
  readonly clocks: readonly string[]
  readonly days: readonly ComparedDay[]
  /** Hours shared in these days. */
  readonly coming: SharedHours
  /** Hours shared if nobody had a holiday. */
  readonly usual: SharedHours
  readonly isZoneSaid: boolean
  readonly isWeekSaid: boolean
  readonly areHolidaysKnown: boolean
}

/**
 * The reader's working week beside the usual office week of another country, which is all that is ever shown of somebody else's
 * hours. Undefined when the reader's clock is not known, or the country is not.
 */
export function comparison(hours: OwnHours, country: string, now: Date): Comparison | undefined {
  const zone = ownZone(hours, { from: now.getTime(), until: now.getTime() + 8 * dayLong })
  if (zone === undefined) return undefined
  const tomorrow = wallClock(now.getTime(), zone).toPlainDate().add({ days: 1 })
  const week = { from: momentAt(tomorrow, '00:00', zone), until: momentAt(tomorrow.add({ days: 7 }), '00:00', zone) }
  const clocks = clocksOf(country, week)
  if (clocks.length === 0) return undefined

  const ownHolidays =
    (hours.country === undefined ? undefined : daysOff(hours.country, week, hours.holidayRegion)) ?? []
  const theirHolidays = daysOff(country, week)

  const own = weekIn(ownPattern(hours), zone, week, ownHolidays)
  const usual = officeHours(country, week)
  const offices =
    (theirHolidays ?? []).length > 0
      ? clocks.map((clock) => weekIn(officeWeekOf(country), clock, week, theirHolidays))
      : usual
  const theirs = joined(offices.flat())
  const days = daysIn(zone, week).map((date): ComparedDay => {
    const whole = { from: momentAt(date, '00:00', zone), until: momentAt(date.add({ days: 1 }), '00:00', zone) }
    const day = date.toString()
    const [ownOff, theirOff] = [nameOf(ownHolidays, day), nameOf(theirHolidays ?? [], day)]
    return {
      day,
      whole,
      own: overlap([whole], own),
      theirs: overlap([whole], theirs),
      shared: overlap([whole], overlap(own, theirs)),
      ...(ownOff === undefined ? {} : { ownHoliday: ownOff }),
      ...(theirOff === undefined ? {} : { theirHoliday: theirOff }),
    }
  })
  return {
    zone,
    ...(hours.country === undefined ? {} : { ownCountry: hours.country }),
    country,
    clocks,
    days,
    coming: sharedWith(own, offices),
    usual: sharedWith(weekIn(ownPattern(hours), zone, week), usual),
    isZoneSaid: hours.timeZone !== undefined,
    isWeekSaid: hours.workingPattern !== undefined,
    areHolidaysKnown: theirHolidays !== undefined,
  }
}

const dayLong = 86_400_000

function nameOf(holidays: readonly Holiday[], day: string): string | undefined {
  return holidays.find((holiday) => holiday.day === day)?.name
}
