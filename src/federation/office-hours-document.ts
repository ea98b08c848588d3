import type { Booking, AwayBooking } from '../bookings/booking.ts'
import type { OfficeHours, Sitting } from '../bookings/office-hours.ts'
import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { longDay, moment } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import { activityStreams, publicAudience, terms } from './context.ts'
import type { JsonDocument, Speech } from './documents.ts'
import { escapeHtml } from './html.ts'

/** The terms of what two nodes tell each other of office hours, inline as everywhere. */
const hoursContext = [activityStreams, { swd: terms.swd, places: 'swd:places', sequence: 'swd:sequence' }] as const

/** The same for a post, with the words of Mobilizon for an event. */
const eventContext = [
  activityStreams,
  {
    mz: 'https://joinmobilizon.org/ns#',
    pt: 'https://joinpeertube.org/ns#',
    schema: terms.schema,
    ical: 'http://www.w3.org/2002/12/cal/ical#',
    sensitive: terms.sensitive,
    inLanguage: 'schema:inLanguage',
    category: 'schema:category',
    status: 'ical:status',
    draft: 'mz:draft',
    joinMode: 'mz:joinMode',
    externalParticipationUrl: { '@id': 'mz:externalParticipationUrl', '@type': 'schema:URL' },
    commentsEnabled: 'pt:commentsEnabled',
    repliesModerationOption: 'mz:repliesModerationOption',
  },
] as const

/** One time of office hours with whether somebody could come to it. */
export type OpenSitting = Sitting & { readonly hoursId: string; readonly isFull: boolean }

/** What a post about office hours is written from. */
export type HoursPost = {
  readonly personId: string
  readonly handle: string | null
  readonly name: string
  readonly number: number
  readonly hours: Pick<OfficeHours, 'minutes' | 'every' | 'untilDay'>
  readonly next: Sitting
  readonly published: Date
  readonly updated: Date
}

/**
 * Office hours as an Event that is a post: Mastodon shows its name and a link, GoToSocial its text, Mobilizon an event with a button that
 * leads to the page (`joinMode`). Times are told in UTC: her own clock is nobody's business.
 */
export function hoursEvent(at: Addresses, post: HoursPost, speech: Speech): JsonDocument {
  const { personId, next, handle } = post
  const id = at.note(personId, post.number)
  const page = handle === null ? at.directoryPage : `${at.origin}${paths.personHours(handle)}`
  const content = textOf(at, post, page, speech)
  const actor = at.person(personId)
  return {
    '@context': eventContext,
    id,
    type: 'Event',
    attributedTo: actor,
    actor,
    url: page,
    name: speech.t('federation:officeHours.name', { name: post.name, start: startOf(next, speech) }),
    startTime: rfc3339(next.from),
    endTime: rfc3339(next.until),
    published: rfc3339(post.published),
    updated: rfc3339(post.updated),
    to: [publicAudience],
    cc: [`${actor}/followers`],
    sensitive: false,
    content,
    contentMap: { [speech.language]: content },
    mediaType: 'text/html',
    inLanguage: speech.language,
    category: 'MEETING',
    status: 'CONFIRMED',
    draft: false,
    joinMode: 'external',
    externalParticipationUrl: page,
    commentsEnabled: false,
    repliesModerationOption: 'closed',
    tag: [],
    attachment: [],
  }
}

function startOf({ from }: Sitting, { language }: Speech): string {
  return moment(from, language, 'UTC')
}

function textOf(at: Addresses, { hours, next }: HoursPost, page: string, speech: Speech): string {
  const { t, language } = speech
  const link = `<a href="${escapeHtml(page)}">${escapeHtml(page.replace(/^https?:\/\//, ''))}</a>`
  return [
    escapeHtml(t('federation:officeHours.next', { start: startOf(next, speech), minutes: hours.minutes })),
    escapeHtml(t(`federation:officeHours.every.${hours.every}`, { day: longDay(hours.untilDay, language) })),
    `${escapeHtml(t('federation:officeHours.book', { host: at.host }))} ${link}`,
  ]
    .map((html) => `<p>${html}</p>`)
    .join('')
}

