import { changed, type Tx } from '../database/database.ts'

/** Keeps another account of a person; one that is there already stays as it was. */
export async function keepAlias(
  tx: Tx,
  personId: string,
  alias: { readonly actor: string; readonly name: string },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `insert into person_alias (person_id, actor, name, added_at) values ($1, $2, $3, $4)
     on conflict (person_id, actor) do update set name = excluded.name`,
    [personId, alias.actor, alias.name, at],
  )
}

export async function removeAlias(tx: Tx, personId: string, actor: string): Promise<boolean> {
  return (await changed(tx, 'delete from person_alias where person_id = $1 and actor = $2', [personId, actor])) > 0
}

export async function removeAliasesOf(tx: Tx, personId: string): Promise<void> {
  await changed(tx, 'delete from person_alias where person_id = $1', [personId])
}

/** When an alias said that it moves to her; nothing for what is no alias of hers. */
export async function keepMovedHere(tx: Tx, personId: string, actor: string, at: Date): Promise<void> {
  await changed(tx, 'update person_alias set moved_here_at = $3 where person_id = $1 and actor = $2', [
    personId,
    actor,
    at,
  ])
}

/** Where a person's actor moved to; null takes it back and leaves when it was. */
export async function keepMovedTo(
  tx: Tx,
  personId: string,
  to: { readonly actor: string; readonly name: string } | null,
  at: Date | undefined,
): Promise<void> {
  await changed(
    tx,
    'update person set moved_to = $2, moved_to_name = $3, moved_at = coalesce($4, moved_at) where id = $1',
    [personId, to?.actor ?? null, to?.name ?? null, at ?? null],
  )
}
