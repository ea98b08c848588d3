import { longestPlace } from '../bookings/office-hours.ts'
import { receiveAnswer, receiveJoin, receiveLeave } from '../bookings/receive-actions.ts'
import { hoursById } from '../bookings/views.ts'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { isObject } from '../common/objects.ts'
import { entryByPerson } from '../directory/views.ts'
import { plainLine } from '../requests/plain-text.ts'
import { isPartnerHost } from '../partners/views.ts'
import { idOf, isOwnOf, type Handler, type Received } from './received.ts'

const highestSequence = 1_000_000

/** Somebody of a partner node wants to come to office hours here. Of anybody else nothing is heard. */
export const receiveBookingJoin: Handler = async (app, { id, actor, objectId }) => {
  const which = sittingIn(app, objectId)
  if (!which || !(await isPartnerHost(app.db, new URL(actor).host))) return
  const hours = await hoursById(app.db, which.hoursId)
  if (!hours) return
  // As the host herself could find her, if neither keeps the other away.
  const viewer = { audience: 'members', accountId: hours.accountId } as const
  const card = await entryByPerson(app.db, app.now(), viewer, actor)
  const name = card === undefined ? undefined : `${card.document.name}, ${card.document.worksFor.name}`
  await receiveJoin(app, { actor, joinId: id, ...which, name })
}

/** She does not come after all. */
export const receiveBookingLeave: Handler = async (app, { actor, objectId, raw }) => {
  const which = sittingIn(app, objectId)
  if (!which) return
  const join = idOf(raw['instrument'])
  const joinId = join !== undefined && isOwnOf(actor, join) ? join : undefined
  const isPartner = await isPartnerHost(app.db, new URL(actor).host)
  await receiveLeave(app, { actor, ...which, joinId, isPartner })
}

/** What a host on another node says of a booking of somebody here. Who may say it is settled with the booking: its host alone. */
export const receiveBookingAnswer: Handler = async (app, received) => {
  const booking = ownBookingIn(app, received.objectId)
  const { sequence, result } = received.raw
  const isNumber = Number.isSafeInteger(sequence) && Number(sequence) > 0 && Number(sequence) <= highestSequence
  if (booking === undefined || !isNumber) return
  await receiveAnswer(app, {
    actor: received.actor,
    bookingId: booking,
    state: stateOf(received),
    sequence: Number(sequence),
    place: plainLine(placeIn(result), longestPlace) || null,
  })
}

function placeIn(result: unknown): string {
  const location = isObject(result) ? result['location'] : undefined
  const name = isObject(location) ? location['name'] : undefined
  return typeof name === 'string' ? name : ''
}

function stateOf({ type }: Received): 'booked' | 'waiting' | 'refused' {
  if (type === 'Accept') return 'booked'
  return type === 'TentativeAccept' ? 'waiting' : 'refused'
}

/** Whether an address is that of a time of somebody's office hours here. */
function sittingIn(
  app: Pick<App, 'config'>,
  address: string | undefined,
): { readonly personId: string; readonly hoursId: string; readonly day: string } | undefined {
  const prefix = addresses(app.config.origin).person('')
  const parts = address?.startsWith(prefix)
    ? /^([0-9a-z]{4,40})\/office-hours\/([0-9a-z]{4,40})\/(\d{4}-\d\d-\d\d)$/.exec(address.slice(prefix.length))
    : null
  const [, personId, hoursId, day] = parts ?? []
  return personId === undefined || hoursId === undefined || day === undefined ? undefined : { personId, hoursId, day }
}

// The id of one of our own Joins.
function ownBookingIn(app: Pick<App, 'config'>, address: string | undefined): string | undefined {
  const prefix = addresses(app.config.origin).person('')
  if (!address?.startsWith(prefix)) return undefined
  return /^[0-9a-z]{4,40}\/bookings\/([0-9a-z]{4,40})$/.exec(address.slice(prefix.length))?.[1]
}
