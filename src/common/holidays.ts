import { createRequire } from 'node:module'
import type HolidaysOfCountry from 'date-holidays'
import { day as dayLong, dayOf, hour, instantOf, later } from './clock.ts'
import type { Language } from './vocabularies.ts'

/** A day off in one place: the day there (YYYY-MM-DD), from its beginning or, on half a day off, from a time on (HH:MM); its name in English, if it has one. */
export type Holiday = { readonly day: string; readonly from?: string; readonly name: string }

/** A part of a country with holidays of its own: `GB-WLS`, and what it is called. */
export type HolidayRegion = { readonly id: string; readonly name: string }

const load = createRequire(import.meta.url)
let loaded: typeof HolidaysOfCountry | undefined

// Its tables of all countries take 45 MB and a quarter of a second, which a process that shows no hours never pays.
function library(): typeof HolidaysOfCountry {
  loaded ??= load('date-holidays') as typeof HolidaysOfCountry // what `import` would give, said by its own types
  return loaded
}

// The library has no Welsh.
const inWelsh: Readonly<Record<string, string>> = {
  'GB-ENG': 'Lloegr',
  'GB-NIR': 'Gogledd Iwerddon',
  'GB-SCT': 'Yr Alban',
  'GB-WLS': 'Cymru',
}

/** The parts of a country (ISO 3166-1 alpha-2) with holidays of their own, by name; none where all of it has the same, or it is not known. */
export function holidayRegions(country: string, language: Language): readonly HolidayRegion[] {
  if (!/^[A-Z]{2}$/.test(country)) return []
  const all = new (library())()
  if (!Object.hasOwn(all.getCountries(), country)) return []
  const names = Object.entries(all.getStates(country, 'en') ?? {})
  return names
    .map(([part, name]) => [`${country}-${part}`, name] as const)
    .map(([id, name]) => ({ id, name: (language === 'cy' ? inWelsh[id] : undefined) ?? name }))
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
}

/** Whether there is such a region (`GB-WLS`). */
export function isHolidayRegion(id: string): boolean {
  return holidayRegions(id.slice(0, 2), 'en').some((region) => region.id === id)
}

/** What a region is called, or its code if nobody knows. */
export function holidayRegionName(id: string, language: Language): string {
  return holidayRegions(id.slice(0, 2), language).find((region) => region.id === id)?.name ?? id
}

const kept = new Map<string, readonly Holiday[]>()
const keptMost = 500

/**
 * The public holidays of a country in a year, in order: those that all of it has, and those of one of its regions (`GB-WLS`; a region
 * of another country counts as none). Undefined where they are not known. Those that hang on the moon may differ by a day.
 */
export function holidaysIn(country: string, year: number, region?: string): readonly Holiday[] | undefined {
  const part = region?.startsWith(`${country}-`) ? region.slice(country.length + 1) : undefined
  const key = `${country} ${part ?? ''} ${year}`
  const days = kept.get(key) ?? read(country, year, part)
  if (kept.size >= keptMost) kept.clear()
  kept.set(key, days)
  return days.length === 0 ? undefined : days
}

function read(country: string, year: number, part: string | undefined): readonly Holiday[] {
  const Holidays = library()
  const options = { types: ['public' as const] }
  if (!Object.hasOwn(new Holidays().getCountries(), country)) return []
  const here = part === undefined ? new Holidays(country, options) : new Holidays(country, part, options)
  return here.getHolidays(year, 'en').flatMap(({ date, start, end, name }): Holiday[] => {
    const [day = '', time = '00:00'] = date.split(' ')
    if (!time.startsWith('00:00')) return [{ day, from: time.slice(0, 5), name }]
    // An hour more or less comes from a change of the clock; what is left of a day (an eve) is no day off.
    const days = Math.max(1, Math.floor((end.getTime() - start.getTime()) / hour / 24 + 1 / 24))
    return Array.from({ length: days }, (_, index) => ({ day: dayAfter(day, index), name }))
  })
}

function dayAfter(first: string, days: number): string {
  const start = instantOf(`${first}T00:00:00Z`)
  return start ? dayOf(later(start, days * dayLong)) : first
}
