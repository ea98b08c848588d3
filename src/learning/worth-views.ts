import { oneRow, rows, type Reader } from '../database/database.ts'
import { counted, leastPeople, type Counted } from './question.ts'
import type { Worth } from './worth.ts'

export type KeptWorth = Worth & { readonly askedAt: Date | null }

/** What one side keeps of a chat after it; undefined before. */
export function worthOf(reader: Reader, chatId: string): Promise<KeptWorth | undefined> {
  return oneRow<KeptWorth>(
    reader,
    `select answer, note, wishes, edition, their_wish as "theirWish", their_edition as "theirEdition",
       their_answer as "theirAnswer", their_note as "theirNote", asked_at as "askedAt" from worth where chat_id = $1`,
    [chatId],
  )
}

/**
 * Chats whose time is over and of which nothing was begun yet, or only for a time that they were moved from at the last moment; at most
 * `limit`, oldest first.
 */
export async function chatsJustOver(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select c.id from chat c where c.standing = 'arranged' and c.plan_until <= $1 and c.ends_at > $1
       and not exists (select from worth w where w.chat_id = c.id
         and (w.ask_at > c.plan_until or w.asked_at is not null or w.answer is not null)) order by c.plan_until, c.id limit $2`,
    [now, limit],
  )
  return found.map(({ id }) => id)
}

/** What a host may see of chats here: tens, and nothing (undefined) where fewer than ten people could have had them. */
export async function totalsShown(reader: Reader): Promise<Readonly<Record<Counted, number>> | undefined> {
  const people = await oneRow<{ count: number }>(
    reader,
    `select count(*)::int as count from account where state = 'active'`,
  )
  if ((people?.count ?? 0) < leastPeople) return undefined
  const found = await rows<{ what: Counted; shown: number }>(reader, 'select what, shown::int as shown from chat_total')
  const shown = new Map(found.map((one) => [one.what, one.shown]))
  const [agreed, tookPlace, worthIt] = counted.map((what) => shown.get(what) ?? 0)
  return { agreed: agreed ?? 0, 'took-place': tookPlace ?? 0, 'worth-it': worthIt ?? 0 }
}
