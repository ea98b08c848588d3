import { oneRow, type Reader } from '../database/database.ts'
import type { Meeting } from './meeting.ts'

type StoredMeeting = Meeting & { readonly madeAt: Date }

/** What she noted about a request of hers, while it is kept; undefined for anybody else's. */
export function meetingOf(
  reader: Reader,
  accountId: string,
  requestId: string,
  now: Date,
): Promise<StoredMeeting | undefined> {
  return oneRow<StoredMeeting>(
    reader,
    `select m.starts_at as "from", m.until, m.place, m.version, m.made_at as "madeAt"
     from request_meeting m join request r on r.id = m.request_id
     where r.account_id = $1 and m.request_id = $2 and m.ends_at > $3`,
    [accountId, requestId, now],
  )
}

/** The talk that a reminder is about, and whose it is; undefined when it was moved, removed or has begun since. */
export function meetingToRemind(
  reader: Reader,
  requestId: string,
  version: number,
  now: Date,
): Promise<(Meeting & { readonly accountId: string }) | undefined> {
  return oneRow(
    reader,
    `select m.starts_at as "from", m.until, m.place, m.version, r.account_id as "accountId"
     from request_meeting m join request r on r.id = m.request_id
     where m.request_id = $1 and m.version = $2 and m.starts_at > $3 and m.ends_at > $3`,
    [requestId, version, now],
  )
}
