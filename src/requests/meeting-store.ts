import { changed, rows, type Tx } from '../database/database.ts'
import type { Meeting } from './meeting.ts'

export type NotedMeeting = Meeting & { readonly requestId: string; readonly madeAt: Date; readonly endsAt: Date }

/** Keeps what she noted, in the place of what she noted before. */
export async function keepMeeting(tx: Tx, meeting: NotedMeeting): Promise<void> {
  await changed(
    tx,
    `insert into request_meeting (request_id, starts_at, until, place, version, made_at, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (request_id) do update set starts_at = excluded.starts_at, until = excluded.until, place = excluded.place,
       version = excluded.version, made_at = excluded.made_at, ends_at = excluded.ends_at`,
    [meeting.requestId, meeting.from, meeting.until, meeting.place, meeting.version, meeting.madeAt, meeting.endsAt],
  )
}

/** Removes what she noted about a request. */
export async function removeMeeting(tx: Tx, requestId: string): Promise<void> {
  await changed(tx, 'delete from request_meeting where request_id = $1', [requestId])
}

/** Marks every talk that begins until then as one that she was reminded of; those that were not before. */
export function markReminded(tx: Tx, now: Date, until: Date): Promise<{ requestId: string; version: number }[]> {
  return rows(
    tx,
    `update request_meeting set reminded = version
     where starts_at > $1 and starts_at <= $2 and reminded < version and ends_at > $1
     returning request_id as "requestId", version`,
    [now, until],
  )
}
