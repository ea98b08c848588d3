import { changed, oneRow, type Tx } from '../database/database.ts'
import type { Introduction, Standing, Word } from './introduction.ts'

/** Makes everything that changes introductions here happen one after the other: three people may be here, and each of them may speak first. */
export async function lockIntroductions(tx: Tx): Promise<void> {
  await oneRow(tx, 'select pg_advisory_xact_lock(31)')
}

/** Keeps a record as it begins, and when it came; false when she has it already. */
export async function addIntroduction(tx: Tx, one: Introduction, cameAt: Date): Promise<boolean> {
  return (
    (await changed(
      tx,
      `insert into introduction (id, account_id, part, person_id, asker, introducer, target, ask_offer, pass_offer, line, standing,
         made_at, answer_by, agreed_until, ends_at, came_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing`,
      [
        one.id,
        one.accountId,
        one.part,
        one.personId,
        one.asker,
        one.introducer,
        one.target,
        one.askOffer,
        one.passOffer,
        one.line,
        one.standing,
        one.madeAt,
        one.answerBy,
        one.agreedUntil,
        one.endsAt,
        cameAt,
      ],
    )) === 1
  )
}

/** Writes down where it stands now. */
export async function keepStanding(
  tx: Tx,
  id: string,
  now: { readonly standing: Standing; readonly agreedUntil?: Date; readonly passOffer?: string },
): Promise<void> {
  await changed(
    tx,
    `update introduction set standing = $2, agreed_until = coalesce($3, agreed_until), pass_offer = coalesce($4, pass_offer)
     where id = $1`,
    [id, now.standing, now.agreedUntil ?? null, now.passOffer ?? null],
  )
}

/** Keeps what another node must hear, after everything that waits already. */
export async function addMessage(tx: Tx, introductionId: string, what: Word): Promise<void> {
  await changed(tx, 'insert into introduction_message (introduction_id, what) values ($1, $2)', [introductionId, what])
}

/** The other node heard it, or never will. */
export async function removeMessage(tx: Tx, introductionId: string, number: string): Promise<void> {
  await changed(tx, 'delete from introduction_message where introduction_id = $1 and number = $2', [
    introductionId,
    number,
  ])
}

/** One more try that came to nothing. */
export async function countAttempt(tx: Tx, introductionId: string, number: string): Promise<void> {
  await changed(
    tx,
    'update introduction_message set attempts = attempts + 1 where introduction_id = $1 and number = $2',
    [introductionId, number],
  )
}

/** Removes everything whose time is over, and what is of people who are not listed under that id any more. */
export async function removeEnded(tx: Tx, now: Date): Promise<void> {
  await changed(
    tx,
    `delete from introduction i where i.ends_at <= $1 or not exists (
       select from listing l where l.account_id = i.account_id and l.person_id = i.person_id)`,
    [now],
  )
}
