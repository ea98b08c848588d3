import { formatOf } from '../common/formats.ts'
import { paths } from '../common/paths.ts'
import { countryName, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { comparison, type ComparedDay, type Comparison } from './comparison.ts'
import { zonesOf } from './country.ts'
import type { OwnHours } from './meeting.ts'
import { pictureOf, type Picture } from './picture.ts'
import type { Span } from './span.ts'
import { wallClock } from './week.ts'

/** A comparison as a page shows it: the picture, and the same in words. */
export type Told = {
  readonly country: string
  readonly clock: string
  readonly difference: string
  readonly total: string
  /** Said before anyone asks: the hours hardly meet. */
  readonly warning?: string
  readonly notes: readonly string[]
  readonly days: readonly { readonly name: string; readonly text: string }[]
  readonly picture: Picture & { readonly names: readonly string[] }
  readonly isZoneSaid: boolean
  readonly isWeekSaid: boolean
  readonly hasSeveralClocks: boolean
}

/** Says a comparison in one language. */
export function told(compared: Comparison, language: Language, t: Translate): Told {
  const country = placeName(compared.country, language)
  return {
    country,
    clock: clockName(compared, language, t),
    difference: difference(compared, country, t),
    total: total(compared, country, t),
    ...warning(compared, country, t),
    notes: compared.areHolidaysKnown ? [] : [t('hours:holidaysUnknown', { country })],
    days: compared.days.map((day) => ({
      name: dayName(day, language, { weekday: 'long', day: 'numeric', month: 'long' }),
      text: dayText(day, compared, language, t),
    })),
    picture: {
      ...pictureOf(compared),
      names: compared.days.map((day) => `${dayName(day, language, { weekday: 'short' })} ${Number(day.day.slice(8))}`),
    },
    isZoneSaid: compared.isZoneSaid,
    isWeekSaid: compared.isWeekSaid,
    hasSeveralClocks: compared.clocks.length > 1,
  }
}

// In English some names of countries have an article inside a sentence.
const withArticle = new Set(
  'AE AX BQ BS CC CF CK DO FK FO GB GM GS IO KM KY MH MP MV NL PH PN SB TC TF UM US VG VI'.split(' '),
)

function placeName(country: string, language: Language): string {
  const name = countryName(country, language)
  return language === 'en' && withArticle.has(country) ? `the ${name}` : name
}

// A zone that is told by how far ahead it is, is the only one of her country.
function clockName({ zone, ownCountry }: Comparison, language: Language, t: Translate): string {
  if (/^[+-]/.test(zone)) return t('hours:clock.country', { country: placeName(ownCountry ?? '', language) })
  return t('hours:clock.place', { place: (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ') })
}

function difference({ zone, clocks, days }: Comparison, country: string, t: Translate): string {
  const moments = [days[0]?.whole.from ?? 0, (days.at(-1)?.whole.until ?? 1) - 1]
  const [before, after] = moments.map((moment) =>
    clocks
      .map((clock) => minutesAhead(clock, moment) - minutesAhead(zone, moment))
      .toSorted((one, other) => one - other),
  )
  const least = Math.min(...(before ?? []), ...(after ?? []))
  const most = Math.max(...(before ?? []), ...(after ?? []))
  if (clocks.length > 1) return t('hours:difference.several', { country, least: ahead(least, t), most: ahead(most, t) })
  if (least === most) return t('hours:difference.one', { country, ahead: ahead(least, t) })
  return t('hours:difference.changes', {
    country,
    before: ahead(before?.[0] ?? 0, t),
    after: ahead(after?.[0] ?? 0, t),
  })
}

function minutesAhead(clock: string, moment: number): number {
  return wallClock(moment, clock).offsetNanoseconds / 60_000_000_000
}

function ahead(minutes: number, t: Translate): string {
  if (minutes === 0) return t('hours:difference.same')
  const length = lengthOf(Math.abs(minutes), t)
  return minutes > 0 ? t('hours:difference.ahead', { length }) : t('hours:difference.behind', { length })
}

/** Minutes in words: 5 hours and 45 minutes. */
function lengthOf(minutes: number, t: Translate): string {
  const all = Math.round(minutes)
  const [whole, rest] = [Math.floor(all / 60), all % 60]
  const [hours, left] = [t('hours:length.hours', { count: whole }), t('hours:length.minutes', { count: rest })]
  if (rest === 0) return hours
  return whole === 0 ? left : t('hours:length.both', { hours, minutes: left })
}

function total({ coming: { least, most } }: Comparison, country: string, t: Translate): string {
  if (most === 0) return t('hours:total.none', { country })
  if (least === most) return t('hours:total.one', { length: lengthOf(least * 60, t) })
  return least === 0
    ? t('hours:total.upTo', { country, most: lengthOf(most * 60, t) })
    : t('hours:total.several', { country, least: lengthOf(least * 60, t), most: lengthOf(most * 60, t) })
}

const hardly = 1

function warning({ usual, coming }: Comparison, country: string, t: Translate): { readonly warning?: string } {
  if (usual.most < hardly) return { warning: t('hours:warning.hardly', { country }) }
  if (usual.least < hardly) return { warning: t('hours:warning.depends', { country }) }
  if (coming.least < hardly)
    return { warning: t('hours:warning.holidays', { country, length: lengthOf(usual.least * 60, t) }) }
  return {}
}

function dayText(day: ComparedDay, compared: Comparison, language: Language, t: Translate): string {
  const country = placeName(compared.country, language)
  const shared = day.shared.map((span) => sharedText(span, day, compared, language, t))
  const holidays = [
    ...(day.ownHoliday === undefined ? [] : [t('hours:day.ownHoliday', { name: holidayName(day.ownHoliday, t) })]),
    ...(day.theirHoliday === undefined
      ? []
      : [t('hours:day.theirHoliday', { country, name: holidayName(day.theirHoliday, t) })]),
  ]
  const isOff = day.own.length === 0 && day.theirs.length === 0
  const first = shared.length > 0 ? [shared.join(', ')] : isOff ? [] : [t('hours:day.none')]
  return [...first, weeksText(day, compared, t), ...holidays].join('. ')
}

function sharedText(span: Span, day: ComparedDay, compared: Comparison, language: Language, t: Translate): string {
  const { zone, clocks } = compared
  const own = ends(span, zone, day)
  const [clock] = clocks
  if (clock === undefined || clocks.length > 1) return t('hours:day.span', own)
  const there = wallClock(span.from, clock).toPlainDate().toString()
  const theirs = ends(span, clock)
  const both = { ...own, theirFrom: theirs.from, theirTo: theirs.to }
  if (there === day.day) return t('hours:day.both', both)
  return t('hours:day.otherDay', { ...both, theirDay: dayName({ day: there }, language, { weekday: 'long' }) })
}

function weeksText(day: ComparedDay, { zone }: Comparison, t: Translate): string {
  const spansOf = (spans: readonly Span[]): string =>
    spans.map((span) => t('hours:day.span', ends(span, zone, day))).join(', ')
  const own = day.own.length > 0 ? t('hours:day.ownWork', { spans: spansOf(day.own) }) : t('hours:day.ownOff')
  const theirs =
    day.theirs.length > 0 ? t('hours:day.theirWork', { spans: spansOf(day.theirs) }) : t('hours:day.theirOff')
  return `${own}, ${theirs}`
}

// The end of a day is 24:00 on its own line.
function ends({ from, until }: Span, zone: string, day?: ComparedDay): { readonly from: string; readonly to: string } {
  const time = (moment: number): string => wallClock(moment, zone).toPlainTime().toString({ smallestUnit: 'minute' })
  return { from: time(from), to: until === day?.whole.until ? '24:00' : time(until) }
}

const named: Readonly<Record<string, string>> = {
  'New Year’s Day': 'newYear',
  'Good Friday': 'goodFriday',
  'Easter Monday': 'easterMonday',
  'Early May bank holiday': 'earlyMay',
  'Spring bank holiday': 'spring',
  'Summer bank holiday': 'summer',
  'Christmas Day': 'christmas',
  'Boxing Day': 'boxingDay',
}

// The library speaks no Welsh; of others than these the English name is better than none.
function holidayName(name: string, t: Translate): string {
  const key = named[name.replace("'", '’').replace(' (substitute day)', '')]
  return key === undefined ? name : t(`hours:holidays.${key}`)
}

function dayName({ day }: { readonly day: string }, language: Language, style: Intl.DateTimeFormatOptions): string {
  const locale = language === 'cy' ? 'cy' : 'en-GB'
  const options = { ...style, timeZone: 'UTC' }
  const format = formatOf(`${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options))
  return format.format(Date.parse(day))
}

/** What a page needs to show when somebody in a country and the reader both work: the picture and its words, or the way to say one's hours. */
export type OverlapView = { readonly change: string; readonly told?: Told }

/** The view of `hours/overlap.njk` for a reader with a profile; undefined where the country is none with a clock. */
export function overlapView(
  hours: OwnHours,
  country: string,
  now: Date,
  language: Language,
  t: Translate,
): OverlapView | undefined {
  if (zonesOf(country).length === 0) return undefined
  const compared = comparison(hours, country, now)
  return { change: paths.profile('hours'), ...(compared ? { told: told(compared, language, t) } : {}) }
}
