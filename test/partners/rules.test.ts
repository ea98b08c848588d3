import { domainToASCII } from 'node:url'
import { assert, array, constantFrom, integer, property, record } from 'fast-check'
import { later, minute } from '../../src/common/clock.ts'
import { parse } from '../../src/common/parse.ts'
import { lookAlike } from '../../src/partners/lookalike.ts'
import { readPage } from '../../src/partners/page.ts'
import { followIdOf, followToKeep, hostOf, isSettled } from '../../src/partners/partner.ts'
import { useOne, type Window } from '../../src/partners/quota.ts'
import { nextPoll, pollAfterDoorbell } from '../../src/partners/schedule.ts'

const now = new Date('2026-11-22T09:00:00Z')

describe('a warning about a look-alike', () => {
  const known = ['peers.north.example', 'southhospice.example:8443']
  test.each([
    ['peers.n0rth.example', { like: 'peers.north.example' }],
    ['peers.nortth.example', { like: 'peers.north.example' }],
    ['peers-north.example', { like: 'peers.north.example' }],
    [domainToASCII('p\u0435\u0435rs.north.example'), { like: 'peers.north.example' }],
    ['southhosplce.example', { like: 'southhospice.example:8443' }],
    ['xn--bcher-kva.example', { written: 'bücher.example' }],
  ])('is given for %s', (host, warning) => {
    expect(lookAlike(host, known)).toEqual(warning)
  })

  test.each(['peers.north.example', 'college.example', '127.0.0.1:3001', 'localhost:3001', 'peers.north.example:444'])(
    'is not given for %s',
    (host) => {
      expect(lookAlike(host, [...known, '127.0.0.1:3000'])).toBeUndefined()
    },
  )
})

