import { day, dayOf, instantOf, later } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'
import { concept } from '../common/vocabularies.ts'

/** "Open to a peer chat": one flag, from its opening to its end. */
export type ChatFlag = {
  readonly id: string
  readonly accountId: string
  /** Counts a person's flags; part of the flag's address. */
  readonly number: number
  /** One to five conversation kinds. */
  readonly kinds: readonly string[]
  readonly boundaries: readonly string[]
  /** Chats a month, 1 to 4. Nobody but its owner sees the number. */
  readonly capacity: number
  /** Not shown to people who sign in on this node: usually her own organisation. */
  readonly hiddenHere: boolean
  readonly openedAt: Date
  /** The last second of a day in UTC, at most 90 days after the day of opening. */
  readonly endsAt: Date
  readonly pausedUntil: Date | null
  readonly fullUntil: Date | null
  readonly closedAt: Date | null
  readonly closedBecause: 'person' | 'lapsed' | 'withdrawn' | 'replaced' | null
  readonly renewalAskedAt: Date | null
}

export type FlagState = 'closed' | 'open' | 'paused' | 'lapsed' | 'full'

/** What a person says when she opens her flag; `endsOn` is a day (YYYY-MM-DD). */
export type FlagTerms = {
  readonly kinds: readonly string[]
  readonly boundaries: readonly string[]
  readonly capacity: number
  readonly hiddenHere: boolean
  readonly endsOn: string
}

/** Days for which a flag is open unless its owner says otherwise, and at most (FEDERATION.md 4.1). */
export const defaultDays = 60
export const longestDays = 90
/** How many days before its end a person is asked by mail. */
export const askDaysBefore = 7
export const capacities = [1, 2, 3, 4] as const

/** What a flag is at an instant. An end that has passed counts whether or not a job has noticed. */
export function flagState(flag: ChatFlag | undefined, now: Date): FlagState {
  if (!flag) return 'closed'
  if (flag.closedAt) return flag.closedBecause === 'lapsed' ? 'lapsed' : 'closed'
  if (flag.endsAt <= now) return 'lapsed'
  if (flag.pausedUntil && flag.pausedUntil > now) return 'paused'
  if (flag.fullUntil && flag.fullUntil > now) return 'full'
  return 'open'
}

/** The flag while it can still be paused, renewed or closed: it is open, or will be again by itself. Undefined otherwise. */
export function running(flag: ChatFlag | undefined, now: Date): ChatFlag | undefined {
  const state = flagState(flag, now)
  return state === 'open' || state === 'paused' || state === 'full' ? flag : undefined
}

/** The day (YYYY-MM-DD, UTC) that lies so many days after today. */
export function dayIn(now: Date, days: number): string {
  return dayOf(later(now, days * day))
}

/** The last second of a day (YYYY-MM-DD) in UTC, as flags end; undefined for what is no day. */
export function endOfDay(text: string): Date | undefined {
  return instantOf(`${text}T23:59:59Z`)
}

/** When a flag that is renewed now ends: 60 days from today, and never earlier than it would have. */
export function renewedEnd(flag: Pick<ChatFlag, 'endsAt'>, now: Date): Date {
  const end = endOfDay(dayIn(now, defaultDays)) ?? flag.endsAt
  return end > flag.endsAt ? end : flag.endsAt
}

/** The first instant of a day (YYYY-MM-DD) in UTC, as pauses end; undefined for what is no day. */
export function startOfDay(text: string): Date | undefined {
  return instantOf(`${text}T00:00:00Z`)
}

/** The first instant of the next month in UTC: until then a flag that is full stays full. */
export function nextMonth(now: Date): Date {
  const [year = 0, month = 0] = dayOf(now).split('-').map(Number)
  return later(now, Date.UTC(year, month) - now.getTime())
}

/** Everything that is wrong with the terms of a flag, by form field; empty when it may open. */
export function termsProblems(terms: FlagTerms, now: Date): readonly Problem[] {
  const problems: Problem[] = []
  if (terms.kinds.length === 0) problems.push({ field: 'kinds', rule: 'minItems' })
  if (terms.kinds.length > 5) problems.push({ field: 'kinds', rule: 'maxItems', detail: { limit: 5 } })
  if (terms.kinds.some((kind) => !concept('conversation-kinds', kind)))
    problems.push({ field: 'kinds', rule: 'unknown' })
  problems.push(...endProblems(terms.endsOn, now))
  if (!capacities.some((capacity) => capacity === terms.capacity)) problems.push({ field: 'capacity', rule: 'choose' })
  if (terms.boundaries.some((boundary) => !concept('boundaries', boundary)))
    problems.push({ field: 'boundaries', rule: 'unknown' })
  return problems
}

function endProblems(endsOn: string, now: Date): readonly Problem[] {
  const end = endOfDay(endsOn)
  if (!end) return [{ field: 'endsOn', rule: 'real' }]
  if (end <= now) return [{ field: 'endsOn', rule: 'past' }]
  if (endsOn > dayIn(now, longestDays)) return [{ field: 'endsOn', rule: 'late', detail: { days: longestDays } }]
  return []
}

/** What is wrong with pausing a flag until a day: it must lie after today and before the flag's own end. */
export function pauseProblems(until: string, flag: ChatFlag, now: Date): readonly Problem[] {
  if (!startOfDay(until)) return [{ field: 'pausedUntil', rule: 'real' }]
  if (until <= dayOf(now)) return [{ field: 'pausedUntil', rule: 'past' }]
  if (until > dayOf(flag.endsAt)) return [{ field: 'pausedUntil', rule: 'late' }]
  return []
}

/**
 * The day that somebody typed as day, month and year, as YYYY-MM-DD. Empty parts are the problem `required`, anything that
 * is no day of the calendar is `real`.
 */
export function typedDay(
  field: string,
  parts: { readonly day: string; readonly month: string; readonly year: string },
): { readonly day: string } | { readonly problem: Problem } {
  if (parts.day === '' && parts.month === '' && parts.year === '') return { problem: { field, rule: 'required' } }
  const whole = /^\d{1,2}$/.test(parts.day) && /^\d{1,2}$/.test(parts.month) && /^\d{4}$/.test(parts.year)
  const text = `${parts.year}-${parts.month.padStart(2, '0')}-${parts.day.padStart(2, '0')}`
  const read = whole ? startOfDay(text) : undefined
  return read && dayOf(read) === text ? { day: text } : { problem: { field, rule: 'real' } }
}
