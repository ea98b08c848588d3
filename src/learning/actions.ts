import type { Needs } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { cleanWhat, learnedProblems, mostLearned, type LearnedText } from './log.ts'
import { removeWorthOf } from './worth-store.ts'
import { changeLearned, keepLearned, lockLog, removeClosedLogs, removeLearned, removeLog } from './store.ts'

/** Adds a line to a person's own log. InvalidInput for what she typed; Refusal log-full beyond 2,000 lines. */
export function addLearned(needs: Needs, accountId: string, line: LearnedText): Promise<void> {
  const checked = checkedLine(line, needs.now())
  return needs.db.transaction(async (tx) => {
    if ((await lockLog(tx, accountId)) >= mostLearned) throw new Refusal('log-full', { limit: mostLearned })
    await keepLearned(tx, { id: needs.newId(), accountId }, checked, needs.now())
  })
}

/** Changes a line of hers. InvalidInput for what she typed; Refusal not-found when it is gone. */
export function editLearned(needs: Needs, accountId: string, id: string, line: LearnedText): Promise<void> {
  const checked = checkedLine(line, needs.now())
  return needs.db.transaction(async (tx) => {
    if (!(await changeLearned(tx, { id, accountId }, checked))) throw new Refusal('not-found')
  })
}

/** Deletes a line of hers. Nothing when it is gone. */
export function deleteLearned(needs: Pick<Needs, 'db'>, accountId: string, id: string): Promise<void> {
  return needs.db.transaction((tx) => removeLearned(tx, { id, accountId }))
}

/** Erases the log of somebody whose account was closed, and what she said of chats. */
export function forgetLearning(needs: Pick<Needs, 'db'>, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await removeLog(tx, accountId)
    await removeWorthOf(tx, accountId)
  })
}

/** Erases what a restored backup still has of closed accounts. */
export function tidyLearning(needs: Pick<Needs, 'db'>): Promise<void> {
  return needs.db.transaction((tx) => removeClosedLogs(tx))
}

function checkedLine(line: LearnedText, now: Date): LearnedText {
  const cleaned = { ...line, what: cleanWhat(line.what) }
  const problems = learnedProblems(cleaned, now)
  if (problems.length > 0) throw new InvalidInput(problems)
  return cleaned
}
