import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { longDay } from '../common/days.ts'
import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import type { Language, Translate } from '../common/words.ts'
import type { Card } from '../directory/card.ts'
import { shown } from '../directory/shown.ts'
import { linkToken, type Look, type SavedSearch } from './search.ts'

type Sender = Pick<App, 'words' | 'config' | 'secrets'>
type Reader = Pick<Account, 'id' | 'mail' | 'language'>

/** Who is new in a person's searches. Each is named with her role, and no more: the mail stays where it is when she has left. */
export function digestMail(sender: Sender, reader: Reader, looks: readonly Look[]): Mail {
  const { words, config, secrets } = sender
  const t = words.in(reader.language)
  const detail = detailOf(sender)
  const token = encodeURIComponent(linkToken(secrets.hashing, 'stop digest', reader.id))
  return {
    to: reader.mail,
    unsubscribe: `${config.origin}${paths.stopDigestAtOnce}?token=${token}`,
    ...written({
      language: reader.language,
      subject: t('searches:mails.digest.subject', detail),
      paragraphs: [
        t('searches:mails.digest.first', detail),
        t('searches:mails.digest.why', detail),
        t('searches:mails.from', detail),
      ],
      link: { text: t('searches:mails.digest.link'), url: `${config.origin}${paths.savedSearches}` },
      sections: looks
        .filter(({ cards }) => cards.length > 0)
        .map(({ search, cards, hasMore }) => ({
          title: search.name,
          links: [
            ...cards.map((card) => personIn(sender, card, reader.language, t)),
            ...(hasMore ? [{ text: t('searches:mails.digest.more'), url: directoryAddress(sender, search) }] : []),
          ],
        })),
      last: [{ text: t('searches:mails.digest.stop'), url: `${config.origin}${paths.stopDigest}?token=${token}` }],
    }),
  }
}

/** Asks whether to keep a search that ends soon; the link keeps it without signing in. */
export function endingMail(sender: Sender, reader: Reader, search: SavedSearch): Mail {
  const { words, config, secrets } = sender
  const t = words.in(reader.language)
  const detail = { ...detailOf(sender), search: search.name, day: longDay(search.endsAt, reader.language) }
  const say = (key: string): string => t(`searches:mails.ending.${key}`, detail)
  const token = encodeURIComponent(linkToken(secrets.hashing, 'keep search', search.id))
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [`${say('first')} ${say('how')}`, say('nothing'), t('searches:mails.from', detail)],
      link: { text: say('link'), url: `${config.origin}${paths.renewSearch}?token=${token}` },
    }),
  }
}

/** Where a kept search is asked in the directory. */
export function directoryAddress({ config }: Pick<App, 'config'>, { query }: Pick<SavedSearch, 'query'>): string {
  return `${config.origin}${paths.directory}${query === '' ? '' : `?${query}`}`
}

function personIn(sender: Pick<App, 'config'>, card: Card, language: Language, t: Translate) {
  const one = shown(card, sender, language, t)
  return {
    text: t('searches:person', { name: one.name, roles: one.roles.map(({ label }) => label).join(', ') }),
    url: one.url,
  }
}

function detailOf({ config }: Pick<App, 'config'>) {
  return { name: config.name, host: new URL(config.origin).host }
}
