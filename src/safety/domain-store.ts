import { changed, oneRow, type Tx } from '../database/database.ts'
import type { BlockListTrouble, Listed } from './block-list.ts'

/** Keeps a list that nobody subscribed to; undefined when it is there. Returns its id. */
export async function addBlockList(tx: Tx, url: string, by: string, at: Date): Promise<number | undefined> {
  const kept = await oneRow<{ id: number }>(
    tx,
    `insert into block_list (url, subscribed_by, subscribed_at, checked_at, changed_at) values ($1, $2, $3, $3, $3)
     on conflict (url) do nothing returning id`,
    [url, by, at],
  )
  return kept?.id
}

export function lockBlockList(tx: Tx, id: number): Promise<{ readonly url: string } | undefined> {
  return oneRow(tx, 'select url from block_list where id = $1 for update', [id])
}

/** Puts the newest issue of a list in the place of the last. Returns how many domains came and went. */
export async function keepListed(tx: Tx, id: number, listed: readonly Listed[]): Promise<number> {
  const [domains, comments] = [listed.map(({ domain }) => domain), listed.map(({ comment }) => comment)]
  const gone = await changed(tx, 'delete from block_list_entry where list_id = $1 and domain <> all($2::text[])', [
    id,
    domains,
  ])
  const came = await changed(
    tx,
    `insert into block_list_entry (list_id, domain, comment) select $1, n.domain, n.comment
     from unnest($2::text[], $3::text[]) as n (domain, comment) on conflict (list_id, domain) do update set comment = excluded.comment
     where block_list_entry.comment is distinct from excluded.comment`,
    [id, domains, comments],
  )
  return gone + came
}

/** Writes down how the last look at a list went. */
export async function keepChecked(
  tx: Tx,
  id: number,
  look: { readonly trouble: BlockListTrouble | null; readonly etag?: string | null; readonly isChanged: boolean },
  at: Date,
): Promise<void> {
  await changed(
    tx,
    `update block_list set checked_at = $2, trouble = $3, etag = case when $4 then $5 else etag end,
       changed_at = case when $6 then $2 else changed_at end where id = $1`,
    [id, at, look.trouble, look.etag !== undefined, look.etag ?? null, look.isChanged],
  )
}

export async function removeBlockList(tx: Tx, id: number): Promise<void> {
  await changed(tx, 'delete from block_list where id = $1', [id])
}
