import { changed, rows, type Tx } from '../database/database.ts'
import type { Slot } from './chat.ts'

/** Remembers what her calendar was told last: a number never goes back. `isReminder`: she needs no other mail before that time. */
export async function keepTold(
  tx: Tx,
  chatId: string,
  told: { readonly sequence: number; readonly slot: Slot; readonly isReminder: boolean },
): Promise<void> {
  await changed(
    tx,
    `insert into chat_told as t (chat_id, sequence, slot_from, slot_until, reminded)
     select id, $2::integer, $3::timestamptz, $4::timestamptz, case when $5::boolean then $2::integer end from chat where id = $1
     on conflict (chat_id) do update set sequence = excluded.sequence, slot_from = excluded.slot_from,
       slot_until = excluded.slot_until, reminded = coalesce(excluded.reminded, t.reminded)
     where t.sequence is null or t.sequence <= excluded.sequence`,
    [chatId, told.sequence, told.slot.from, told.slot.until, told.isReminder],
  )
}

/** Forgets what her calendar was told, since it was told to take that out. */
export async function dropTold(tx: Tx, chatId: string): Promise<void> {
  await changed(tx, 'update chat_told set sequence = null, slot_from = null, slot_until = null where chat_id = $1', [
    chatId,
  ])
}

/**
 * Takes the arranged chats that begin after `now` and until `before` and whose sides were not reminded of that plan, at most `limit`, and
 * remembers that they are. `sequenceOf` in SQL.
 */
export async function takeToRemind(tx: Tx, now: Date, before: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `with due as (
       select c.id, 2 * c.plan_version + case c.plan_by when 'asked' then 1 else 0 end as sequence
       from chat c
       where c.standing = 'arranged' and c.plan_from > $1 and c.plan_from <= $2 and c.ends_at > $1
         and not exists (select from chat_told t where t.chat_id = c.id
           and t.reminded >= 2 * c.plan_version + case c.plan_by when 'asked' then 1 else 0 end)
       order by c.plan_from, c.id limit $3 for key share of c skip locked)
     insert into chat_told (chat_id, reminded) select id, sequence from due
     on conflict (chat_id) do update set reminded = excluded.reminded
     returning chat_id as id`,
    [now, before, limit],
  )
  return found.map(({ id }) => id)
}
