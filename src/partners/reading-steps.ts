import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import type { Reading } from './partner.ts'
import { isFollowed, lockReading, type Counts } from './reading-store.ts'

/**
 * The reading of a partner, locked, and still wanted: a Reject or an Undo may come in the middle of a poll. Only its own row is locked,
 * so that the partner may ask us and be answered meanwhile; whoever ends a reading hides it, and waits for that row.
 */
export async function readingInUse(tx: Tx, id: number): Promise<(Reading & Counts) | undefined> {
  const reading = await lockReading(tx, id)
  return reading && (await isFollowed(tx, id)) ? reading : undefined
}

/** Queues the next poll. A doorbell may have queued an earlier one while this one ran: it keeps its time. */
export function pollNext(tx: Tx, id: number, runAt: Date): Promise<void> {
  return enqueue(tx, 'partners.poll', { partnerId: id }, { key: String(id), runAt, whenPending: 'keep-time' })
}
