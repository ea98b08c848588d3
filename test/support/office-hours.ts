import { setOfficeHours } from '../../src/bookings/actions.ts'
import type { HoursTerms } from '../../src/bookings/office-hours.ts'
import { day, dayOf, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import type { TestNode } from './node.ts'
import type { Resident } from './resident.ts'

/** She holds office hours: Tuesdays at two, half an hour, every week, one place, unless said otherwise. Returns their id. */
export function officeHoursOf(node: TestNode, who: Resident, change: Partial<HoursTerms> = {}): Promise<string> {
  return setOfficeHours(node.app, who.id, {
    language: 'en',
    terms: {
      weekDay: 'tuesday',
      startsAt: '14:00',
      minutes: 30,
      every: 'week',
      capacity: 1,
      untilDay: dayOf(later(node.time, 60 * day)),
      place: 'Room 4, place-okapi',
      told: false,
      ...change,
    },
  })
}

/** What a person booked, at her own node or away, soonest first: its id and state. */
export function bookedBy(node: TestNode, who: Resident): Promise<readonly { id: string; state: string }[]> {
  return rows(
    node.app.db,
    `select id, state, starts_at from booking where guest_account = $1 union all
     select id, state, starts_at from booking_away where account_id = $1 order by starts_at, id`,
    [who.id],
  )
}

/** Where the places of all office hours of a node stand, by the names of the guests and by day. */
export async function placesAt(node: TestNode): Promise<readonly string[]> {
  const found = await rows<{ state: string }>(node.app.db, 'select state from booking order by guest_name, day, id')
  return found.map(({ state }) => state)
}
