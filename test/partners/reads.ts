import { rows } from '../../src/database/database.ts'
import { holdersOf as holders, partners as all, type Holder, type PartnerOverview } from '../../src/partners/views.ts'
import type { TestNode } from '../support/node.ts'

export const partners = (node: TestNode): Promise<readonly PartnerOverview[]> => all(node.app.db)

export const holdersOf = (node: TestNode, seq: number | undefined): Promise<Holder[]> =>
  holders(node.app.db, seq ?? Number.NaN, node.time)

/** The ids that a node publishes itself. */
export async function publishedAt(node: TestNode): Promise<readonly string[]> {
  return (await rows<{ id: string }>(node.app.db, 'select id from published_listing order by id')).map(({ id }) => id)
}
