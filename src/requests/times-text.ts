import { formatOf } from '../common/formats.ts'
import { countryName, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { clocksOf } from '../hours/country.ts'
import type { Span } from '../hours/span.ts'
import { wallClock } from '../hours/week.ts'

/** For whom times are written out: her language and clock, and the country of who reads them, if she said one. */
export type Wording = {
  readonly t: Translate
  readonly language: Language
  readonly zone: string
  readonly country?: string
}

/** A time in plain text by a clock, with the name of that clock: Tuesday, 24 November 2026, 14:00 to 14:30 (Greenwich Mean Time). */
export function timeText(span: Span, zone: string, { t, language }: Pick<Wording, 't' | 'language'>): string {
  return t('requests:times.onDay', {
    day: dayText(span, zone, language),
    hours: hoursText(span, { zone, name: clockName(span.from, zone, language) }, t, language),
  })
}

/**
 * Times to choose from as a message: numbered, each by her clock, in UTC, and by the clock of the reader's country where it has only one.
 * Plain text without a link, so that every server shows it, first message or not.
 */
export function timesText(spans: readonly Span[], wording: Wording): string {
  const { t, language, zone } = wording
  const lines = spans.map((span, index) => {
    const clocks = [{ zone, name: clockName(span.from, zone, language) }, ...theirClock(span, wording), utc]
    const days = clocks.map((clock) => dayText(span, clock.zone, language))
    const [own = '', ...same] = clocks.map((clock, at) => {
      const hours = hoursText(span, clock, t, language)
      return at > 0 && new Set(days).size === 1 ? hours : t('requests:times.onDay', { day: days[at], hours })
    })
    return [`${index + 1}. ${own}`, ...same.filter((text) => !own.endsWith(text))].join('\n= ')
  })
  return [t('requests:times.lead', { count: spans.length }), ...lines, t('requests:times.end')].join('\n\n')
}

type NamedClock = { readonly zone: string; readonly name: string }

const utc: NamedClock = { zone: 'UTC', name: 'UTC' }

// Only one that is surely theirs, and goes otherwise than hers.
function theirClock(span: Span, { zone, country, language }: Wording): readonly NamedClock[] {
  if (country === undefined) return []
  const [theirs, ...others] = clocksOf(country, span)
  if (theirs === undefined || others.length > 0) return []
  const [one, other] = [theirs, zone].map((clock) => wallClock(span.from, clock).offsetNanoseconds)
  return one === other ? [] : [{ zone: theirs, name: countryName(country, language) }]
}

function dayText({ from }: Span, zone: string, language: Language): string {
  return formatted(from, language, zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}

function hoursText({ from, until }: Span, clock: NamedClock, t: Translate, language: Language): string {
  const style = { hour: '2-digit', minute: '2-digit' } as const
  const [begin, end] = [from, until].map((at) => formatted(at, language, clock.zone, style))
  return t('requests:times.hours', { from: begin, until: end, clock: clock.name })
}

/** What a clock is called at a moment: Greenwich Mean Time, British Summer Time, GMT+02:00. */
export function clockName(at: number, zone: string, language: Language): string {
  if (zone === 'UTC') return 'UTC'
  const locale = localeOf(language)
  const format = formatOf(
    `${locale} clock ${zone}`,
    () => new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'long' }),
  )
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

function formatted(at: number, language: Language, timeZone: string, style: Intl.DateTimeFormatOptions): string {
  const locale = localeOf(language)
  const options = { ...style, timeZone, hourCycle: 'h23' as const }
  return formatOf(`${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options)).format(at)
}

function localeOf(language: Language): string {
  return language === 'cy' ? 'cy' : 'en-GB'
}
