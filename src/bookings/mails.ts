import type { App } from '../app.ts'
import type { Account } from '../accounts/account.ts'
import { calendarText, uidOf } from '../chats/calendar.ts'
import { toldTime, type Clocks } from '../chats/clocks.ts'
import type { Slot } from '../chats/chat.ts'
import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { BookingNews } from '../jobs/queue.ts'

/** What a mail about a booking says: never a place, and nobody's words. */
export type BookingLetter = {
  readonly side: 'guest' | 'host'
  readonly news: BookingNews
  /** The other one. */
  readonly name: string
  readonly slot: Slot
  readonly clocks: Clocks
  /** The page about it. */
  readonly path: string
  /** What her calendar is told, if it is. */
  readonly calendar:
    | { readonly method: 'REQUEST' | 'CANCEL'; readonly iri: string; readonly sequence: number }
    | undefined
}

type Sender = Pick<App, 'words'> & { readonly config: Pick<App['config'], 'origin' | 'name' | 'mailFrom'> }

/** Tells one side of a booking what became of it, with the event for her calendar. */
export function bookingMail(
  sender: Sender,
  reader: Pick<Account, 'mail' | 'language'>,
  letter: BookingLetter,
  now: Date,
): Mail {
  const { side, news, name, slot, clocks, path, calendar } = letter
  const { language } = reader
  const t = sender.words.in(language)
  const time = toldTime(slot, clocks, language, t)
  const detail = { name, time: time.text, day: time.day, node: sender.config.name }
  const say = (key: string): string => t(`bookings:mail.${side}.${news}.${key}`, detail)
  const url = `${sender.config.origin}${path}`
  return {
    to: reader.mail,
    ...written({
      language,
      subject: say('subject'),
      paragraphs: [say('first'), say('next'), t('bookings:mail.from', detail)],
      link: { text: t('bookings:mail.link'), url },
    }),
    ...(calendar === undefined
      ? {}
      : {
          calendar: {
            method: calendar.method,
            text: calendarText({
              method: calendar.method,
              uid: uidOf(calendar.iri),
              sequence: calendar.sequence,
              slot,
              title: t(`bookings:calendar.${side}`, detail),
              text: t('bookings:calendar.text', { url }),
              url,
              from: sender.config.mailFrom,
              reader: reader.mail,
              madeAt: now,
              language,
            }),
          },
        }),
  }
}

/** The page on which one side reads of a booking. */
export function pageOf(side: 'guest' | 'host', id: string): string {
  return side === 'guest' ? paths.booking(id) : paths.officeHours
}
