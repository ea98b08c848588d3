import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { addresses, directoryActor, type Addresses } from '../common/addresses.ts'
import { day, later, rfc3339 } from '../common/clock.ts'
import { reading } from '../database/database.ts'
import { etagOf, matchesEtag } from '../common/etag.ts'
import { leaseDays } from '../partners/partner.ts'
import type { AskingPartner } from '../partners/poll-views.ts'
import { currentStatement } from '../partners/set-actions.ts'
import { bucketAfter, changesAfter, directoryState, ownBuckets, type PublishedItem } from '../partners/set-views.ts'
import { signStatement } from '../partners/statement.ts'
import { askingPartner, noteHolding, wholeNumber } from './asking.ts'
import { activityStreams, linkedDataJson, proofTerms, terms } from './context.ts'
import { signAnew } from './key-actions.ts'
import { signingKeys, type ActorKeys } from './keys.ts'

/** Items on a page at most, and by default (FEDERATION.md 4.2). */
const mostItems = 200
// A page has at most 1 MiB; what is not items (the context) has room in the rest.
const mostItemBytes = 900 * 1024
// Milliseconds for the hashes of a million listings, with room.
const longestRead = 10_000

const protocolTerms = {
  seq: 'swd:seq',
  epoch: 'swd:epoch',
  root: 'swd:root',
  buckets: { '@id': 'swd:buckets', '@container': '@list' },
  issued: { '@id': 'swd:issued', '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
  validUntil: { '@id': 'swd:validUntil', '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
  DirectoryStatement: 'swd:DirectoryStatement',
  DirectoryBuckets: 'swd:DirectoryBuckets',
} as const

const statementContext = [
  activityStreams,
  { swd: 'https://w3id.org/sideways/ns#', ...protocolTerms, ...proofTerms },
] as const

const pageContext = [
  activityStreams,
  {
    ...terms,
    ...protocolTerms,
    orderType: 'https://w3id.org/fep/1985#orderType',
    onlyOne: 'swd:onlyOne',
    shares: { '@id': 'swd:shares', '@type': '@id' },
    sharesInWords: 'swd:sharesInWords',
    wantsToTry: { '@id': 'swd:wantsToTry', '@type': '@id' },
    wantsToTryInWords: 'swd:wantsToTryInWords',
    links: { '@id': 'swd:links', '@type': '@id' },
    tag: 'swd:languageTag',
    level: 'swd:languageLevel',
  },
] as const

/**
 * The documents of FEDERATION.md 4, for the directory key of an accepted follower and nobody else: everyone else falls through to
 * the answer that an address without a page gives.
 */
export function directoryDocuments(app: App): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const at = addresses(app.config.origin)
  const serve = (
    url: string,
    answer: (partner: AskingPartner, request: Request, response: Response) => Promise<boolean>,
  ): void => {
    router.get(new URL(url).pathname, async (request, response, next) => {
      const partner = await askingPartner(app, request)
      if (!partner || !(await answer(partner, request, response))) next()
    })
  }
  serve(at.statement, async (partner, request, response) => {
    await noteHolding(app, partner, request)
    return send(request, response, await statementFor(app, at, partner.id))
  })
  serve(at.listings, async (partner, request, response) => {
    const asked = askedFor(request)
    return asked !== undefined && answerPage(app, at, { ...asked, asker: partner.id }, { request, response })
  })
  serve(at.buckets, async (partner, request, response) => {
    const found = await reading(app.db, longestRead, async (reader) => ({
      state: await directoryState(reader),
      buckets: await ownBuckets(reader, partner.id),
    }))
    if (!found.state) return false
    const { epoch, seq } = found.state
    const document = {
      '@context': statementContext,
      id: at.buckets,
      type: 'DirectoryBuckets',
      attributedTo: at.directory,
      epoch,
      seq,
      buckets: found.buckets,
    }
    return send(request, response, JSON.stringify(document))
  })
  return router
}

async function statementFor(app: App, at: Addresses, partnerId: number): Promise<string> {
  const keys = await signingKeys(app, directoryActor)
  const statement = await currentStatement(app, partnerId, statementSigner(at, keys))
  const now = await signingKeys(app, directoryActor)
  if (now.number === keys.number) return statement
  // Another process changed the keys meanwhile: what was signed by the former ones must not stay.
  await signAnew(app)
  return currentStatement(app, partnerId, statementSigner(at, now))
}

function statementSigner(at: Addresses, { ed25519 }: ActorKeys): Parameters<typeof currentStatement>[2] {
  return ({ epoch, seq, totalItems, root, issued }) =>
    JSON.stringify(
      signStatement(
        {
          '@context': statementContext,
          id: at.statement,
          type: 'DirectoryStatement',
          attributedTo: at.directory,
          epoch,
          seq,
          totalItems,
          root,
          issued: rfc3339(issued),
          validUntil: rfc3339(later(issued, leaseDays * day)),
        },
        ed25519.privateKey,
        ed25519.verificationMethod,
        issued,
      ),
    )
}

type AskedPage = {
  readonly after: number
  readonly limit: number
  readonly bucket?: number
  /** Our seq when the asker began to read from the beginning: what was withdrawn before then it never had. */
  readonly begun?: number
}

function askedFor(request: Request): AskedPage | undefined {
  const { after, limit, bucket, begun } = request.query
  const from = after === undefined ? 0 : wholeNumber(after)
  const many = limit === undefined ? mostItems : wholeNumber(limit)
  if (from === undefined || many === undefined || many === 0) return undefined
  const since = begun === undefined ? undefined : wholeNumber(begun)
  if (begun !== undefined && since === undefined) return undefined
  const page = {
    after: from,
    limit: Math.min(many, mostItems),
    ...(since === undefined ? {} : { begun: since }),
  }
  if (bucket === undefined) return page
  return typeof bucket === 'string' && /^[0-9a-f]{2}$/.test(bucket)
    ? { ...page, bucket: Number.parseInt(bucket, 16) }
    : undefined
}

async function answerPage(
  app: App,
  at: Addresses,
  asked: AskedPage & { readonly asker: number },
  { request, response }: { request: Request; response: Response },
): Promise<boolean> {
  // The state first: items that come after it are newer than its seq, so the cursor never passes over one.
  const state = await directoryState(app.db)
  if (!state) return false
  const begun = asked.begun ?? (asked.after === 0 ? state.seq : undefined)
  if (asked.bucket === undefined && asked.after > 0 && (begun ?? asked.after) < state.forgottenSeq) {
    privately(response).status(410).end()
    return true
  }
  const { asker, bucket, after } = asked
  const limit = asked.limit + 1
  const found =
    bucket === undefined
      ? await changesAfter(app.db, asker, after, limit)
      : await bucketAfter(app.db, asker, { bucket, after, limit })
  const items = upTo(asked.limit, found)
  const last = items.at(-1)?.seq ?? asked.after
  const hasMore = items.length < found.length
  const seq = hasMore ? last : Math.max(state.seq, last)
  const filter = asked.bucket === undefined ? '' : `bucket=${asked.bucket.toString(16).padStart(2, '0')}&`
  const rest = begun === undefined || bucket !== undefined ? '' : `&begun=${begun}`
  const page = {
    '@context': pageContext,
    id: `${at.listings}?${filter}after=${asked.after}&limit=${asked.limit}`,
    type: 'OrderedCollectionPage',
    partOf: at.listings,
    orderType: 'ForwardChronological',
    epoch: state.epoch,
    seq,
    ...(hasMore ? { next: `${at.listings}?${filter}after=${last}&limit=${asked.limit}${rest}` } : {}),
  }
  // Documents go out as they are kept: the content hash is over exactly this.
  return send(
    request,
    response,
    `${JSON.stringify(page).slice(0, -1)},"orderedItems":[${items.map(({ text }) => text).join(',')}]}`,
  )
}

function upTo(
  limit: number,
  found: readonly PublishedItem[],
): readonly { readonly seq: number; readonly text: string }[] {
  let room = mostItemBytes
  const items: { seq: number; text: string }[] = []
  for (const item of found.slice(0, limit)) {
    const text = item.document ?? tombstoneText(item)
    room -= Buffer.byteLength(text) + 1
    if (room < 0) break
    items.push({ seq: item.seq, text })
  }
  return items
}

function tombstoneText({ id, seq, deletedAt }: PublishedItem): string {
  if (!deletedAt) throw new Error('a tombstone without its time')
  return JSON.stringify({ id, type: 'Tombstone', formerType: 'FeaturedItem', deleted: rfc3339(deletedAt), seq })
}

function send(request: Request, response: Response, text: string): true {
  const etag = etagOf(text)
  privately(response).set('etag', etag)
  if (matchesEtag(request.get('if-none-match'), etag)) response.status(304).end()
  else response.status(200).set('content-type', linkedDataJson).end(text)
  return true
}

function privately(response: Response): Response {
  return response.set('cache-control', 'private, no-store')
}
