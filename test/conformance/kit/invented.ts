import type { KeyObject } from 'node:crypto'
import { day, instantOf, later, rfc3339, systemClock } from '../../../src/common/clock.ts'
import type { Listing } from '../../../src/common/schema-types.ts'
import { bucketHashes, bucketOf, contentHash, rootOf, type Entry } from '../../../src/partners/set.ts'
import { signStatement, type UnsignedStatement } from '../../../src/partners/statement.ts'
import { randomName, type Places } from './node.ts'

/** A listing as the kit publishes it; some are wrong on purpose. */
export type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly seq: number }

/** A listing before it has its seq. */
export type Unnumbered = Readonly<Record<string, unknown>> & { readonly id: string }

/** An invented person before she has a seq. */
export type Person = Unnumbered & { readonly featuredObject: string; readonly name: string }

/** A set of listings with all that an origin says about it (FEDERATION.md 4). */
export type InventedSet = {
  readonly epoch: string
  readonly seq: number
  /** Puts a listing in, or a newer form of it; gives it the next seq. */
  readonly put: (listing: Unnumbered) => Item
  /** Leaves a tombstone. `as` is the tombstone where it is not to be the right one. */
  readonly withdraw: (id: string, as?: (right: Item) => Item) => Item
  /** A new epoch with these listings only. The numbers go on. */
  readonly restart: (ids: readonly string[]) => void
  /** A new statement about the same set, with a lease of that many milliseconds from now on. */
  readonly reissue: (lease?: number) => void
  readonly live: () => readonly Item[]
  readonly after: (seq: number) => readonly Item[]
  readonly inBucket: (bucket: number) => readonly Item[]
  readonly buckets: () => readonly string[]
  readonly unsigned: () => UnsignedStatement
}

export const sevenDays = 7 * day

const activityStreams = 'https://www.w3.org/ns/activitystreams'

/** An empty set that is published at these places. */
export function inventSet(at: Places): InventedSet {
  const items = new Map<string, Item>()
  let epoch = randomName()
  let seq = 0
  let issued = systemClock()
  let lease = sevenDays
  const live = (): readonly Item[] => bySeq().filter((item) => item['type'] !== 'Tombstone')
  const bySeq = (): readonly Item[] => [...items.values()].toSorted((one, other) => one.seq - other.seq)
  const entries = (): readonly Entry[] => live().map((item) => ({ id: item.id, contentHash: contentHash(item) }))
  function add(item: Unnumbered): Item {
    seq += 1
    const numbered = { ...item, seq }
    items.set(item.id, numbered)
    issued = systemClock()
    return numbered
  }
  return {
    get epoch() {
      return epoch
    },
    get seq() {
      return seq
    },
    put: add,
    withdraw(id, as = (right) => right) {
      const tombstone = { id, type: 'Tombstone', formerType: 'FeaturedItem', deleted: rfc3339(systemClock()) }
      const added = as(add(tombstone))
      items.set(id, added)
      return added
    },
    restart(ids) {
      epoch = randomName()
      for (const [id, item] of items) if (!ids.includes(id) || item['type'] === 'Tombstone') items.delete(id)
      for (const id of ids) {
        const item = items.get(id)
        if (item) add(item)
      }
      issued = systemClock()
    },
    reissue(milliseconds = sevenDays) {
      issued = systemClock()
      lease = milliseconds
    },
    live,
    after: (from) => bySeq().filter((item) => item.seq > from),
    inBucket: (bucket) => live().filter(({ id }) => bucketOf(id) === bucket),
    buckets: () => bucketHashes(entries()),
    unsigned: () => ({
      '@context': [activityStreams, { swd: 'https://w3id.org/sideways/ns#' }],
      id: at.statement,
      type: 'DirectoryStatement',
      attributedTo: at.directory,
      epoch,
      seq,
      totalItems: entries().length,
      root: rootOf(entries()),
      issued: rfc3339(issued),
      // Never past the lease that was asked for, since it is watched to the second.
      validUntil: rfc3339(later(issued, lease)),
    }),
  }
}

/** The statement with the proof of a directory's key. */
export function signed(unsigned: UnsignedStatement, at: Places, key: KeyObject): object {
  // The same statement must be the same bytes, or no answer would ever be a 304.
  return signStatement(unsigned, key, `${at.directory}#ed25519-1`, instantOf(unsigned.issued) ?? systemClock())
}

/** An invented person with a name that is found nowhere else; her ids are random. */
export function inventPerson(at: Places, name: string, changes: Partial<Listing> = {}): Person {
  const id = randomName() + randomName()
  const now = systemClock()
  const person = `${new URL(at.node).origin}/kit/people/${id}`
  return {
    id: `${at.listings}/${id}`,
    type: 'FeaturedItem',
    attributedTo: at.directory,
    featuredObject: person,
    published: rfc3339(now),
    updated: rfc3339(now),
    endTime: rfc3339(later(now, 300 * day)),
    to: [at.followers],
    name,
    summary: 'Invented, to check a node of the directory.',
    hasOccupation: [
      {
        type: 'Occupation',
        name: 'Product manager',
        occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
      },
    ],
    onlyOne: 'organisation',
    worksFor: {
      type: 'Organization',
      name: 'Invented Council',
      sector: 'https://w3id.org/sideways/sectors#local-government',
      addressCountry: 'GB',
    },
    knowsLanguage: [{ tag: 'en', level: 'easy' }],
    ...changes,
  }
}

/** A flag of that many days for an invented person. */
export function inventFlag(person: string, days: number): NonNullable<Listing['peerChat']> {
  const now = systemClock()
  return {
    id: `${person}/chat/1`,
    type: 'Proposal',
    purpose: 'offer',
    attributedTo: person,
    published: rfc3339(now),
    endTime: rfc3339(later(now, days * day)),
    kinds: ['https://w3id.org/sideways/conversation-kinds#first-chat'],
    publishes: {
      id: `${person}/chat/1#primary`,
      type: 'Intent',
      action: 'deliverService',
      resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
    },
  }
}
