import { day, later, minute } from '../common/clock.ts'
import { InvalidInput, type Problem } from '../common/errors.ts'
import {
  latestDays,
  longestAccess,
  longestLine,
  longestMinutes,
  longestPlace,
  mostTimes,
  shortestMinutes,
  type Slot,
} from './chat.ts'
import type { Lines } from './record.ts'
import { hasLink, lengthOf } from '../requests/request.ts'

/** What is wrong with the three lines of a request: each is needed, short, and without a link. */
export function linesProblems(lines: Lines): readonly Problem[] {
  return (['why', 'hope', 'bring'] as const).flatMap((field): readonly Problem[] => {
    const text = lines[field].trim()
    if (text === '') return [{ field, rule: 'required' }]
    if (lengthOf(text) > longestLine) return [{ field, rule: 'maxLength', detail: { limit: longestLine } }]
    return hasLink(text) ? [{ field, rule: 'link' }] : []
  })
}

/** The lines as they are kept: each in one line, without what hides or turns around other characters. */
export function tidiedLines({ why, hope, bring }: Lines): Lines {
  return { why: tidiedLine(why), hope: tidiedLine(hope), bring: tidiedLine(bring) }
}

function tidiedLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .trim()
}

/** What is wrong with times that somebody offers: at most three, each as `slotProblems` says, none twice. */
export function timesProblems(times: readonly Slot[], madeAt: Date, now: Date): readonly Problem[] {
  if (times.length > mostTimes) return [{ field: 'times', rule: 'maxItems', detail: { limit: mostTimes } }]
  const begins = new Set(times.map(({ from }) => from.getTime()))
  if (begins.size < times.length) return [{ field: 'times', rule: 'twice' }]
  return times.flatMap((slot) => slotProblems('times', slot, madeAt, now)).slice(0, 1)
}

/** What is wrong with a time to meet: it lies ahead, not so late that the chat is forgotten before, and is neither short nor long. */
export function slotProblems(field: string, { from, until }: Slot, madeAt: Date, now: Date): readonly Problem[] {
  const minutes = (until.getTime() - from.getTime()) / minute
  if (!(minutes >= shortestMinutes && minutes <= longestMinutes)) return [{ field, rule: 'length' }]
  if (from <= now) return [{ field, rule: 'past' }]
  return from > later(madeAt, latestDays * day) ? [{ field, rule: 'late' }] : []
}

/** What is wrong with the place and the needs that one side names. A place may be a link: it is for the other one alone. */
export function wordProblems(word: {
  readonly place: string | null
  readonly access: string | null
}): readonly Problem[] {
  const tooLong = (field: 'place' | 'access', limit: number): readonly Problem[] =>
    lengthOf(word[field] ?? '') > limit ? [{ field, rule: 'maxLength', detail: { limit } }] : []
  return [...tooLong('place', longestPlace), ...tooLong('access', longestAccess)]
}

/** Place and needs as they are kept: tidied, and nothing where nothing was said. */
export function tidiedWord(word: { readonly place: string | null; readonly access: string | null }): {
  readonly place: string | null
  readonly access: string | null
} {
  const kept = (text: string | null): string | null =>
    text === null || tidiedLine(text) === '' ? null : tidiedLine(text)
  return { place: kept(word.place), access: kept(word.access) }
}

/** Whether two times are the same. */
export function isSameSlot(one: Slot, other: Slot): boolean {
  return one.from.getTime() === other.from.getTime() && one.until.getTime() === other.until.getTime()
}

/** The month (YYYY-MM in UTC) of an instant: what a capacity is counted in. */
export function monthOf(now: Date): string {
  return now.toISOString().slice(0, 7)
}

/** Throws InvalidInput with these problems, if there are any. */
export function refuseAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInput(problems)
}
