import { officeWeek, weekDays, type WorkingPattern } from '../profile/working-week.ts'
import type { Span } from './span.ts'
import { wallClock, weekIn } from './week.ts'

// Offices in Xinjiang keep the time of Beijing, as the law says; the zone is a custom beside it.
const notOffices = 'Asia/Urumqi'

const zones = new Map<string, readonly string[]>()

/** The time zones of a country (ISO 3166-1 alpha-2), as Node's CLDR data has them, but for one that no office keeps; none for what is no country. */
export function zonesOf(country: string): readonly string[] {
  if (!/^[A-Z]{2}$/.test(country)) return []
  const known = zones.get(country)
  if (known) return known
  const found = new Intl.Locale(`und-${country}`).getTimeZones()?.filter((zone) => zone !== notOffices) ?? []
  zones.set(country, found)
  return found
}

/** Monday to Friday, nine to five, or whichever days are no weekend in that country (CLDR). */
export function officeWeekOf(country: string): WorkingPattern {
  if (zonesOf(country).length === 0) return officeWeek
  const { weekend } = new Intl.Locale(`und-${country}`).getWeekInfo()
  const hours = officeWeek.monday ?? []
  return Object.fromEntries(weekDays.filter((_, index) => !weekend.includes(index + 1)).map((day) => [day, hours]))
}

/**
 * One clock for each way in which those of a country go within a stretch of time of some days, the furthest behind first: one for
 * Germany, which has two time zones, and several for Australia. A clock that does not change is told by how far ahead it is (`+01:00`).
 */
export function clocksOf(country: string, within: Span): readonly string[] {
  const byCourse = new Map(
    zonesOf(country).map((zone) => {
      const [first, last] = [wallClock(within.from, zone), wallClock(within.until, zone)]
      const clock = first.offset === last.offset ? first.offset : zone
      return [`${first.offset} ${last.offset}`, { clock, ahead: first.offsetNanoseconds }]
    }),
  )
  return [...byCourse.values()].toSorted((one, other) => one.ahead - other.ahead).map(({ clock }) => clock)
}

/** When offices of a country are open, by each of its clocks, in the order of `clocksOf`. */
export function officeHours(country: string, week: Span): readonly (readonly Span[])[] {
  return keptFor(hoursByCountry, `${country} ${week.from} ${week.until}`, () => {
    const pattern = officeWeekOf(country)
    return clocksOf(country, week).map((clock) =>
      keptFor(hoursByClock, `${clock} ${Object.keys(pattern).join(' ')} ${week.from} ${week.until}`, () =>
        weekIn(pattern, clock, week),
      ),
    )
  })
}

// A whole day asks for the same weeks again and again. There are some 250 countries, with some 100 clocks and weekends.
const keptMost = 2_000
const hoursByCountry = new Map<string, readonly (readonly Span[])[]>()
const hoursByClock = new Map<string, readonly Span[]>()

function keptFor<Value>(kept: Map<string, Value>, key: string, make: () => Value): Value {
  const known = kept.get(key)
  if (known !== undefined) return known
  const made = make()
  if (kept.size >= keptMost) kept.clear()
  kept.set(key, made)
  return made
}
