import { addresses } from '../common/addresses.ts'
import { later } from '../common/clock.ts'
import type { Reader } from '../database/database.ts'
import { holdersOf } from '../partners/views.ts'
import {
  formerHolders,
  hiddenFromNodes,
  publishedSince,
  type FormerHolder,
  type NamedNode,
} from '../partners/withdrawal-views.ts'
import { heldCopy, outlook, takenCopy, type CopyState, type Outlook } from './holders.ts'
import { withdrawalKeptFor } from './listing.ts'
import { publicHolders, type PublicHolder } from './public-holder-views.ts'
import { listingOf, withdrawnListings } from './views.ts'

/** The copy of one listing at one node, in the words of the page. */
export type NodeCopy = {
  readonly node: NamedNode
  readonly copy: CopyState
  /** Why the node is not given the newest any more: it is no partner now, or the owner keeps her listing from it. */
  readonly because?: 'left' | 'hidden'
}

export type CopiesOfOne = { readonly outlook: Outlook; readonly copies: readonly NodeCopy[] }

/** Everything that is known about where somebody's listing is. */
export type Whereabouts = {
  /** Undefined while partner nodes are not given her listing. */
  readonly now: CopiesOfOne | undefined
  readonly before: readonly (CopiesOfOne & { readonly withdrawnAt: Date; readonly keptUntil: Date })[]
  readonly others: readonly PublicHolder[]
}

/** Where the listing of an account is, and where it was until it was withdrawn. */
export async function whereabouts(reader: Reader, origin: string, accountId: string, now: Date): Promise<Whereabouts> {
  const at = addresses(origin)
  const listing = await listingOf(reader, accountId)
  const withdrawn = await withdrawnListings(reader, accountId)
  const former = await formerHolders(
    reader,
    withdrawn.map(({ id }) => at.listing(id)),
  )
  return {
    now: listing?.partners ? await copiesNow(reader, at.listing(listing.id), now) : undefined,
    before: withdrawn.map(({ id, withdrawnAt }) => ({
      withdrawnAt,
      keptUntil: later(withdrawnAt, withdrawalKeptFor),
      ...together(former.filter(({ listingId }) => listingId === at.listing(id)).map((one) => taken(one, now))),
    })),
    others: await publicHolders(reader, at.person(''), accountId, now),
  }
}

async function copiesNow(reader: Reader, id: string, now: Date): Promise<CopiesOfOne> {
  const published = await publishedSince(reader, id)
  if (!published) return together([])
  const takenBack = await formerHolders(reader, [id])
  const hidden = await hiddenFromNodes(reader, id)
  const isKeptFrom = new Set([...takenBack, ...hidden].map(({ partnerId }) => partnerId))
  const holders = (await holdersOf(reader, published.seq, now)).filter(({ partnerId }) => !isKeptFrom.has(partnerId))
  return together([
    ...holders.map((node): NodeCopy => {
      const { confirmed, lastPoll, endedAt } = node
      return endedAt === null
        ? { node, copy: heldCopy(node, published.since, now) }
        : { node, because: 'left', copy: takenCopy(confirmed ? lastPoll : null, endedAt, now) }
    }),
    ...takenBack.map((one): NodeCopy => ({ ...taken(one, now), because: 'hidden' })),
    ...hidden
      .filter(({ partnerId }) => !takenBack.some((one) => one.partnerId === partnerId))
      .map((node): NodeCopy => ({ node, copy: { state: 'hidden' } })),
  ])
}

function taken(node: FormerHolder, now: Date): NodeCopy {
  return { node, copy: takenCopy(node.confirmedAt, node.withdrawnAt, now) }
}

function together(copies: readonly NodeCopy[]): CopiesOfOne {
  return { outlook: outlook(copies.map(({ copy }) => copy)), copies }
}
