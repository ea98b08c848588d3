import type { Statement as StatementDocument } from '../../../src/common/schema-types.ts'
import { day, minute, systemClock } from '../../../src/common/clock.ts'
import { readListing, type ListingRefusal } from '../../../src/partners/copy.ts'
import { bucketHashes, bucketOf, contentHash, rootOf, type Entry } from '../../../src/partners/set.ts'
import { verifyStatement } from '../../../src/partners/statement.ts'
import { parsed, type Found } from './origin-actor.ts'
import type { KitNode } from './node.ts'
import { readAll, type Item, type Page, type Reading } from './origin-reading.ts'
import { expectThat, Failure, type Run } from './run.ts'
import { jsonOf, linkedDataJson, term } from './wire.ts'

const largestPage = 1024 * 1024

/** Reads everything that an origin says of its set, and holds each part to the others. */
export async function checkSet(run: Run, node: KitNode, found: Found): Promise<void> {
  const answer = await node.get(found.actor.statement)
  await run.check(
    'origin.statement',
    () => void statementOf(answer.status === 200 ? jsonOf(answer, 'the statement') : answer, found),
  )
  await run.check('origin.proof', () =>
    expectThat(
      verifyStatement(jsonOf(answer, 'the statement'), found.key),
      'a proof that the key did not make',
      'one that it made',
    ),
  )
  await run.check('origin.lease', () => expectLease(jsonOf(answer, 'the statement')))
  await run.check('origin.have', () => checkHave(node, found, jsonOf(answer, 'the statement')))
  await run.check('origin.headers', () => checkHeaders(node, found))
  await run.check('origin.not-modified', () => checkNotModified(node, found))
  const reading = await readAll(run, node, found).catch(asError)
  await run.check('origin.reads', () => {
    if (reading instanceof Error) throw new Failure(reading.message, 'all of them')
  })
  if (reading instanceof Error) throw reading
  await checkPages(run, reading)
  await checkListings(run, found, reading)
  await run.check('origin.buckets', () => expectBuckets(found, reading))
  await run.check('origin.bucket-pages', () => expectBucketPages(reading))
  await run.check('origin.root', () => expectRoot(reading))
  await run.check('origin.future-cursor', async () => {
    const url = `${found.actor.listings}?after=${reading.statement.seq + 1_000_000}`
    const beyond = await node.get(url)
    const items = beyond.status === 200 ? term(jsonOf(beyond, url), 'orderedItems') : []
    expectThat(beyond.status < 500, `${beyond.status} for ${url}`, 'an empty page, or a refusal')
    expectThat(Array.isArray(items) && items.length === 0, 'items beyond the newest seq', 'none')
  })
}

function statementOf(document: unknown, { actor }: Found): StatementDocument {
  const statement = parsed('statement', document)
  expectThat(statement.attributedTo === actor.id, `attributedTo ${statement.attributedTo}`, actor.id)
  expectThat(statement.id === actor.statement, `the id ${statement.id}`, actor.statement)
  return statement
}

function expectLease(document: unknown): void {
  const issued = Date.parse(String(term(document, 'issued')))
  const validUntil = Date.parse(String(term(document, 'validUntil')))
  const now = systemClock().getTime()
  expectThat(issued <= now + 5 * minute, `issued ${String(term(document, 'issued'))}, which is ahead`, 'at most now')
  expectThat(issued >= now - day - 5 * minute, `issued ${String(term(document, 'issued'))}`, 'at most 24 hours ago')
  expectThat(validUntil - issued === 7 * day, `valid for ${(validUntil - issued) / day} days`, '7 days after issued')
}

async function checkHave(node: KitNode, { actor }: Found, document: unknown): Promise<void> {
  const query = `have=${String(term(document, 'seq'))}&root=${String(term(document, 'root'))}`
  for (const asked of [query, `have=0&root=${rootOf([])}`]) {
    const { status } = await node.get(`${actor.statement}?${asked}`)
    expectThat(status === 200, `${status} for ?${asked}`, '200')
  }
}

