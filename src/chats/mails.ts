import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { written, type Letter } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'
import { labelOf } from '../common/vocabularies.ts'
import type { ChatNews } from '../jobs/queue.ts'
import { answerLink, type MailedAct } from './answer-token.ts'
import { calendarText, uidOf, type CalendarFacts } from './calendar.ts'
import type { Slot } from './chat.ts'
import { lastDayToAnswer, toldTime, type Clocks } from './clocks.ts'
import type { Chat } from './record.ts'
import { calendarChange, mailOf, type CalendarChange, type MailKind, type Told } from './told.ts'

type Sender = Pick<App, 'words' | 'config' | 'secrets'>
type Reader = Pick<Account, 'mail' | 'language'>

/** A chat as one of the two is written to about it. */
export type About = {
  readonly reader: Reader
  readonly chat: Chat
  /** Her clocks and those of the other's country. */
  readonly clocks: Clocks
  /** What her calendar holds of it. */
  readonly told: Told | undefined
  readonly now: Date
}

/** A mail, and what it does to her calendar. */
export type NewsMail = { readonly mail: Mail; readonly change: CalendarChange | undefined }

/** What the mail about some news says: who and when, never a line of what the other wrote, nor a place. Undefined when it is no longer news. */
export function newsMail(sender: Sender, about: About, news: ChatNews): NewsMail | undefined {
  const kind = mailOf(about.chat, news, about.told)
  if (kind === undefined) return undefined
  const change = calendarChange(about.chat, about.told)
  const mail = mailAbout(sender, about, kind, change?.slot ?? about.chat.exchange.plan.slot ?? undefined)
  const calendar = change && { method: change.method, text: calendarText(factsOf(sender, about, change)) }
  return { mail: { ...mail, ...(calendar ? { calendar } : {}) }, change }
}

/** The reminder of a time, the day before. */
export function reminderMail(sender: Sender, about: About, slot: Slot): Mail {
  return mailAbout(sender, about, 'reminder', slot)
}

/** The file that she fetches from the page of an arranged chat, with the places. */
export function calendarFile(sender: Sender, about: About, slot: Slot, sequence: number): string {
  const { chat, reader } = about
  const t = sender.words.in(reader.language)
  const other = chat.side === 'asker' ? 'asked' : 'asker'
  const [theirs, hers] = [chat.exchange.words[other].place, chat.exchange.words[chat.side].place]
  const lines = [
    ...(theirs === null ? [] : [t('chats:mails.calendar.theirPlace', { who: chat.peer.name, place: theirs })]),
    ...(hers === null ? [] : [t('chats:mails.calendar.yourPlace', { place: hers })]),
  ]
  const facts = factsOf(sender, about, { method: 'PUBLISH', sequence, slot })
  const place = theirs ?? hers
  return calendarText({
    ...facts,
    text: [...lines, facts.text].join('\n'),
    ...(place === null ? {} : { place }),
  })
}

function mailAbout(sender: Sender, about: About, kind: MailKind, slot: Slot | undefined): Mail {
  const { chat, clocks, reader } = about
  const { language } = reader
  const { config, words } = sender
  const t = words.in(language)
  const detail = {
    who: chat.peer.name,
    kind: labelOf('conversation-kinds', chat.kind, language),
    day: lastDayToAnswer(chat.exchange.lapsesAt, clocks, language),
    time: slot === undefined ? '' : toldTime(slot, clocks, language, t).text,
    name: config.name,
    host: new URL(config.origin).host,
  }
  const say = (key: string): string => t(`chats:mails.${kind}.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language,
      subject: say('subject'),
      paragraphs: [say('first'), say('more'), t('chats:mails.from', detail)],
      link: { text: say('link'), url: `${config.origin}${placeOfLink(kind, chat)}` },
      ...sectionsOf(sender, about, kind),
    }),
  }
}

function placeOfLink(kind: MailKind, { id }: Chat): string {
  // Where she blocked the other, the page of the chat is gone.
  if (kind === 'withdrawn.asked' || kind === 'lapsed.asked' || kind === 'called-off') return paths.chats
  return paths.chat(id)
}

function sectionsOf(
  sender: Sender,
  { chat, clocks, reader }: About,
  kind: MailKind,
): Pick<Letter, 'sections' | 'last'> {
  const { config, secrets, words } = sender
  const t = words.in(reader.language)
  const told = chat.exchange.plan.offered.map((slot) => toldTime(slot, clocks, reader.language, t).text)
  const link = (act: MailedAct): string => answerLink({ origin: config.origin, hashingKey: secrets.hashing }, chat, act)
  const kit = { text: t('chats:mails.kit'), url: `${config.origin}${paths.chatKit(chat.id)}` }
  if (kind === 'asked' || kind === 'crossed')
    return {
      // Where three meet, she says which times suit, on the page.
      ...(told.length === 0 || chat.invited.length > 0
        ? {}
        : { sections: [{ title: t('chats:mails.asked.times'), links: yesLinks(told, link) }] }),
      last: [{ text: t('chats:mails.asked.notNow'), url: link('not-now') }],
    }
  if (kind === 'accepted' || kind === 'otherTimes') {
    const url = `${config.origin}${paths.chooseTime(chat.id)}`
    return { sections: [{ title: t('chats:mails.times'), links: told.map((text) => ({ text, url })) }] }
  }
  return kind === 'arranged' || kind === 'reminder' ? { last: [kit] } : {}
}

const acts = ['time-1', 'time-2', 'time-3'] as const

function yesLinks(told: readonly string[], link: (act: MailedAct) => string) {
  return acts.slice(0, told.length).map((act, index) => ({ text: told[index] ?? '', url: link(act) }))
}

function factsOf(
  { words, config }: Sender,
  { reader, chat, now }: About,
  { method, sequence, slot }: Pick<CalendarFacts, 'method' | 'sequence' | 'slot'>,
): CalendarFacts {
  const t = words.in(reader.language)
  const url = `${config.origin}${paths.chat(chat.id)}`
  const detail = { who: chat.peer.name, kind: labelOf('conversation-kinds', chat.kind, reader.language), url }
  return {
    method,
    sequence,
    slot,
    // Of the request, not of the context: three who meet have one context and two chats, each with an end of its own.
    uid: uidOf(chat.offer),
    title: t('chats:mails.calendar.title', detail),
    text: t('chats:mails.calendar.text', detail),
    url,
    from: config.mailFrom,
    reader: reader.mail,
    madeAt: now,
    language: reader.language,
  }
}
