import type { App } from '../app.ts'
import { bookable } from '../bookings/office-hours.ts'
import { hoursOfPerson, takenAt, timesOf } from '../bookings/views.ts'
import { rows, type Reader } from '../database/database.ts'
import type { OpenSitting } from './office-hours-document.ts'

/** The times of a person's office hours that can be booked now, soonest first, each with whether a place is left. */
export async function openSittings(reader: Reader, personId: string, now: Date): Promise<readonly OpenSitting[]> {
  const all = await hoursOfPerson(reader, personId, now)
  const taken = await takenAt(
    reader,
    all.map(({ id }) => id),
  )
  return all
    .flatMap((hours) =>
      bookable(timesOf(hours, now), now).map((sitting) => ({
        ...sitting,
        hoursId: hours.id,
        isFull: (taken.get(`${hours.id} ${sitting.day}`)?.booked ?? 0) >= hours.capacity,
      })),
    )
    .toSorted((one, other) => one.from.getTime() - other.from.getTime())
}

/** A post about office hours that was not taken back. */
export type HoursNote = {
  readonly id: string
  readonly number: number
  readonly hoursId: string
  readonly body: string | null
  readonly inboxes: readonly string[]
  readonly madeAt: Date
}

/** The posts about a person's office hours that stand, oldest first. */
export function standingHoursNotes(reader: Reader, personId: string): Promise<HoursNote[]> {
  return rows<HoursNote>(
    reader,
    `select id, number, hours_id as "hoursId", body, inboxes, made_at as "madeAt" from note
     where person_id = $1 and kind = 'office-hours' and number is not null and deleted_at is null order by number`,
    [personId],
  )
}

/** Whether office hours were told of and that stands, or was left out. */
export async function wereHoursTold(reader: Reader, hoursId: string): Promise<boolean> {
  const found = await rows(
    reader,
    `select 1 from note where hours_id = $1 and (deleted_at is null or number is null) limit 1`,
    [hoursId],
  )
  return found.length > 0
}

/** The people whose posts about office hours must name another time, or end. At most `limit`. */
export async function peopleWithTurningHours(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ personId: string }>(
    reader,
    `select distinct note.person_id as "personId" from note
     left join office_hours h on h.id = note.hours_id and h.ended_at is null
     where note.kind = 'office-hours' and note.number is not null and note.deleted_at is null and (note.turns_at <= $1 or h.id is null) limit $2`,
    [now, limit],
  )
  return found.map(({ personId }) => personId)
}

/** A fetched collection of another node, kept for a moment, by the actor whose it is. */
export function cacheKeyOf(actor: string): string {
  return `office-hours ${actor}`
}

/** How an actor's own language is spoken by this node: for what other servers show. */
export function speechIn(app: Pick<App, 'words'>, language: 'en' | 'cy') {
  return { language, t: app.words.in(language) }
}