async function checkHeaders(node: KitNode, found: Found): Promise<void> {
  for (const url of documents(found)) {
    const { status, headers } = await node.get(url)
    expectThat(status === 200, `${status} for ${url}`, '200')
    const type = headers['content-type'] ?? 'no media type'
    expectThat(
      type.replaceAll(/\s/g, '') === linkedDataJson.replaceAll(/\s/g, ''),
      `${type} for ${url}`,
      linkedDataJson,
    )
    const control = headers['cache-control'] ?? 'nothing'
    const words = new Set(control.split(',').map((word) => word.trim()))
    expectThat(
      words.has('private') && words.has('no-store'),
      `Cache-Control ${control} for ${url}`,
      'private, no-store',
    )
    expectThat(/^(W\/)?"[^"]*"$/.test(headers['etag'] ?? ''), `no ETag for ${url}`, 'an ETag')
  }
}

async function checkNotModified(node: KitNode, found: Found): Promise<void> {
  for (const url of documents(found)) {
    const { headers } = await node.get(url)
    const again = await node.get(url, { etag: headers['etag'] ?? '"none"' })
    expectThat(again.status === 304, `${again.status} for ${url} with its ETag`, '304')
    expectThat(again.body === '', 'a body with a 304', 'none')
    const other = await node.get(url, { etag: '"of something else"' })
    expectThat(other.status === 200, `${other.status} for ${url} with another ETag`, '200')
  }
}

function documents({ actor, buckets }: Found): readonly string[] {
  return [actor.statement, `${actor.listings}?after=0&limit=5`, buckets]
}

async function checkPages(run: Run, { statement, walks, buckets, last }: Reading): Promise<void> {
  const [byMost] = walks
  await run.check('origin.pages', () => {
    for (const { limit, pages } of walks) for (const page of pages) expectPage(page, limit)
  })
  await run.check('origin.pages-agree', () => {
    const all = JSON.stringify(byMost?.items.map(({ id, seq }) => [id, seq]))
    for (const { limit, items, isWhole } of walks) {
      const some = JSON.stringify(items.map(({ id, seq }) => [id, seq]))
      const agrees = isWhole ? some === all : (all ?? '').startsWith(some.slice(0, -1))
      expectThat(agrees, `other items by pages of ${limit} than by pages of 200`, 'the same')
    }
  })
  await run.check('origin.order', () => {
    for (const { limit, pages, items } of walks) {
      for (const page of pages) expectOrder(page)
      const ids = items.map(({ id }) => id)
      expectThat(
        new Set(ids).size === ids.length,
        `a listing twice in pages of ${limit}`,
        'each once, at its newest seq',
      )
    }
  })
  await run.check('origin.cursor', () => {
    expectThat(last.items.length === 0, `${last.items.length} items after the newest seq`, 'an empty page')
    expectThat(last.seq === statement.seq, `the cursor ${last.seq} on the empty page`, String(statement.seq))
    expectThat(last.next === undefined, 'a next on the empty page', 'none')
    const end = byMost?.pages.at(-1)?.seq
    expectThat(end === statement.seq, `the cursor ${String(end)} on the last page`, String(statement.seq))
  })
  await run.check('origin.epoch', () => {
    for (const { epoch, url } of [
      ...walks.flatMap(({ pages }) => pages),
      last,
      { epoch: buckets.epoch, url: buckets.id },
    ])
      expectThat(epoch === statement.epoch, `the epoch ${String(epoch)} at ${url}`, statement.epoch)
  })
}

function expectPage({ url, document, bytes, items }: Page, limit: number): void {
  const page = parsed('changes-page', document)
  expectThat(
    page.orderType === 'ForwardChronological',
    `orderType ${String(page.orderType)} at ${url}`,
    'ForwardChronological',
  )
  expectThat(page.partOf !== undefined, `no partOf at ${url}`, 'the listings')
  expectThat(bytes <= largestPage, `${bytes} bytes at ${url}`, `at most ${largestPage}`)
  expectThat(items.length <= limit, `${items.length} items at ${url}`, `at most ${limit}`)
}

function expectOrder({ url, after, seq, items }: Page): void {
  let before = after
  for (const item of items) {
    expectThat(item.seq > before, `seq ${item.seq} after ${before} at ${url}`, 'ascending, newer than the cursor')
    expectThat(item.seq <= seq, `seq ${item.seq} at ${url}, whose own is ${seq}`, 'none beyond it')
    before = item.seq
  }
}

const isTombstone = (item: Item): boolean => item['type'] === 'Tombstone'

