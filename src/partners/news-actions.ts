import { administrators } from '../accounts/views.ts'
import type { Needs } from '../app.ts'
import { enqueue, type PartnerNews } from '../jobs/queue.ts'

/** Queues one mail for each administrator, so that one address that cannot be reached keeps nobody else waiting. */
export function tellEach(needs: Needs, news: PartnerNews, partnerId: number | null): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const { id } of await administrators(tx)) {
      await enqueue(
        tx,
        'partners.tell-administrator',
        { news, partnerId, administratorId: id },
        { key: `${news}:${partnerId ?? 'own'}:${id}` },
      )
    }
  })
}
