import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import { linkOf } from './link.ts'

/** The node as a mail names it. */
export type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }

type Reader = { readonly mail: string; readonly language: Language }

/** The mail with a sign-in link. */
export function signInMail(sender: Sender, reader: Reader, token: string): Mail {
  const { origin } = sender.config
  return mail(sender, reader, 'signIn', ['once', 'otherBrowser', 'notAsked'], linkOf(origin, token))
}

/** Tells an administrator that somebody waits. Whoever it is stands on the page, not in the mail. */
export function waitingMail(sender: Sender, reader: Reader): Mail {
  return mail(sender, reader, 'waiting', ['why'], `${sender.config.origin}${paths.people}`)
}

/** Tells a person that she was approved. */
export function approvedMail(sender: Sender, reader: Reader): Mail {
  return mail(sender, reader, 'approved', ['next'], `${sender.config.origin}${paths.signIn}`)
}

/** Tells a person that she may join. */
export function invitationMail(sender: Sender, reader: Reader): Mail {
  return mail(sender, reader, 'invitation', ['what', 'private', 'ignore'], `${sender.config.origin}${paths.signIn}`)
}

function mail(sender: Sender, reader: Reader, kind: string, more: readonly string[], url: string): Mail {
  const t = sender.words.in(reader.language)
  const detail = { name: sender.config.name, host: new URL(sender.config.origin).host, mail: reader.mail }
  const say = (key: string): string => t(`accounts:mails.${kind}.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [say('first'), ...more.map(say), t('accounts:mails.from', detail)],
      link: { text: say('link'), url },
    }),
  }
}