/** What is shown of a set: every item that is no tombstone. */
export function liveOf({ walks }: Reading): readonly Item[] {
  return (walks[0]?.items ?? []).filter((item) => !isTombstone(item))
}

const schemaRefusals: readonly ListingRefusal[] = ['invalid']
const sizeRefusals: readonly ListingRefusal[] = ['too-large', 'no-canonical-form']

async function checkListings(run: Run, { origin, actor }: Found, reading: Reading): Promise<void> {
  const live = liveOf(reading)
  const from = { origin, directoryId: actor.id }
  const refused = live.flatMap((item) => {
    const read = readListing(item, from, (input) => parsed('listing', input))
    return 'refused' in read ? [{ id: item.id, refused: read.refused, item }] : []
  })
  const expectNone = (wrong: readonly { id: string; refused: string }[], expected: string): void => {
    const [first] = wrong
    if (first)
      throw new Failure(`${first.id}, which a reader refuses as ${first.refused} (${wrong.length} such)`, expected)
  }
  if (live.length === 0)
    run.skip(['origin.listing-schema', 'origin.listing-size', 'origin.listing-home'], 'it lists nobody')
  await run.check('origin.listing-schema', () => {
    for (const { refused: why, item } of refused) if (schemaRefusals.includes(why)) parsed('listing', item)
    expectNone(
      refused.filter(({ refused: why }) => schemaRefusals.includes(why)),
      'a listing by schema',
    )
  })
  await run.check('origin.listing-size', () =>
    expectNone(
      refused.filter(({ refused: why }) => sizeRefusals.includes(why)),
      'at most 8 KiB in its RFC 8785 form',
    ),
  )
  await run.check('origin.listing-home', () =>
    expectNone(
      refused.filter(({ refused: why }) => ![...schemaRefusals, ...sizeRefusals].includes(why)),
      `everything on ${origin}, under ${actor.id}`,
    ),
  )
  await run.check('origin.tombstones', () => {
    for (const item of reading.walks[0]?.items ?? []) if (isTombstone(item)) expectTombstone(item, origin)
  })
}

/** Fails unless this is a tombstone with its five terms and nothing else. */
export function expectTombstone(item: Item, origin: string): void {
  parsed('tombstone', item)
  const names = Object.keys(item).toSorted().join(', ')
  expectThat(names === 'deleted, formerType, id, seq, type', `a tombstone with ${names}`, 'five terms and nothing else')
  expectThat(URL.parse(item.id)?.origin === origin, `the id ${item.id}`, `one on ${origin}`)
}

const entriesOf = (reading: Reading): readonly Entry[] =>
  liveOf(reading).map((item) => ({ id: item.id, contentHash: contentHash(item) }))

function expectBuckets({ actor }: Found, reading: Reading): void {
  const { buckets, attributedTo } = parsed('buckets', reading.buckets)
  expectThat(attributedTo === actor.id, `attributedTo ${attributedTo}`, actor.id)
  const expected = bucketHashes(entriesOf(reading))
  for (const [number, hash] of buckets.entries())
    expectThat(
      hash === expected[number],
      `${hash} for bucket ${number.toString(16).padStart(2, '0')}`,
      String(expected[number]),
    )
}

function expectBucketPages(reading: Reading): void {
  const live = liveOf(reading)
  for (const { bucket, items, url } of reading.bucketPages) {
    const expected = live.filter(({ id }) => bucketOf(id) === bucket).map(({ id, seq }) => `${id} ${seq}`)
    const saw = items.map(({ id, seq }) => `${id} ${seq}`)
    expectThat(
      saw.join() === expected.join(),
      `${saw.length} items at ${url}`,
      `the ${expected.length} listings of that bucket`,
    )
    expectThat(!items.some(isTombstone), `a tombstone at ${url}`, 'none in a bucket')
  }
}

/** Fails unless root and totalItems of the statement are those of the listings that were read. */
export function expectRoot(reading: Reading): void {
  const entries = entriesOf(reading)
  const { root, totalItems } = reading.statement
  expectThat(
    root === rootOf(entries),
    `the root ${root}`,
    `${rootOf(entries)}, that of the ${entries.length} listings on its pages`,
  )
  expectThat(totalItems === entries.length, `totalItems ${totalItems}`, String(entries.length))
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
