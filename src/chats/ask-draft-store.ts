import { changed, oneRow, type Tx } from '../database/database.ts'
import type { Draft } from './ask.ts'

/** Makes everything that changes one person's drafts happen one after the other. */
export async function lockDrafts(tx: Tx, accountId: string): Promise<void> {
  await oneRow(tx, 'select 1 from account where id = $1 for no key update', [accountId])
}

/** Keeps a draft in the place of an earlier one about the same person; of more than `most` the oldest goes. */
export async function keepDraft(
  tx: Tx,
  accountId: string,
  { entry, kind, lines, times, introducedBy }: Draft,
  { endsAt, most }: { readonly endsAt: Date; readonly most: number },
): Promise<void> {
  await changed(
    tx,
    `insert into ask_draft (account_id, entry, kind, why, hope, bring, times, introduced_by, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (account_id, entry) do update set kind = excluded.kind, why = excluded.why, hope = excluded.hope,
       bring = excluded.bring, times = excluded.times, introduced_by = excluded.introduced_by, ends_at = excluded.ends_at`,
    [
      accountId,
      entry,
      kind,
      lines.why,
      lines.hope,
      lines.bring,
      times && JSON.stringify(times.map(({ from, until }) => ({ from: from.getTime(), until: until.getTime() }))),
      introducedBy,
      endsAt,
    ],
  )
  await changed(
    tx,
    `delete from ask_draft where account_id = $1 and entry not in
       (select entry from ask_draft where account_id = $1 order by ends_at desc, entry = $2 desc, entry limit $3)`,
    [accountId, entry, most],
  )
}

/** Removes a draft. Nothing when there is none. */
export async function removeDraft(tx: Tx, accountId: string, entry: string): Promise<void> {
  await changed(tx, 'delete from ask_draft where account_id = $1 and entry = $2', [accountId, entry])
}

/** Removes drafts that have ended, and those of closed accounts. */
export async function removeEndedDrafts(tx: Tx, now: Date): Promise<void> {
  await changed(
    tx,
    `delete from ask_draft d where d.ends_at <= $1
       or exists (select from account a where a.id = d.account_id and a.state = 'closed')`,
    [now],
  )
}
