import { get as httpGet } from 'node:http'
import { readFileSync } from 'node:fs'
import { assert, asyncProperty as property, stringMatching, uniqueArray } from 'fast-check'
import { later, day, hour } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { signedGet } from '../../src/federation/signed.ts'
import type { OutboundAnswer } from '../../src/common/outbound.ts'
import { leave } from '../../src/partners/actions.ts'
import { bucketHashes, contentHash, rootOf } from '../../src/partners/set.ts'
import { ownBuckets, ownRoot } from '../../src/partners/set-views.ts'
import { verifyStatement, type Statement } from '../../src/partners/statement.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { hostOf, listing, publish, settleAll, subscribe, withdraw } from '../partners/people.ts'

let north: TestNode
let south: TestNode
let stranger: TestNode
let listings: string

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  stranger = await aNode({ settings: { SIDEWAYS_NAME: 'Nobody we know' } })
  listings = `${north.url}/ap/directory/listings`
  await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'), listing(north, 'cleo01'))
  await withdraw(north, 'bo0001')
  await subscribe(south, north)
})

/** The hash of an empty bucket: SHA-256 of nothing. */
const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

type Page = {
  seq: number
  epoch: string
  next?: string
  orderedItems: { id: string; type: string; seq: number }[]
}

const asSouth = (path: string, etag?: string): Promise<OutboundAnswer> =>
  signedGet(south.app, 'directory', `${listings}${path}`, etag === undefined ? {} : { etag })
const json = async <Document>(path: string): Promise<Document> => {
  const answer = await asSouth(path)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body.toString('utf8')) as Document
}

describe('a partner node', () => {
  test('gets a statement that its pinned key verifies, for seven days, and a 304 while it stands', async () => {
    const answer = await asSouth('/statement')
    const statement = JSON.parse(answer.body.toString('utf8')) as Statement
    const [{ directory_key: key = '' } = {}] = await rows<{ directory_key?: string }>(
      south.app.db,
      'select directory_key from partner',
    )
    expect(verifyStatement(statement, key)).toBe(true)
    expect(statement).toMatchObject({
      type: 'DirectoryStatement',
      seq: 4,
      totalItems: 2,
      issued: '2026-11-22T09:00:00Z',
      validUntil: '2026-11-29T09:00:00Z',
    })
    expect(statement['@context']).toContain('https://www.w3.org/ns/activitystreams')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(answer.headers.get('content-type')).toBe(
      'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    )
    const etag = answer.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[^"]+"$/)
    const again = await asSouth('/statement?have=4', etag)
    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) })
    north.time = later(north.time, 25 * hour)
    expect((await asSouth('/statement', etag)).status).toBe(200)
    expect(await json('/statement')).toMatchObject({ seq: 4, issued: '2026-11-23T10:00:00Z' })
  })

  test('reads changes by ascending seq, each listing once, tombstones inline with nothing else in them', async () => {
    const page = await json<Page>('?after=0&limit=200')
    expect(page).toMatchObject({ type: 'OrderedCollectionPage', orderType: 'ForwardChronological', seq: 4 })
    expect(page.next).toBeUndefined()
    expect(page.orderedItems.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'FeaturedItem'],
      [3, 'FeaturedItem'],
      [4, 'Tombstone'],
    ])
    expect(page.orderedItems[2]).toEqual({
      id: `${listings}/bo0001`,
      type: 'Tombstone',
      formerType: 'FeaturedItem',
      deleted: '2026-11-22T09:00:00Z',
      seq: 4,
    })
    for (const item of page.orderedItems) expect(item).not.toHaveProperty('@context')
    expect(await json('?after=4')).toMatchObject({ seq: 4, orderedItems: [] })
    const first = await json<Page>('?after=0&limit=1')
    expect(first).toMatchObject({ seq: 1, next: `${listings}?after=1&limit=1&begun=4` })
    expect((await json<Page>('?after=1&limit=1')).orderedItems).toMatchObject([{ seq: 3 }])
  })

  test('reads buckets that add up to the root, and each bucket by itself', async () => {
    const { buckets, seq } = await json<{ buckets: string[]; seq: number }>('/buckets')
    const { orderedItems } = await json<Page>('?after=0')
    const entries = orderedItems
      .filter(({ type }) => type === 'FeaturedItem')
      .map((item) => ({ id: item.id, contentHash: contentHash(item) }))
    expect(seq).toBe(4)
    expect(buckets).toEqual(bucketHashes(entries))
    expect(await json('/statement')).toMatchObject({ root: rootOf(entries) })
    const full = buckets.findIndex((hash) => hash !== nothing)
    const page = await json<Page>(`?bucket=${full.toString(16).padStart(2, '0')}`)
    expect(page.orderedItems.length).toBeGreaterThan(0)
  })

  test('gets pages of at most 1 MiB, whatever they hold', async () => {
    const big = await aNode()
    const words = 'x'.repeat(400)
    const links = Array.from({ length: 4 }, (_, number) => `https://example.org/${number}/${'y'.repeat(480)}`)
    const many = Array.from({ length: 230 }, (_, number) =>
      listing(big, `person${number + 100}`, {
        summary: '€'.repeat(400),
        links,
        name: words.slice(0, 60),
        onlyOne: 'team',
        shares: Array.from({ length: 5 }, (_, index) => `https://example.org/${index}/${'z'.repeat(200)}`),
      }),
    )
    await publish(big, ...many)
    await subscribe(south, big)
    const bytes = async (after: number): Promise<{ size: number; page: Page }> => {
      const answer = await signedGet(south.app, 'directory', `${big.url}/ap/directory/listings?after=${after}`, {
        maxBytes: 4 * 1024 * 1024,
      })
      return { size: answer.body.length, page: JSON.parse(answer.body.toString('utf8')) as Page }
    }
    const first = await bytes(0)
    expect(first.size).toBeLessThan(1024 * 1024)
    expect(first.page.next).toBeDefined()
    const [{ count = 0 } = {}] = await rows<{ count?: number }>(
      south.app.db,
      'select count(*)::int as count from directory_entry e join origin o using (origin_id) where o.host = $1',
      [hostOf(big)],
    )
    expect(count).toBe(230)
  })

  test('with a cursor older than the tombstones is told to begin again', async () => {
    const old = await aNode()
    await publish(old, listing(old, 'asha01'), listing(old, 'bo0001'))
    await withdraw(old, 'bo0001')
    await publish(old, listing(old, 'cleo01'))
    await subscribe(south, old)
    old.time = later(old.time, 401 * day)
    await old.runTimetable('partners.forget-tombstones')
    const ask = async (after: number): Promise<number> =>
      (await signedGet(south.app, 'directory', `${old.url}/ap/directory/listings?after=${after}`)).status
    // South's clock is where it was: a signature is good for an hour only.
    south.time = old.time
    expect([await ask(0), await ask(1), await ask(3), await ask(4)]).toEqual([200, 410, 200, 200])
  })
})

