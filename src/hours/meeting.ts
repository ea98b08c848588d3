import type { Holiday } from '../common/holidays.ts'
import { countries } from '../common/vocabularies.ts'
import type { ProfileFields } from '../profile/profile.ts'
import { clocksOf, officeHours, officeWeekOf } from './country.ts'
import { hoursOf, overlap, type Span } from './span.ts'
import { daysIn, momentAt, weekFrom, weekIn } from './week.ts'

/** What a person has said of her own hours. She alone reads it. */
export type OwnHours = Pick<ProfileFields, 'timeZone' | 'workingPattern' | 'country' | 'holidayRegion'>

/** Hours that two people may share, where one of them works somewhere in a country with several clocks. */
export type SharedHours = { readonly least: number; readonly most: number }

/** Her own clock: what she said, or that of her country where it has only one; undefined when neither tells. */
export function ownZone({ timeZone, country }: OwnHours, week: Span): string | undefined {
  if (timeZone !== undefined) return timeZone
  const clocks = country === undefined ? [] : clocksOf(country, week)
  return clocks.length === 1 ? clocks[0] : undefined
}

/** When she works: her own week, or the office week of her country if she has said none; undefined when her clock is not known. */
export function ownWeek(hours: OwnHours, week: Span, holidays: readonly Holiday[] = []): readonly Span[] | undefined {
  const zone = ownZone(hours, week)
  return zone === undefined ? undefined : weekIn(ownPattern(hours), zone, week, holidays)
}

/**
 * How many hours a week (as `ownWeek` gives it) shares with office hours in a country, without its holidays: at least (wherever in it
 * somebody works) and at most (where it fits best). Undefined for what is no country with a clock.
 */
export function officeOverlap(own: readonly Span[], country: string, week: Span): SharedHours | undefined {
  const offices = officeHours(country, week)
  return offices.length === 0 ? undefined : sharedWith(own, offices)
}

/** How many hours a week shares with the worst and with the best of several others. */
export function sharedWith(own: readonly Span[], others: readonly (readonly Span[])[]): SharedHours {
  const shared = others.map((other) => hoursOf(overlap(own, other)))
  return { least: Math.min(...shared), most: Math.max(...shared) }
}

const near = 2

/**
 * The countries (ISO 3166-1 alpha-2) in which, somewhere, office hours share two hours with hers on more than half of her working
 * days (or all her hours, on days with less), in the week from that day on. None when her clock is not known.
 */
export function nearCountries(hours: OwnHours, now: Date): readonly string[] {
  const week = weekFrom(now)
  const zone = ownZone(hours, week)
  if (zone === undefined) return []
  const own = weekIn(ownPattern(hours), zone, week)
  const days = daysIn(zone, week)
    .map((day) =>
      overlap(own, [{ from: momentAt(day, '00:00', zone), until: momentAt(day.add({ days: 1 }), '00:00', zone) }]),
    )
    .filter((spans) => spans.length > 0)
  const isNear = (office: readonly Span[]): boolean =>
    days.filter((spans) => hoursOf(overlap(spans, office)) >= Math.min(near, hoursOf(spans))).length > days.length / 2
  return countryCodes().filter((country) => officeHours(country, week).some(isNear))
}

/** The week she said she works, or the office week of her country. */
export function ownPattern({ workingPattern, country }: OwnHours): NonNullable<OwnHours['workingPattern']> {
  return workingPattern ?? officeWeekOf(country ?? 'GB')
}

let codes: readonly string[] | undefined

function countryCodes(): readonly string[] {
  codes ??= countries('en').map(({ code }) => code)
  return codes
}
