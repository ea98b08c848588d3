import { addresses } from '../../src/common/addresses.ts'
import { day, later } from '../../src/common/clock.ts'
import { createOutbound, OutboundError, type Outbound } from '../../src/common/outbound.ts'
import { rows } from '../../src/database/database.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { approve, follow, leave, receiveFollow } from '../../src/partners/actions.ts'
import { lookUpDirectory, lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { settleMove } from '../../src/partners/move-actions.ts'
import { enqueue } from '../../src/jobs/queue.ts'
import { noLimit, type Limit } from '../../src/partners/limit.ts'
import { rootOf } from '../../src/partners/set.ts'
import { isHiddenFrom, ownRoot } from '../../src/partners/set-views.ts'
import { limitListing } from '../../src/partners/steps.ts'
import { partnerByHost } from '../../src/partners/views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { hostOf, listing, publishWithin, settleAll, shownAt, startAfresh, subscribe, withdraw } from './people.ts'

let north: TestNode
let south: TestNode
let east: TestNode
/** What north asks for in vain. */
let silent: string | undefined

beforeAll(async () => {
  const outbound = createOutbound({ allowPrivateAddresses: true, userAgent: 'test' })
  const cuttable: Outbound = {
    close: () => outbound.close(),
    async fetch(request, options) {
      if (silent !== undefined && request.url.endsWith(silent))
        throw new OutboundError('no-answer', 'the network is down')
      return outbound.fetch(request, options)
    },
  }
  north = await aNode({ overrides: { outbound: cuttable } })
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_COUNTRY: 'IE' } })
  east = await aNode({ settings: { SIDEWAYS_NAME: 'East College', SIDEWAYS_COUNTRY: 'GB' } })
})

beforeEach(async () => {
  silent = undefined
  for (const node of [north, south, east]) await startAfresh(node)
})

const iri = (name: string): string => addresses(north.url).listing(name)
const notAtSouth = (): Limit => ({ hosts: [hostOf(south)], countries: null })
const onlyIn = (...countries: string[]): Limit => ({ hosts: [], countries })

type Item = { readonly id: string; readonly type: string; readonly seq: number }
type Page = { readonly seq: number; readonly orderedItems: readonly Item[] }
type Statement = { readonly seq: number; readonly totalItems: number; readonly root: string; readonly epoch: string }

/** What a partner is given for an address below the listings. */
async function given<Document>(reader: TestNode, path: string): Promise<Document> {
  const { status, body } = await signedGet(reader.app, 'directory', `${addresses(north.url).listings}${path}`)
  expect(status).toBe(200)
  return JSON.parse(body.toString('utf8')) as Document
}
const page = (reader: TestNode, after = 0): Promise<Page> => given<Page>(reader, `?after=${after}`)
const statement = (reader: TestNode): Promise<Statement> => given<Statement>(reader, '/statement')

function limit(name: string, to: Limit): Promise<void> {
  return north.app.db.transaction((tx) => limitListing(tx, north.app, iri(name), to))
}

async function hasAgreed(reader: TestNode): Promise<void> {
  const [origin] = await rows<{ root: string; hidden: boolean; trouble: string | null; until: Date }>(
    reader.app.db,
    'select root, hidden, trouble, valid_until as until from origin where origin_id > 0',
  )
  expect(origin).toMatchObject({ root: (await statement(reader)).root, hidden: false, trouble: null })
  expect(origin?.until.getTime()).toBeGreaterThan(reader.time.getTime())
}

