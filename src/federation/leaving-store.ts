import { changed, often, oneRow, type Tx } from '../database/database.ts'

/**
 * Writes down that a host holds, or may hold, a copy of a person, and, until its inbox is known, who of it asked. Returns whether its
 * inbox is to be found.
 */
export async function keepHolder(
  tx: Tx,
  personId: string,
  holder: { readonly host: string; readonly askedBy?: string },
  at: Date,
): Promise<boolean> {
  const kept = await oneRow<{ isToFind: boolean }>(
    tx,
    often(`insert into holder (person_id, host, asked_by, first_at, last_at) values ($1, $2, $3, $4, $4)
     on conflict (person_id, host) do update set last_at = greatest(holder.last_at, excluded.last_at),
       asked_by = case when holder.inbox is null then coalesce(excluded.asked_by, holder.asked_by) end
     returning inbox is null and asked_by is not null as "isToFind"`),
    [personId, holder.host, holder.askedBy ?? null, at],
  )
  return kept?.isToFind === true
}

/** Where a host is told that a person left. Who asked is forgotten. */
export async function keepHolderInbox(tx: Tx, personId: string, host: string, inbox: string): Promise<void> {
  await changed(tx, 'update holder set inbox = $3, asked_by = null where person_id = $1 and host = $2', [
    personId,
    host,
    inbox,
  ])
}

/** Forgets who asked for people before then, of hosts that never said where they are told. */
export async function forgetWhoAsked(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'update holder set asked_by = null where asked_by is not null and last_at < $1', [before])
}

/** Nothing is left of what a retired person was called, here or elsewhere, and of what she chose. */
export async function forgetHandle(tx: Tx, personId: string): Promise<void> {
  await changed(
    tx,
    `update person set handle = null, moved_to = null, moved_to_name = null, moved_at = null
     where id = $1 and retired_at is not null`,
    [personId],
  )
  await changed(
    tx,
    `delete from follow_choice using person
     where follow_choice.person_id = $1 and person.id = $1 and person.retired_at is not null`,
    [personId],
  )
}
