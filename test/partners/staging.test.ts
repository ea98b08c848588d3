import * as fc from 'fast-check'
import { hour, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { eraseEnded, hideOrigin } from '../../src/partners/polling-actions.ts'
import { applyBucket, startSnapshot } from '../../src/partners/reading-actions.ts'
import { mostListings } from '../../src/partners/quota.ts'
import { bucketOf } from '../../src/partners/set.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, shownAt, startAfresh } from './people.ts'
import {
  applyItems,
  counted,
  followedByHand,
  readItems,
  rowOf,
  settleWith,
  type ByHand,
  type Item,
} from './snapshots.ts'

let south: TestNode
let north: ByHand

beforeAll(async () => {
  south = await aNode()
})

beforeEach(async () => {
  await startAfresh(south)
  north = await followedByHand(south)
})

const item = (id: string, seq: number, name = `Person ${id}`): Item => ({
  ...listing({ url: north.url } as TestNode, id, { name }),
  seq,
})
const gone = (id: string, seq: number) => ({ id: `${north.url}/ap/directory/listings/${id}`, type: 'Tombstone', seq })

/** Asha, Bo and Cleo, held and shown. */
async function holdThree(): Promise<readonly Item[]> {
  const three = [item('asha01', 1), item('bo0001', 2), item('cleo01', 3)]
  await startSnapshot(south.app, north.id, { epoch: 'one', seq: 0 })
  await applyItems(north, three, 3)
  expect(await settleWith(north, three, 3)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001', 'Person cleo01'])
  return three
}

const shownBefore = ['Person asha01', 'Person bo0001', 'Person cleo01']

test('a first snapshot goes straight into place, and nothing of it is shown before the first lease', async () => {
  await startSnapshot(south.app, north.id, { epoch: 'one', seq: 0 })
  await applyItems(north, [item('asha01', 1)], 1)
  expect(await rowOf(north)).toMatchObject({ snapshot_open: false, copies: 1, rows_staged: 0 })
  expect(await shownAt(south)).toEqual([])
  expect(await settleWith(north, [item('asha01', 1)], 1)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01'])
})

test('nothing of a snapshot is shown until it is whole, and then all of it at once', async () => {
  await holdThree()
  const { valid_until: lease } = await rowOf(north)
  south.time = later(south.time, hour)
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  expect(await rowOf(north)).toMatchObject({ snapshot_open: true, cursor: '0', epoch: 'two', valid_until: lease })
  const next = [item('asha01', 1), item('bo0001', 5, 'Bo Evans'), item('dilys1', 6)]
  await applyItems(north, next.slice(0, 2), 5)
  expect(await shownAt(south)).toEqual(shownBefore)
  expect(await settleWith(north, next, 5)).toBe('different')
  expect(await rowOf(north)).toMatchObject({ snapshot_open: true, valid_until: lease })
  await applyItems(north, next.slice(2), 6)
  expect(await shownAt(south)).toEqual(shownBefore)
  expect(await settleWith(north, next, 6)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01', 'Bo Evans', 'Person dilys1'])
  expect(await rowOf(north)).toMatchObject({ snapshot_open: false, copies: 3, rows_held: 3, rows_staged: 0 })
  expect(await rows(south.app.db, 'select seq::int as seq from copy order by id')).toEqual([
    { seq: 1 },
    { seq: 5 },
    { seq: 6 },
  ])
  expect((await rowOf(north)).valid_until > lease).toBe(true)
})

test('only what differs from what is held is kept twice', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('asha01', 1), item('bo0001', 2, 'Bo Evans'), item('dilys1', 3)], 3)
  expect(
    await rows(south.app.db, `select right(id, 6) as id, document is null as same from staged_copy order by id`),
  ).toEqual([
    { id: 'asha01', same: true },
    { id: 'bo0001', same: false },
    { id: 'dilys1', same: false },
  ])
})

test('putting it in place is all or nothing', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  const next = [item('asha01', 7, 'Asha Rao'), item('dilys1', 8)]
  await applyItems(north, next, 8)
  const before = await rowOf(north)
  await rows(
    south.app.db,
    `create function stop() returns trigger language plpgsql as $$ begin raise exception 'the power went'; end $$`,
  )
  await rows(south.app.db, 'create trigger stop before delete on staged_copy execute function stop()')
  try {
    await expect(settleWith(north, next, 8)).rejects.toThrow('the power went')
  } finally {
    await rows(south.app.db, 'drop function stop cascade')
  }
  expect(await shownAt(south)).toEqual(shownBefore)
  expect(await rowOf(north)).toEqual(before)
  expect(await settleWith(north, next, 8)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Asha Rao', 'Person dilys1'])
})

test('a tombstone in a snapshot is obeyed at once, whether its id is held, staged, both or neither', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('asha01', 1), item('dilys1', 2), item('elif01', 3)], 3)
  await applyItems(north, [gone('asha01', 4), gone('bo0001', 5), gone('dilys1', 6), gone('never1', 7)], 7)
  expect(await shownAt(south)).toEqual(['Person cleo01'])
  expect(await rowOf(north)).toMatchObject(await counted(south))
  expect(await settleWith(north, [item('elif01', 3)], 7)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person elif01'])
})

