import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { enqueueAll } from '../jobs/queue.ts'
import { keepActivity, keepDeliveries } from './store.ts'

export type Prepared = {
  /** The activity's id; the same one again sends nothing again. */
  readonly id: string
  /** Which of our actors signs: 'node', 'directory' or a person's id. */
  readonly sender: string
  /** The whole activity; serialised here, once. */
  readonly body: Readonly<Record<string, unknown>>
  readonly inboxes: readonly string[]
  /** Until when to try. Default two days; a withdrawal tries for 30. */
  readonly giveUpAt?: Date
}

/** Keeps one body and queues one signed POST for each inbox, in the transaction of the change that it tells of. */
export async function prepare(tx: Tx, needs: Pick<Needs, 'now' | 'newId'>, activity: Prepared): Promise<void> {
  const now = needs.now()
  await keepActivity(tx, {
    id: activity.id,
    sender: activity.sender,
    body: JSON.stringify(activity.body),
    madeAt: now,
    giveUpAt: activity.giveUpAt ?? later(now, 2 * day),
  })
  // A doorbell goes to thousands: two statements, not two for each.
  const deliveries = [...new Set(activity.inboxes)].map((inbox) => ({ id: needs.newId(), inbox }))
  const kept = await keepDeliveries(tx, activity.id, deliveries, now)
  const jobs = kept.map((id) => ({ payload: { deliveryId: id }, key: id }))
  await enqueueAll(tx, 'federation.deliver', jobs, { runAt: now })
}
