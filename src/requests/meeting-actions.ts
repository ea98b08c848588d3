import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { meetingEnd, placeProblems, remindedBefore, type Meeting } from './meeting.ts'
import { keepMeeting, markReminded, removeMeeting } from './meeting-store.ts'
import { meetingOf } from './meeting-views.ts'
import { keptDays } from './request.ts'
import { lockPerson, removeEmpty } from './store.ts'
import { requestOf } from './views.ts'

/**
 * Notes when she meets who wrote to her, for herself alone; instead of what she noted before. InvalidInput for a time that is over or
 * later than 30 days after her first note, and for a place that is too long; Refusal request-unknown, request-not-opened.
 */
export function noteMeeting(
  needs: Needs,
  accountId: string,
  requestId: string,
  { from, until, place }: Omit<Meeting, 'version'>,
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await openedRequest(tx, needs, accountId, requestId)
    const now = needs.now()
    const known = await meetingOf(tx, accountId, requestId, now)
    const madeAt = known?.madeAt ?? now
    const wrong = from <= now ? 'past' : until > later(madeAt, keptDays * day) ? 'late' : undefined
    const problems = [
      ...(wrong === undefined ? [] : [{ field: 'meetingDay', rule: wrong }]),
      ...placeProblems(place ?? ''),
    ]
    if (problems.length > 0) throw new InvalidInput(problems)
    const version = known === undefined ? 0 : known.version + 1
    await keepMeeting(tx, { requestId, from, until, place, version, madeAt, endsAt: meetingEnd(madeAt, until) })
  })
}

/** Forgets what she noted. Refusal request-unknown. */
export function forgetMeeting(needs: Needs, accountId: string, requestId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await lockPerson(tx, accountId)
    if (!(await requestOf(tx, accountId, requestId, needs.now()))) throw new Refusal('request-unknown')
    await removeMeeting(tx, requestId)
    await removeEmpty(tx)
  })
}

/** Queues a reminder of each talk that begins within a day, once for each time that she noted. */
export function remindOfMeetings(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    for (const { requestId, version } of await markReminded(tx, now, later(now, remindedBefore)))
      await enqueue(tx, 'requests.remind', { requestId, version }, { key: `${requestId} ${version}` })
  })
}

async function openedRequest(tx: Tx, needs: Needs, accountId: string, requestId: string): Promise<void> {
  await lockPerson(tx, accountId)
  const request = await requestOf(tx, accountId, requestId, needs.now())
  if (!request) throw new Refusal('request-unknown')
  const isOpened = request.answers.length > 0 || request.texts.some(({ seenAt }) => seenAt !== null)
  if (!isOpened) throw new Refusal('request-not-opened')
}