test('an id that comes back within a snapshot, as before or changed, is there once, at its newest', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('asha01', 1), item('bo0001', 2, 'Bo Evans')], 2)
  await applyItems(north, [gone('asha01', 3), item('bo0001', 4, 'Bo Hughes')], 4)
  await applyItems(north, [item('asha01', 5), item('bo0001', 6)], 6)
  expect(await rowOf(north)).toMatchObject({ copies_staged: 2, rows_staged: 2, copies: 2 })
  expect(await settleWith(north, [item('asha01', 5), item('bo0001', 6)], 6)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
})

test('a snapshot begun anew forgets the one before it', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('dilys1', 9)], 9)
  await startSnapshot(south.app, north.id, { epoch: 'three', seq: 0 })
  expect(await rowOf(north)).toMatchObject({ cursor: '0', epoch: 'three', rows_staged: 0, copies: 3 })
  await applyItems(north, [item('elif01', 1)], 1)
  expect(await settleWith(north, [item('elif01', 1)], 1)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person elif01'])
})

test('a bucket that is replaced while a snapshot is open changes the snapshot alone', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  const right = item('asha01', 1, 'Asha Rao')
  await applyItems(north, [item('asha01', 1, 'Wrong')], 2)
  expect(await settleWith(north, [right], 2)).toBe('different')
  const { copies } = readItems(north, [right])
  const bucket = bucketOf(right.id)
  expect(await applyBucket(south.app, north.id, { bucket, epoch: 'two', seq: 2, copies })).toBe('applied')
  expect(await shownAt(south)).toEqual(shownBefore)
  expect(await settleWith(north, [right], 2)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Asha Rao'])
  await applyItems(north, [item('bo0001', 3)], 3)
  const other = bucketOf(item('bo0001', 3).id)
  expect(await applyBucket(south.app, north.id, { bucket: other, epoch: 'two', seq: 3, copies: [] })).toBe('applied')
  expect(await rowOf(north)).toMatchObject(await counted(south))
})

test('a refused listing counts in the root of a snapshot too, and takes the place of one that was shown', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  const bad = { ...item('bo0001', 2), featuredObject: 'https://elsewhere.example/ap/people/1' }
  const long = { ...item('large1', 3), extra: 'x'.repeat(9 * 1024) }
  await applyItems(north, [item('asha01', 1), bad, long], 3)
  expect(await settleWith(north, [item('asha01', 1), bad, long], 3)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01'])
  expect(await rows(south.app.db, 'select refused from copy where refused is not null order by id')).toEqual([
    { refused: 'person-elsewhere' },
    { refused: 'too-large' },
  ])
  expect(await rowOf(north)).toMatchObject({ copies: 1, rows_held: 3 })
})

