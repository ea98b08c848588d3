import { createHash } from 'node:crypto'
import { inventSet, signed, type InventedSet } from './invented.ts'
import { actorOf, randomName, type KitNode, type Reply } from './node.ts'
import type { Incoming, Verdict } from './signer.ts'
import { linkedDataJson, term } from './wire.ts'

/** A request for a document of the protocol, and what became of it. */
export type Asked = {
  readonly at: number
  readonly document: 'statement' | 'page' | 'bucket' | 'buckets'
  readonly query: URLSearchParams
  readonly verdict: Verdict
  /** The ETag that the asker holds. */
  readonly etag: string | undefined
  readonly status: number
}

/** Where a directory leaves the right way, on purpose. Each gets what would be right. */
export type Manner = {
  /** Whether a request is answered at all; `right` only for the directories that were let in. */
  readonly lets?: (right: boolean, verdict: Verdict) => boolean
  /** The signed statement. */
  readonly statement?: (right: ReturnType<InventedSet['unsigned']>) => object
  /** The items of a page, and the page. */
  readonly items?: (right: readonly object[], asked: AskedPage) => readonly object[]
  readonly page?: (right: Readonly<Record<string, unknown>>, asked: AskedPage) => object
  readonly buckets?: (right: Readonly<Record<string, unknown>>) => object
  /** The whole answer to somebody who was let in. */
  readonly answer?: (right: Reply, incoming: Incoming) => Reply
  /** What strangers and those get whose parameters cannot be read. */
  readonly refusal?: (right: Reply, incoming: Incoming) => Reply
}

export type AskedPage = { readonly after: number; readonly limit: number; readonly bucket?: number }

export type Directory = {
  readonly set: InventedSet
  /** Directories that were let in, with their inbox and the Follow that was accepted. */
  readonly readers: Map<string, Reader>
  /** Every request for a document, oldest first. */
  readonly asked: readonly Asked[]
  manner: Manner
  readonly accept: (follow: unknown) => Promise<Reader>
  /** Rings at every reader; `bare` names neither seq nor epoch. */
  readonly ring: (bare?: 'bare') => Promise<void>
  /** Ends what a reader was granted, and tells it. */
  readonly reject: (reader: Reader) => Promise<void>
  /** An answer to a Follow, as it is sent. */
  readonly answerTo: (type: 'Accept' | 'Reject', follow: unknown) => object
}

export type Reader = { readonly directory: string; readonly inbox: string; readonly follow: unknown }

const mostItems = 200

/** Lets a node of the kit publish listings: everything that an origin serves, to those it accepted and nobody else. */
export function openDirectory(node: KitNode): Directory {
  const { at } = node
  const asked: Asked[] = []
  const set = inventSet(at)
  const directory: Directory = {
    set,
    readers: new Map(),
    asked,
    manner: {},
    async accept(follow) {
      const actor = actorOf(follow)
      if (actor === undefined) throw new Error('a Follow without an actor')
      const document: unknown = JSON.parse((await node.get(actor, { as: 'node' })).body)
      const reader = { directory: actor, inbox: String(term(document, 'inbox')), follow }
      directory.readers.set(actor, reader)
      await node.post(reader.inbox, directory.answerTo('Accept', follow))
      return reader
    },
    async ring(bare) {
      const moved = { id: at.listings, type: 'OrderedCollection', ...(bare ? {} : { seq: set.seq, epoch: set.epoch }) }
      const doorbell = activity(at.directory, 'Update', moved, at.followers)
      await Promise.all([...directory.readers.values()].map(({ inbox }) => node.post(inbox, doorbell)))
    },
    async reject(reader) {
      directory.readers.delete(reader.directory)
      await node.post(reader.inbox, directory.answerTo('Reject', reader.follow))
    },
    answerTo(type, follow) {
      const { '@context': _context, ...object } = follow as Readonly<Record<string, unknown>> // read as a Follow before
      return activity(at.directory, type, object, actorOf(follow) ?? '')
    },
  }

  const written = (document: Asked['document'], page: AskedPage): object => {
    if (document === 'statement') return statementOf(directory, node)
    return document === 'buckets' ? bucketsOf(directory, at) : pageOf(directory, at, page)
  }
  const documentAs = (document: Asked['document'], page: AskedPage): Reply => ({
    status: 200,
    headers: { 'content-type': linkedDataJson },
    body: JSON.stringify(written(document, page)),
  })
  const accepted = (verdict: Verdict): boolean => 'actor' in verdict && directory.readers.has(verdict.actor)
  node.answers.push(async (incoming) => {
    const document = documentOf(at, incoming)
    if (incoming.method !== 'GET' || document === undefined) return undefined
    const verdict = await node.verdict(incoming)
    const { manner } = directory
    const page = askedFor(incoming.query)
    const isLet = manner.lets ? manner.lets(accepted(verdict), verdict) : accepted(verdict)
    const right = isLet && page ? conditionally(incoming, documentAs(document, page)) : undefined
    const reply = right
      ? (manner.answer?.(right, incoming) ?? right)
      : (manner.refusal?.({ status: 404 }, incoming) ?? { status: 404 })
    const etag = incoming.headers.get('if-none-match') ?? undefined
    asked.push({ at: Date.now(), document, query: incoming.query, verdict, etag, status: reply.status })
    return reply
  })
  return directory
}

