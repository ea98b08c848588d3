import { instantAt } from '../common/clock.ts'
import { oneRow, type Reader } from '../database/database.ts'
import type { Draft } from './ask.ts'

type Row = {
  readonly entry: string
  readonly kind: string
  readonly why: string
  readonly hope: string
  readonly bring: string
  readonly times: readonly { readonly from: number; readonly until: number }[] | null
  readonly introduced_by: string | null
}

/** What a person has begun to ask whom that entry is of; undefined when there is nothing, or it has ended. */
export async function draftOf(reader: Reader, accountId: string, entry: string, now: Date): Promise<Draft | undefined> {
  const row = await oneRow<Row>(
    reader,
    `select entry, kind, why, hope, bring, times, introduced_by from ask_draft
     where account_id = $1 and entry = $2 and ends_at > $3`,
    [accountId, entry, now],
  )
  return (
    row && {
      entry: row.entry,
      kind: row.kind,
      lines: { why: row.why, hope: row.hope, bring: row.bring },
      times: row.times && row.times.map(({ from, until }) => ({ from: instantAt(from), until: instantAt(until) })),
      introducedBy: row.introduced_by,
    }
  )
}
