import type { App } from '../app.ts'
import { directoryActor } from '../common/addresses.ts'
import { instantOf, later, minute } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { OutboundError, type OutboundAnswer } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import type { Statement as StatementDocument } from '../common/schema-types.ts'
import { readPage, type ReadCopy } from '../partners/page.ts'
import type { Partner, Reading, Trouble } from '../partners/partner.ts'
import { largestPage, largestStatement, longestRequest, mostRedirects } from '../partners/quota.ts'
import {
  applyBucket,
  applyPage,
  type Applied,
  confirmUnchanged,
  continuePoll,
  failPoll,
  hideOrigin,
  settleReading,
  startSnapshot,
  usePage,
} from '../partners/reading-actions.ts'
import { rootOf, rootOfBuckets } from '../partners/set.ts'
import { bucketsOfCopies } from '../partners/set-views.ts'
import { judgeStatement, verifyStatement } from '../partners/statement.ts'
import { partnerById, readingOf } from '../partners/views.ts'
import { signedGet } from './signed.ts'

const log = logger('partners')

/** The root of nothing: what an asker holds that holds nothing. */
const emptyRoot = rootOf([])

// A directory that changes while it is read is asked again, but not without end.
const mostRounds = 5
const pageSize = 200

/** Why a poll stops: something is wrong with the other side, a quota is used up until `freeAt`, it has too many listings, or another poll has taken over. */
class PollEnd extends Error {
  readonly end: { readonly trouble: Trouble } | { readonly freeAt: Date } | 'moved' | 'too-many'
  constructor(end: PollEnd['end']) {
    super('the poll ended')
    this.end = end
  }
}

/**
 * Polls one partner (FEDERATION.md 5): statement, changes, root, lease, and the word to the origin that its changes are applied.
 * Every step is a transaction of its own, so it may stop anywhere and run again. Queues the next poll itself.
 */
export async function pollPartner(app: App, partnerId: number): Promise<void> {
  const partner = await partnerById(app.db, partnerId)
  if (partner?.following !== 'accepted') return
  try {
    await poll(app, partner)
  } catch (error) {
    const end = endOf(error)
    if (end === undefined) throw error
    if (end === 'moved') return
    if (end === 'too-many') return hide(app, partner, 'too-many-listings')
    if ('freeAt' in end) return continuePoll(app, partner.id, end.freeAt)
    log.warn(`poll of ${partner.host} failed: ${end.trouble}`)
    await failPoll(app, partner.id, end.trouble, Math.random())
  }
}

function endOf(error: unknown): PollEnd['end'] | undefined {
  if (error instanceof PollEnd) return error.end
  return error instanceof OutboundError ? { trouble: 'no-answer' } : undefined
}

async function poll(app: App, partner: Partner): Promise<void> {
  let repairedAt: number | undefined
  for (let round = 0; round < mostRounds; round += 1) {
    const reading = await currentReading(app, partner.id)
    const answer = await askStatement(app, partner, reading)
    if (answer === 'unchanged') return confirmUnchanged(app, partner.id, Math.random())
    const { statement } = answer
    const before = reading.epoch === statement.epoch ? reading : await snapshot(app, partner.id, statement.epoch)
    if (before.snapshotOpen || statement.seq > before.cursor) await pullChanges(app, partner, before)
    const settled = await settle(app, partner, answer)
    if (settled === 'equal') return tellWhatWeHold(app, partner, reading)
    const { cursor } = await currentReading(app, partner.id)
    // Its pages end before its statement does.
    if (cursor < statement.seq) throw new PollEnd({ trouble: 'page-broken' })
    // We are ahead of this statement, because the origin changed meanwhile: its next one will do.
    if (settled === 'moved' || cursor > statement.seq) continue
    if (repairedAt === statement.seq) return hide(app, partner, 'root-differs')
    if (!(await repair(app, partner, statement))) return hide(app, partner, 'root-differs')
    repairedAt = statement.seq
    if ((await settle(app, partner, answer)) === 'equal') return tellWhatWeHold(app, partner, reading)
  }
  await continuePoll(app, partner.id, later(app.now(), minute))
}

async function hide(app: App, partner: Partner, trouble: 'root-differs' | 'too-many-listings'): Promise<void> {
  log.error(`the copies of ${partner.host} are hidden: ${trouble}`)
  await hideOrigin(app, partner.id, trouble, Math.random())
}

