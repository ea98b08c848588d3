import { formatOf } from '../common/formats.ts'
import { countryName, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { clocksOf } from '../hours/country.ts'
import { ownZone, type OwnHours } from '../hours/meeting.ts'
import type { Span } from '../hours/span.ts'
import { wallClock } from '../hours/week.ts'
import type { Slot } from './chat.ts'

/** By whose clocks a time is told: the reader's own, and those of the other's country. */
export type Clocks = {
  readonly own: OwnHours
  /** ISO 3166-1 alpha-2; null where it is not told. */
  readonly otherCountry: string | null
  /** The node's time zone, for readers whose own is not known. */
  readonly nodeZone: string
}

/** The same, and when she has other chats already. */
export type HerTimes = Clocks & { readonly taken?: readonly Slot[] }

/** A time in words, as the reader's clock shows it and as clocks of the other's country do. */
export type ToldTime = {
  /** Tuesday 1 December */
  readonly day: string
  /** 14:00 to 14:30 */
  readonly time: string
  /** your clock (London) */
  readonly clock: string
  /** Germany: 15:00 to 15:30. Undefined where the country is not known. */
  readonly there?: string
  /** All of it in one line. */
  readonly text: string
}

/** Tells one time in both clocks. A country with several says between which times it begins there. */
export function toldTime(slot: Slot, clocks: Clocks, language: Language, t: Translate): ToldTime {
  const span = { from: slot.from.getTime(), until: slot.until.getTime() }
  const zone = ownZone(clocks.own, span)
  const here = zone ?? clocks.nodeZone
  const day = dayName(span.from, here, language)
  const time = t('chats:clock.span', ends(span, here))
  const clock =
    zone === undefined ? t('chats:clock.node', { place: placeOf(here) }) : clockName(zone, clocks.own, t, language)
  const there = clocks.otherCountry === null ? undefined : thereOf(span, here, clocks.otherCountry, language, t)
  const told = { day, time, clock }
  return {
    ...told,
    ...(there === undefined ? {} : { there }),
    text: there === undefined ? t('chats:clock.one', told) : t('chats:clock.both', { ...told, there }),
  }
}

/** What the reader's clock is called, as `toldTime` names it: your clock (London). */
export function readersClock(clocks: Clocks, now: Date, language: Language, t: Translate): string {
  return toldTime({ from: now, until: now }, clocks, language, t).clock
}

/** The last day all of which is left to answer, by the reader's clock: Monday 7 December. */
export function lastDayToAnswer(lapsesAt: Date, { own, nodeZone }: Clocks, language: Language): string {
  const moment = lapsesAt.getTime()
  const end = wallClock(moment, ownZone(own, { from: moment, until: moment }) ?? nodeZone).toPlainDate()
  return namedDay(end.subtract({ days: 1 }).toString(), language)
}

function thereOf(span: Span, here: string, code: string, language: Language, t: Translate): string | undefined {
  const zones = clocksOf(code, span)
  const [first] = zones
  const last = zones.at(-1)
  if (first === undefined || last === undefined) return undefined
  const country = countryName(code, language)
  if (zones.every((zone) => wallOf(span.from, zone) === wallOf(span.from, here)))
    return t('chats:clock.same', { country })
  const startOf = (zone: string): string => withDay(timeOf(span.from, zone), span, zone, here, language, t)
  if (zones.length > 1) return t('chats:clock.several', { country, least: startOf(first), most: startOf(last) })
  const whole = t('chats:clock.span', ends(span, first))
  return t('chats:clock.there', { country, time: withDay(whole, span, first, here, language, t) })
}

// The day is named only where it is another one than at home.
function withDay(text: string, { from }: Span, zone: string, here: string, language: Language, t: Translate): string {
  const isSameDay = wallClock(from, zone).toPlainDate().equals(wallClock(from, here).toPlainDate())
  return isSameDay ? text : t('chats:clock.otherDay', { day: dayName(from, zone, language), time: text })
}

function wallOf(moment: number, zone: string): string {
  return wallClock(moment, zone).toPlainDateTime().toString()
}

function ends({ from, until }: Span, zone: string): { readonly from: string; readonly to: string } {
  return { from: timeOf(from, zone), to: timeOf(until, zone) }
}

function timeOf(moment: number, zone: string): string {
  return wallClock(moment, zone).toPlainTime().toString({ smallestUnit: 'minute' })
}

function clockName(zone: string, own: OwnHours, t: Translate, language: Language): string {
  // A zone that is told by how far ahead it is, is the only one of her country.
  if (/^[+-]/.test(zone)) return t('chats:clock.country', { country: countryName(own.country ?? '', language) })
  return t('chats:clock.own', { place: placeOf(zone) })
}

function placeOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

function dayName(moment: number, zone: string, language: Language): string {
  return namedDay(wallClock(moment, zone).toPlainDate().toString(), language)
}

function namedDay(day: string, language: Language): string {
  const locale = language === 'cy' ? 'cy' : 'en-GB'
  const options: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }
  const format = formatOf(`${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options))
  return format.format(Date.parse(day))
}
