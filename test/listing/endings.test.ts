import { day, later } from '../../src/common/clock.ts'
import { endings, type Shown } from '../../src/listing/endings.ts'
import type { ChatFlag } from '../../src/listing/flag.ts'
import type { Listing } from '../../src/listing/listing.ts'
import { missing, plan, staying } from '../../src/listing/replay.ts'
import { nowhere } from '../../src/listing/scopes.ts'
import { noLimit } from '../../src/partners/limit.ts'

const now = new Date('2026-11-22T09:00:00Z')

// What a listing cannot be without, and more.
const said = (more: object = {}): string =>
  JSON.stringify({
    name: 'Asha',
    hasOccupation: [{ type: 'Occupation', name: 'Product manager' }],
    worksFor: { type: 'Organization', name: 'North Council' },
    ...more,
  })

const listing: Listing = {
  id: 'x',
  accountId: 'a',
  personId: 'p',
  here: true,
  partners: true,
  public: false,
  discovery: false,
  publishedAt: now,
  updatedAt: now,
  reviewAt: later(now, 300 * day),
  reviewAskedAt: null,
  membersDocument: said(),
  partnersDocument: said(),
  publicDocument: null,
  announcedFlag: null,
  unlistedSince: null,
}
const flag: ChatFlag = {
  id: 'f',
  accountId: 'a',
  number: 1,
  kinds: ['first-chat', 'shadowing'],
  boundaries: [],
  capacity: 1,
  hiddenHere: false,
  openedAt: now,
  endsAt: later(now, 30 * day),
  pausedUntil: null,
  fullUntil: null,
  closedAt: null,
  closedBecause: null,
  renewalAskedAt: null,
}
const before: Shown = { listing, flag, limit: noLimit }
const after = (change: Partial<Shown>): Shown => ({ ...before, ...change })
const withListing = (change: Partial<Listing>): Shown => after({ listing: { ...listing, ...change } })
const withFlag = (change: Partial<ChatFlag>): Shown => after({ flag: { ...flag, ...change } })
const other = { hosts: [], countries: ['GB'] }

test.each<[string, Shown, readonly unknown[]]>([
  ['nothing changed', before, []],
  ['she is listed nowhere any more', after({ listing: undefined }), [{ listing: 'x', still: [] }]],
  [
    'she left partner nodes, and the rest has a new id',
    withListing({ id: 'y', partners: false, partnersDocument: null }),
    [{ listing: 'x', still: ['here'] }],
  ],
  ['she left this node', withListing({ here: false, membersDocument: null }), [{ listing: 'x', still: ['partners'] }]],
  ['she went public', withListing({ public: true, publicDocument: said() }), []],
  [
    'people here read another name of hers',
    withListing({ membersDocument: said({ name: 'Bo' }) }),
    [{ answers: ['displayName'], from: 3 }],
  ],
  ['her documents say more', withListing({ membersDocument: said({ summary: 'Hello', shares: ['x'] }) }), []],
  ['the same scopes go on under a new id', withListing({ id: 'y' }), [{ listing: 'x', still: ['here', 'partners'] }]],
  [
    'she keeps to herself what partner nodes need',
    withListing({ id: 'y', partnersDocument: null }),
    [{ listing: 'x', still: ['here'] }],
  ],
  [
    'she keeps to herself what people here need',
    withListing({ membersDocument: null }),
    [{ listing: 'x', still: ['partners'] }],
  ],
  ['she is hidden from some nodes', after({ limit: other }), [{ listing: 'x', still: ['here'] }]],
  ['her flag was closed', withFlag({ closedAt: now, closedBecause: 'person' }), [{ flag: 'f' }]],
  ['her flag lapsed', withFlag({ closedAt: now, closedBecause: 'lapsed' }), []],
  ['her flag is paused', withFlag({ pausedUntil: later(now, day) }), [{ flag: 'f' }]],
  ['her flag is full', withFlag({ fullUntil: later(now, day) }), [{ flag: 'f' }]],
  ['her flag stays open for longer', withFlag({ id: 'g', number: 2, endsAt: later(now, 60 * day) }), []],
  ['her flag stays open for less long', withFlag({ id: 'g', endsAt: later(now, 9 * day) }), [{ flag: 'f' }]],
  ['her flag is for fewer chats', withFlag({ id: 'g', kinds: ['first-chat'] }), [{ flag: 'f' }]],
  ['her flag is hidden here', withFlag({ id: 'g', hiddenHere: true }), [{ flag: 'f' }]],
  [
    'she withdrew with her flag open',
    { listing: undefined, flag: { ...flag, closedAt: now, closedBecause: 'withdrawn' }, limit: noLimit },
    [{ listing: 'x', still: [] }, { flag: 'f' }],
  ],
])('what is noted when %s', (_what, change, expected) => {
  expect(endings(before, change, now)).toEqual(expected)
})

