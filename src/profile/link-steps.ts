import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { wantChecks } from './link-store.ts'
import { profileOf } from './views.ts'

/** Has an account's links looked at, all of them, from that time on; those that are gone are forgotten. */
export async function askForChecks(tx: Tx, accountId: string, at: Date): Promise<void> {
  const links = (await profileOf(tx, accountId))?.fields.links ?? []
  await wantChecks(tx, accountId, links, at)
  if (links.length > 0) await enqueue(tx, 'profile.check-links', { accountId }, { key: accountId, attempts: 3 })
}
