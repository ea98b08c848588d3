import { parse } from '../../src/common/parse.ts'
import { rows } from '../../src/database/database.ts'
import type { NewListing } from '../../src/partners/steps.ts'
import { readPage, type ReadCopy } from '../../src/partners/page.ts'
import { applyPage, settleReading, type Applied } from '../../src/partners/reading-actions.ts'
import { partnerById } from '../../src/partners/views.ts'
import { contentHash, rootOf } from '../../src/partners/set.ts'
import type { TestNode } from '../support/node.ts'

/** A reader's only origin without the way over HTTP: what is read is handed to the actions by hand. */
export type ByHand = { readonly id: number; readonly reader: TestNode; readonly url: string }

/** A listing or tombstone as it travels. */
export type Item = NewListing & { readonly seq: number }
export type Gone = { readonly id: string; readonly type: 'Tombstone'; readonly seq: number }

/** A partner of `reader` that it follows, at an address where nobody is. */
export async function followedByHand(reader: TestNode): Promise<ByHand> {
  const url = 'https://north.example'
  const [row] = await rows<{ id: number }>(
    reader.app.db,
    `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key, following, follower, created_at, updated_at)
     values ('north.example', $1, $1 || '/ap/directory', $1 || '/inbox', $1 || '/l', $1 || '/s', 'North', 'North', 'z6Mk', 'accepted', 'no', $2, $2)
     returning id`,
    [url, reader.time],
  )
  if (!row) throw new Error('no partner')
  await rows(reader.app.db, `insert into origin (origin_id, host, valid_until) values ($1, 'north.example', $2)`, [
    row.id,
    reader.time,
  ])
  return { id: row.id, reader, url }
}

/** These items as they are read from a page. */
export function readItems(
  origin: ByHand,
  items: readonly unknown[],
): { copies: readonly ReadCopy[]; gone: readonly string[] } {
  const from = { origin: origin.url, directoryId: `${origin.url}/ap/directory` }
  const read = readPage(items, { after: 0, seq: Number.MAX_SAFE_INTEGER }, from, (item) => parse('listing', item))
  if (!read) throw new Error('no page')
  return read
}

/** Applies a page that reaches from the cursor to `seq`. */
export async function applyItems(origin: ByHand, items: readonly unknown[], seq: number): Promise<Applied> {
  const { epoch, cursor } = await rowOf(origin)
  return applyPage(origin.reader.app, origin.id, {
    epoch: epoch ?? '',
    after: Number(cursor),
    seq,
    ...readItems(origin, items),
  })
}

/** Settles with a statement over just these listings. */
export async function settleWith(origin: ByHand, listings: readonly unknown[], seq: number): Promise<string> {
  const { reader, id } = origin
  const { epoch } = await rowOf(origin)
  const root = rootOf(listings.map((one) => ({ id: (one as { id: string }).id, contentHash: contentHash(one) })))
  const validUntil = new Date(reader.time.getTime() + 7 * 24 * 60 * 60 * 1000)
  const signedBy = (await partnerById(reader.app.db, id))?.directoryKey ?? ''
  const lease = { statement: '{}', etag: null, root, seq, epoch: epoch ?? '', validUntil, signedBy }
  return settleReading(reader.app, id, lease, 0.5)
}

export type Row = {
  readonly epoch: string | null
  readonly cursor: string
  readonly snapshot_open: boolean
  readonly valid_until: Date
  readonly hidden: boolean
  readonly trouble: string | null
  readonly root: string | null
  readonly copies: number
  readonly rows_held: number
  readonly copies_staged: number
  readonly rows_staged: number
}

export async function rowOf({ id, reader }: ByHand): Promise<Row> {
  const [row] = await rows<Row>(reader.app.db, 'select * from origin where origin_id = $1', [id])
  if (!row) throw new Error('no origin')
  return row
}

/** What the counters of an origin should say, counted. */
export async function counted(node: TestNode): Promise<Partial<Row>> {
  const [row] = await rows<Partial<Row>>(
    node.app.db,
    `select (select count(*)::int from copy where refused is null) as copies, (select count(*)::int from copy) as rows_held,
       (select count(*)::int from staged_copy where refused is null) as copies_staged, (select count(*)::int from staged_copy) as rows_staged`,
  )
  return row ?? {}
}