/** An activity of a directory of the kit. */
export function activity(
  actor: string,
  type: string,
  object: unknown,
  to: string,
): Readonly<Record<string, unknown>> & {
  readonly id: string
} {
  return {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}/said/${randomName()}${randomName()}`,
    type,
    actor,
    object,
    to: [to],
  }
}

function documentOf(at: KitNode['at'], { path, query }: Incoming): Asked['document'] | undefined {
  const url = new URL(at.node).origin + path
  if (url === at.statement) return 'statement'
  if (url === at.buckets) return 'buckets'
  if (url === at.listings) return query.has('bucket') ? 'bucket' : 'page'
  return undefined
}

function askedFor(query: URLSearchParams): AskedPage | undefined {
  const after = numberOf(query.get('after') ?? '0')
  const limit = numberOf(query.get('limit') ?? String(mostItems))
  const bucket = query.get('bucket')
  if (after === undefined || limit === undefined || limit === 0) return undefined
  const page = { after, limit: Math.min(limit, mostItems) }
  if (bucket === null) return page
  return /^[0-9a-f]{2}$/.test(bucket) ? { ...page, bucket: Number.parseInt(bucket, 16) } : undefined
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function statementOf({ set, manner }: Directory, { at, keys }: KitNode): object {
  const right = set.unsigned()
  return manner.statement?.(right) ?? signed(right, at, keys.statement)
}

function bucketsOf({ set, manner }: Directory, at: KitNode['at']): object {
  const right = {
    id: at.buckets,
    type: 'DirectoryBuckets',
    attributedTo: at.directory,
    epoch: set.epoch,
    seq: set.seq,
    buckets: set.buckets(),
  }
  return manner.buckets?.(right) ?? right
}

function pageOf({ set, manner }: Directory, at: KitNode['at'], asked: AskedPage): object {
  const { after, limit, bucket } = asked
  const found = bucket === undefined ? set.after(after) : set.inBucket(bucket).filter(({ seq }) => seq > after)
  const items = found.slice(0, limit)
  const hasMore = items.length < found.length
  const last = items.at(-1)?.seq ?? after
  const filter = bucket === undefined ? '' : `bucket=${bucket.toString(16).padStart(2, '0')}&`
  const right = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${at.listings}?${filter}after=${after}&limit=${limit}`,
    type: 'OrderedCollectionPage',
    partOf: at.listings,
    orderType: 'ForwardChronological',
    epoch: set.epoch,
    seq: hasMore ? last : Math.max(set.seq, last),
    ...(hasMore ? { next: `${at.listings}?${filter}after=${last}&limit=${limit}` } : {}),
    orderedItems: manner.items?.(items, asked) ?? items,
  }
  return manner.page?.(right, asked) ?? right
}

function conditionally(incoming: Incoming, reply: Reply): Reply {
  const etag = `"${createHash('sha256')
    .update(reply.body ?? '')
    .digest('base64url')}"`
  const headers = { ...reply.headers, etag, 'cache-control': 'private, no-store' }
  if (incoming.headers.get('if-none-match') === etag)
    return { status: 304, headers: { etag, 'cache-control': 'private, no-store' } }
  return { ...reply, headers }
}
