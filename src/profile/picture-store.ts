import { changed, type Tx } from '../database/database.ts'

export type KeptPicture = {
  readonly accountId: string
  readonly name: string
  readonly bytes: Buffer
  readonly keptAt: Date
}

/** Keeps an account's picture in the place of the one before. */
export async function keepPicture(tx: Tx, { accountId, name, bytes, keptAt }: KeptPicture): Promise<void> {
  await changed(
    tx,
    `insert into picture (account_id, name, bytes, kept_at) values ($1, $2, $3, $4)
     on conflict (account_id) do update set name = excluded.name, bytes = excluded.bytes, kept_at = excluded.kept_at`,
    [accountId, name, bytes, keptAt],
  )
}

/** Gives an account's picture another name. */
export async function renamePicture(tx: Tx, accountId: string, name: string): Promise<void> {
  await changed(tx, 'update picture set name = $2 where account_id = $1', [accountId, name])
}

/** Erases an account's picture. */
export async function erasePicture(tx: Tx, accountId: string): Promise<void> {
  await changed(tx, 'delete from picture where account_id = $1', [accountId])
}
