import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { keepActivity, keepDeliveries } from './delivery-store.ts'

export type Prepared = {
  /** The activity's id; the same one again sends nothing again. */
  readonly id: string
  /** Which of our actors signs: 'node', 'directory' or a person's id. */
  readonly sender: string
  /** The whole activity; serialised here, once. */
  readonly body: Readonly<Record<string, unknown>>
  readonly inboxes: readonly string[]
  /** Until when to try. Default two days; for what takes something back, 30. */
  readonly giveUpAt?: Date
}

/** Keeps one body and one delivery for each inbox, and queues a look at them, in the transaction of the change that it tells of. */
export async function prepare(tx: Tx, needs: Pick<Needs, 'now' | 'newId'>, activity: Prepared): Promise<void> {
  const now = needs.now()
  const { type } = activity.body
  const kind = typeof type === 'string' ? type : ''
  await keepActivity(tx, {
    id: activity.id,
    sender: activity.sender,
    kind,
    body: JSON.stringify(activity.body),
    madeAt: now,
    giveUpAt: activity.giveUpAt ?? later(now, type === 'Delete' || type === 'Undo' ? 30 * day : 2 * day),
  })
  // A doorbell goes to thousands: two statements, not two for each.
  const deliveries = [...new Set(activity.inboxes)].map((inbox) => ({ id: needs.newId(), inbox }))
  if (deliveries.length === 0) return
  const isNew = (await keepDeliveries(tx, { ...activity, kind }, deliveries, now)) > 0
  // One look for all: which deliveries are due stands in their rows.
  if (isNew) await enqueue(tx, 'federation.deliver', {}, { runAt: now })
}
