import type { Needs } from '../app.ts'
import { later } from '../common/clock.ts'
import { countedFor } from '../requests/request.ts'
import type { Chats } from './actions.ts'
import { keepMoved, lockSides, tell } from './steps.ts'
import { removeEnded } from './store.ts'
import { monthOf } from './terms.ts'
import { chatById, lapsedNow } from './views.ts'

const atOnce = 500

/**
 * Writes down what nobody answered in time, and has who asked hear of it; who was asked hears nothing. Each side's node does it by
 * itself, and from that second on no page says otherwise, whether or not this ran.
 */
export async function markLapsed(needs: Chats): Promise<void> {
  for (const { id } of await lapsedNow(needs.db, needs.now(), atOnce))
    await needs.db.transaction(async (tx) => {
      const known = await chatById(tx, id, needs.now())
      if (!known) return
      await lockSides(tx, known)
      const chat = await chatById(tx, id, needs.now())
      if (chat?.state !== 'lapsed' || chat.exchange.standing !== 'requested') return
      await keepMoved(tx, needs, chat, { ...chat.exchange, standing: 'lapsed' })
      if (chat.side === 'asker') await tell(tx, id, 'lapsed')
    })
}

/** Removes every chat whose 30 days are over, with all that belongs to it, and pauses, admissions and counts that are over. */
export function tidyChats(needs: Needs): Promise<void> {
  const now = needs.now()
  return needs.db.transaction((tx) => removeEnded(tx, now, later(now, -countedFor), monthOf(now)))
}
