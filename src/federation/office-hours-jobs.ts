import type { App } from '../app.ts'
import { awayById } from '../bookings/away-views.ts'
import { finishAnswer, finishJoin } from '../bookings/receive-actions.ts'
import { bookingById } from '../bookings/views.ts'
import { addresses } from '../common/addresses.ts'
import { backOff } from '../jobs/queue.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { isTaken } from './chat-post.ts'
import { answerDocument, joinDocument } from './office-hours-document.ts'

/** Bookings between nodes: each message is made when it is sent, from what is true then, and waits nowhere. */
export const officeHoursJobs: JobHandlers = {
  'federation.send-booking': (app, { bookingId }) => sendAnswer(app, bookingId),
  'federation.send-join': (app, { bookingId }) => sendJoin(app, bookingId),
}

/** What the host's node says: of several changes only the newest, once. */
async function sendAnswer(app: App, bookingId: string): Promise<void> {
  const booking = await bookingById(app.db, bookingId, app.now())
  if (!booking || booking.guestActor === null || booking.toldSequence >= booking.sequence) return
  const body = answerDocument(addresses(app.config.origin), booking)
  if (!body || (await isRefusedHost(app.db, new URL(booking.guestActor).host)))
    return finishAnswer(app, bookingId, 'over')
  if (await isTaken(app, booking.hours.personId, booking.guestActor, body))
    return finishAnswer(app, bookingId, { sent: booking.sequence })
  const again = backOff(app.now(), booking.attempts + 1, Math.random())
  await finishAnswer(app, bookingId, again < booking.goneAt ? { again } : 'over')
}

/** What the guest's node says. A Join that nobody has taken by the time itself is over. */
async function sendJoin(app: App, bookingId: string): Promise<void> {
  const booking = await awayById(app.db, bookingId, app.now())
  if (!booking || booking.told === 'failed' || booking.told === booking.wanted) return
  const { wanted, hostActor, personId } = booking
  const isLate = wanted === 'join' && booking.startsAt <= app.now()
  if (isLate || (await isRefusedHost(app.db, new URL(hostActor).host))) return finishJoin(app, bookingId, 'over')
  const body = joinDocument(addresses(app.config.origin), booking)
  if (await isTaken(app, personId, hostActor, body)) return finishJoin(app, bookingId, { sent: wanted })
  const again = backOff(app.now(), booking.attempts + 1, Math.random())
  const end = wanted === 'join' ? booking.startsAt : booking.goneAt
  await finishJoin(app, bookingId, again < end ? { again } : 'over')
}
