import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Words } from '../common/words.ts'
import type { PartnerNews } from '../jobs/queue.ts'
import type { Partner, Trouble } from './partner.ts'

type Sender = { readonly words: Words; readonly config: { readonly origin: string; readonly name: string } }
type Reader = { readonly mail: string; readonly language: Language }

/** What happened, to which node; no node for news of our own. */
export type News = {
  readonly news: PartnerNews
  readonly partner: Pick<Partner, 'id' | 'host' | 'organisation'> | undefined
  readonly trouble: Trouble | undefined
}

/** Tells an administrator what happened, what people see meanwhile, and what to do. */
export function newsMail(sender: Sender, reader: Reader, { news, partner, trouble }: News): Mail {
  const t = sender.words.in(reader.language)
  const detail = {
    name: sender.config.name,
    ownHost: new URL(sender.config.origin).host,
    host: partner?.host ?? '',
    organisation: partner?.organisation ?? '',
  }
  const say = (key: string): string => t(`partners:mails.${news}.${key}`, detail)
  // Why it is hidden may have been mended since.
  const why = news === 'hidden' && trouble !== undefined ? `${t(`partners:trouble.${trouble}.title`)}.` : undefined
  const what = news === 'hidden' && trouble !== undefined ? t(`partners:trouble.${trouble}.advice`) : say('whatToDo')
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [
        [say('first'), ...(why === undefined ? [] : [why])].join(' '),
        say('meanwhile'),
        what,
        t('partners:mails.from', detail),
      ],
      link: {
        text: say('link'),
        url: `${sender.config.origin}${partner ? paths.partner(partner.id) : paths.partners}`,
      },
    }),
  }
}