async function untilSomebodyWaits(node: TestNode, many: number): Promise<void> {
  for (;;) {
    const found = await rows(
      node.app.db,
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (found.length >= many) return
  }
}

function holders(name: string): Promise<{ host: string; seq: number; confirmed: boolean }[]> {
  return rows(
    north.app.db,
    `select host, seq::int as seq, confirmed_at is not null as confirmed from withdrawal_holder where listing_id = $1 order by host`,
    [iri(name)],
  )
}

describe('a listing that was hidden from a node from the beginning', () => {
  beforeEach(async () => {
    await subscribe(south, north)
    await subscribe(east, north)
    await publishWithin(north, noLimit, listing(north, 'asha01'))
    await publishWithin(north, notAtSouth(), listing(north, 'bea001'))
    await settleAll(north, south, east)
  })

  test('is shown at the other partner, and is nothing at all for that one', async () => {
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await shownAt(east)).toEqual(['Person asha01', 'Person bea001'])
    expect((await page(south)).orderedItems.map(({ id }) => id)).toEqual([iri('asha01')])
    expect(JSON.stringify(await page(south))).not.toContain('bea001')
    expect([(await statement(south)).totalItems, (await statement(east)).totalItems]).toEqual([1, 2])
    await hasAgreed(south)
    await hasAgreed(east)
  })

  test('is not in the number that everybody may read, which would tell by comparing', async () => {
    const others = ['cleo01', 'dora01', 'edna01', 'fay001', 'gwen01', 'hana01', 'ines01', 'jana01']
    const total = async (): Promise<unknown> => {
      const answer = await fetch(addresses(north.url).directory, { headers: { accept: 'application/activity+json' } })
      return ((await answer.json()) as Record<string, unknown>)['totalItems'] // our own document
    }
    await publishWithin(north, noLimit, ...others.map((id) => listing(north, id)))
    expect(await total()).toBeUndefined() // fewer than ten without her
    await publishWithin(north, noLimit, listing(north, 'kate01'))
    expect(await total()).toBe(10)
  })

  test('is not in its buckets, nor in any bucket by itself', async () => {
    const { buckets } = await given<{ buckets: string[] }>(south, '/buckets')
    const full = buckets.flatMap((hash, number) =>
      hash.startsWith('e3b0c442') ? [] : number.toString(16).padStart(2, '0'),
    )
    expect(full).toHaveLength(1)
    const [other = ''] = await rows<{ bucket: number }>(
      north.app.db,
      'select bucket from published_listing where id = $1',
      [iri('bea001')],
    ).then((found) => found.map(({ bucket }) => bucket.toString(16).padStart(2, '0')))
    expect((await given<Page>(south, `?bucket=${other}`)).orderedItems).toEqual([])
    expect((await given<Page>(east, `?bucket=${other}`)).orderedItems).toHaveLength(1)
  })

  test('has a statement of its own for it, which is unchanged as long as the set is', async () => {
    const at = addresses(north.url).statement
    const first = await signedGet(south.app, 'directory', at)
    const etag = first.headers.get('etag') ?? ''
    expect((await signedGet(south.app, 'directory', at, { etag })).status).toBe(304)
    expect((await signedGet(east.app, 'directory', at, { etag })).status).toBe(200)
    await withdraw(north, 'asha01')
    expect((await signedGet(south.app, 'directory', at, { etag })).status).toBe(200)
  })

  test('moves nothing for it but the number when it changes, and leaves nothing when it is withdrawn', async () => {
    const before = await statement(south)
    await publishWithin(north, notAtSouth(), listing(north, 'bea001', { summary: 'Another sentence' }))
    const changed = await statement(south)
    expect(changed).toMatchObject({ root: before.root, totalItems: before.totalItems, epoch: before.epoch })
    expect(changed.seq).toBe(before.seq + 1)
    expect(await page(south, before.seq)).toMatchObject({ seq: changed.seq, orderedItems: [] })
    await withdraw(north, 'bea001')
    expect(await page(south, before.seq)).toMatchObject({ seq: changed.seq + 1, orderedItems: [] })
    expect((await page(east, changed.seq)).orderedItems).toMatchObject([{ id: iri('bea001'), type: 'Tombstone' }])
    await settleAll(north, south, east)
    expect(await holders('bea001')).toMatchObject([{ host: hostOf(east), confirmed: true }])
    await hasAgreed(south)
  })

  test('does not come to it under the same id, however wide the limit becomes', async () => {
    await publishWithin(north, noLimit, listing(north, 'bea001', { summary: 'Another sentence' }))
    await settleAll(north, south, east)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(
      await isHiddenFrom(north.app.db, (await partnerByHost(north.app.db, hostOf(south)))?.id ?? 0, iri('bea001')),
    ).toBe(true)
    await hasAgreed(south)
  })
})

