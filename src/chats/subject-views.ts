import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { subjectOf } from '../directory/subject-views.ts'
import type { Found } from '../safety/tools.ts'
import { chatOf } from './views.ts'

const prefix = 'chat-' // no page of the directory is called so

/** How the pages for reporting and blocking name the other side of a chat: she may be in no directory any more. */
export function subjectKey(chatId: string): string {
  return `${prefix}${chatId}`
}

/** Whom such a name is about for the reader whose chat it is, or a page of the directory. Undefined when she may not know. */
export async function subjectOfChat(app: App, account: Account, key: string): Promise<Found | undefined> {
  if (!key.startsWith(prefix)) return subjectOf(app, account, key)
  const chat = await chatOf(app.db, account.id, key.slice(prefix.length), app.now())
  if (!chat) return undefined
  const { actor, host, name, entry, accountId } = chat.peer
  const words = chat.side === 'asked' ? Object.values(chat.lines).filter((line) => line !== '') : []
  return {
    actor,
    host,
    name,
    listingId: entry ?? actor,
    accountId: accountId ?? undefined,
    page: paths.chat(chat.id),
    ...(words.length === 0 ? {} : { wrote: { words: words.join('\n\n'), cameAt: chat.madeAt } }),
  }
}
