import { oneRow, type Reader } from '../database/database.ts'
import type { Told } from './told.ts'

/** What her calendar was told last; undefined when it was told nothing, or to take it out again. */
export async function toldOf(reader: Reader, chatId: string): Promise<Told | undefined> {
  const found = await oneRow<{ sequence: number; from: Date; until: Date }>(
    reader,
    `select sequence, slot_from as "from", slot_until as until from chat_told where chat_id = $1 and sequence is not null`,
    [chatId],
  )
  return found && { sequence: found.sequence, slot: { from: found.from, until: found.until } }
}