describe('a listing that is hidden from a node that holds it', () => {
  beforeEach(async () => {
    await subscribe(south, north)
    await subscribe(east, north)
    await publishWithin(north, noLimit, listing(north, 'asha01'), listing(north, 'bea001'))
    await settleAll(north, south, east)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person bea001'])
  })

  test('is erased there by the doorbell, and stays at the other', async () => {
    const { seq } = await statement(east)
    await limit('bea001', notAtSouth())
    await settleAll(north, south, east)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await rows(south.app.db, 'select id from copy order by id')).toEqual([{ id: iri('asha01') }])
    expect(await shownAt(east)).toEqual(['Person asha01', 'Person bea001'])
    const { orderedItems } = await page(south, seq)
    expect(orderedItems).toEqual([
      {
        id: iri('bea001'),
        type: 'Tombstone',
        formerType: 'FeaturedItem',
        deleted: '2026-11-22T09:00:00Z',
        seq: seq + 1,
      },
    ])
    expect((await page(east, seq)).orderedItems).toEqual([])
    await hasAgreed(south)
    await hasAgreed(east)
  })

  test('names that node as confirmed once it has said so, and the other is asked only at a withdrawal', async () => {
    await limit('bea001', notAtSouth())
    expect(await holders('bea001')).toMatchObject([{ host: hostOf(south), confirmed: false }])
    await settleAll(north, south, east)
    expect(await holders('bea001')).toMatchObject([{ host: hostOf(south), confirmed: true }])
    await withdraw(north, 'bea001')
    expect(new Set((await holders('bea001')).map(({ host, confirmed }) => `${host} ${confirmed}`))).toEqual(
      new Set([`${hostOf(south)} true`, `${hostOf(east)} false`]),
    )
    await settleAll(north, south, east)
    expect((await holders('bea001')).every(({ confirmed }) => confirmed)).toBe(true)
  })

  test('is taken from every node outside the countries that are named', async () => {
    await limit('bea001', onlyIn('GB'))
    await settleAll(north, south, east)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await shownAt(east)).toEqual(['Person asha01', 'Person bea001'])
    await limit('asha01', onlyIn('IE'))
    await settleAll(north, south, east)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await shownAt(east)).toEqual(['Person bea001'])
    await hasAgreed(south)
    await hasAgreed(east)
  })

  test('and a listing that is withdrawn later sends that node nothing more', async () => {
    await limit('bea001', notAtSouth())
    const { seq } = await statement(south)
    await withdraw(north, 'bea001')
    expect((await page(south, seq)).orderedItems).toEqual([])
    expect((await page(south)).orderedItems.map(({ type }) => type)).toEqual(['FeaturedItem', 'Tombstone'])
  })
})

