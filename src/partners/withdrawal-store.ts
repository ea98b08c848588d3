import { changed, type Tx } from '../database/database.ts'

/** A listing that is gone for somebody: the seq of the tombstone, and when. */
export type Gone = { readonly seq: number; readonly at: Date; readonly endedAfter: Date }

const columns = 'listing_id, partner_id, host, organisation, country, seq, withdrawn_at, confirmed_at'

// Of a node that ended, only its word that it holds nothing confirms; it may have said so already.
const confirmedBefore = `case when p.follower <> 'accepted' and p.their_have = 0 then p.their_poll end`

/**
 * Writes down who may hold a listing that is withdrawn: each partner that could read it, and each that could and ended after
 * `endedAfter`.
 */
export async function keepHolders(tx: Tx, listingId: string, { seq, at, endedAfter }: Gone): Promise<void> {
  await changed(
    tx,
    `insert into withdrawal_holder (${columns})
     select $1, p.id, p.host, p.organisation, p.country, $2, $3, ${confirmedBefore}
     from partner p join published_listing l on l.id = $1
     where (p.follower = 'accepted' or (p.follower_ended_at > $4 and (l.added_at is null or l.added_at <= p.follower_ended_at)))
       and not exists (select 1 from hidden_listing h where h.partner_id = p.id and h.listing_id = $1)
     on conflict do nothing`,
    [listingId, seq, at, endedAfter],
  )
}

/** The same for listings that were just hidden from partners: their rows in hidden_listing with a seq say which and from whom. */
export async function keepHoldersOfHidden(
  tx: Tx,
  listingIds: readonly string[],
  partnerIds: readonly number[],
): Promise<void> {
  await changed(
    tx,
    `insert into withdrawal_holder (${columns})
     select h.listing_id, p.id, p.host, p.organisation, p.country, h.seq, h.hidden_at, ${confirmedBefore}
     from hidden_listing h join partner p on p.id = h.partner_id join published_listing l on l.id = h.listing_id
     where h.listing_id = any($1) and h.partner_id = any($2) and h.seq is not null
       and (p.follower = 'accepted' or l.added_at is null or l.added_at <= p.follower_ended_at)
     on conflict do nothing`,
    [listingIds, partnerIds],
  )
}

/** A partner has applied everything up to `have`; or, with `erased`, holds nothing of us any more. Returns how many withdrawals that confirms. */
export async function confirmWithdrawals(
  tx: Tx,
  partnerId: number,
  said: { readonly have: number } | 'erased',
  at: Date,
): Promise<number> {
  return changed(
    tx,
    `update withdrawal_holder set confirmed_at = $2
     where partner_id = $1 and confirmed_at is null and ($3::bigint is null or seq <= $3)`,
    [partnerId, at, said === 'erased' ? null : said.have],
  )
}

/** Forgets who held what was withdrawn before then. */
export async function removeFormerHolders(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from withdrawal_holder where withdrawn_at < $1', [before])
}
