import { changed, oneRow, type Tx } from '../database/database.ts'
import type { NoteKind, Posting, PostSwitch } from './notes.ts'

/** A post before it is kept. */
export type NewNote = {
  readonly id: string
  readonly personId: string
  readonly kind: NoteKind
  /** Undefined for one that is not sent. */
  readonly number: number | undefined
  readonly flagId: string | undefined
  readonly hoursId?: string
  /** When a post about office hours must name another time. */
  readonly turnsAt?: Date
  readonly practices: readonly string[]
  readonly job: string
  readonly body: string | undefined
  readonly inboxes: readonly string[]
  readonly madeAt: Date
  readonly endsAt: Date
}

export async function keepNote(tx: Tx, note: NewNote): Promise<void> {
  await changed(
    tx,
    `insert into note (id, person_id, kind, number, flag_id, practices, body, inboxes, made_at, ends_at, job, hours_id, turns_at, deleted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $4::int is null then $9::timestamptz end)`,
    [
      note.id,
      note.personId,
      note.kind,
      note.number ?? null,
      note.flagId ?? null,
      [...note.practices],
      note.body ?? null,
      [...note.inboxes],
      note.madeAt,
      note.endsAt,
      note.job,
      note.hoursId ?? null,
      note.turnsAt ?? null,
    ],
  )
}

/** A post that was taken back just now. */
export type EndedNote = { readonly number: number; readonly kind: NoteKind; readonly inboxes: readonly string[] }

/** Takes a post back, once: its text goes with it. Undefined when that was done before. */
export function endNote(tx: Tx, id: string, at: Date): Promise<EndedNote | undefined> {
  return oneRow<EndedNote>(
    tx,
    `update note set deleted_at = $2, body = null, inboxes = '{}' from note as kept
     where note.id = $1 and kept.id = note.id and note.deleted_at is null returning note.number, note.kind, kept.inboxes`,
    [id, at],
  )
}

/** What a post about office hours says from now on. */
export async function keepHoursBody(
  tx: Tx,
  id: string,
  { body, turnsAt, endsAt }: { readonly body: string; readonly turnsAt: Date; readonly endsAt: Date },
): Promise<void> {
  await changed(tx, 'update note set body = $2, turns_at = $3, ends_at = $4 where id = $1 and deleted_at is null', [
    id,
    body,
    turnsAt,
    endsAt,
  ])
}

/** What a person chose about her posts, and which practices were public when that was last looked at. */
export type KeptPosting = Posting & { readonly personId: string | null; readonly practices: readonly string[] }

/** The row of an account, made where there is none, and locked: of two posts at once, the second counts the first. */
export async function lockPosting(tx: Tx, accountId: string, at: Date): Promise<KeptPosting | undefined> {
  await changed(
    tx,
    `insert into posting (account_id, changed_at) select id, $2 from account where id = $1 on conflict (account_id) do nothing`,
    [accountId, at],
  )
  return oneRow<KeptPosting>(
    tx,
    `select opened, closing, practice, topic, person_id as "personId", practices from posting where account_id = $1 for update`,
    [accountId],
  )
}

export async function keepSwitch(tx: Tx, accountId: string, which: PostSwitch, on: boolean, at: Date): Promise<void> {
  await changed(tx, `update posting set ${which} = $2, changed_at = $3 where account_id = $1`, [accountId, on, at])
}

/** Remembers which practices everyone could read of that person. */
export async function keepPractices(
  tx: Tx,
  accountId: string,
  personId: string,
  practices: readonly string[],
): Promise<void> {
  await changed(tx, 'update posting set person_id = $2, practices = $3 where account_id = $1', [
    accountId,
    personId,
    [...practices],
  ])
}

/** Forgets posts that were never sent because of others, from before `before`. */
export async function forgetMissed(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from note where number is null and made_at < $1', [before])
}
