import type { App, Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { enqueue, type BookingNews } from '../jobs/queue.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import {
  answered,
  countsOf,
  emptyBooking,
  goneAt,
  isLive,
  mostADay,
  mostAnswered,
  placeFor,
  type AwayBooking,
  type Booking,
} from './booking.ts'
import { bookable, longestPlace, type OfficeHours } from './office-hours.ts'
import { giveUp, tellGuest, tellHost } from './steps.ts'
import {
  addBooking,
  changeAway,
  joinAnew,
  keepAttempt,
  keepAwayTold,
  keepTold,
  liveAt,
  lockAway,
  lockHours,
  tellAgain,
} from './store.ts'
import { bookingById, bookingByJoin, isRunning, madeSince, timesOf } from './views.ts'

/** A Join of somebody on another node. `name`: as her node lists her; undefined where she is not listed here, and then she is refused. */
export type ReceivedJoin = {
  readonly actor: string
  readonly joinId: string
  readonly personId: string
  readonly hoursId: string
  readonly day: string
  readonly name: string | undefined
}

/**
 * Takes a Join: a place, the waiting place or a no, which her node is told. The same one again gets the same answer again; one that was
 * taken back before it came does nothing.
 */
export function receiveJoin(needs: Needs, join: ReceivedJoin): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const hours = await lockHours(tx, join.hoursId)
    if (!hours || hours.personId !== join.personId) return
    const same = await bookingByJoin(tx, join.actor, join.joinId)
    if (same) {
      if (same.state === 'left') return
      await tellAgain(tx, same.id)
      return tellGuest(tx, same, same.state)
    }
    const live = await liveAt(tx, hours.id, join.day)
    const hers = live.find(({ guestActor }) => guestActor === join.actor)
    if (hers) {
      // Her Leave was lost, and she came again: the same place under the new name.
      await joinAnew(tx, hers.id, join.joinId)
      return tellGuest(tx, hers, hers.state)
    }
    if (await hasComeEnough(tx, join.actor, now)) return
    const booking = await bookingFor(tx, { hours, join, live, now, id: needs.newId() })
    await addBooking(tx, booking)
    await tellGuest(tx, booking, booking.state)
    if (booking.state === 'booked') await tellHost(tx, booking, 'booked')
  })
}

// Every no is kept and told, and so is every Leave before its Join: to one actor not without end.
async function hasComeEnough(tx: Tx, actor: string, now: Date): Promise<boolean> {
  return (await madeSince(tx, { actor }, later(now, -day))) >= mostAnswered
}

type Asked = {
  readonly hours: OfficeHours
  readonly join: ReceivedJoin
  readonly live: readonly Booking[]
  readonly now: Date
  readonly id: string
}

async function bookingFor(tx: Tx, { hours, join, live, now, id }: Asked): Promise<Booking> {
  const runs = await isRunning(tx, hours.id, now)
  const sitting = runs ? bookable(timesOf(hours, now), now).find((one) => one.day === join.day) : undefined
  const isApart = await isBlockedFor(tx, hours.accountId, { actor: join.actor, host: new URL(join.actor).host })
  const isTooMany = (await madeSince(tx, { actor: join.actor }, later(now, -day))) >= mostADay
  const isPossible = sitting !== undefined && join.name !== undefined && !isApart && !isTooMany
  const [from, until] = sitting ? [sitting.from, sitting.until] : [now, now]
  return {
    ...emptyBooking,
    id,
    hoursId: hours.id,
    day: join.day,
    startsAt: from,
    endsAt: until,
    guestActor: join.actor,
    joinId: join.joinId,
    guestName: isPossible ? (join.name ?? '') : '',
    state: isPossible ? placeFor(hours.capacity, countsOf(live)) : 'refused',
    madeAt: now,
    goneAt: goneAt(until, now),
  }
}

/** Takes a Leave. Where its Join has not come yet, that will do nothing when it does: only from a partner node one may still come. */
export function receiveLeave(
  needs: Needs,
  leave: Omit<ReceivedJoin, 'name' | 'joinId'> & { readonly joinId: string | undefined; readonly isPartner: boolean },
): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const hours = await lockHours(tx, leave.hoursId)
    if (!hours || hours.personId !== leave.personId) return
    const live = await liveAt(tx, hours.id, leave.day)
    const known =
      leave.joinId === undefined
        ? live.find(({ guestActor }) => guestActor === leave.actor)
        : await bookingByJoin(tx, leave.actor, leave.joinId)
    if (known && isLive(known, now)) return giveUp(tx, hours, known)
    if (known || leave.joinId === undefined || !leave.isPartner || (await hasComeEnough(tx, leave.actor, now))) return
    await addBooking(tx, {
      ...emptyBooking,
      id: needs.newId(),
      hoursId: hours.id,
      day: leave.day,
      startsAt: now,
      endsAt: now,
      guestActor: leave.actor,
      joinId: leave.joinId,
      state: 'left',
      toldSequence: 1,
      madeAt: now,
      goneAt: goneAt(later(now, day), now),
    })
  })
}

