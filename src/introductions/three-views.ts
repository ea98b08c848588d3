import type { Chat } from '../chats/record.ts'
import { chatOf, chatsWhere } from '../chats/views.ts'
import { Refusal } from '../common/errors.ts'
import type { Reader } from '../database/database.ts'

/** The two chats of a consult that she convened, that of the address first. Refusal chat-unknown for anybody else's, and for a chat of two. */
export async function bothOf(reader: Reader, accountId: string, id: string, now: Date): Promise<readonly [Chat, Chat]> {
  const chat = await chatOf(reader, accountId, id, now)
  if (!chat || chat.side !== 'asker' || chat.invited.length === 0) throw new Refusal('chat-unknown')
  const condition = `c.account_id = $2 and c.context = $3 and c.side = 'asker' and c.id <> $4`
  const [other] = await chatsWhere(reader, now, condition, [accountId, chat.context, id])
  if (!other) throw new Refusal('chat-unknown')
  return [chat, other]
}
