import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import { isNoLimit, type Limit } from './limit.ts'

// The hosts from which each partner moved, in however many steps: few, and worked out once for a statement.
const withFormerSql = `with recursive former (partner_id, host, directory_id) as (
     select n.id, f.host, f.directory_id from partner f join partner n on n.directory_id = f.moved_to
     union select former.partner_id, f.host, f.directory_id from former join partner f on f.moved_to = former.directory_id)`

// A listing's limit is l, a partner is p. A node that moved from a host that is kept away is kept away as well.
const outsideSql = `(p.host = any(l.hosts)
   or exists (select 1 from former where former.partner_id = p.id and former.host = any(l.hosts))
   or (l.countries is not null and (p.country is null or not p.country = any(l.countries))))`

const isHiddenSql = 'exists (select 1 from hidden_listing h where h.partner_id = p.id and h.listing_id = l.listing_id)'

/** Keeps whom a listing is limited to; nothing for no limit. */
export async function keepLimit(tx: Tx, listingId: string, limit: Limit): Promise<void> {
  if (isNoLimit(limit)) {
    await changed(tx, 'delete from published_limit where listing_id = $1', [listingId])
    return
  }
  await changed(
    tx,
    `insert into published_limit (listing_id, hosts, countries) values ($1, $2, $3)
     on conflict (listing_id) do update set hosts = excluded.hosts, countries = excluded.countries`,
    [listingId, limit.hosts, limit.countries],
  )
}

/**
 * The followers from whom a listing must be hidden and is not yet: partners outside its limit, and those that ended after
 * `endedAfter` and may hold copies.
 */
export async function followersToHideFrom(tx: Tx, listingId: string, endedAfter: Date): Promise<readonly number[]> {
  const found = await rows<{ id: number }>(
    tx,
    `${withFormerSql} select p.id from partner p join published_limit l on l.listing_id = $1
     where (p.follower = 'accepted' or p.follower_ended_at > $2) and ${outsideSql} and not ${isHiddenSql} order by p.id`,
    [listingId, endedAfter],
  )
  return found.map(({ id }) => id)
}

/** The listings that must be hidden from one partner and are not yet; tombstones only for one that could never read them. */
export async function listingsToHide(tx: Tx, partnerId: number, which: 'live' | 'all'): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `${withFormerSql} select l.listing_id as id from published_limit l join partner p on p.id = $1
       join published_listing d on d.id = l.listing_id
     where ${outsideSql} and not ${isHiddenSql} ${which === 'live' ? 'and d.document is not null' : ''} order by l.listing_id`,
    [partnerId],
  )
  return found.map(({ id }) => id)
}

/** Hides one listing from followers, for good. `seq` is that of their tombstone; null for those who never had it. */
export async function hideFrom(
  tx: Tx,
  listingId: string,
  partnerIds: readonly number[],
  hidden: { readonly seq: number | null; readonly at: Date },
): Promise<void> {
  await changed(
    tx,
    `insert into hidden_listing (partner_id, listing_id, seq, hidden_at) select unnest($2::int[]), $1, $3, $4`,
    [listingId, partnerIds, hidden.seq, hidden.at],
  )
}

/**
 * Hides listings from one partner, for good: `firstSeq` is that of the first tombstone, and each has the next; null for no tombstones.
 * Its own statement is void, also where nobody else's set moves.
 */
export async function hideAllFrom(
  tx: Tx,
  partnerId: number,
  listingIds: readonly string[],
  hidden: { readonly firstSeq: number | null; readonly at: Date },
): Promise<void> {
  await changed(
    tx,
    `insert into hidden_listing (partner_id, listing_id, seq, hidden_at)
     select $1, id, $3::bigint + n - 1, $4 from unnest($2::text[]) with ordinality as x (id, n)`,
    [partnerId, listingIds, hidden.firstSeq, hidden.at],
  )
  await changed(tx, 'delete from partner_statement where partner_id = $1', [partnerId])
}

/** The statement of a partner with a set of its own, signed for one seq. */
export async function keepPartnerStatement(
  tx: Tx,
  partnerId: number,
  kept: {
    readonly epoch: string
    readonly seq: number
    readonly statement: string
    readonly etag: string
    readonly issuedAt: Date
  },
): Promise<void> {
  await changed(
    tx,
    `insert into partner_statement (partner_id, epoch, seq, statement, etag, issued_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (partner_id) do update set epoch = excluded.epoch, seq = excluded.seq, statement = excluded.statement,
       etag = excluded.etag, issued_at = excluded.issued_at`,
    [partnerId, kept.epoch, kept.seq, kept.statement, kept.etag, kept.issuedAt],
  )
}

/** Whether something is hidden from a partner. */
export async function hasHidden(tx: Tx, partnerId: number): Promise<boolean> {
  return (await oneRow(tx, 'select 1 from hidden_listing where partner_id = $1 limit 1', [partnerId])) !== undefined
}
