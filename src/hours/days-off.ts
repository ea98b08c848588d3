import { holidaysIn, type Holiday } from '../common/holidays.ts'
import type { Span } from './span.ts'

const dayLong = 86_400_000

/**
 * The public holidays of a country, and of one of its regions (`GB-WLS`), that may fall within a stretch of time by any clock; undefined
 * where they are not known. For `weekIn` and `ownWeek`.
 */
export function daysOff(country: string, within: Span, region?: string): readonly Holiday[] | undefined {
  // No day anywhere is further from its day in UTC than a day.
  const [from, until] = [within.from - 2 * dayLong, within.until + dayLong]
  const known = yearsOf(from, until).map((year) => holidaysIn(country, year, region))
  if (known.includes(undefined)) return undefined
  return known.flatMap((days) => days ?? []).filter(({ day }) => from < Date.parse(day) && Date.parse(day) < until)
}

function yearsOf(from: number, until: number): readonly number[] {
  const [first, last] = [from, until].map((moment) => Number(yearOf.format(moment)))
  return first === undefined || last === undefined
    ? []
    : Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

const yearOf = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: 'UTC' })