test.each([
  ['peers.example.org', 'peers.example.org'],
  [' https://Peers.Example.org/administration ', 'peers.example.org'],
  ['http://127.0.0.1:3000', '127.0.0.1:3000'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['someone@peers.example.org', undefined],
  ['two words', undefined],
  ['', undefined],
])('what somebody types as "%s" means the host %s', (text, host) => {
  expect(hostOf(text)).toBe(host)
})

test('a quota lets so many through in a window, and says when there is room again', () => {
  const quota = { most: 3, length: minute }
  assert(
    property(array(integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (gaps) => {
      let window: Window = { since: null, used: 0 }
      let time = now
      const used: number[] = []
      for (const gap of gaps) {
        time = later(time, gap)
        const after = useOne(window, time, quota)
        if ('freeAt' in after) {
          expect(after.freeAt > time).toBe(true)
          expect('freeAt' in useOne(window, after.freeAt, quota)).toBe(false)
        } else {
          window = after
          used.push(time.getTime())
        }
      }
      // Windows are fixed, not sliding: at most twice the quota in any minute, and the quota in each window.
      for (const start of used)
        expect(used.filter((one) => one >= start && one < start + minute).length).toBeLessThanOrEqual(2 * quota.most)
    }),
  )
})

test('a clock that was set back does not lock anybody out', () => {
  expect(useOne({ since: later(now, minute), used: 20 }, now, { most: 20, length: minute })).toEqual({
    since: now,
    used: 1,
  })
})

test('polls come hourly, give or take a tenth; a doorbell waits at most two seconds', () => {
  expect([nextPoll(now, 0), nextPoll(now, 0.5), nextPoll(now, 1)]).toEqual([
    later(now, 48.6 * minute),
    later(now, 54 * minute),
    later(now, 59.4 * minute),
  ])
  expect(pollAfterDoorbell(now, null)).toEqual(now)
  expect(pollAfterDoorbell(now, later(now, -minute))).toEqual(now)
  expect(pollAfterDoorbell(now, now)).toEqual(later(now, 2_000))
  expect(pollAfterDoorbell(now, later(now, minute))).toEqual(now)
})

test('only a node that we deal with keeps its pinned key', () => {
  expect(isSettled({ following: 'accepted', follower: 'no' })).toBe(true)
  expect(isSettled({ following: 'no', follower: 'waiting' })).toBe(true)
  expect(isSettled({ following: 'ended', follower: 'rejected' })).toBe(false)
})

test('a Follow is kept whole, or, when it is overlong, as its four terms', () => {
  const follow = {
    id: 'https://south.example/1',
    type: 'Follow',
    actor: 'https://south.example/ap/directory',
    object: 'https://north.example/ap/directory',
  }
  expect(followToKeep(JSON.stringify(follow))).toBe(JSON.stringify(follow))
  expect(followToKeep(JSON.stringify({ ...follow, more: 'x'.repeat(9_000) }))).toBe(JSON.stringify(follow))
  expect(followToKeep('{"type":"Follow"}')).toBeUndefined()
  expect(followIdOf(JSON.stringify(follow))).toBe(follow.id)
  expect(followIdOf(null)).toBeUndefined()
})

describe('a page', () => {
  const from = { origin: 'https://north.example', directoryId: 'https://north.example/ap/directory' }
  const read = (items: readonly unknown[], bounds: { after: number; seq: number }) =>
    readPage(items, bounds, from, (item) => parse('listing', item))
  const tombstone = (id: string, seq?: number) => ({
    id: `https://north.example/l/${id}`,
    type: 'Tombstone',
    ...(seq === undefined ? {} : { seq }),
  })

  test('out of order, or beyond its own cursor, is no page', () => {
    expect(read([tombstone('a', 2), tombstone('b', 1)], { after: 0, seq: 9 })).toBeUndefined()
    expect(read([tombstone('a', 5)], { after: 5, seq: 9 })).toBeUndefined()
    expect(read([tombstone('a', 10)], { after: 5, seq: 9 })).toBeUndefined()
    expect(read([], { after: 5, seq: 9 })).toEqual({ copies: [], gone: [] })
  })

  test('with a tombstone that lacks everything else still removes', () => {
    expect(read([tombstone('a')], { after: 0, seq: 0 })).toEqual({ copies: [], gone: ['https://north.example/l/a'] })
  })

  test('with nonsense in it keeps nothing of the nonsense', () => {
    expect(
      read([null, 7, 'x', [], {}, { id: 7 }, { id: 'https://elsewhere.example/1', type: 'FeaturedItem' }], {
        after: 0,
        seq: 9,
      }),
    ).toEqual({ copies: [], gone: [] })
    const broken = read([{ id: 'https://north.example/l/1', type: 'FeaturedItem', seq: 3 }], { after: 0, seq: 9 })
    expect(broken).toMatchObject({ copies: [{ seq: 3 }] })
    expect(broken?.copies[0]?.judge()).toEqual({ refused: 'invalid' })
    const elsewhere = { ...tombstone('a', 4), id: 'https://elsewhere.example/l/a' }
    expect(read([elsewhere], { after: 0, seq: 9 })).toEqual({ copies: [], gone: [] })
  })

  test('that names an id more than once leaves it in its last state, once', () => {
    assert(
      property(
        array(record({ id: constantFrom('a', 'b', 'c'), gone: constantFrom(true, false) }), { maxLength: 30 }),
        (changes) => {
          const items = changes.map(({ id, gone }, index) =>
            gone
              ? tombstone(id, index + 1)
              : { id: `https://north.example/l/${id}`, type: 'FeaturedItem', seq: index + 1 },
          )
          const page = read(items, { after: 0, seq: 1_000 })
          for (const id of ['a', 'b', 'c']) {
            const last = changes.findLast((change) => change.id === id)
            const iri = `https://north.example/l/${id}`
            expect(page?.gone.filter((one) => one === iri)).toHaveLength(last?.gone === true ? 1 : 0)
            expect(page?.copies.filter((copy) => copy.id === iri)).toHaveLength(last?.gone === false ? 1 : 0)
          }
        },
      ),
    )
  })
})
