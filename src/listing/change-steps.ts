import type { Tx } from '../database/database.ts'
import type { Listings } from './scope-steps.ts'
import { republish } from './steps.ts'
import { lockOwner, type Owner } from './store.ts'

/** One person's change of what is shown of her: alone on her account, and made visible at its end. Every change goes through here. */
export async function changeShown(
  tx: Tx,
  needs: Listings,
  accountId: string,
  work: (tx: Tx, owner: Owner) => Promise<void>,
): Promise<void> {
  const owner = await lockOwner(tx, accountId)
  if (!owner) return
  await work(tx, owner)
  await republish(tx, needs, accountId)
}