test('a listing with an id on another host cannot be kept: a snapshot that needs it never adds up', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  const foreign = { ...item('asha01', 1), id: 'https://elsewhere.example/ap/directory/listings/asha01' }
  await applyItems(north, [foreign, item('bo0001', 2)], 2)
  expect(await settleWith(north, [foreign, item('bo0001', 2)], 2)).toBe('different')
  expect(await shownAt(south)).toEqual(shownBefore)
})

test('a snapshot has a quota of its own', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await rows(south.app.db, 'update origin set copies_staged = $1 where origin_id = $2', [mostListings - 1, north.id])
  await applyItems(north, [item('asha01', 1), item('bo0001', 2, 'Bo Evans'), item('cleo01', 3)], 3)
  expect(await rows(south.app.db, 'select right(id, 6) as id, refused from staged_copy order by id')).toEqual([
    { id: 'asha01', refused: null },
    { id: 'bo0001', refused: 'over-quota' },
    { id: 'cleo01', refused: 'over-quota' },
  ])
  await rows(south.app.db, 'update origin set rows_staged = 200000 where origin_id = $1', [north.id])
  expect(await applyItems(north, [item('dilys1', 4)], 4)).toBe('too-many')
  expect(await rowOf(north)).toMatchObject({ cursor: '3', rows_staged: 200_000 })
})

test('erasing what is held takes an open snapshot along, and the next one starts from nothing', async () => {
  await holdThree()
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('asha01', 1)], 1)
  south.time = later(south.time, 9 * 24 * hour)
  await eraseEnded(south.app)
  expect(await rowOf(north)).toMatchObject({
    epoch: null,
    snapshot_open: false,
    copies: 0,
    rows_held: 3,
    rows_staged: 0,
  })
  expect(
    await rows(south.app.db, 'select 1 from staged_copy union all select 1 from directory_entry where origin_id > 0'),
  ).toEqual([])
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  expect(await rowOf(north)).toMatchObject({ snapshot_open: false, copies: 0, rows_held: 0 })
  await applyItems(north, [item('asha01', 1)], 1)
  await eraseEnded(south.app) // it is being read: not a copy that outlived its lease
  expect(await settleWith(north, [item('asha01', 1)], 1)).toBe('equal')
  expect(await shownAt(south)).toEqual(['Person asha01'])
})

test('a lease that still runs shows nothing of a first snapshot', async () => {
  await startSnapshot(south.app, north.id, { epoch: 'one', seq: 0 })
  expect(await settleWith(north, [], 0)).toBe('equal')
  await startSnapshot(south.app, north.id, { epoch: 'two', seq: 0 })
  await applyItems(north, [item('asha01', 1)], 1)
  expect(await shownAt(south)).toEqual([])
})

test('administrators are told once that an origin is hidden, and again when it happens again', async () => {
  const told = () =>
    rows(south.app.db, `select 1 from graphile_worker.jobs where task_identifier = 'partners.tell-administrators'`)
  const forget = () => rows(south.app.db, 'delete from graphile_worker._private_jobs')
  const three = await holdThree()
  await hideOrigin(south.app, north.id, 'root-differs', 0.5)
  expect(await told()).toHaveLength(1)
  await forget()
  await hideOrigin(south.app, north.id, 'too-many-listings', 0.5)
  expect(await told()).toEqual([])
  expect(await settleWith(north, three, 3)).toBe('equal')
  await hideOrigin(south.app, north.id, 'root-differs', 0.5)
  expect(await told()).toHaveLength(1)
})

