import { day, later } from '../common/clock.ts'

/**
 * Where a booking stands: a place, or the one waiting place; given up by the guest; called off by the host; refused, since nothing was
 * free. `asked`: at the guest's node, until the host's has answered.
 */
export type BookingState = 'asked' | 'booked' | 'waiting' | 'left' | 'called-off' | 'refused'

/** One place at one time of office hours here, as the host's node keeps it. */
export type Booking = {
  readonly id: string
  readonly hoursId: string
  /** YYYY-MM-DD: which of them. */
  readonly day: string
  readonly startsAt: Date
  readonly endsAt: Date
  /** A person here, or null. */
  readonly guestAccount: string | null
  /** A person of a partner node by her actor, with the Join by which she came; or null. */
  readonly guestActor: string | null
  readonly joinId: string | null
  readonly guestName: string
  readonly state: Exclude<BookingState, 'asked'>
  /** Grows with each change; an older answer never undoes a newer one. */
  readonly sequence: number
  readonly toldSequence: number
  readonly attempts: number
  readonly madeAt: Date
  readonly goneAt: Date
}

/** What a person here booked with somebody of a partner node, as her own node keeps it. */
export type AwayBooking = {
  readonly id: string
  readonly accountId: string
  readonly personId: string
  readonly hostActor: string
  readonly hostName: string
  /** The IRI of the time that is booked. */
  readonly event: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly place: string | null
  readonly state: BookingState
  readonly sequence: number
  /** What its host must hear, and has heard. */
  readonly wanted: 'join' | 'leave'
  readonly told: 'join' | 'leave' | 'failed' | null
  readonly attempts: number
  readonly madeAt: Date
  readonly goneAt: Date
}

/** A booking is kept for so many days after it was made at the longest; office hours for as many after their end. */
export const keptDays = 30

/** At most so many bookings of one person in 24 hours. */
export const mostADay = 5
/** To at most so many Joins of one actor of another node in 24 hours anything is answered. */
export const mostAnswered = 20
/** So many wait for a place, and move up by themselves. */
export const mostWaiting = 1

/** What comes of one more who wants to come. */
export function placeFor(
  capacity: number,
  taken: { readonly booked: number; readonly waiting: number },
): 'booked' | 'waiting' | 'refused' {
  if (taken.booked < capacity) return 'booked'
  return taken.waiting < mostWaiting ? 'waiting' : 'refused'
}

/** Whether a booking holds a place, or waits for one. */
export function isLive({ state, endsAt }: { readonly state: BookingState; readonly endsAt: Date }, now: Date): boolean {
  return (state === 'asked' || state === 'booked' || state === 'waiting') && endsAt > now
}

/** When everything about a booking is gone: a day after its time, and 30 days after it was made at the latest. */
export function goneAt(endsAt: Date, madeAt: Date): Date {
  const [afterTime, afterMade] = [later(endsAt, day), later(madeAt, keptDays * day)]
  return afterTime < afterMade ? afterTime : afterMade
}

/**
 * What an answer of the host's node makes of a booking at the guest's: only a newer one counts, and who has given it up stays out of it.
 */
export function answered(
  booking: Pick<AwayBooking, 'state' | 'sequence'>,
  answer: { readonly state: 'booked' | 'waiting' | 'refused' | 'called-off'; readonly sequence: number },
): BookingState | undefined {
  if (answer.sequence <= booking.sequence || booking.state === 'left') return undefined
  if (booking.state === 'refused' || booking.state === 'called-off') return undefined
  // A Reject of what was given is a calling off.
  if (answer.state === 'refused') return booking.state === 'asked' ? 'refused' : 'called-off'
  return answer.state
}

/** What every new booking begins with. */
export const emptyBooking = {
  guestAccount: null,
  guestActor: null,
  joinId: null,
  guestName: '',
  sequence: 1,
  toldSequence: 0,
  attempts: 0,
} as const

/** How many of these hold a place, and how many wait. */
export function countsOf(live: readonly Booking[]): { readonly booked: number; readonly waiting: number } {
  const booked = live.filter(({ state }) => state === 'booked').length
  return { booked, waiting: live.length - booked }
}
