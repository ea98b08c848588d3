import { changed, oneRow, type Tx } from '../database/database.ts'
import type { Decision } from './decision.ts'

/** Adds a line to the log. The database refuses to change or remove one. */
export async function logDecision(tx: Tx, decision: Decision): Promise<void> {
  await changed(
    tx,
    `insert into decision (id, at, by_account, kind, reason, report_id, about_account, target, answers)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      decision.id,
      decision.at,
      decision.byAccount,
      decision.kind,
      decision.reason,
      decision.reportId,
      decision.aboutAccount,
      decision.target,
      decision.answers,
    ],
  )
}

export type NewHiddenEntry = {
  readonly id: string
  readonly person: string
  readonly listingId: string
  readonly host: string
  readonly name: string
  readonly by: string
}

/** Hides a person of another node here; false when she is hidden already. */
export async function keepHiddenEntry(tx: Tx, entry: NewHiddenEntry, at: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into hidden_entry (id, person, listing_id, host, name, hidden_by, hidden_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (person) do nothing`,
      [entry.id, entry.person, entry.listingId, entry.host, entry.name, entry.by, at],
    )) === 1
  )
}

/** Shows her again; undefined when nobody of that id is hidden. */
export function removeHiddenEntry(tx: Tx, id: string): Promise<{ readonly person: string } | undefined> {
  return oneRow(tx, 'delete from hidden_entry where id = $1 returning person', [id])
}

/** Keeps an appeal; false when there was one about that decision. */
export async function keepAppeal(
  tx: Tx,
  appeal: { readonly id: string; readonly decisionId: string; readonly accountId: string; readonly content: string },
  at: Date,
): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into appeal (id, decision_id, account_id, content, made_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [appeal.id, appeal.decisionId, appeal.accountId, appeal.content, at],
    )) === 1
  )
}

/** Ends an appeal; false when it was decided already. */
export async function endAppeal(tx: Tx, id: string, at: Date): Promise<boolean> {
  return (await changed(tx, 'update appeal set decided_at = $2 where id = $1 and decided_at is null', [id, at])) === 1
}
