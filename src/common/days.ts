import { formatOf } from './formats.ts'
import type { Language } from './vocabularies.ts'

/** A day as people write it, in UTC: 30 November 2026. Takes an instant or an RFC 3339 text. */
export function longDay(instant: Date | string, language: Language): string {
  return formatted(instant, language, { dateStyle: 'long', timeZone: 'UTC' })
}

/** A day and a time of day in a time zone: 30 November 2026 at 14:05. */
export function moment(instant: Date | string, language: Language, timeZone: string): string {
  return formatted(instant, language, { dateStyle: 'long', timeStyle: 'short', timeZone })
}

function formatted(instant: Date | string, language: Language, options: Intl.DateTimeFormatOptions): string {
  const locale = language === 'cy' ? 'cy' : 'en-GB'
  const format = formatOf(`${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options))
  return format.format(typeof instant === 'string' ? Date.parse(instant) : instant)
}
