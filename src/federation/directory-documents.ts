import { createHash } from 'node:crypto'
import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { addresses, directoryActor, type Addresses } from '../common/addresses.ts'
import { day, later, minute, rfc3339 } from '../common/clock.ts'
import { reading } from '../database/database.ts'
import { leaseDays, type Partner } from '../partners/partner.ts'
import { acknowledge, currentStatement } from '../partners/set-actions.ts'
import { bucketAfter, changesAfter, directoryState, ownBuckets, type PublishedItem } from '../partners/set-views.ts'
import { signStatement } from '../partners/statement.ts'
import { partnerByDirectory } from '../partners/views.ts'
import { activityStreams, linkedDataJson, terms } from './context.ts'
import { signingKeys } from './keys.ts'
import { signerOf } from './signed.ts'

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

// FEP-8b32's own words, inline as everything else.
const proofTerms = {
  sec: 'https://w3id.org/security#',
  DataIntegrityProof: 'sec:DataIntegrityProof',
  proof: { '@id': 'sec:proof', '@type': '@id', '@container': '@graph' },
  cryptosuite: 'sec:cryptosuite',
  created: { '@id': 'http://purl.org/dc/terms/created', '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
  verificationMethod: { '@id': 'sec:verificationMethod', '@type': '@id' },
  proofPurpose: { '@id': 'sec:proofPurpose', '@type': '@vocab' },
  assertionMethod: { '@id': 'sec:assertionMethod', '@type': '@id', '@container': '@set' },
  proofValue: { '@id': 'sec:proofValue', '@type': 'sec:multibase' },
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
    answer: (partner: Partner, request: Request, response: Response) => Promise<boolean>,
  ): void => {
    router.get(new URL(url).pathname, async (request, response, next) => {
      const partner = await askingPartner(app, request)
      if (!partner || !(await answer(partner, request, response))) next()
    })
  }
  serve(at.statement, async (partner, request, response) => {
    await noteHolding(app, partner, request)
    return send(request, response, await currentStatement(app, await statementSigner(app, at)))
  })
  serve(at.listings, async (_partner, request, response) => {
    const asked = askedFor(request)
    return asked !== undefined && answerPage(app, at, asked, { request, response })
  })
  serve(at.buckets, async (_partner, request, response) => {
    const found = await reading(app.db, longestRead, async (reader) => ({
      state: await directoryState(reader),
      buckets: await ownBuckets(reader),
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

/** The accepted follower that signed with its directory's key. One that ended, even if it asks again, may still say that it erased, and reads nothing. */
async function askingPartner(app: App, request: Request): Promise<Partner | undefined> {
  const signer = await signerOf(app, request, { queryMayBeUnsigned: false })
  const partner = signer && (await partnerByDirectory(app.db, signer.actor))
  if (!signer || !partner || signer.keyId.split('#')[0] !== partner.directoryId) return undefined
  if (partner.follower === 'accepted') return partner
  if (partner.followerEndedAt !== null && holding(request)?.have === 0)
    await acknowledge(app, partner.id, { have: 0, root: null })
  return undefined
}

// What the asker says it holds: `have` and `root` (FEDERATION.md 4.3), covered by the signature like the rest of the address.
function holding(request: Request): { readonly have: number; readonly root: string | null } | undefined {
  const have = wholeNumber(request.query['have'])
  if (have === undefined) return undefined
  const { root } = request.query
  return { have, root: typeof root === 'string' && /^[0-9a-f]{64}$/.test(root) ? root : null }
}

// The same word again within minutes is not written again: an hourly poll of thousands should not be a write of thousands.
async function noteHolding(app: App, partner: Partner, request: Request): Promise<void> {
  const held = holding(request)
  if (!held) return
  const isNew = partner.theirHave !== held.have || partner.theirRoot !== held.root
  if (isNew || partner.theirPoll === null || later(partner.theirPoll, 5 * minute) < app.now())
    await acknowledge(app, partner.id, held)
}

async function statementSigner(app: App, at: Addresses): Promise<Parameters<typeof currentStatement>[1]> {
  const { ed25519 } = await signingKeys(app, directoryActor)
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

type AskedPage = { readonly after: number; readonly limit: number; readonly bucket?: number }

function askedFor(request: Request): AskedPage | undefined {
  const { after, limit, bucket } = request.query
  const from = after === undefined ? 0 : wholeNumber(after)
  const many = limit === undefined ? mostItems : wholeNumber(limit)
  if (from === undefined || many === undefined || many === 0) return undefined
  const page = { after: from, limit: Math.min(many, mostItems) }
  if (bucket === undefined) return page
  return typeof bucket === 'string' && /^[0-9a-f]{2}$/.test(bucket)
    ? { ...page, bucket: Number.parseInt(bucket, 16) }
    : undefined
}

async function answerPage(
  app: App,
  at: Addresses,
  asked: AskedPage,
  { request, response }: { request: Request; response: Response },
): Promise<boolean> {
  // The state first: items that come after it are newer than its seq, so the cursor never passes over one.
  const state = await directoryState(app.db)
  if (!state) return false
  if (asked.bucket === undefined && asked.after > 0 && asked.after < state.forgottenSeq) {
    privately(response).status(410).end()
    return true
  }
  const found =
    asked.bucket === undefined
      ? await changesAfter(app.db, asked.after, asked.limit + 1)
      : await bucketAfter(app.db, asked.bucket, asked.after, asked.limit + 1)
  const items = upTo(asked.limit, found)
  const last = items.at(-1)?.seq ?? asked.after
  const hasMore = items.length < found.length
  const seq = hasMore ? last : Math.max(state.seq, last)
  const filter = asked.bucket === undefined ? '' : `bucket=${asked.bucket.toString(16).padStart(2, '0')}&`
  const page = {
    '@context': pageContext,
    id: `${at.listings}?${filter}after=${asked.after}&limit=${asked.limit}`,
    type: 'OrderedCollectionPage',
    partOf: at.listings,
    orderType: 'ForwardChronological',
    epoch: state.epoch,
    seq,
    ...(hasMore ? { next: `${at.listings}?${filter}after=${last}&limit=${asked.limit}` } : {}),
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
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  privately(response).set('etag', etag)
  const known = request
    .get('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.includes(etag) || known?.includes('*')) response.status(304).end()
  else response.status(200).set('content-type', linkedDataJson).end(text)
  return true
}

function privately(response: Response): Response {
  return response.set('cache-control', 'private, no-store')
}

function wholeNumber(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}
