import type { Tx } from '../database/database.ts'
import { enqueue, type PartnerNews } from '../jobs/queue.ts'

/** Tells every administrator by mail, once for each piece of news that was not sent yet; `partnerId` is null for news of our own node. */
export function tellAdministrators(tx: Tx, news: PartnerNews, partnerId: number | null): Promise<void> {
  return enqueue(tx, 'partners.tell-administrators', { news, partnerId }, { key: `${news}:${partnerId ?? 'own'}` })
}
