import type { Needs } from '../app.ts'
import { later, minute } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { enqueue } from '../jobs/queue.ts'
import { lockReading } from './reading-store.ts'
import { lockPartner } from './store.ts'

/**
 * Asks a partner that we read now, because an administrator wants to know. At most once a minute: an earlier wish than that is
 * answered with 'too-soon'. Refusal partner-unknown for a node that we do not read.
 */
export function askNow(needs: Needs, partnerId: number): Promise<'queued' | 'too-soon'> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', partnerId)
    const reading = partner?.following === 'accepted' ? await lockReading(tx, partnerId) : undefined
    if (!reading) throw new Refusal('partner-unknown')
    if (reading.lastPoll !== null && later(reading.lastPoll, minute) > now) return 'too-soon'
    await enqueue(tx, 'partners.poll', { partnerId }, { key: String(partnerId), runAt: now })
    return 'queued'
  })
}