function expectApplied(applied: Applied): void {
  if (applied !== 'applied') throw new PollEnd(applied)
}

type Believed = {
  readonly statement: StatementDocument
  readonly text: string
  readonly etag: string | null
  readonly validUntil: Date
}

/** Step 1: the statement, conditionally where our copies agree with the one that we hold. */
async function askStatement(app: App, partner: Partner, reading: Reading): Promise<Believed | 'unchanged'> {
  const etag = reading.hidden || reading.snapshotOpen || reading.validUntil <= app.now() ? null : reading.etag
  const answer = await get(app, statementUrl(partner, reading), largestStatement, etag)
  if (answer.status === 304 && etag !== null) return 'unchanged'
  const document = jsonOf(answer, 'statement-broken')
  const statement = read('statement', document, 'statement-broken')
  if (!verifyStatement(document, partner.directoryKey)) throw new PollEnd({ trouble: 'statement-forged' })
  const newest = reading.statement === null ? undefined : parse('statement', JSON.parse(reading.statement))
  const verdict = judgeStatement(
    statement,
    { directoryId: partner.directoryId, ...(newest ? { newest } : {}) },
    app.now(),
  )
  const validUntil = instantOf(statement.validUntil)
  if ('refused' in verdict || validUntil === undefined) {
    log.warn(
      `a statement of ${partner.host} was refused: ${'refused' in verdict ? verdict.refused : 'unreadable-time'}`,
    )
    throw new PollEnd({ trouble: 'statement-refused' })
  }
  return { statement, text: answer.body.toString('utf8'), etag: answer.headers.get('etag'), validUntil }
}

function statementUrl(partner: Partner, { cursor, root }: Pick<Reading, 'cursor' | 'root'>): string {
  const url = new URL(partner.statementUrl)
  url.searchParams.set('have', String(root === null ? 0 : cursor))
  url.searchParams.set('root', root ?? emptyRoot)
  return url.href
}

/** Step 2: everything newer than our cursor, page by page; a cursor that is too old begins a snapshot. */
async function pullChanges(app: App, partner: Partner, from: Reading): Promise<void> {
  let reading = from
  for (;;) {
    const { epoch, cursor } = reading
    if (epoch === null) throw new PollEnd('moved')
    const page = await askPage(app, partner, { after: cursor }, epoch)
    if (page === 'gone') {
      if (cursor === 0) throw new PollEnd({ trouble: 'page-broken' })
      reading = await snapshot(app, partner.id, epoch)
      continue
    }
    const { seq, copies, gone } = page
    expectApplied(await applyPage(app, partner.id, { epoch, after: cursor, seq, copies, gone }))
    if (!page.hasMore) return
    reading = { ...reading, cursor: page.seq }
  }
}

async function snapshot(app: App, partnerId: number, epoch: string): Promise<Reading> {
  const { freeAt } = await startSnapshot(app, partnerId, epoch)
  // Not to be waited out in silence: the copies stay as they are until their lease ends.
  if (freeAt) throw new PollEnd({ trouble: 'too-many-snapshots' })
  return currentReading(app, partnerId)
}

type ReadPage = {
  readonly seq: number
  readonly hasMore: boolean
  readonly copies: readonly ReadCopy[]
  readonly gone: readonly string[]
}

