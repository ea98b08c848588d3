import { changed, type Tx } from '../database/database.ts'

/** Removes the oldest rows of the log of changes but `kept` or a few more: whoever missed them reads everything again. */
export async function pruneChanges(tx: Tx, kept: number): Promise<number> {
  return changed(
    tx,
    'delete from directory_change where xid < (select xid from directory_change order by xid desc offset $1 limit 1)',
    [kept],
  )
}

/**
 * Removes rows that another server wrote, whose numbers of transactions are ahead of ours, as after a copy of the whole database: they
 * would never count as seen. One row stays, or comes.
 */
export async function dropForeignChanges(tx: Tx): Promise<void> {
  const dropped = await changed(tx, 'delete from directory_change where xid >= pg_snapshot_xmax(pg_current_snapshot())')
  if (dropped > 0) await changed(tx, 'insert into directory_change default values')
}
