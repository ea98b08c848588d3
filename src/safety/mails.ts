import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import type { Decision } from './decision.ts'

type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }
type Reader = { readonly mail: string; readonly language: Language }

/** Tells a moderator that there is a report. What it says, and about whom, stands on the page alone. */
export function reportMail(sender: Sender, reader: Reader, reportId: string): Mail {
  return mail(sender, reader, 'report', ['why'], paths.moderatedReport(reportId))
}

/** Tells somebody that she is asked to look again at what another decided. */
export function judgeMail(sender: Sender, reader: Reader, appealId: string): Mail {
  return mail(sender, reader, 'appeal', ['why'], paths.moderatedAppeal(appealId))
}

/** Tells a person what was decided about her, and why, in the moderator's own words. */
export function decisionMail(sender: Sender, reader: Reader, { kind, reason }: Decision): Mail {
  const isAnswer = kind === 'appeal-stands' || kind === 'appeal-reversed'
  return mail(sender, reader, kind, ['reason', isAnswer ? 'end' : 'next'], paths.myDecisions, { reason })
}

function mail(
  sender: Sender,
  reader: Reader,
  kind: string,
  more: readonly string[],
  path: string,
  detail: Readonly<Record<string, string>> = {},
): Mail {
  const t = sender.words.in(reader.language)
  const all = { name: sender.config.name, host: new URL(sender.config.origin).host, ...detail }
  const say = (key: string): string => t(`safety:mails.${key}`, all)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say(`${kind}.subject`),
      paragraphs: [
        say(`${kind}.first`),
        ...more.map((key) => (key === 'why' ? say(`${kind}.why`) : say(key))),
        say('from'),
      ],
      link: { text: say(`${kind}.link`), url: `${sender.config.origin}${path}` },
    }),
  }
}
