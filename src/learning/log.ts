import { day, dayOf, instantOf, later } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'
import { concept } from '../common/vocabularies.ts'

/** One line of a person's learning log. Nobody but her reads it. */
export type Learned = {
  readonly id: string
  /** YYYY-MM-DD, as she typed it. */
  readonly day: string
  /** A kind of conversation from the list, or null for something else. */
  readonly kind: string | null
  readonly what: string
  /** Undefined as null where she gave none. */
  readonly minutes: number | null
}

/** What she types; the id comes with it. */
export type LearnedText = Omit<Learned, 'id'>

/** A log holds at most so many lines, and each so many characters. */
export const mostLearned = 2_000
export const longestWhat = 2_000
const mostMinutes = 1_440

/** What somebody learned, as it is kept: no spaces at the ends of lines, at most one empty line in a row. */
export function cleanWhat(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[^\S\n]+$/gmu, '')
    .replaceAll(/\n{3,}/gu, '\n\n')
    .trim()
}

/** Everything that is wrong with a line, by form field. */
export function learnedProblems({ day: on, kind, what, minutes }: LearnedText, now: Date): readonly Problem[] {
  return [
    ...dayProblems(on, now),
    ...(kind === null || concept('conversation-kinds', kind) ? [] : [{ field: 'learnedKind', rule: 'unknown' }]),
    ...whatProblems(what),
    ...(minutes === null || (Number.isInteger(minutes) && minutes >= 1 && minutes <= mostMinutes)
      ? []
      : [{ field: 'minutes', rule: 'range', detail: { limit: mostMinutes } }]),
  ]
}

function dayProblems(on: string, now: Date): readonly Problem[] {
  const instant = /^\d{4}-\d\d-\d\d$/.test(on) ? instantOf(`${on}T00:00:00Z`) : undefined
  if (!instant || dayOf(instant) !== on || on < '1950') return [{ field: 'learnedOn', rule: 'real' }]
  // East of UTC the next day has begun.
  return on > dayOf(later(now, day)) ? [{ field: 'learnedOn', rule: 'future' }] : []
}

function whatProblems(what: string): readonly Problem[] {
  if (what === '') return [{ field: 'learned', rule: 'required' }]
  const isLong = Array.from(what).length > longestWhat
  return isLong ? [{ field: 'learned', rule: 'maxLength', detail: { limit: longestWhat } }] : []
}

/** What somebody typed as a number of minutes: null for nothing, NaN for what is no whole number. */
export function minutesIn(text: string): number | null {
  if (text === '') return null
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
}

/** How long all of it took, as far as she said. */
export function minutesOf(lines: readonly Pick<Learned, 'minutes'>[]): number {
  return lines.reduce((sum, { minutes }) => sum + (minutes ?? 0), 0)
}