/** What the host's node says of a booking of somebody here. */
export type ReceivedAnswer = {
  readonly actor: string
  readonly bookingId: string
  readonly state: 'booked' | 'waiting' | 'refused'
  readonly sequence: number
  readonly place: string | null
}

/** Takes the host's answer, or a change of it; one that is older than what is known, or of somebody else, does nothing. */
export function receiveAnswer(needs: Needs & Pick<App, 'config'>, answer: ReceivedAnswer): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const booking = await lockAway(tx, answer.bookingId)
    if (!booking || booking.hostActor !== answer.actor || booking.goneAt <= needs.now()) return
    const state = answered(booking, answer)
    if (state === undefined) return
    const place = state === 'booked' && needs.config.requestText ? (answer.place?.slice(0, longestPlace) ?? null) : null
    await changeAway(tx, booking.id, { state, sequence: answer.sequence, place })
    const news = newsOf(booking, state)
    if (news) await tellAway(tx, booking.id, news)
  })
}

function newsOf(before: AwayBooking, state: AwayBooking['state']): BookingNews | undefined {
  if (state === before.state || state === 'asked') return undefined
  return state === 'booked' && before.state === 'waiting' ? 'moved-up' : state
}

async function tellAway(tx: Tx, bookingId: string, news: BookingNews): Promise<void> {
  await enqueue(tx, 'bookings.tell', { bookingId, side: 'away', news }, { key: `away ${bookingId}` })
}

/** A booking at another node ends, since its host is not listed any more. */
export function endWithoutHost(needs: Needs, id: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const booking = await lockAway(tx, id)
    if (!booking || !isLive(booking, needs.now())) return
    await changeAway(tx, id, { ...booking, state: 'called-off', place: null })
    await tellAway(tx, id, 'called-off')
  })
}

/** A booking of somebody on another node ends, since she is not listed there any more; whoever waits moves up. */
export function endWithoutGuest(needs: Needs, id: string): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const known = await bookingById(tx, id, now)
    const hours = known && (await lockHours(tx, known.hoursId))
    const booking = await bookingById(tx, id, now)
    if (hours && booking && booking.guestActor !== null && isLive(booking, now)) await giveUp(tx, hours, booking)
  })
}

/** How the sending of an answer ended: the guest's node has it; or it is tried again at a moment, or no more. */
export type Sent = { readonly sent: number } | { readonly again: Date } | 'over'

/** Writes down how the sending of a host's answer ended; a newer one goes on at once. */
export function finishAnswer(needs: Needs, id: string, how: Sent): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (how === 'over') return keepTold(tx, id, 2_000_000_000)
    if ('again' in how) {
      await keepAttempt(tx, 'booking', id)
      return enqueue(tx, 'federation.send-booking', { bookingId: id }, { key: id, runAt: how.again })
    }
    await keepTold(tx, id, how.sent)
    await enqueue(tx, 'federation.send-booking', { bookingId: id }, { key: id })
  })
}

/** The same for a Join or Leave. One that nobody will take ends what it asked for. */
export function finishJoin(
  needs: Needs,
  id: string,
  how: { readonly sent: 'join' | 'leave' } | { readonly again: Date } | 'over',
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const booking = await lockAway(tx, id)
    if (!booking) return
    if (how === 'over') {
      await keepAwayTold(tx, id, 'failed')
      if (booking.state !== 'asked') return
      await changeAway(tx, id, { ...booking, state: 'refused' })
      return tellAway(tx, id, 'refused')
    }
    if ('again' in how) {
      await keepAttempt(tx, 'booking_away', id)
      return enqueue(tx, 'federation.send-join', { bookingId: id }, { key: id, runAt: how.again })
    }
    await keepAwayTold(tx, id, how.sent)
    if (booking.wanted !== how.sent) await enqueue(tx, 'federation.send-join', { bookingId: id }, { key: id })
  })
}
