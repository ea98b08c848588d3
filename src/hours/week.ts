import { Temporal } from 'temporal-polyfill'
import type { Holiday } from '../common/holidays.ts'
import { weekDays, type WorkingPattern } from '../profile/working-week.ts'
import { joined, without, type Span } from './span.ts'

const dayLong = 86_400_000

/** The seven times 24 hours from the beginning of that day in UTC: a usual week, the same all day for everyone. */
export function weekFrom(now: Date): Span {
  const from = Math.floor(now.getTime() / dayLong) * dayLong
  return { from, until: from + 7 * dayLong }
}

/**
 * When somebody works within a stretch of time: her pattern as the clock of her place reads (IANA name), without holidays. Right
 * across changes of that clock: an hour that is left out is not worked, and one that comes twice is worked twice.
 */
export function weekIn(
  pattern: WorkingPattern,
  zone: string,
  within: Span,
  holidays: readonly Holiday[] = [],
): readonly Span[] {
  const days = daysIn(zone, within)
  const worked = days.flatMap((day) =>
    (pattern[weekDays[day.dayOfWeek - 1] ?? 'monday'] ?? []).map(({ from, to }) => ({
      from: momentAt(day, from, zone),
      until: momentAt(day, to, zone),
    })),
  )
  const off = days.flatMap((day) =>
    holidays
      .filter((holiday) => holiday.day === day.toString())
      .map((holiday) => ({
        from: momentAt(day, holiday.from ?? '00:00', zone),
        until: momentAt(day.add({ days: 1 }), '00:00', zone),
      })),
  )
  return clipped(without(joined(worked), joined(off)), within)
}

/** The calendar days that a clock shows in a stretch of time. */
export function daysIn(zone: string, within: Span): readonly Temporal.PlainDate[] {
  const last = wallClock(within.until - 1, zone).toPlainDate()
  const days: Temporal.PlainDate[] = []
  for (
    let day = wallClock(within.from, zone).toPlainDate();
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  )
    days.push(day)
  return days
}

/** What a clock shows at a moment. */
export function wallClock(moment: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(zone)
}

/** The moment at which a clock shows a day and a time (HH:MM): the first of two; of a time that is left out, as long after the change. */
export function momentAt(day: Temporal.PlainDate, time: string, zone: string): number {
  return day.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds
}

function clipped(spans: readonly Span[], { from, until }: Span): readonly Span[] {
  return joined(spans.map((span) => ({ from: Math.max(span.from, from), until: Math.min(span.until, until) })))
}