test('an answer that fewer may see, or that says less, is noted with its widest reader that is left out', () => {
  const full = said({ summary: 'Hello', shares: ['x', 'y'], worksFor: { name: 'North Council', sector: 'health' } })
  const open: Shown = after({
    listing: { ...listing, public: true, membersDocument: full, partnersDocument: full, publicDocument: full },
  })
  const to = (change: Partial<Listing>): Shown => ({ ...open, listing: { ...listing, ...open.listing, ...change } })
  const withoutSummary = said({ shares: ['x', 'y'], worksFor: { name: 'North Council', sector: 'health' } })
  expect(endings(open, to({ publicDocument: withoutSummary }), now)).toEqual([{ answers: ['introduction'], from: 5 }])
  expect(endings(open, to({ partnersDocument: withoutSummary, publicDocument: said({ shares: ['x'] }) }), now)).toEqual(
    [
      { answers: ['introduction'], from: 4 },
      { answers: ['sector', 'shares'], from: 5 },
    ],
  )
  // Where she is not shown any more, the line of her listing says so.
  expect(endings(open, to({ public: false, publicDocument: null }), now)).toEqual([
    { listing: 'x', still: ['here', 'partners'] },
  ])
})

test('a pause that becomes longer is noted, one that ends is not', () => {
  const paused = withFlag({ pausedUntil: later(now, day) })
  expect(endings(paused, withFlag({ pausedUntil: later(now, 2 * day) }), now)).toEqual([{ flag: 'f' }])
  expect(endings(paused, withFlag({ id: 'g', pausedUntil: null }), now)).toEqual([])
})

test('somebody who was listed nowhere takes nothing back, and a limit that becomes wider neither', () => {
  expect(endings({ listing: undefined, flag: undefined, limit: other }, before, now)).toEqual([])
  const limited = after({ limit: other })
  expect(endings(limited, before, now)).toEqual([])
  expect(endings(limited, after({ limit: { hosts: ['south.example'], countries: ['GB'] } }), now)).toHaveLength(1)
})

const lines = (...numbers: readonly number[]) => ({
  withdrawals: numbers.map((number) => ({ number, at: '2026-11-22T09:00:00Z', account: 'a', flag: `f${number}` })),
  mark: 5,
  marks: 1,
  torn: 0,
})

test.each([
  ['nothing is new', { number: 3, mark: 5, restored: false }, { restored: false, numbers: [] }],
  ['one line is new: a crash', { number: 2, mark: 5, restored: false }, { restored: false, numbers: [3] }],
  ['two lines are new', { number: 1, mark: 5, restored: false }, { restored: true, numbers: [2, 3] }],
  ['an hour is missing', { number: 3, mark: 4, restored: false }, { restored: true, numbers: [] }],
  ['a restore said so', { number: 3, mark: 5, restored: true }, { restored: true, numbers: [] }],
  ['the database is ahead', { number: 9, mark: 8, restored: false }, { restored: false, numbers: [] }],
])('a start at which %s', (_what, known, expected) => {
  const kept = lines(...[1, 2, 3].filter((number) => number <= known.number)).withdrawals
  const { restored, unknown } = plan(lines(3, 1, 2), { ...known, kept, logIsLost: false }, now)
  expect({ restored, numbers: unknown.map(({ number }) => number) }).toEqual(expected)
})

test('several lines of one change are one change', () => {
  const kept = lines(3).withdrawals
  expect(plan(lines(3, 4, 4, 4), { number: 3, kept, mark: 5, restored: false, logIsLost: false }, now).restored).toBe(
    false,
  )
})

test('a line of a change that was refused at its end is found under a number that another change took', () => {
  const line = (account: string, flag: string) => ({ number: 3, at: '2026-11-22T09:00:00Z', account, flag })
  const content = { ...lines(1, 2), withdrawals: [...lines(1, 2).withdrawals, line('b', 'refused'), line('c', 'kept')] }
  const known = (...flags: readonly { readonly account: string; readonly flag: string }[]) => ({
    number: 3,
    kept: [...lines(1, 2).withdrawals, ...flags.map(({ account, flag }) => line(account, flag))],
    mark: 5,
    restored: false,
    logIsLost: false,
  })
  const { restored, unknown } = plan(content, known({ account: 'c', flag: 'kept' }), now)
  expect({ restored, unknown }).toEqual({ restored: false, unknown: [line('b', 'refused')] })
  // She took back the same, or something else, and that was kept.
  const again = known({ account: 'c', flag: 'kept' }, { account: 'b', flag: 'second' })
  expect(plan(content, again, now).unknown).toEqual([])
  // The database forgets its lines after 400 days, and the log at the next start.
  expect(plan(content, known({ account: 'c', flag: 'kept' }), later(now, 401 * day)).unknown).toEqual([])
})

test('what stays of the switches of an older database', () => {
  const all = { here: true, partners: true, public: true, discovery: true }
  expect(staying(all, [])).toEqual(nowhere)
  expect(staying(all, ['here', 'discovery'])).toEqual({ ...nowhere, here: true })
  expect(staying({ ...nowhere, here: true }, ['here', 'partners', 'public'])).toEqual({ ...nowhere, here: true })
  expect(staying(all, ['public', 'discovery'])).toEqual({ ...nowhere, public: true, discovery: true })
})

test('the log lacks what the database knows and it does not', () => {
  const { withdrawals } = lines(1, 2, 3)
  expect(missing(lines(1, 3), withdrawals).map(({ number }) => number)).toEqual([2])
})