type Raw = { status: number | undefined; headers: Record<string, unknown>; body: string }

function raw(url: string, headers: Record<string, string> = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    httpGet(url, { headers: { accept: 'application/activity+json', ...headers } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const { date: _date, ...rest } = response.headers
        resolve({ status: response.statusCode, headers: rest, body: Buffer.concat(parts).toString('utf8') })
      })
    }).on('error', reject)
  })
}

/** A request signed by one of a node's actors, as it goes over the wire. */
async function signed(node: TestNode, sender: string, url: string): Promise<Record<string, string>> {
  let sent: Record<string, string> = {}
  const outbound = {
    fetch: async (request: Request, options?: { sign?: (request: Request) => Promise<Request> }) => {
      sent = Object.fromEntries((options?.sign ? await options.sign(request) : request).headers)
      return { status: 0, headers: new Headers(), url, body: Buffer.alloc(0) }
    },
    close: async () => undefined,
  }
  await signedGet({ ...node.app, outbound }, sender, url)
  return sent
}

describe('everybody else', () => {
  test.each(['/statement', '/buckets', '', '?after=0', '?bucket=3f'])(
    'gets for %s exactly what an unknown address gives',
    async (path) => {
      const url = `${listings}${path}`
      const unknown = await raw(`${north.url}/ap/directory/nothing-here`)
      expect(unknown.status).toBe(404)
      const bad = await signed(south, 'directory', url)
      bad['signature'] = (bad['signature'] ?? '').replace(/signature="...../, 'signature="AAAAA')
      const other = await signed(south, 'directory', `${listings}/other`)
      const attempts: [string, Record<string, string>][] = [
        ['unsigned', {}],
        ['badly signed', bad],
        ['signed for another address', other],
        [
          'signed by a key that is not there',
          { ...bad, signature: bad['signature'].replace(/keyId="[^"]*"/, `keyId="${stranger.url}/nobody#main-key"`) },
        ],
        ['signed by a directory that is no partner', await signed(stranger, 'directory', url)],
        ['signed by the node of a partner instead of its directory', await signed(south, 'node', url)],
        ['with nonsense for a signature', { signature: 'nonsense' }],
        ['unsigned, asking only whether it changed', { 'if-none-match': '*' }],
        ['badly signed, asking only whether it changed', { ...bad, 'if-none-match': '*' }],
        [
          'no partner, asking only whether it changed',
          { ...(await signed(stranger, 'directory', url)), 'if-none-match': '*' },
        ],
      ]
      for (const [name, headers] of attempts)
        expect({ name, ...(await raw(url, headers)) }).toEqual({ name, ...unknown })
    },
  )

  test('a partner that ended reads nothing any more, but its last word is kept', async () => {
    const former = await aNode()
    await subscribe(former, north)
    const url = `${listings}/statement?have=0`
    expect((await raw(url, await signed(former, 'directory', url))).status).toBe(200)
    const unchanged = async () => raw(url, { ...(await signed(former, 'directory', url)), 'if-none-match': '*' })
    expect(await unchanged()).toMatchObject({
      status: 304,
      headers: { 'cache-control': 'private, no-store' },
      body: '',
    })
    await leave(north.app, hostOf(former))
    expect((await unchanged()).status).toBe(404)
    expect((await raw(url, await signed(former, 'directory', url))).status).toBe(404)
    expect(
      await rows(north.app.db, 'select their_have::int as have from partner where host = $1', [hostOf(former)]),
    ).toEqual([{ have: 0 }])
    await settleAll(former, north)
  })

  test('a seq of another epoch confirms nothing', async () => {
    await asSouth('/statement?have=999999&epoch=another')
    expect(await rows(north.app.db, 'select their_have from partner where host = $1', [hostOf(south)])).toEqual([
      { their_have: null },
    ])
  })
})

describe('the published test vectors', () => {
  test('hold in SQL: the same buckets and the same root', async () => {
    // The published file, held by test/partners/set.test.ts.
    const { listings, buckets, roots } = JSON.parse(
      readFileSync(new URL('../vectors/directory-1.json', import.meta.url), 'utf8'),
    ) as {
      listings: { document: { id: string }; contentHash: string }[]
      buckets: Record<string, string>
      roots: { ofNone: string; ofAll: string }
    }
    const node = await aNode()
    expect(await ownRoot(node.app.db, null)).toEqual({ root: roots.ofNone, totalItems: 0 })
    for (const [index, { document, contentHash }] of listings.entries()) {
      await rows(
        node.app.db,
        `insert into published_listing (id, bucket, seq, document, content_hash)
         values ($1, get_byte(sha256(convert_to($1, 'UTF8')), 0), $2, '{}', decode($3, 'hex'))`,
        [document.id, index + 1, contentHash],
      )
    }
    expect(await ownRoot(node.app.db, null)).toEqual({ root: roots.ofAll, totalItems: listings.length })
    const ours = await ownBuckets(node.app.db, null)
    for (const [bucket, hash] of Object.entries(buckets)) expect(ours[Number.parseInt(bucket, 16)]).toBe(hash)
    expect(ours.filter((hash) => hash !== nothing)).toHaveLength(Object.keys(buckets).length)
  })

  test('and the rules agree with SQL on any set, whatever the letters of its ids', async () => {
    const node = await aNode()
    await assert(
      property(uniqueArray(stringMatching(/^[a-zA-Z0-9~_.%-]{1,12}$/), { maxLength: 40 }), async (names) => {
        await rows(node.app.db, 'truncate published_listing, published_limit, hidden_listing')
        const entries = names.map((name) => ({
          id: `https://north.example/ap/directory/listings/${name}`,
          contentHash: contentHash(name),
        }))
        await rows(
          node.app.db,
          `insert into published_listing (id, bucket, seq, document, content_hash)
           select id, get_byte(sha256(convert_to(id, 'UTF8')), 0), n, '{}', decode(hash, 'hex') from unnest($1::text[], $2::text[]) with ordinality as x (id, hash, n)`,
          [entries.map(({ id }) => id), entries.map((entry) => entry.contentHash)],
        )
        expect((await ownRoot(node.app.db, null)).root).toBe(rootOf(entries))
      }),
      { numRuns: 40 },
    )
  })
})
