import { oneRow, rows, type Reader } from '../database/database.ts'
import type { AwayBooking } from './booking.ts'
import { awayColumns } from './store.ts'
import { hostSql } from './views.ts'

/** What a person booked at partner nodes, soonest first; nothing that is gone or that she gave up. */
export function bookingsAway(reader: Reader, accountId: string, now: Date): Promise<AwayBooking[]> {
  return rows<AwayBooking>(
    reader,
    `select ${awayColumns} from booking_away a where a.account_id = $1 and a.gone_at > $2 and a.state <> 'left'
     order by a.starts_at, a.id limit 200`,
    [accountId, now],
  )
}

/** One of them by its id, whatever its state. */
export function awayById(reader: Reader, id: string, now: Date): Promise<AwayBooking | undefined> {
  return oneRow<AwayBooking>(reader, `select ${awayColumns} from booking_away a where a.id = $1 and a.gone_at > $2`, [
    id,
    now,
  ])
}

/** Her booking of a time at another node, if she has one. */
export function awayAt(reader: Reader, accountId: string, event: string): Promise<AwayBooking | undefined> {
  return oneRow<AwayBooking>(
    reader,
    `select ${awayColumns} from booking_away a where a.account_id = $1 and a.event = $2 and a.state in ('asked', 'booked', 'waiting')`,
    [accountId, event],
  )
}

/** Bookings at other nodes of people who are not known under that id any more, or who blocked the host. At most `limit`. */
export async function awayLeftBehind(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select a.id from booking_away a where a.state in ('asked', 'booked', 'waiting') and a.ends_at > $1 and (
       not exists (select from listing l join account c on c.id = l.account_id
         where l.account_id = a.account_id and l.person_id = a.person_id and c.state = 'active')
       or exists (select from person_block p where p.account_id = a.account_id
         and (p.actor = a.host_actor or p.domain = any(domains_of(${hostSql('a.host_actor')}))))
       or refused_host(${hostSql('a.host_actor')})) limit $2`,
    [now, limit],
  )
  return found.map(({ id }) => id)
}

/** Every live booking at another node, to see whether its host is listed still. At most `limit`, those soonest first. */
export function liveAway(reader: Reader, now: Date, limit: number): Promise<AwayBooking[]> {
  return rows<AwayBooking>(
    reader,
    `select ${awayColumns} from booking_away a where a.state in ('asked', 'booked', 'waiting') and a.ends_at > $1
     order by a.starts_at, a.id limit $2`,
    [now, limit],
  )
}
