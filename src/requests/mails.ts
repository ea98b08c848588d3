import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import type { Meeting } from './meeting.ts'
import { timeText } from './times-text.ts'

type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }
type Reader = { readonly mail: string; readonly language: Language }

/** Tells somebody that a request waits: not from whom, and not a word of it. */
export function waitingMail(sender: Sender, reader: Reader): Mail {
  const t = sender.words.in(reader.language)
  const detail = { name: sender.config.name, host: new URL(sender.config.origin).host }
  const say = (key: string): string => t(`requests:mail.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [say('first'), say('nothing'), say('stop'), say('from')],
      link: { text: say('link'), url: `${sender.config.origin}${paths.requests}` },
    }),
  }
}

/** Tells somebody that a talk is near which she noted: when, by her clock, and not with whom. */
export function reminderMail(
  sender: Sender,
  reader: Reader,
  about: { readonly requestId: string; readonly meeting: Meeting; readonly zone: string },
): Mail {
  const { language } = reader
  const t = sender.words.in(language)
  const span = { from: about.meeting.from.getTime(), until: about.meeting.until.getTime() }
  const when = timeText(span, about.zone, { t, language })
  const detail = { name: sender.config.name, host: new URL(sender.config.origin).host, when }
  const say = (key: string): string => t(`requests:reminder.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language,
      subject: say('subject'),
      paragraphs: [say('first'), say('page'), say('from')],
      link: { text: say('link'), url: `${sender.config.origin}${paths.request(about.requestId)}` },
    }),
  }
}
