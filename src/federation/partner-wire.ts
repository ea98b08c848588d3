import type { App } from '../app.ts'
import { directoryActor } from '../common/addresses.ts'
import { later, minute } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { OutboundError, type OutboundAnswer } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import type { Schemas } from '../common/schema-types.ts'
import { readPage, type PageChanges } from '../partners/page.ts'
import type { Partner, Reading, Trouble } from '../partners/partner.ts'
import { largestPage, largestStatement, longestRequest, mostRedirects } from '../partners/quota.ts'
import { rootOf } from '../partners/set.ts'
import { signedGet } from './signed.ts'

/** Items asked for on a page (FEDERATION.md 4.2). */
const pageSize = 200

/** Why a poll stops: something is wrong with the other side, a quota is used up until `freeAt`, it has too many listings, or another poll has taken over. */
export class PollEnd extends Error {
  readonly end: { readonly trouble: Trouble } | { readonly freeAt: Date } | 'moved' | 'too-many'
  constructor(end: PollEnd['end']) {
    super('the poll ended')
    this.end = end
  }
}

/** Why a poll stops, or undefined for an error that is a fault of ours. */
export function endOf(error: unknown): PollEnd['end'] | undefined {
  if (error instanceof PollEnd) return error.end
  if (!(error instanceof OutboundError)) return undefined
  return { trouble: error.code === 'host-not-allowed' ? 'host-not-allowed' : 'no-answer' }
}

/** What we tell an origin that we hold of it (FEDERATION.md 4.3). `epoch` says in which run of numbers `have` counts. */
export type Holding = { readonly have: number; readonly root: string; readonly epoch: string | null }

/** Nothing: said before a first lease, and after everything was erased. */
export const nothing: Holding = { have: 0, root: rootOf([]), epoch: null }

/**
 * What is in place. A snapshot that is still being read is not: until then that is what the newest believed statement covers, or else
 * an origin would take a withdrawal for done that we still show.
 */
export function holdingOf(reading: Pick<Reading, 'cursor' | 'root' | 'epoch' | 'snapshotOpen' | 'statement'>): Holding {
  const { root } = reading
  if (root === null) return nothing
  if (!reading.snapshotOpen) return { have: reading.cursor, root, epoch: reading.epoch }
  if (reading.statement === null) return nothing
  const { seq, epoch } = parse('statement', JSON.parse(reading.statement))
  return { have: seq, root, epoch }
}

/** Asks for the statement, saying what we hold; 304 is an answer only where `etag` was given. */
export async function askStatement(
  app: App,
  partner: Pick<Partner, 'statementUrl'>,
  { have, root, epoch }: Holding,
  etag: string | null,
): Promise<OutboundAnswer> {
  const url = new URL(partner.statementUrl)
  url.searchParams.set('have', String(have))
  url.searchParams.set('root', root)
  if (epoch !== null) url.searchParams.set('epoch', epoch)
  return get(app, url.href, largestStatement, etag)
}

/** One page of changes, or of a bucket, as it was read. */
export type ReadPage = PageChanges & { readonly seq: number; readonly hasMore: boolean }

/** Asks for a page of that epoch; 'gone' when the cursor is older than the tombstones that the origin keeps. */
export async function askPage(
  app: App,
  partner: Pick<Partner, 'listingsUrl' | 'origin' | 'directoryId'>,
  asked: { readonly after: number; readonly bucket?: number; readonly begun?: number | null },
  epoch: string,
): Promise<ReadPage | 'gone'> {
  const url = new URL(partner.listingsUrl)
  if (asked.bucket !== undefined) url.searchParams.set('bucket', asked.bucket.toString(16).padStart(2, '0'))
  url.searchParams.set('after', String(asked.after))
  url.searchParams.set('limit', String(pageSize))
  if (typeof asked.begun === 'number') url.searchParams.set('begun', String(asked.begun))
  const answer = await get(app, url.href, largestPage)
  if (answer.status === 410) return 'gone'
  const page = readAs('changes-page', jsonOf(answer, 'page-broken'), 'page-broken')
  // Restored between statement and page: the next statement says so.
  if (page.epoch !== undefined && page.epoch !== epoch) throw new PollEnd({ freeAt: later(app.now(), minute) })
  const hasMore = page.next !== undefined
  const from = { origin: partner.origin, directoryId: partner.directoryId }
  const changes = readPage(page.orderedItems, { after: asked.after, seq: page.seq }, from, (item) =>
    parse('listing', item),
  )
  if (!changes || page.seq < asked.after || (hasMore && page.seq === asked.after))
    throw new PollEnd({ trouble: 'page-broken' })
  return { seq: page.seq, hasMore, ...changes }
}

/** Asks for the hashes of the 256 buckets. */
export async function askBuckets(app: App, partner: Pick<Partner, 'listingsUrl'>): Promise<Schemas['buckets']> {
  const answer = await get(app, `${partner.listingsUrl}/buckets`, largestStatement)
  return readAs('buckets', jsonOf(answer, 'page-broken'), 'page-broken')
}

/** The JSON of an answer; anything but a 200 with JSON ends the poll with that trouble. */
export function jsonOf(answer: OutboundAnswer, trouble: Trouble): unknown {
  if (answer.status !== 200) throw new PollEnd({ trouble })
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    throw new PollEnd({ trouble }) // what is not JSON is as wrong as what is not ours
  }
}

/** A document by its schema; what breaks it ends the poll with that trouble. */
export function readAs<Name extends 'statement' | 'changes-page' | 'buckets'>(
  name: Name,
  document: unknown,
  trouble: Trouble,
): Schemas[Name] {
  try {
    return parse(name, document)
  } catch (error) {
    if (error instanceof InvalidInput) throw new PollEnd({ trouble })
    throw error
  }
}

/**
 * The last word to an origin that we do not read any more: we hold nothing (FEDERATION.md 3, item 6). Throws, so that it is said
 * again, while the origin still counts us: it would forget this when it reads our Undo.
 */
export async function tellThatWeErased(app: App, partner: Pick<Partner, 'statementUrl' | 'host'>): Promise<void> {
  try {
    const { status } = await askStatement(app, partner, nothing, null)
    if (status !== 200 && status !== 304) return
  } catch (error) {
    const end = endOf(error)
    if (typeof end === 'object' && 'trouble' in end && end.trouble === 'not-allowed') return
    throw error
  }
  throw new Error(`${partner.host} still counts us as a partner`)
}

async function get(app: App, url: string, maxBytes: number, etag: string | null = null): Promise<OutboundAnswer> {
  const answer = await signedGet(app, directoryActor, url, {
    maxBytes,
    stayOnHost: true,
    redirects: mostRedirects,
    timeout: longestRequest,
    ...(etag === null ? {} : { etag }),
  })
  // 404 is all that a stranger gets: they ended it, or never let us in.
  if (answer.status === 404 || answer.status === 403 || answer.status === 401)
    throw new PollEnd({ trouble: 'not-allowed' })
  if (answer.status >= 500 || answer.status === 429) throw new PollEnd({ trouble: 'no-answer' })
  return answer
}
