import type { Tx } from '../database/database.ts'
import { removeDraft } from './ask-draft-store.ts'

/** Ends what a person had begun to ask whom that entry is of: it was sent. */
export function dropDraft(tx: Tx, accountId: string, entry: string): Promise<void> {
  return removeDraft(tx, accountId, entry)
}
