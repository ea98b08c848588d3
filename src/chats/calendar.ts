import ical, {
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalAttendeeType,
  ICalCalendarMethod,
  ICalEventBusyStatus,
  ICalEventClass,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import { sha256Hex } from '../common/ids.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Plan, Slot } from './chat.ts'

/** What a calendar is to do with an event: put it in or move it, take it out, or show one that its reader fetched herself. */
export type CalendarMethod = 'REQUEST' | 'CANCEL' | 'PUBLISH'

/** One event as a reader's own calendar is told of it. */
export type CalendarFacts = {
  readonly method: CalendarMethod
  /** The same for the same thing, whatever becomes of it: see `uidOf`. */
  readonly uid: string
  /** Grows with each change, so that an older file never undoes a newer one: see `sequenceOf`. */
  readonly sequence: number
  readonly slot: Slot
  /** One line. */
  readonly title: string
  /** Plain text; may have several lines. */
  readonly text: string
  /** Where to meet, in one line. In a file that its reader fetches signed in; never in a mail. */
  readonly place?: string
  /** The page about it. */
  readonly url: string
  /** The node as it sends mails: `Name <name@host>`, or the address alone. */
  readonly from: string
  /** The reader's mail address. Nobody else is named as taking part, and in what she fetches (PUBLISH) not even she. */
  readonly reader: string
  /** When this file is made. */
  readonly madeAt: Date
  readonly language: Language
}

/** A file of one event as RFC 5545 and 5546 have it, in UTC, for Outlook, Google and Apple alike; lines end in CRLF. */
export function calendarText(facts: CalendarFacts): string {
  const isOff = facts.method === 'CANCEL'
  const { name, address } = mailboxOf(facts.from)
  const place = facts.place === undefined ? '' : oneLine(facts.place)
  const calendar = ical({
    method: ICalCalendarMethod[facts.method],
    prodId: { company: 'Sideways', product: 'Sideways', language: facts.language.toUpperCase() },
  })
  calendar.createEvent({
    id: facts.uid,
    sequence: facts.sequence,
    stamp: facts.madeAt,
    start: facts.slot.from,
    end: facts.slot.until,
    summary: oneLine(facts.title),
    description: clean(facts.text),
    ...(place === '' ? {} : { location: place }),
    // The library escapes these as in a text, which an address is not.
    url: facts.url.replaceAll(',', '%2C').replaceAll(';', '%3B'),
    organizer: { name: name === '' ? address : name, email: address },
    attendees: facts.method === 'PUBLISH' ? [] : [takingPart(facts.reader)],
    status: isOff ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    busystatus: isOff ? ICalEventBusyStatus.FREE : ICalEventBusyStatus.BUSY,
    transparency: isOff ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    // Colleagues who see her calendar see that she is busy, not with whom.
    class: ICalEventClass.PRIVATE,
  })
  return `${calendar.toString()}\r\n`
}

/** The UID of what has this IRI: the same on every node, since both sides know the IRI. */
export function uidOf(iri: string): string {
  return `${sha256Hex(iri).slice(0, 32)}@${URL.parse(iri)?.hostname ?? 'sideways'}`
}

/**
 * The SEQUENCE of a plan: of two plans the one that counts has the higher one, also where two of one version crossed and the one of who was
 * asked stands. Once the chat is off, no plan has a higher one.
 */
export function sequenceOf({ version, by }: Pick<Plan, 'version' | 'by'>, isOff = false): number {
  return isOff ? 2 * version + 2 : 2 * version + (by === 'asked' ? 1 : 0)
}

/** The name and the address in `Name <name@host>`; the name is empty where only an address is given. */
export function mailboxOf(from: string): { readonly name: string; readonly address: string } {
  const parts = /^\s*"?(.*?)"?\s*<([^<>]*)>\s*$/u.exec(from)
  return parts
    ? { name: oneLine(parts[1] ?? ''), address: (parts[2] ?? '').trim() }
    : { name: '', address: from.trim() }
}

function takingPart(mail: string) {
  return {
    email: mail,
    name: mail,
    type: ICalAttendeeType.INDIVIDUAL,
    role: ICalAttendeeRole.REQ,
    // She has agreed already: nobody waits for a mail from her calendar.
    status: ICalAttendeeStatus.ACCEPTED,
    rsvp: false,
  }
}

function oneLine(text: string): string {
  return clean(text).replaceAll(/\s+/gu, ' ').trim()
}

// Control characters have no place in a calendar file; one ends the reading of it in some programs.
function clean(text: string): string {
  return text.replaceAll(/\r\n?/gu, '\n').replaceAll(/(?!\n)\p{Cc}/gu, ' ')
}
