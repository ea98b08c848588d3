import { oneRow, rows, type Reader } from '../database/database.ts'
import type { BlockListTrouble, Listed } from './block-list.ts'

/** A domain that is refused by a decision here. */
export type DomainBlock = { readonly domain: string; readonly reason: string; readonly blockedAt: Date }

const columns = `domain, reason, blocked_at as "blockedAt"`

/** Refused domains, newest first; at most 1,000. */
export function domainBlocks(reader: Reader): Promise<DomainBlock[]> {
  return rows<DomainBlock>(reader, `select ${columns} from domain_block order by blocked_at desc, domain limit 1000`)
}

export function domainBlock(reader: Reader, domain: string): Promise<DomainBlock | undefined> {
  return oneRow<DomainBlock>(reader, `select ${columns} from domain_block where domain = $1`, [domain])
}

/** A node that administrators chose and that is at one of the domains, or below it. */
export type PartnerThere = { readonly host: string; readonly organisation: string; readonly domain: string }

/** The partner nodes that domains stand for, by host; at most 200. */
export function partnersUnder(reader: Reader, domains: readonly string[]): Promise<PartnerThere[]> {
  return rows<PartnerThere>(
    reader,
    `select distinct on (p.host) p.host, p.organisation, d.domain from partner p, unnest(domains_of(p.host)) as d (domain)
     where (p.following in ('requested', 'accepted') or p.follower = 'accepted') and d.domain = any($1::text[])
     order by p.host, d.domain limit 200`,
    [domains],
  )
}

/** How many followers of people here are on hosts that domains stand for. */
export async function followersUnder(reader: Reader, domains: readonly string[]): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    `select coalesce(sum(h.followers), 0)::int as count
     from (select split_part(actor, '/', 3) as host, count(*) as followers from follower group by 1) h
     where exists (select from unnest(domains_of(h.host)) as d (domain) where d.domain = any($1::text[]))`,
    [domains],
  )
  return found?.count ?? 0
}

/** A list of refused domains that we subscribe to. */
export type BlockList = {
  readonly id: number
  readonly url: string
  readonly etag: string | null
  readonly subscribedAt: Date
  readonly checkedAt: Date
  readonly changedAt: Date
  readonly trouble: BlockListTrouble | null
  readonly domains: number
}

const listColumns = `l.id, l.url, l.etag, l.subscribed_at as "subscribedAt", l.checked_at as "checkedAt",
  l.changed_at as "changedAt", l.trouble, (select count(*)::int from block_list_entry e where e.list_id = l.id) as domains`

export function blockLists(reader: Reader): Promise<BlockList[]> {
  return rows<BlockList>(reader, `select ${listColumns} from block_list l order by l.url`)
}

export function blockListById(reader: Reader, id: number): Promise<BlockList | undefined> {
  return oneRow<BlockList>(reader, `select ${listColumns} from block_list l where l.id = $1`, [id])
}

export function blockListByUrl(reader: Reader, url: string): Promise<BlockList | undefined> {
  return oneRow<BlockList>(reader, `select ${listColumns} from block_list l where l.url = $1`, [url])
}

/** How many domains one page of a list shows. */
export const listedOnAPage = 100

/** What a list names, by domain, after the one given; `next` is where the next page begins. */
export async function listedOn(
  reader: Reader,
  id: number,
  after = '',
  most = listedOnAPage,
): Promise<{ readonly listed: readonly Listed[]; readonly next: string | undefined }> {
  const found = await rows<Listed>(
    reader,
    'select domain, comment from block_list_entry where list_id = $1 and domain > $2 order by domain limit $3',
    [id, after, most + 1],
  )
  const listed = found.slice(0, most)
  return { listed, next: found.length > most ? listed.at(-1)?.domain : undefined }
}

/** What lists name and does not happen, since a partner node is there: for an administrator to decide. */
export function proposals(
  reader: Reader,
): Promise<(PartnerThere & { readonly url: string; readonly listId: number })[]> {
  return rows(
    reader,
    `select distinct on (e.domain, p.host) e.domain, p.host, p.organisation, l.url, l.id as "listId"
     from partner p cross join unnest(domains_of(p.host)) as d (domain)
       join block_list_entry e on e.domain = d.domain join block_list l on l.id = e.list_id
     where (p.following in ('requested', 'accepted') or p.follower = 'accepted') and not exists (select from domain_block b where b.domain = any(domains_of(e.domain)))
     order by e.domain, p.host, l.id limit 200`,
  )
}
