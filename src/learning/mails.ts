import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import type { Chat } from '../chats/record.ts'
import { longDay } from '../common/days.ts'
import { written } from '../common/letter.ts'
import type { Mail } from '../common/mail.ts'
import { paths } from '../common/paths.ts'

type Sender = Pick<App, 'words' | 'config'>
type Reader = Pick<Account, 'mail' | 'language'>

/** The one question after a chat. It names the other one and the day, and nothing else of the chat. */
export function questionMail(sender: Sender, reader: Reader, chat: Chat): Mail {
  return chatMail(sender, reader, chat, 'question')
}

/** The other side wishes that both tell each other what it was worth; what she said is not in it. */
export function wishMail(sender: Sender, reader: Reader, chat: Chat): Mail {
  return chatMail(sender, reader, chat, 'wish')
}

function chatMail({ words, config }: Sender, reader: Reader, chat: Chat, which: 'question' | 'wish'): Mail {
  const t = words.in(reader.language)
  const detail = {
    peer: chat.peer.name,
    day: longDay(chat.exchange.plan.slot?.from ?? chat.madeAt, reader.language),
    name: config.name,
    host: new URL(config.origin).host,
  }
  const say = (key: string): string => t(`learning:mails.${which}.${key}`, detail)
  return {
    to: reader.mail,
    ...written({
      language: reader.language,
      subject: say('subject'),
      paragraphs: [say('first'), say('more'), t('learning:mails.from', detail)],
      link: { text: say('link'), url: `${config.origin}${paths.worth(chat.id)}` },
    }),
  }
}
