import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { approve, follow } from '../../src/partners/actions.ts'
import { noLimit, type Limit } from '../../src/partners/limit.ts'
import { publishListing, withdrawListing, type NewListing } from '../../src/partners/steps.ts'
import { rows } from '../../src/database/database.ts'
import { noParameters, visibleEntries } from '../../src/directory/visible.ts'
import type { TestNode } from '../support/node.ts'

/** A listing of a node as its listing area makes it: a product manager by that name. */
export function listing(node: TestNode, id: string, changes: Partial<NewListing> = {}): NewListing {
  const origin = node.url
  return {
    id: `${origin}/ap/directory/listings/${id}`,
    type: 'FeaturedItem',
    attributedTo: `${origin}/ap/directory`,
    featuredObject: `${origin}/ap/people/${id}`,
    published: '2026-09-02T10:00:00Z',
    updated: '2026-10-01T09:00:00Z',
    endTime: '2027-09-02T10:00:00Z',
    to: [`${origin}/ap/directory/followers`],
    name: `Person ${id}`,
    hasOccupation: [
      {
        type: 'Occupation',
        name: 'Product manager',
        occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
      },
    ],
    worksFor: {
      type: 'Organization',
      name: 'North Council',
      sector: 'https://w3id.org/sideways/sectors#local-government',
      addressCountry: 'GB',
    },
    knowsLanguage: [{ tag: 'en', level: 'easy' }],
    ...changes,
  }
}

export function publish(node: TestNode, ...listings: readonly NewListing[]): Promise<number> {
  return publishWithin(node, noLimit, ...listings)
}

/** The same for partner nodes within a limit. */
export function publishWithin(node: TestNode, limit: Limit, ...listings: readonly NewListing[]): Promise<number> {
  return node.app.db.transaction(async (tx) => {
    let seq = 0
    for (const one of listings) seq = await publishListing(tx, node.app, one.id, one, limit)
    return seq
  })
}

export function withdraw(node: TestNode, id: string): Promise<number | undefined> {
  return node.app.db.transaction((tx) => withdrawListing(tx, node.app, `${node.url}/ap/directory/listings/${id}`))
}

/** Runs the jobs of these nodes until nobody has anything left to tell another. */
export async function settleAll(...nodes: readonly TestNode[]): Promise<void> {
  for (let round = 0; round < 6; round += 1) for (const node of nodes) expect(await node.settle()).toEqual([])
}

/** `reader` has left `origin`: its word that it erased comes before its Undo was read, and is said again. */
export async function settleUndo(reader: TestNode, origin: TestNode): Promise<void> {
  await reader.settle()
  await settleAll(origin)
  await rows(reader.app.db, 'update graphile_worker._private_jobs set run_at = now() where attempts > 0')
  await settleAll(reader, origin)
}

export const hostOf = (node: TestNode): string => new URL(node.url).host

/** `reader` subscribes to `origin`, and `origin` lets it. */
export async function subscribe(reader: TestNode, origin: TestNode): Promise<void> {
  await follow(reader.app, await lookUpPartner(reader.app, hostOf(origin)))
  await settleAll(reader, origin)
  await approve(origin.app, hostOf(reader))
  await settleAll(origin, reader)
}

/** The names that `reader` shows of others to people who are signed in, by the one rule of sight. */
export async function shownAt(reader: TestNode): Promise<readonly string[]> {
  const given = noParameters()
  const visible = visibleEntries(given, { audience: 'members', now: reader.time })
  const found = await rows<{ doc: string }>(
    reader.app.db,
    `select e.doc ${visible} and e.origin_id > 0 order by e.listing_id`,
    given.values,
  )
  return found.map(({ doc }) => (JSON.parse(doc) as { name: string }).name)
}

/** The one row that a node keeps of the only partner it has. */
export async function theOnly<Row>(node: TestNode, table: 'partner' | 'origin' | 'directory_state'): Promise<Row> {
  const [row] = await rows<Row>(
    node.app.db,
    `select * from ${table} ${table === 'origin' ? 'where origin_id > 0' : ''}`,
  )
  if (!row) throw new Error(`no row in ${table}`)
  return row
}

/** A node as it was when it was new, keys excepted: starting one costs more than a whole test. */
export async function startAfresh(node: TestNode): Promise<void> {
  await rows(
    node.app.db,
    'truncate partner, copy, published_listing, published_limit, hidden_listing, partner_statement, withdrawal_holder, directory_entry, outgoing_activity, delivery, delivery_host, received_activity, inbox_activity',
  )
  await rows(node.app.db, 'update published_bucket set hash = null')
  await rows(node.app.db, 'delete from origin where origin_id > 0')
  await rows(node.app.db, 'delete from graphile_worker._private_jobs')
  await rows(
    node.app.db,
    'update directory_state set epoch = $1, seq = 0, statement = null, forgotten_seq = 0, restored_at = null',
    [node.app.newId()],
  )
  node.time = new Date('2026-11-22T09:00:00Z')
}
