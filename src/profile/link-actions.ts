import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { enqueue } from '../jobs/queue.ts'
import { recheckDays, type Checked } from './link-check.ts'
import { askForChecks } from './link-steps.ts'
import { keepChecked } from './link-store.ts'
import { accountsToCheck, verifiedLinks } from './link-views.ts'
import { lockedProfile } from './store.ts'

const atOnce = 500

/** Has all links of an account looked at soon. */
export function checkLinksAgain(needs: Needs, accountId: string): Promise<void> {
  return needs.db.transaction((tx) => askForChecks(tx, accountId, needs.now()))
}

/** Has the links of everyone looked at whose last look is a week ago; at most 500 people at a time. */
export async function checkOldLinks(needs: Needs): Promise<void> {
  const before = later(needs.now(), -recheckDays * day)
  for (const { accountId } of await accountsToCheck(needs.db, before, atOnce))
    await needs.db.transaction((tx) => askForChecks(tx, accountId, needs.now()))
}

/** Keeps what was found, and has it shown where another link counts as hers than before. */
export async function keepLinkResults(needs: Needs, accountId: string, found: readonly Checked[]): Promise<void> {
  await needs.db.transaction(async (tx) => {
    if (!(await lockedProfile(tx, accountId))) return
    const before = await verifiedLinks(tx, accountId)
    for (const one of found) await keepChecked(tx, accountId, one, needs.now())
    const after = await verifiedLinks(tx, accountId)
    if (JSON.stringify(before) !== JSON.stringify(after))
      await enqueue(tx, 'listing.republish', { accountId }, { key: accountId })
  })
}