test('counters are what can be counted, and what is shown is what was put in place, after any run of events', async () => {
  const anyId = fc.constantFrom('aa0001', 'bb0001', 'cc0001', 'dd0001', 'ee0001', 'ff0001')
  const anyEvent = fc.oneof(
    fc.record({
      kind: fc.constant('page' as const),
      items: fc.uniqueArray(fc.record({ id: anyId, what: fc.constantFrom('one', 'two', 'bad', 'gone') }), {
        selector: ({ id }) => id,
        maxLength: 4,
      }),
    }),
    fc.record({ kind: fc.constant('bucket' as const), id: anyId, what: fc.constantFrom('one', 'two', 'bad', 'gone') }),
    fc.constant({ kind: 'snapshot' as const }),
    fc.constant({ kind: 'settle' as const }),
    fc.constant({ kind: 'settle-wrong' as const }),
    fc.constant({ kind: 'erase' as const }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 4, maxLength: 14 }), async (events) => {
      await startAfresh(south)
      north = await followedByHand(south)
      await startSnapshot(south.app, north.id, { epoch: 'epoch0', seq: 0 })
      let [set, shown] = [new Map<string, object>(), new Map<string, string>()]
      let seq = 1
      for (const [number, event] of events.entries()) {
        const row = await rowOf(north)
        if (event.kind === 'snapshot') {
          await rows(south.app.db, 'update origin set snapshots = 0')
          await startSnapshot(south.app, north.id, { epoch: `epoch${number + 1}`, seq: 0 })
          set = new Map()
          if (!(await rowOf(north)).snapshot_open) shown = new Map()
        }
        if (event.kind === 'erase') {
          await rows(south.app.db, 'update origin set valid_until = $1 where origin_id > 0', [
            later(south.time, -25 * hour),
          ])
          await eraseEnded(south.app)
          shown = new Map()
          set = new Map()
          await rows(south.app.db, 'update origin set snapshots = 0')
          await startSnapshot(south.app, north.id, { epoch: `epoch${number + 1}`, seq: 0 })
        }
        const made = (id: string, what: string) =>
          what === 'gone'
            ? gone(id, seq)
            : { ...item(id, seq, `${id} ${what}`), ...(what === 'bad' ? { name: '' } : {}) }
        const note = (id: string, what: string, one: { id: string }) => {
          const direct = !row.snapshot_open
          if (what === 'gone') set.delete(one.id)
          else set.set(one.id, one)
          if (what === 'gone' || (direct && what === 'bad')) shown.delete(id)
          else if (direct) shown.set(id, `${id} ${what}`)
        }
        if (event.kind === 'page') {
          const items = event.items.map(({ id, what }) => {
            seq += 1
            const one = made(id, what)
            note(id, what, one)
            return one
          })
          expect(await applyItems(north, items, seq)).toBe('applied')
        }
        if (event.kind === 'bucket') {
          const one = made(event.id, event.what)
          const copies = event.what === 'gone' ? [] : readItems(north, [one]).copies
          const { epoch, cursor } = row
          const at = { epoch: epoch ?? '', seq: Number(cursor), bucket: bucketOf(one.id) }
          expect(await applyBucket(south.app, north.id, { ...at, copies })).toBe('applied')
          if (event.what === 'gone' && row.snapshot_open) set.delete(one.id)
          else note(event.id, event.what, one)
        }
        if (event.kind === 'settle') {
          expect(await settleWith(north, [...set.values()], 0)).toBe('equal')
          shown = new Map(
            [...set.values()].flatMap((one) => {
              const { id, name } = one as Item
              return name === '' ? [] : [[id.slice(-6), name]]
            }),
          )
        }
        if (event.kind === 'settle-wrong') expect(await settleWith(north, [item('other1', 1)], 0)).toBe('different')
        expect(await rowOf(north)).toMatchObject(await counted(south))
        const found = await rows<{ name: string }>(
          south.app.db,
          `select doc::json ->> 'name' as name from directory_entry where origin_id > 0 order by listing_id`,
        )
        expect(found.map(({ name }) => name)).toEqual([...shown.values()].toSorted())
      }
    }),
    { numRuns: 40 },
  )
}, 120_000)
