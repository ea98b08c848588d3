import ical, { ICalCalendarMethod, ICalEventClass } from 'ical-generator'
import type { Meeting } from './meeting.ts'

/**
 * Her own calendar file of a talk: an entry without guests (METHOD PUBLISH), in UTC. Nothing is sent to who she talks with. The same
 * UID each time, with a higher SEQUENCE after a change, so that calendars move the entry instead of making another.
 */
export function meetingCalendar(facts: {
  readonly meeting: Meeting
  readonly uid: string
  readonly summary: string
  readonly software: string
  readonly now: Date
}): string {
  const { meeting, uid, summary, software, now } = facts
  const calendar = ical({ method: ICalCalendarMethod.PUBLISH, prodId: { company: 'sideways', product: software } })
  calendar.createEvent({
    id: uid,
    sequence: meeting.version,
    class: ICalEventClass.PRIVATE, // who it is with is hers to tell
    stamp: now,
    start: meeting.from,
    end: meeting.until,
    summary,
    ...(meeting.place === null ? {} : { location: meeting.place }),
  })
  return calendar.toString()
}
