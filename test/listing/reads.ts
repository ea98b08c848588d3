import { addresses } from '../../src/common/addresses.ts'
import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import type { TestNode } from '../support/node.ts'

/** Everything that readers of any kind could find of one account now, straight from the tables. */
export async function visible(node: TestNode, accountId: string) {
  const listing = await listingOf(node.app.db, accountId)
  const entries = await rows<{ audience: number; id: string; doc: string }>(
    node.app.db,
    'select audience, listing_id as id, doc from directory_entry where account_id = $1 order by audience',
    [accountId],
  )
  const people = await rows<{ id: string; handle: string | null; publicSince: Date | null; retiredAt: Date | null }>(
    node.app.db,
    'select id, handle, public_since as "publicSince", retired_at as "retiredAt" from person where account_id = $1 order by created_at, id',
    [accountId],
  )
  const published = await publishedOf(node)
  return {
    listing,
    entries,
    people,
    iri: listing && addresses(node.url).listing(listing.id),
    live: published.filter(({ document }) => document !== null),
    tombstones: published.filter(({ document }) => document === null),
  }
}

export function publishedOf(node: TestNode) {
  return rows<{ id: string; seq: number; document: string | null }>(
    node.app.db,
    'select id, seq::float8 as seq, document from published_listing order by seq',
  )
}

/** The documents of a listing that an audience can find in the directory. */
export function entryOf(seen: Awaited<ReturnType<typeof visible>>, audience: 'members' | 'public') {
  const found = seen.entries.find((entry) => entry.audience === (audience === 'members' ? 1 : 2))
  return found && JSON.parse(found.doc)
}
