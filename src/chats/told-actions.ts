import type { Needs } from '../app.ts'
import { hour, later } from '../common/clock.ts'
import { enqueueAll } from '../jobs/queue.ts'
import type { Told } from './told.ts'
import { dropTold, keepTold, takeToRemind } from './told-store.ts'

const atOnce = 500
const remindedHours = 24
// Whose time came to her by mail so shortly before needs no other mail.
const soonHours = 30

/** Remembers what a mail told her calendar. */
export function noteTold(needs: Needs, chatId: string, told: Told): Promise<void> {
  const isReminder = told.slot.from <= later(needs.now(), soonHours * hour)
  return needs.db.transaction((tx) => keepTold(tx, chatId, { ...told, isReminder }))
}

/** Remembers that a mail took a time out of her calendar. */
export function noteTakenOut(needs: Needs, chatId: string): Promise<void> {
  return needs.db.transaction((tx) => dropTold(tx, chatId))
}

/** Queues a reminder for both sides of what begins within a day: once for each plan, the note of it together with the job. */
export async function queueReminders(needs: Needs): Promise<void> {
  for (;;) {
    const taken = await needs.db.transaction(async (tx) => {
      const now = needs.now()
      const ids = await takeToRemind(tx, now, later(now, remindedHours * hour), atOnce)
      await enqueueAll(
        tx,
        'chats.remind',
        ids.map((chatId) => ({ payload: { chatId }, key: chatId })),
      )
      return ids.length
    })
    if (taken < atOnce) return
  }
}
