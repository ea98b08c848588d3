import type { App, Needs } from '../app.ts'
import { rfc3339 } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import type { Withdrawal } from '../common/withdrawal-log.ts'
import type { Tx } from '../database/database.ts'
import { endings, type Ending, type Shown } from './endings.ts'
import { limitOf } from './limit-views.ts'
import type { Listings } from './scope-steps.ts'
import { republish } from './steps.ts'
import { lockOwner, type Owner } from './store.ts'
import { flagOf, listingOf } from './views.ts'
import { keepWithdrawals, nextNumber } from './withdrawal-store.ts'

/**
 * One person's change of what is shown of her: alone on her account, and made visible at its end. Every change goes through here.
 * What it takes back is in the log before the change can be seen by anybody.
 */
export async function changeShown(
  tx: Tx,
  needs: Listings,
  accountId: string,
  work: (tx: Tx, owner: Owner) => Promise<void>,
): Promise<void> {
  const owner = await lockOwner(tx, accountId)
  if (!owner) return
  const before = await shownOf(tx, accountId)
  await work(tx, owner)
  await republish(tx, needs, accountId)
  await note(tx, needs, accountId, endings(before, await shownOf(tx, accountId), needs.now()))
}

/**
 * Notes what an account took back, in the database and outside of it. The last thing in a transaction, so that nothing of ours can
 * fail after it. Where the log cannot be written, what somebody wants happens all the same, and the log is made whole within
 * the hour (replay-actions.ts).
 */
export async function note(
  tx: Tx,
  needs: Needs & Pick<App, 'withdrawals'>,
  accountId: string,
  ended: readonly (Ending | { readonly closed: true })[],
): Promise<void> {
  if (ended.length === 0) return
  const number = await nextNumber(tx)
  const at = rfc3339(needs.now())
  const withdrawals: readonly Withdrawal[] = ended.map((one) => ({ number, at, account: accountId, ...one }))
  await keepWithdrawals(tx, withdrawals)
  await needs.withdrawals
    .append(withdrawals)
    .catch((error: unknown) =>
      logger('listing').error(
        `the log of withdrawals ${needs.withdrawals.path} cannot be written, and lacks number ${number}: ${String(error)}`,
      ),
    )
}

async function shownOf(tx: Tx, accountId: string): Promise<Shown> {
  return {
    listing: await listingOf(tx, accountId),
    flag: await flagOf(tx, accountId),
    limit: await limitOf(tx, accountId),
  }
}
