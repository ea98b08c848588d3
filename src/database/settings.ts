import { randomToken } from '../common/ids.ts'
import { oneRow, rows, type Db, type Tx } from './database.ts'

/** Random keys made at first start and kept in the database, so that a restored node is the same node. */
export type NodeSecrets = {
  /** Signs session cookies. */
  readonly session: string
  /** Keys the hashes of retired handles and of addresses in rate limits. */
  readonly hashing: string
  /** Decides the order drawn by lot in which the directory lists people (docs/decisions/an-order-drawn-by-lot.md). */
  readonly order: string
}

/** One fact about the node itself, or undefined when it was never kept. */
export async function setting(reader: Db | Tx, name: string): Promise<string | undefined> {
  return (await oneRow<{ value: string }>(reader, 'select value from setting where name = $1', [name]))?.value
}

/** Keeps a fact unless one of that name is there already; returns what is kept in the end. Safe when two processes start at once. */
export async function settleSetting(db: Db, name: string, value: string): Promise<string> {
  await rows(db, 'insert into setting (name, value) values ($1, $2) on conflict (name) do nothing', [name, value])
  return (await setting(db, name)) ?? value
}

/** Sets a fact about the node, whatever it was before. */
export async function changeSetting(tx: Tx, name: string, value: string): Promise<void> {
  await rows(
    tx,
    'insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
    [name, value],
  )
}

export async function dropSetting(tx: Tx, name: string): Promise<void> {
  await rows(tx, 'delete from setting where name = $1', [name])
}

/** The setting by which a restore tells the next start that this database was filled from a backup; RestoredWord as JSON. */
export const restoredSetting = 'restored'

/** When the backup was made and restored (RFC 3339), and whether whoever restored it said that the log of withdrawals is lost. */
export type RestoredWord = { readonly madeAt: string; readonly restoredAt: string; readonly logIsLost: boolean }

/** The name under which a node that moved keeps the origin of the node that takes its place. */
export const movedToSetting = 'moved-to'

/** The origin that this node moved to, or undefined. */
export function movedTo(reader: Db | Tx): Promise<string | undefined> {
  return setting(reader, movedToSetting)
}

/** The node's random keys, made at the first call. */
export async function nodeSecrets(db: Db): Promise<NodeSecrets> {
  return {
    session: await settleSetting(db, 'secret.session', randomToken()),
    hashing: await settleSetting(db, 'secret.hashing', randomToken()),
    order: await settleSetting(db, 'secret.order', randomToken()),
  }
}
