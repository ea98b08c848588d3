import { day, later } from '../common/clock.ts'
import type { Withdrawal, WithdrawalLogContent } from '../common/withdrawal-log.ts'
import { nowhere, purposes, type Scopes } from './scopes.ts'

/** What the database says of the log. */
export type Counted = {
  /** The newest change that took something back. */
  readonly number: number
  /** The lines that it kept. */
  readonly kept: readonly Withdrawal[]
  /** How many starts and hours were counted. */
  readonly mark: number
  /** Set by a restore until the next start. */
  readonly restored: boolean
  /** Whoever restored said that there is no log but a new one. */
  readonly logIsLost: boolean
}

/** What a start has to do about the log. */
export type Plan = {
  /** The database is older than the log, or was filled from a backup. */
  readonly restored: boolean
  /** What it does not know of, in the order in which it happened. */
  readonly unknown: readonly Withdrawal[]
  /** Where its counts must be afterwards. */
  readonly number: number
  readonly mark: number
}

/**
 * Compares the log with the database beside it. A line is written just before its change is kept, so one number that the database does
 * not know is a crash between the two; more of them, or a lower count of starts and hours, is an older database. A change that the
 * database refused at its very end left a line as well, under a number that the next change took.
 */
export function plan(content: WithdrawalLogContent, known: Counted, now: Date): Plan {
  const before = later(now, -keptDays * day).toISOString() // what is older the database has forgotten
  const unknown = missing({ withdrawals: known.kept }, content.withdrawals)
    .filter((line) => line.number > known.number || (line.at >= before && !changedSince(known.kept, line)))
    .toSorted((one, other) => one.number - other.number)
  const number = Math.max(known.number, ...unknown.map((line) => line.number))
  return {
    restored: known.restored || content.mark > known.mark || number > known.number + 1,
    unknown,
    number,
    mark: Math.max(known.mark, content.mark),
  }
}

/** Whether a log holds nothing, though this database had one before: another file, or one that was lost. */
export function isNewLog(content: WithdrawalLogContent, known: Pick<Counted, 'mark'>): boolean {
  return content.mark === 0 && content.withdrawals.length === 0 && known.mark > 0
}

// Who took something back afterwards, and saw it happen, has said what she wants.
function changedSince(kept: readonly Withdrawal[], { account, number }: Withdrawal): boolean {
  return kept.some((one) => one.account === account && one.number >= number)
}

/** The switches that stay of those that an older database has on. */
export function staying(scopes: Scopes, still: readonly string[]): Scopes {
  const kept = purposes.filter((purpose) => scopes[purpose] && still.includes(purpose))
  const after = Object.fromEntries(kept.map((purpose) => [purpose, true]))
  const result: Scopes = { ...nowhere, ...after }
  return result.public ? result : { ...result, discovery: false }
}

/** How long a line is kept, in days: as long as tombstones. */
export const keptDays = 400

/** The lines that the log lacks. */
export function missing(
  content: Pick<WithdrawalLogContent, 'withdrawals'>,
  kept: readonly Withdrawal[],
): readonly Withdrawal[] {
  const there = new Set(content.withdrawals.map((one) => JSON.stringify(one)))
  return kept.filter((one) => !there.has(JSON.stringify(one)))
}
