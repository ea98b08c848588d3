import type { Tx } from '../database/database.ts'
import { removeFormerHolders } from './withdrawal-store.ts'

/** Forgets which nodes held what was withdrawn before then. */
export async function forgetFormerHolders(tx: Tx, before: Date): Promise<void> {
  await removeFormerHolders(tx, before)
}
