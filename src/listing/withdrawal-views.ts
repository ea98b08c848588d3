import type { App, Needs } from '../app.ts'
import type { Withdrawal } from '../common/withdrawal-log.ts'
import { missing, type Counted } from './replay.ts'
import { oneRow, rows, type Reader } from '../database/database.ts'
import { restoredSetting, type RestoredWord } from '../database/settings.ts'

/** How far this database has come. */
export async function counted(reader: Reader): Promise<Counted> {
  const row = await oneRow<{ number: string | null; mark: string | null; restored: string | null }>(
    reader,
    `select max(value) filter (where name = 'withdrawals.number') as number,
       max(value) filter (where name = 'withdrawals.mark') as mark,
       max(value) filter (where name = $1) as restored
     from setting where name in ('withdrawals.number', 'withdrawals.mark', $1)`,
    [restoredSetting],
  )
  const restored = row?.restored ?? undefined
  return {
    number: Number(row?.number ?? 0),
    kept: await withdrawals(reader),
    mark: Number(row?.mark ?? 0),
    restored: restored !== undefined,
    logIsLost: restored !== undefined && (JSON.parse(restored) as RestoredWord).logIsLost, // our own row
  }
}

/** What was taken back, as this database remembers it, oldest first. */
export async function withdrawals(reader: Reader): Promise<readonly Withdrawal[]> {
  const kept = await rows<{ line: string }>(reader, 'select line from withdrawal order by number')
  return kept.map(({ line }) => JSON.parse(line) as Withdrawal) // our own row
}

/** How many lines the log lacks that the database knows; undefined when the log cannot be read. */
export async function linesMissing(needs: Needs & Pick<App, 'withdrawals'>): Promise<number | undefined> {
  const content = await needs.withdrawals.read().catch(() => undefined)
  return content && missing(content, await withdrawals(needs.db)).length
}
