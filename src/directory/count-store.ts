import { changed, type Tx } from '../database/database.ts'

/** Removes the oldest rows of the log of changes but `kept` or a few more: whoever missed them reads everything again. */
export async function pruneChanges(tx: Tx, kept: number): Promise<number> {
  return changed(
    tx,
    'delete from directory_change where xid < (select xid from directory_change order by xid desc offset $1 limit 1)',
    [kept],
  )
}
