import { longDay } from '../common/days.ts'
import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import type { Introduction, Part } from './introduction.ts'

type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }
type Reader = { readonly mail: string; readonly language: Language }

/** Tells one of the three what waits for her, or that it worked: who, and not a word of what was written. */
export function introductionMail(
  sender: Sender,
  reader: Reader,
  one: Introduction,
  names: Readonly<Record<Part, string>>,
): Mail {
  const { language } = reader
  const t = sender.words.in(language)
  const day = longDay(one.agreedUntil ?? one.answerBy, language)
  const detail = { ...names, day, name: sender.config.name, host: new URL(sender.config.origin).host }
  const kind = one.part === 'introducer' && one.standing === 'agreed' ? 'worked' : one.part
  const say = (key: string): string => t(`introductions:mail.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language,
      subject: say(`${kind}.subject`),
      paragraphs: [say(`${kind}.first`), say(`${kind}.second`), say('from')],
      link: { text: say('link'), url: `${sender.config.origin}${paths.introduction(one.id)}` },
    }),
  }
}
