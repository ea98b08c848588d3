import { InvalidInput, type Problem } from '../common/errors.ts'
import type { Slot } from './chat.ts'
import { readTimes, type PickedTimes } from './pick.ts'
import type { Lines } from './record.ts'
import { linesProblems } from './terms.ts'
import { timeProblems, type Meeting } from './times.ts'

/** The three lines of a request, in their order. */
export const lineNames = ['why', 'hope', 'bring'] as const satisfies readonly (keyof Lines)[]

/** What can be said in each line where the host lets nobody write in her own words (words, chats:ask.ready). */
export const readyLines = {
  why: ['role', 'practice', 'place', 'alone'],
  hope: ['compare', 'advice', 'see', 'meet'],
  bring: ['experience', 'practice', 'ear', 'questions'],
} as const satisfies Readonly<Record<keyof Lines, readonly string[]>>

/** For so many days a request that was begun is kept. */
export const draftDays = 7

/** At most so many of one person are kept: the oldest goes. */
export const mostDrafts = 10

/** A request that somebody has begun. `times` is null until she was asked for them; none means that the other chooses. */
export type Draft = {
  /** The key of the other's page in this directory. */
  readonly entry: string
  /** Slug in conversation-kinds. */
  readonly kind: string
  readonly lines: Lines
  readonly times: readonly Slot[] | null
  /** IRI of the actor who introduced them. */
  readonly introducedBy: string | null
}

/** What has yet to be said before a request can be sent. */
export function nextStep({ lines, times }: Draft): 'lines' | 'times' | 'check' {
  if (linesProblems(lines).length > 0) return 'lines'
  return times === null ? 'times' : 'check'
}

/** The times of a request as a form gave them: in the hours of both, at most three, or none. InvalidInput says what is wrong. */
export function timesIn(picked: PickedTimes, meeting: Meeting, now: Date): readonly Slot[] {
  const { times, day, clock } = picked
  const isTyped = clock !== '' || day.day !== '' || day.month !== '' || day.year !== ''
  if (times.length === 0 && !isTyped) return []
  const read = readTimes(picked, meeting, now)
  const chosen = new Set(times.map((text) => Date.parse(text)))
  const problems = read.flatMap((slot) =>
    timeProblems(slot, meeting, now).map((rule): Problem => ({
      field: chosen.has(slot.from.getTime()) ? 'times' : 'typedDay',
      rule,
    })),
  )
  if (problems.length > 0) throw new InvalidInput(problems)
  return read
}

/** Whether every time of a draft still fits both. */
export function areStillPossible(times: readonly Slot[], meeting: Meeting, now: Date): boolean {
  return times.every((slot) => timeProblems(slot, meeting, now).length === 0)
}
