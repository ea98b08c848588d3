import { oneRow, rows, type Reader } from '../database/database.ts'

/** A partner node as a person reads of it: who controls what is kept there, and in which country. */
export type NamedNode = {
  readonly partnerId: number
  readonly host: string
  readonly organisation: string
  readonly country: string | null
  readonly policy: string | null
}

/** A node that held a listing when it was taken from it, and when it said that its copy is gone. */
export type FormerHolder = NamedNode & {
  readonly listingId: string
  readonly withdrawnAt: Date
  readonly confirmedAt: Date | null
}

/** Who held these listings (by their addresses) when they were withdrawn, or hidden from them; those who still may hold one first. */
export function formerHolders(reader: Reader, listingIds: readonly string[]): Promise<FormerHolder[]> {
  return rows<FormerHolder>(
    reader,
    `select h.listing_id as "listingId", h.partner_id as "partnerId", h.host, h.organisation, h.country, p.policy,
       h.withdrawn_at as "withdrawnAt", h.confirmed_at as "confirmedAt"
     from withdrawal_holder h left join partner p on p.id = h.partner_id
     where h.listing_id = any($1) order by h.confirmed_at is not null, h.host`,
    [listingIds],
  )
}

/** The partner nodes to which a listing that others read is not given. */
export function hiddenFromNodes(reader: Reader, listingId: string): Promise<NamedNode[]> {
  return rows<NamedNode>(
    reader,
    `select p.id as "partnerId", p.host, p.organisation, p.country, p.policy
     from hidden_listing h join partner p on p.id = h.partner_id
     where h.listing_id = $1 and p.follower = 'accepted' order by p.host`,
    [listingId],
  )
}

/** Under which seq partner nodes read a listing, and since when they may; undefined for one that they may not. */
export function publishedSince(
  reader: Reader,
  listingId: string,
): Promise<{ readonly seq: number; readonly since: Date | null } | undefined> {
  return oneRow(
    reader,
    'select seq::float8 as seq, added_at as since from published_listing where id = $1 and document is not null',
    [listingId],
  )
}