/** `Update` of a post that names another time now. */
export function hoursUpdate(event: JsonDocument): JsonDocument {
  const { '@context': context, ...object } = event
  return {
    '@context': context,
    id: `${hoursUpdatePrefix(String(event['id']))}${String(event['startTime'])}`,
    type: 'Update',
    actor: event['attributedTo'],
    to: event['to'],
    cc: event['cc'],
    object,
  }
}

/** What the ids of all Updates of one post begin with. */
export function hoursUpdatePrefix(id: string): string {
  return `${id}#update-`
}

/** The times of somebody's office hours that can be booked, for whoever may read her; of places only whether one is left. */
export function hoursCollection(
  at: Addresses,
  person: { readonly personId: string; readonly name: string },
  open: readonly OpenSitting[],
  speech: Speech,
): JsonDocument {
  const items = open.map((sitting) => {
    const { '@context': _context, ...item } = sittingDocument(at, person, sitting, speech)
    return item
  })
  return {
    '@context': hoursContext,
    id: at.officeHours(person.personId),
    type: 'OrderedCollection',
    attributedTo: at.person(person.personId),
    totalItems: items.length,
    orderedItems: items,
  }
}

/** One time by itself: what a Join names. */
export function sittingDocument(
  at: Addresses,
  { personId, name }: { readonly personId: string; readonly name: string },
  sitting: OpenSitting,
  speech: Speech,
): JsonDocument {
  return {
    '@context': hoursContext,
    id: at.officeHour(personId, sitting.hoursId, sitting.day),
    type: 'Event',
    attributedTo: at.person(personId),
    name: speech.t('federation:officeHours.name', { name, start: startOf(sitting, speech) }),
    startTime: rfc3339(sitting.from),
    endTime: rfc3339(sitting.until),
    places: sitting.isFull ? 'full' : 'open',
  }
}

/** `Join` of one time, or `Leave`, which names the Join that it takes back. */
export function joinDocument(at: Addresses, { id, personId, hostActor, event, wanted }: AwayBooking): JsonDocument {
  const actor = at.person(personId)
  const join = at.booking(personId, id)
  return {
    '@context': activityStreams,
    id: wanted === 'join' ? join : `${join}#leave`,
    type: wanted === 'join' ? 'Join' : 'Leave',
    actor,
    to: [hostActor],
    object: event,
    ...(wanted === 'join' ? {} : { instrument: join }),
  }
}

const answers = { booked: 'Accept', waiting: 'TentativeAccept', refused: 'Reject', 'called-off': 'Reject' } as const

/** What the host's node says of a Join now; undefined where nothing is to be said, since its guest gave it up. */
export function answerDocument(
  at: Addresses,
  booking: Booking & { readonly hours: Pick<OfficeHours, 'personId' | 'place'> },
): JsonDocument | undefined {
  const { state, hours, joinId, guestActor } = booking
  if (state === 'left' || joinId === null || guestActor === null) return undefined
  return {
    '@context': hoursContext,
    id: `${at.officeHours(hours.personId)}/answers/${booking.id}-${booking.sequence}`,
    type: answers[state],
    actor: at.person(hours.personId),
    to: [guestActor],
    object: joinId,
    sequence: booking.sequence,
    ...(state === 'booked' ? { result: resultOf(at, booking) } : {}),
  }
}

function resultOf(at: Addresses, booking: Parameters<typeof answerDocument>[1]): JsonDocument {
  const { hours, hoursId, day, startsAt, endsAt } = booking
  return {
    id: at.officeHour(hours.personId, hoursId, day),
    type: 'Event',
    startTime: rfc3339(startsAt),
    endTime: rfc3339(endsAt),
    ...(hours.place === '' ? {} : { location: { type: 'Place', name: hours.place } }),
  }
}
