import ICAL from 'ical.js'
import nodeIcal, { type VEvent } from 'node-ical'

/** One event as the parser of Thunderbird reads it. */
export function byIcalJs(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text))
  const event = calendar.getFirstSubcomponent('vevent')
  if (!event) throw new Error('no event')
  const value = (name: string): unknown => event.getFirstPropertyValue(name) ?? undefined
  const moment = (name: string): Date => {
    const found = value(name)
    if (!(found instanceof ICAL.Time)) throw new Error(`no ${name}`)
    expect(found.zone.tzid).toBe('UTC')
    return found.toJSDate()
  }
  return {
    calendar,
    event,
    read: {
      method: calendar.getFirstPropertyValue('method'),
      uid: value('uid'),
      sequence: value('sequence'),
      from: moment('dtstart'),
      until: moment('dtend'),
      madeAt: moment('dtstamp'),
      title: value('summary'),
      text: value('description'),
      place: value('location'),
      url: value('url'),
      status: value('status'),
      isPrivate: value('class') === 'PRIVATE',
      organizer: String(value('organizer')).toLowerCase(),
      readers: event.getAllProperties('attendee').map((one) => String(one.getFirstValue()).toLowerCase()),
    },
  }
}

function byNodeIcal(text: string) {
  const found = nodeIcal.sync.parseICS(text)
  const event = Object.values(found).find((one): one is VEvent => one?.type === 'VEVENT')
  if (!event) throw new Error('no event')
  const texts = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'val' in value ? value.val : value
  const attendees =
    event.attendee === undefined ? [] : Array.isArray(event.attendee) ? event.attendee : [event.attendee]
  return {
    method: event.method,
    uid: event.uid,
    sequence: Number(event.sequence),
    from: new Date(event.start),
    until: new Date(event.end ?? 0),
    madeAt: new Date(event.dtstamp),
    title: texts(event.summary),
    text: texts(event.description),
    place: texts(event.location),
    url: texts(event.url),
    status: event.status,
    isPrivate: String(event.class) === 'PRIVATE',
    organizer: String(texts(event.organizer)).toLowerCase(),
    readers: attendees.map((one) => String(texts(one)).toLowerCase()),
  }
}

/** An event as two parsers read it that know nothing of each other; they must agree. */
export function readByBoth(text: string) {
  const { read: one } = byIcalJs(text)
  expect(byNodeIcal(text)).toEqual(one)
  return one
}