async function askPage(
  app: App,
  partner: Partner,
  asked: { readonly after: number; readonly bucket?: number },
  epoch: string,
): Promise<ReadPage | 'gone'> {
  const { freeAt } = await usePage(app, partner.id)
  if (freeAt) throw new PollEnd({ freeAt })
  const url = new URL(partner.listingsUrl)
  if (asked.bucket !== undefined) url.searchParams.set('bucket', asked.bucket.toString(16).padStart(2, '0'))
  url.searchParams.set('after', String(asked.after))
  url.searchParams.set('limit', String(pageSize))
  const answer = await get(app, url.href, largestPage)
  if (answer.status === 410) return 'gone'
  const page = read('changes-page', jsonOf(answer, 'page-broken'), 'page-broken')
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

/** Step 3: do our copies add up to the statement? */
function settle(
  app: App,
  partner: Partner,
  { statement, text, etag, validUntil }: Believed,
): Promise<'equal' | 'different' | 'moved'> {
  const { root, seq, epoch } = statement
  return settleReading(app, partner.id, { statement: text, etag, root, seq, epoch, validUntil }, Math.random())
}

/** Step 3, where they do not: replaces the buckets that differ. False when the origin contradicts its own statement. */
async function repair(app: App, partner: Partner, statement: StatementDocument): Promise<boolean> {
  const { freeAt } = await usePage(app, partner.id)
  if (freeAt) throw new PollEnd({ freeAt })
  const document = jsonOf(await get(app, `${partner.listingsUrl}/buckets`, largestStatement), 'page-broken')
  const theirs = read('buckets', document, 'page-broken')
  if (theirs.epoch !== statement.epoch || theirs.seq !== statement.seq) return true // it moved: the next statement will tell
  if (rootOfBuckets(theirs.buckets) !== statement.root) return false
  const ours = await bucketsOfCopies(app.db, partner.id)
  for (const [bucket, hash] of theirs.buckets.entries()) {
    if (hash !== ours[bucket]) await replaceBucket(app, partner, bucket, statement)
  }
  return true
}

async function replaceBucket(
  app: App,
  partner: Partner,
  bucket: number,
  { epoch, seq }: Pick<StatementDocument, 'epoch' | 'seq'>,
): Promise<void> {
  const copies: ReadCopy[] = []
  let after = 0
  for (;;) {
    const page = await askPage(app, partner, { after, bucket }, epoch)
    if (page === 'gone' || page.gone.length > 0 || page.copies.some((copy) => copy.bucket !== bucket))
      throw new PollEnd({ trouble: 'page-broken' })
    copies.push(...page.copies)
    if (!page.hasMore) break
    after = page.seq
  }
  expectApplied(await applyBucket(app, partner.id, { bucket, epoch, seq, copies }))
}

/** Step 4: one more question, so that the origin knows within minutes what we hold. Its answer changes nothing here. */
async function tellWhatWeHold(app: App, partner: Partner, before: Reading): Promise<void> {
  const now = await currentReading(app, partner.id)
  if (now.root === before.root && now.cursor === before.cursor) return
  try {
    const answer = await get(app, statementUrl(partner, now), largestStatement, now.etag)
    if (answer.status === 200) await continuePoll(app, partner.id, app.now())
  } catch (error) {
    // The changes are applied and the lease is renewed: the next poll says the same.
    if (endOf(error) === undefined) throw error
  }
}

/**
 * The last word to an origin that we do not read any more: we hold nothing (FEDERATION.md 3, item 6). Throws, so that it is said
 * again, while the origin still counts us: it would forget this when it reads our Undo.
 */
export async function tellThatWeErased(app: App, partner: Partner): Promise<void> {
  const url = statementUrl(partner, { cursor: 0, root: null })
  const { status } = await signedGet(app, directoryActor, url, limits(largestStatement))
  if (status === 200 || status === 304) throw new Error(`${partner.host} still counts us as a partner`)
}

async function get(app: App, url: string, maxBytes: number, etag: string | null = null): Promise<OutboundAnswer> {
  const answer = await signedGet(app, directoryActor, url, { ...limits(maxBytes), ...(etag === null ? {} : { etag }) })
  // 404 is all that a stranger gets: they ended it, or never let us in.
  if (answer.status === 404 || answer.status === 403 || answer.status === 401)
    throw new PollEnd({ trouble: 'not-allowed' })
  if (answer.status >= 500 || answer.status === 429) throw new PollEnd({ trouble: 'no-answer' })
  return answer
}

function limits(maxBytes: number) {
  return { maxBytes, stayOnHost: true, redirects: mostRedirects, timeout: longestRequest } as const
}

function jsonOf(answer: OutboundAnswer, trouble: Trouble): unknown {
  if (answer.status !== 200) throw new PollEnd({ trouble })
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    throw new PollEnd({ trouble }) // what is not JSON is as wrong as what is not ours
  }
}

function read<Name extends 'statement' | 'changes-page' | 'buckets'>(name: Name, document: unknown, trouble: Trouble) {
  try {
    return parse(name, document)
  } catch (error) {
    if (error instanceof InvalidInput) throw new PollEnd({ trouble })
    throw error
  }
}

async function currentReading(app: App, partnerId: number): Promise<Reading> {
  const reading = await readingOf(app.db, partnerId)
  if (!reading) throw new PollEnd('moved')
  return reading
}
