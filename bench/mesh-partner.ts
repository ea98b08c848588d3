// One simulated partner node of `mesh`: its set of listings, what it signs about it, and what it holds of the node.
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { addresses, type Addresses } from '../src/common/addresses.ts'
import { day, hour, later, rfc3339 } from '../src/common/clock.ts'
import { multikey } from '../src/common/multibase.ts'
import { contentHash, rootOf } from '../src/partners/set.ts'
import { signStatement } from '../src/partners/statement.ts'
import { inventedPerson } from '../test/support/people.ts'

export type RsaPair = { readonly privateKey: KeyObject; readonly pem: string }

/** A text with its ETag, as it is served. */
export type Served = { readonly text: string; readonly etag: string }

export type MeshPartner = {
  readonly number: number
  readonly at: Addresses
  readonly rsa: RsaPair
  readonly directoryKey: string
  /** The newest seq of its set. */
  readonly seq: () => number
  readonly epoch: string
  /** Changes one of its listings. */
  change(): void
  /** Its statement, signed anew after a change and once a day. */
  statement(now: Date): Served
  /** What changed after a seq, as a page. */
  page(after: number, limit: number): string
}

/** A partner at `origin` with `count` listings. Its directory has an Ed25519 key of its own; the RSA key it may share. */
export function meshPartner(number: number, origin: string, rsa: RsaPair, count: number): MeshPartner {
  const at = addresses(origin)
  const ed25519 = generateKeyPairSync('ed25519')
  const epoch = `mesh${number}`
  const listings = Array.from({ length: count }, (_, index) => ({
    number: number * count + index,
    seq: index + 1,
    changes: 0,
  }))
  // Documents are made when they are asked for: kept ones of 3,000 partners would fill the memory of the machine.
  const documentOf = (listing: (typeof listings)[number]) =>
    inventedPerson(listing.number, origin, {
      seq: listing.seq,
      ...(listing.changes === 0 ? {} : { summary: `What I do has changed ${listing.changes} times.` }),
    })
  const entryOf = (listing: (typeof listings)[number]) => {
    const document = documentOf(listing)
    return { id: document.id, contentHash: contentHash(document) }
  }
  let entries: ReturnType<typeof entryOf>[] | undefined
  let seq = count
  let served: (Served & { readonly issued: Date }) | undefined
  return {
    number,
    at,
    rsa,
    directoryKey: multikey(ed25519.publicKey),
    epoch,
    seq: () => seq,
    change() {
      seq += 1
      const index = seq % count
      const listing = listings[index]
      if (!listing) return
      listing.seq = seq
      listing.changes += 1
      if (entries) entries[index] = entryOf(listing)
      served = undefined
    },
    statement(now) {
      if (served && later(served.issued, day - hour) > now) return served
      entries ??= listings.map(entryOf)
      const unsigned = {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: at.statement,
        type: 'DirectoryStatement',
        attributedTo: at.directory,
        epoch,
        seq,
        totalItems: count,
        root: rootOf(entries),
        issued: rfc3339(now),
        validUntil: rfc3339(later(now, 7 * day)),
      } as const
      const text = JSON.stringify(signStatement(unsigned, ed25519.privateKey, `${at.directory}#ed25519-1`, now))
      served = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"`, issued: now }
      return served
    },
    page(after, limit) {
      const newer = listings.filter((listing) => listing.seq > after).toSorted((one, other) => one.seq - other.seq)
      const items = newer.slice(0, limit)
      const hasMore = items.length < newer.length
      const last = items.at(-1)?.seq ?? after
      return JSON.stringify({
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${at.listings}?after=${after}&limit=${limit}`,
        type: 'OrderedCollectionPage',
        partOf: at.listings,
        orderType: 'ForwardChronological',
        epoch,
        seq: hasMore ? last : seq,
        ...(hasMore ? { next: `${at.listings}?after=${last}&limit=${limit}` } : {}),
        orderedItems: items.map(documentOf),
      })
    },
  }
}