describe('a node', () => {
  const countryOf = (country: string | null) =>
    rows(north.app.db, 'update partner set country = $2 where host = $1', [hostOf(south), country])

  test('that becomes a partner later sees nothing of whom it is outside of, not even that she has gone', async () => {
    await publishWithin(north, onlyIn('GB'), listing(north, 'asha01'), listing(north, 'bea001'))
    await publishWithin(north, noLimit, listing(north, 'cleo01'))
    await withdraw(north, 'bea001')
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person cleo01'])
    expect((await page(south)).orderedItems.map(({ id }) => id)).toEqual([iri('cleo01')])
    await withdraw(north, 'asha01')
    await settleAll(north, south)
    expect((await page(south)).orderedItems.map(({ id }) => id)).toEqual([iri('cleo01')])
    await hasAgreed(south)
  })

  test('that names no country is outside of every limit to countries', async () => {
    await subscribe(south, north)
    await countryOf(null)
    await publishWithin(north, onlyIn('GB', 'IE'), listing(north, 'asha01'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual([])
  })

  test('whose country changes loses what it may not have there, and gets nothing back when it returns', async () => {
    await subscribe(south, north)
    await publishWithin(north, onlyIn('IE'), listing(north, 'asha01'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    const partner = await partnerByHost(north.app.db, hostOf(south))
    const card = await lookUpPartner(north.app, hostOf(south))
    const moveTo = (country: string) =>
      receiveFollow(north.app, { partnerCard: { ...card, country }, follow: partner?.theirFollow ?? '' })
    await moveTo('DE')
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual([])
    expect(await holders('asha01')).toMatchObject([{ host: hostOf(south), confirmed: true }])
    await moveTo('IE')
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual([])
    await hasAgreed(south)
  })

  test('that comes back from another country is given a statement of what it reads now', async () => {
    await subscribe(south, north)
    await publishWithin(north, notAtSouth(), listing(north, 'bea001'))
    await publishWithin(north, onlyIn('IE'), listing(north, 'asha01'))
    await settleAll(north, south)
    expect((await statement(south)).totalItems).toBe(1)
    await leave(north.app, hostOf(south))
    await settleAll(north, south)
    const card = { ...(await lookUpPartner(north.app, hostOf(south))), country: 'DE' }
    const again = { id: `${south.url}/follows/2`, type: 'Follow', actor: card.directoryId }
    await receiveFollow(north.app, { partnerCard: card, follow: JSON.stringify(again) })
    await approve(north.app, hostOf(south))
    expect((await page(south)).orderedItems).toEqual([])
    expect(await statement(south)).toMatchObject({ totalItems: 0, root: rootOf([]) })
  })

  test('whose own document names another country loses what it may not have there within a day', async () => {
    await subscribe(south, north)
    await publishWithin(north, onlyIn('IE'), listing(north, 'asha01'))
    await settleAll(north, south)
    await countryOf('DE') // as it was the day before
    await north.runTimetable('partners.look-at-all')
    await settleAll(north, south)
    expect(await partnerByHost(north.app.db, hostOf(south))).toMatchObject({ country: 'IE' })
    expect(await shownAt(south)).toEqual(['Person asha01'])

    await publishWithin(north, onlyIn('GB'), listing(north, 'bea001'))
    await countryOf('GB')
    await publishWithin(north, onlyIn('GB'), listing(north, 'cleo01'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person cleo01'])
    for (const node of [north, south]) node.time = later(node.time, day)
    await north.runTimetable('partners.look-at-all')
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await holders('cleo01')).toMatchObject([{ host: hostOf(south), confirmed: true }])
    await hasAgreed(south)
  })

  test('that does not answer when it is asked for its country is still where it was', async () => {
    await subscribe(south, north)
    await publishWithin(north, onlyIn('IE'), listing(north, 'asha01'))
    await settleAll(north, south)
    silent = '/ap/org'
    await north.runTimetable('partners.look-at-all')
    await settleAll(north, south)
    await expect(lookUpDirectory(north.app, addresses(south.url).directory)).rejects.toThrow('partner-unreachable')
    expect(await partnerByHost(north.app.db, hostOf(south))).toMatchObject({ country: 'IE' })
    expect(await shownAt(south)).toEqual(['Person asha01'])
  })

  test('that moves from a host that is kept away is kept away as well, let in before or after', async () => {
    await publishWithin(north, { hosts: ['former.example'], countries: null }, listing(north, 'asha01'))
    const [former] = await rows<{ id: number }>(
      north.app.db,
      `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key, following,
         follower, created_at, updated_at)
       values ('former.example', '', 'https://former.example/d', '', '', '', '', '', '', 'no', 'no', now(), now()) returning id`,
    )
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    await settleMove(north.app, former?.id ?? 0, addresses(south.url).directory)
    await subscribe(east, north)
    await settleAll(north, south)
    expect([await shownAt(south), await shownAt(east)]).toEqual([[], ['Person asha01']])
    await startAfresh(east)
    await settleMove(north.app, former?.id ?? 0, addresses(east.url).directory)
    await rows(north.app.db, 'delete from partner where host = $1', [hostOf(east)])
    await subscribe(east, north)
    expect(await shownAt(east)).toEqual([])
  })

  test('that moves for the second time is still the one that is kept away', async () => {
    await publishWithin(north, { hosts: ['first.example'], countries: null }, listing(north, 'asha01'))
    const known = await rows<{ id: number }>(
      north.app.db,
      `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key, following,
         follower, created_at, updated_at)
       select h, '', 'https://' || h || '/d', '', '', '', '', '', '', 'no', 'no', now(), now()
       from unnest(array['first.example', 'second.example']) as h returning id`,
    )
    const [first = 0, second = 0] = known.map(({ id }) => id)
    await settleMove(north.app, second, addresses(south.url).directory)
    await settleMove(north.app, second, addresses(east.url).directory)
    await subscribe(east, north)
    expect(await shownAt(east)).toEqual(['Person asha01'])
    await settleMove(north.app, first, 'https://second.example/d')
    await settleAll(north, east)
    expect(await shownAt(east)).toEqual([])
    await publishWithin(north, { hosts: ['first.example'], countries: null }, listing(north, 'bea001'))
    await settleAll(north, east)
    expect(await shownAt(east)).toEqual([])
  })

  test('that is let in while it turns out where it comes from gets nothing', async () => {
    await publishWithin(north, { hosts: ['former.example'], countries: null }, listing(north, 'asha01'))
    const [former] = await rows<{ id: number }>(
      north.app.db,
      `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key, following,
         follower, created_at, updated_at)
       values ('former.example', '', 'https://former.example/d', '', '', '', '', '', '', 'no', 'no', now(), now()) returning id`,
    )
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    const waiting = await partnerByHost(north.app.db, hostOf(south))
    // An approval that has looked at whom it may read, and has not ended.
    const both = await north.app.db.transaction(async (tx) => {
      const partnerId = waiting?.id ?? 0
      const key = { key: `${partnerId}:follower` }
      await enqueue(tx, 'federation.send-to-partner', { partnerId, what: 'accept' }, key)
      const letIn = approve(north.app, hostOf(south))
      await untilSomebodyWaits(north, 1)
      const moved = settleMove(north.app, former?.id ?? 0, addresses(south.url).directory)
      await Promise.race([moved, untilSomebodyWaits(north, 2)])
      return [letIn, moved]
    })
    await Promise.all(both)
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual([])
  })

  test('that ended is asked for its word on what was hidden from it meanwhile, and begins with nothing of it', async () => {
    await subscribe(south, north)
    await publishWithin(north, noLimit, listing(north, 'asha01'))
    await settleAll(north, south)
    await leave(north.app, hostOf(south))
    await limit('asha01', notAtSouth())
    expect(await holders('asha01')).toMatchObject([{ host: hostOf(south), confirmed: false }])
    await settleAll(north, south)
    expect(await holders('asha01')).toMatchObject([{ host: hostOf(south), confirmed: true }])
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    await approve(north.app, hostOf(south))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual([])
    await hasAgreed(south)
  })
})

test('two partners at different cursors each get what they lack', async () => {
  await subscribe(south, north)
  await subscribe(east, north)
  await publishWithin(north, noLimit, listing(north, 'asha01'), listing(north, 'bea001'), listing(north, 'cleo01'))
  await settleAll(north, south)
  await withdraw(north, 'asha01')
  await limit('bea001', notAtSouth())
  const [southCursor, eastCursor] = [3, 0]
  expect((await page(south, southCursor)).orderedItems.map(({ id, type }) => [id, type])).toEqual([
    [iri('asha01'), 'Tombstone'],
    [iri('bea001'), 'Tombstone'],
  ])
  expect((await page(east, eastCursor)).orderedItems.map(({ id, type }) => [id, type])).toEqual([
    [iri('bea001'), 'FeaturedItem'],
    [iri('cleo01'), 'FeaturedItem'],
    [iri('asha01'), 'Tombstone'],
  ])
  await settleAll(north, south, east)
  expect([await shownAt(south), await shownAt(east)]).toEqual([['Person cleo01'], ['Person bea001', 'Person cleo01']])
})

test('400 days after a hidden listing has gone nothing is left of it, and older cursors begin again', async () => {
  await subscribe(south, north)
  await publishWithin(north, noLimit, listing(north, 'asha01'), listing(north, 'bea001'))
  await settleAll(north, south)
  await limit('bea001', notAtSouth())
  await withdraw(north, 'bea001')
  const before = await statement(south)
  for (const node of [north, south]) node.time = later(node.time, 401 * day)
  await north.runTimetable('partners.forget-tombstones')
  expect(await rows(north.app.db, 'select 1 from hidden_listing union all select 1 from published_limit')).toEqual([])
  expect(await ownRoot(north.app.db, 1)).toMatchObject({ totalItems: 1 })
  const ask = async (after: number): Promise<number> =>
    (await signedGet(south.app, 'directory', `${addresses(north.url).listings}?after=${after}`)).status
  expect([await ask(0), await ask(before.seq - 2), await ask(before.seq)]).toEqual([200, 410, 200])
})
