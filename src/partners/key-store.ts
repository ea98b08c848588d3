import { changed, type Tx } from '../database/database.ts'

/** Pins another key of a partner; nothing is offered any more. */
export async function pinKey(tx: Tx, id: number, key: string, at: Date): Promise<void> {
  await changed(
    tx,
    'update partner set directory_key = $2, offered_key = null, former_key = null, key_changed_at = $3, updated_at = $3 where id = $1',
    [id, key, at],
  )
}

/** Keeps the key that a partner shows and that nothing vouches for; null when it shows the pinned one again. */
export async function keepOfferedKey(tx: Tx, id: number, key: string | null): Promise<void> {
  await changed(tx, 'update partner set offered_key = $2 where id = $1', [id, key])
}

/** An administrator has compared the key of today: the one before does not matter any more. */
export async function forgetFormerKey(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'update partner set former_key = null where id = $1', [id])
}
