import { changed, oneRow, type Tx } from '../database/database.ts'
import type { Counted } from './question.ts'
import type { Worth } from './worth.ts'

/**
 * Begins what follows a chat ('begun'), or, where it was moved at the last moment and nobody was asked yet, moves the question ('moved').
 * Undefined where nothing is to be done.
 */
export async function addWorth(tx: Tx, chatId: string, askAt: Date): Promise<'begun' | 'moved' | undefined> {
  const found = await oneRow<{ isNew: boolean }>(
    tx,
    `insert into worth (chat_id, ask_at) values ($1, $2)
     on conflict (chat_id) do update set ask_at = excluded.ask_at
       where worth.ask_at < excluded.ask_at and worth.asked_at is null and worth.answer is null
     returning xmax = 0 as "isNew"`,
    [chatId, askAt],
  )
  return found && (found.isNew ? 'begun' : 'moved')
}

/** Writes down where one side's worth stands. */
export async function keepWorth(tx: Tx, chatId: string, worth: Worth): Promise<void> {
  await changed(
    tx,
    `update worth set answer = $2, note = $3, wishes = $4, edition = $5, their_wish = $6, their_edition = $7, their_answer = $8,
       their_note = $9 where chat_id = $1`,
    [
      chatId,
      worth.answer,
      worth.note,
      worth.wishes,
      worth.edition,
      worth.theirWish,
      worth.theirEdition,
      worth.theirAnswer,
      worth.theirNote,
    ],
  )
}

/** Counts one more vain try to tell the other side, or begins anew once it has heard. Returns how many there were. */
export async function countWorthAttempt(tx: Tx, chatId: string, hasHeard: boolean): Promise<number> {
  const found = await oneRow<{ attempts: number }>(
    tx,
    'update worth set attempts = case when $2 then 0 else attempts + 1 end where chat_id = $1 returning attempts',
    [chatId, hasHeard],
  )
  return found?.attempts ?? 0
}

/** Remembers that the question was mailed. */
export async function keepAsked(tx: Tx, chatId: string, now: Date): Promise<void> {
  await changed(tx, 'update worth set asked_at = $2 where chat_id = $1', [chatId, now])
}

/** Remembers that the other side's wish was mailed; false where it was before. */
export async function keepWishTold(tx: Tx, chatId: string): Promise<boolean> {
  return (await changed(tx, 'update worth set wish_told = true where chat_id = $1 and not wish_told', [chatId])) > 0
}

/** Forgets what somebody said of her chats. */
export async function removeWorthOf(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from worth w using chat c where c.id = w.chat_id and c.account_id = $1', [accountId])
}

/** Counts so many more, or fewer. A node that was restored goes on from what was shown last. */
export async function addToCount(tx: Tx, what: Counted, more: number): Promise<void> {
  await changed(
    tx,
    `insert into chat_count (what, count) values ($1, greatest(0, $2 + coalesce((select shown from chat_total where what = $1), 0)))
     on conflict (what) do update set count = greatest(0, chat_count.count + $2)`,
    [what, more],
  )
}

/** Renews what a host may see, where that was not done in this month. It never goes down. */
export async function renewTotals(tx: Tx, month: string): Promise<void> {
  await changed(
    tx,
    `insert into chat_total (what, shown, month) select what, count / 10 * 10, $1 from chat_count
     on conflict (what) do update set shown = greatest(chat_total.shown, excluded.shown), month = excluded.month
       where chat_total.month < excluded.month`,
    [month],
  )
}
