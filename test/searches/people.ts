import { day, hour, later, rfc3339 } from '../../src/common/clock.ts'
import { conceptIri } from '../../src/common/vocabularies.ts'
import { rows } from '../../src/database/database.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { indexEntries, removeEntries } from '../../src/directory/steps.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import type { TestNode } from '../support/node.ts'

export const originId = 5
const origin = 'https://south.example'

/** A product manager on another node, without a flag unless said otherwise. */
export function aProductManager(number: number, change: Partial<ListingDocument> = {}): ListingDocument {
  const { peerChat: _peerChat, ...person } = inventedPerson(number, origin)
  return {
    ...person,
    hasOccupation: [
      { type: 'Occupation', name: 'Product manager', occupationalCategory: conceptIri('roles', 'product-manager') },
    ],
    ...change,
  }
}

/** Her flag, up for 30 days from now on. */
export function aFlag(node: TestNode, document: ListingDocument): Pick<ListingDocument, 'peerChat'> {
  const id = `${document.featuredObject}/chat/1`
  return {
    peerChat: {
      id,
      type: 'Proposal',
      purpose: 'offer',
      attributedTo: document.featuredObject,
      published: rfc3339(node.time),
      endTime: rfc3339(later(node.time, 30 * day)),
      kinds: [conceptIri('conversation-kinds', 'first-chat')],
      publishes: {
        id: `${id}#primary`,
        type: 'Intent',
        action: 'deliverService',
        resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
      },
    },
  }
}

/** Another node whose people are shown here. */
export async function aPartner(node: TestNode): Promise<void> {
  await addOrigin(node.app.db, originId, 'south.example', { validUntil: '2028-06-01T00:00:00Z' })
}

/** An hour later, people of that node come into the directory, or change. */
export async function theyCome(node: TestNode, ...documents: readonly ListingDocument[]): Promise<void> {
  node.time = later(node.time, hour)
  await node.app.db.transaction((tx) =>
    indexEntries(
      tx,
      node.app.secrets.order,
      documents.map((document) => ({ originId, audience: 'members', document })),
      node.time,
    ),
  )
}

/** They leave it. */
export async function theyGo(node: TestNode, ...documents: readonly ListingDocument[]): Promise<void> {
  await node.app.db.transaction((tx) =>
    removeEntries(
      tx,
      documents.map(({ id }) => id),
    ),
  )
}

/** So much time goes by, and the worker does what the clock says, day by day. */
export async function daysPass(node: TestNode, days: number): Promise<readonly string[]> {
  const until = later(node.time, days * day)
  while (node.time < until) {
    node.time = later(node.time, Math.min(day, until.getTime() - node.time.getTime()))
    for (const name of ['searches.queue-digests', 'searches.ask-about-ends', 'searches.forget-ended'])
      await node.runTimetable(name)
    const failed = await node.settle()
    if (failed.length > 0) return failed
  }
  return []
}

/** What a table of saved searches says, for looks behind the pages. */
export async function savedRows(node: TestNode): Promise<readonly Record<string, unknown>[]> {
  return rows(node.app.db, 'select * from saved_search order by name')
}
