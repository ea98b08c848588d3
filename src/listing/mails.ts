import { longDay } from '../common/days.ts'
import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'

type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }
type Reader = { readonly mail: string; readonly language: Language }

/** Asks whether to stay open to a chat; `token` renews without signing in. */
export function renewalMail(sender: Sender, reader: Reader, endsAt: Date, token: string): Mail {
  return mail(sender, reader, 'renewal', endsAt, `${paths.renewFlag}?token=${encodeURIComponent(token)}`)
}

/** Asks whether to stay listed for another year. */
export function reviewMail(sender: Sender, reader: Reader, endsAt: Date): Mail {
  return mail(sender, reader, 'review', endsAt, paths.keepListing)
}

/** Tells somebody that her node was set back to an earlier state, and that what she took back since stays taken back. */
export function restoredMail(sender: Sender, reader: Reader): Mail {
  const t = sender.words.in(reader.language)
  const detail = { name: sender.config.name, host: new URL(sender.config.origin).host }
  const say = (key: string): string => t(`listing:mails.restored.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [say('first'), say('safe'), say('now'), t('listing:mails.from', detail)],
      link: { text: say('link'), url: `${sender.config.origin}${paths.myListing}` },
    }),
  }
}

function mail(sender: Sender, reader: Reader, kind: 'renewal' | 'review', endsAt: Date, path: string): Mail {
  const t = sender.words.in(reader.language)
  const detail = {
    name: sender.config.name,
    host: new URL(sender.config.origin).host,
    day: longDay(endsAt, reader.language),
  }
  const say = (key: string): string => t(`listing:mails.${kind}.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [`${say('first')} ${say('how')}`, say('nothing'), t('listing:mails.from', detail)],
      link: { text: say('link'), url: `${sender.config.origin}${path}` },
    }),
  }
}
