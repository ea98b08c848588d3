import { InvalidInput } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { changeShown } from './change-steps.ts'
import { nextMonth, pauseProblems, running, startOfDay } from './flag.ts'
import { closeFlag, type Listings } from './scope-steps.ts'
import { changeFlag } from './store.ts'
import { flagOf } from './views.ts'

/** What becomes of her flag once she said yes to a chat; `pausedUntil` is a day (YYYY-MM-DD). */
export type AfterYes = { readonly flag: 'stay' | 'close' } | { readonly flag: 'pause'; readonly pausedUntil: string }

/**
 * What a yes to a chat makes of her flag, as she chose; one that stays is full for the rest of the month once `agreed` chats are as many as
 * she wants. A flag that has ended stays as it is. InvalidInput for a day until which nothing can be paused.
 */
export async function settleFlagAfterYes(
  tx: Tx,
  needs: Listings,
  accountId: string,
  { agreed, ...chosen }: AfterYes & { readonly agreed: number },
): Promise<void> {
  await changeShown(tx, needs, accountId, async () => {
    const now = needs.now()
    const flag = running(await flagOf(tx, accountId), now)
    if (!flag) return
    if (chosen.flag === 'close') return closeFlag(tx, needs, flag, 'person')
    if (chosen.flag === 'pause') {
      const problems = pauseProblems(chosen.pausedUntil, flag, now)
      if (problems.length > 0) throw new InvalidInput(problems)
      await changeFlag(tx, flag.id, { pausedUntil: startOfDay(chosen.pausedUntil) ?? null })
    }
    if (agreed >= flag.capacity) await changeFlag(tx, flag.id, { fullUntil: nextMonth(now) })
  })
}

/**
 * Opens a flag again that was full for the rest of the month, once fewer chats are agreed than she wants. One that she paused or closed
 * stays so.
 */
export async function reopenFullFlag(tx: Tx, needs: Listings, accountId: string, agreed: number): Promise<void> {
  const flag = running(await flagOf(tx, accountId), needs.now())
  if (!flag?.fullUntil || agreed >= flag.capacity) return
  await changeShown(tx, needs, accountId, () => changeFlag(tx, flag.id, { fullUntil: null }))
}
