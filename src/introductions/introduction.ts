import { day, later } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'
import { hasLink, lengthOf } from '../requests/request.ts'

/** Who somebody is in an introduction: who asks for it, who knows both, and who is to be met. */
export type Part = 'asker' | 'introducer' | 'target'

/** What is kept of where it stands, for one of the three. */
export type Standing = 'asked' | 'passed' | 'agreed' | 'ended' | 'withdrawn'

/** What one of them tells the next: the request, the same passed on, an answer, or that the asker took it back. */
export type Word = 'ask' | 'pass' | 'yes' | 'no' | 'undo'

/** One person's record of an introduction. The three are known by their actors alone. */
export type Introduction = {
  readonly id: string
  readonly accountId: string
  readonly part: Part
  /** The id under which the others know her. */
  readonly personId: string
  readonly asker: string
  readonly introducer: string
  readonly target: string
  /** IRI of what the asker sent; null at the target, who never learns it. */
  readonly askOffer: string | null
  /** IRI of what the introducer passed on; null at the asker, and before. */
  readonly passOffer: string | null
  /** What the asker wrote; empty where no words are kept. */
  readonly line: string
  readonly standing: Standing
  readonly madeAt: Date
  /** Until when it can be answered, by both. */
  readonly answerBy: Date
  /** Until when the asker may ask the target for a chat, once she agreed. */
  readonly agreedUntil: Date | null
  readonly endsAt: Date
}

/** Everything about it is gone so many days after it was asked for, and for so many it can be answered. */
export const keptDays = 30
export const answerDays = 14

/** For so many days after the yes the asker may ask for a chat, flag or not. */
export const agreedDays = 14

export const longestLine = 300

/** At most so many new ones of one person in 24 hours, and so many that wait for one person. */
export const mostADay = 5
export const mostWaiting = 10

/** At most so many requests of one sender to people here are answered in 24 hours, by a no or by anybody. */
export const mostAnswered = 20

/** Where it stands at a moment: what nobody answered in time has ended, and so has a yes that was not used. */
export function standingAt({ standing, answerBy, agreedUntil }: Timed, now: Date): Standing {
  if ((standing === 'asked' || standing === 'passed') && answerBy <= now) return 'ended'
  return standing === 'agreed' && agreedUntil !== null && agreedUntil <= now ? 'ended' : standing
}

type Timed = Pick<Introduction, 'standing' | 'answerBy' | 'agreedUntil'>

/** Whether it waits for somebody's answer. */
export function isWaiting(introduction: Timed, now: Date): boolean {
  const standing = standingAt(introduction, now)
  return standing === 'asked' || standing === 'passed'
}

/** What she may do now. */
export function deedsOf(
  introduction: Timed & Pick<Introduction, 'part'>,
  now: Date,
): readonly ('answer' | 'withdraw')[] {
  const standing = standingAt(introduction, now)
  if (introduction.part === 'asker') return standing === 'asked' ? ['withdraw'] : []
  return standing === 'asked' ? ['answer'] : []
}

/**
 * What a word of another one makes of a record; the same where it changes nothing, because it came twice, late, or after the end. A yes and
 * a no of the target reach the introducer after she passed the request on, and the asker from her.
 */
export function heard({ part, standing }: Pick<Introduction, 'part' | 'standing'>, word: Word): Standing {
  if (word === 'undo') return part !== 'asker' && standing !== 'ended' ? 'withdrawn' : standing
  const waits = part === 'asker' ? 'asked' : part === 'introducer' ? 'passed' : undefined
  if (standing !== waits) return standing
  return word === 'yes' ? 'agreed' : word === 'no' ? 'ended' : standing
}

/** To whom a word goes, by its sender's part: the actor. */
export function readerOf(introduction: Pick<Introduction, 'part' | Part>, word: Word): string {
  if (introduction.part !== 'introducer') return introduction.introducer
  return word === 'pass' || word === 'undo' ? introduction.target : introduction.asker
}

/** When a record of what was asked for at `madeAt` ends, and until when it can be answered. */
export function datesOf(madeAt: Date): Pick<Introduction, 'endsAt' | 'answerBy'> {
  return { endsAt: later(madeAt, keptDays * day), answerBy: later(madeAt, answerDays * day) }
}

/** What is wrong with the asker's line. */
export function lineProblems(line: string): readonly Problem[] {
  if (line === '') return [{ field: 'line', rule: 'required' }]
  if (lengthOf(line) > longestLine) return [{ field: 'line', rule: 'maxLength', detail: { limit: longestLine } }]
  return hasLink(line) ? [{ field: 'line', rule: 'link' }] : []
}
