import type { Tx } from '../database/database.ts'
import { endAllFeedsAndMails } from './store.ts'

/**
 * Ends every feed and every weekly mail: in an older database stand those that were ended since. The searches stay, and their owners
 * switch on again what they want.
 */
export function endFeedsAndMails(tx: Tx): Promise<void> {
  return endAllFeedsAndMails(tx)
}
