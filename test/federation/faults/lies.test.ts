// An origin that does not speak the truth, in one way at a time, and a real subscriber: what is shown, and what is kept.
import { day, hour, later, minute, systemClock } from '../../../src/common/clock.ts'
import { oneRow, rows } from '../../../src/database/database.ts'
import { lookUpPartner } from '../../../src/federation/partner-lookup.ts'
import { follow } from '../../../src/partners/actions.ts'
import { aSmallOrigin, type SmallOrigin } from '../../conformance/small-origin.ts'
import type { Manner } from '../../conformance/kit/directory.ts'
import { inventPerson, signed, type Item } from '../../conformance/kit/invented.ts'
import { aNode, type TestNode } from '../../support/node.ts'
import { shownAt, startAfresh } from '../../partners/people.ts'

let south: TestNode
let origin: SmallOrigin
const right: readonly string[] = Array.from({ length: 8 }, (_, number) => `Small ${number + 1}`)

beforeAll(async () => {
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
})

// Other origins speak by the machine's clock.
beforeEach(async () => {
  await startAfresh(south)
  south.time = systemClock()
  origin = await aSmallOrigin()
})

afterEach(() => origin.node.close())

/** South subscribes, and reads what the origin says by then. */
async function subscribed(): Promise<void> {
  await follow(south.app, await lookUpPartner(south.app, new URL(origin.node.origin).host))
  for (let tries = 0; tries < 200; tries += 1) {
    expect(await south.settle()).toEqual([])
    if ((await oneRow(south.app.db, `select 1 from partner where following = 'accepted'`)) !== undefined) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(await south.settle()).toEqual([])
}

/** The next hourly poll. */
async function anHourLater(): Promise<void> {
  south.time = later(south.time, hour)
  origin.directory.set.reissue()
  expect(await south.settle()).toEqual([])
}

type OriginRow = {
  readonly hidden: boolean
  readonly trouble: string | null
  readonly valid_until: Date
  readonly cursor: string
}

async function reading(): Promise<OriginRow> {
  const [row] = await rows<OriginRow>(south.app.db, 'select * from origin where origin_id > 0')
  if (!row) throw new Error('south reads nobody')
  return row
}

const manner = (one: Manner): void => {
  origin.directory.manner = one
}

test('an origin that speaks the truth is shown', async () => {
  await subscribed()
  expect(await shownAt(south)).toHaveLength(right.length)
  expect(await reading()).toMatchObject({ hidden: false, trouble: null })
})

test('a listing that was changed on its way hides the whole origin, until it comes as it was signed', async () => {
  manner({
    items: (items) =>
      items.map((item) => ('name' in item && item.name === 'Small 3' ? { ...item, name: 'Forged' } : item)),
  })
  await subscribed()
  expect(await shownAt(south)).toEqual([])
  expect(await reading()).toMatchObject({ hidden: true, trouble: 'root-differs' })
  manner({})
  await anHourLater()
  expect(await shownAt(south)).toHaveLength(right.length)
})

test('a statement from before renews nothing, and brings nobody back', async () => {
  const { set } = origin.directory
  const before = signed(set.unsigned(), origin.node.at, origin.node.keys.statement)
  await subscribed()
  const gone = set.live()[0]
  if (gone) set.withdraw(gone.id)
  await anHourLater()
  expect(await shownAt(south)).not.toContain(gone?.['name'])
  const { valid_until: lease } = await reading()
  manner({ statement: () => before })
  for (let hours = 0; hours < 3; hours += 1) await anHourLater()
  expect(await reading()).toMatchObject({ trouble: 'statement-refused', valid_until: lease })
  expect(await shownAt(south)).not.toContain(gone?.['name'])
  south.time = lease
  expect(await shownAt(south)).toEqual([])
})

test('a statement that promises more than seven days, or was made tomorrow, is not believed', async () => {
  for (const change of [{ validUntil: '2099-01-01T00:00:00Z' }, { issued: '2099-01-01T00:00:00Z' }]) {
    manner({
      statement: (unsigned) => signed({ ...unsigned, ...change }, origin.node.at, origin.node.keys.statement),
    })
    if ('validUntil' in change) await subscribed()
    else await anHourLater()
    expect(await reading()).toMatchObject({ trouble: 'statement-refused' })
    expect(await shownAt(south)).toEqual([])
  }
})

test('an id that comes twice on a page counts once, as it came last', async () => {
  const { set } = origin.directory
  const twice = set.live()[3]
  manner({
    items: (items) => items.flatMap((item) => (item === twice ? [{ ...twice, name: 'An older form' }, item] : [item])),
  })
  await subscribed()
  // Two items of one number are no page that a cursor could be right for.
  expect(await reading()).toMatchObject({ trouble: 'page-broken' })
  expect(await shownAt(south)).toEqual([])
  manner({
    items: (items) =>
      items.flatMap((item) => (item === twice ? [{ ...twice, seq: undefined, name: 'An older form' }, item] : [item])),
  })
  await anHourLater()
  expect(await shownAt(south)).toHaveLength(right.length)
  expect(await shownAt(south)).not.toContain('An older form')
})

test('an id that was withdrawn and is used again is what its origin says last, and never what it was', async () => {
  await subscribed()
  const { set } = origin.directory
  const [one] = set.live()
  if (!one) throw new Error('nobody is listed')
  set.withdraw(one.id)
  await anHourLater()
  expect(await shownAt(south)).toHaveLength(right.length - 1)
  set.put({ ...one, name: 'Somebody else' })
  await anHourLater()
  expect(await shownAt(south)).toContain('Somebody else')
  expect(await shownAt(south)).not.toContain(one['name'])
  expect(await reading()).toMatchObject({ hidden: false, trouble: null })
})

test('a listing under an id of another host cannot be kept, and nothing of that origin is shown', async () => {
  origin.directory.set.put({ ...inventPerson(origin.node.at, 'Abroad'), id: 'https://elsewhere.example/listings/1' })
  await subscribed()
  expect(await reading()).toMatchObject({ hidden: true, trouble: 'root-differs' })
  expect(await shownAt(south)).toEqual([])
  expect(await rows(south.app.db, `select 1 from copy where id like 'https://elsewhere%'`)).toEqual([])
  expect(await rows(south.app.db, `select 1 from staged_copy where id like 'https://elsewhere%'`)).toEqual([])
})

test('a listing of 9 KiB is refused alone: its id and hash are kept, and the rest is shown', async () => {
  const { set } = origin.directory
  const large: Item = set.put({ ...inventPerson(origin.node.at, 'Large'), future: 'x'.repeat(9 * 1024) })
  await subscribed()
  expect(await shownAt(south)).toHaveLength(right.length)
  expect(await rows(south.app.db, 'select id, refused from copy where refused is not null')).toEqual([
    { id: large.id, refused: 'too-large' },
  ])
  expect(await rows(south.app.db, `select 1 from directory_entry where doc like '%Large%'`)).toEqual([])
  expect(await reading()).toMatchObject({ hidden: false, trouble: null })
})

test('somebody of another host, or of another directory, is refused alone', async () => {
  const { at } = origin.node
  const stranger = inventPerson(at, 'A stranger')
  origin.directory.set.put({ ...stranger, featuredObject: 'https://elsewhere.example/people/1' })
  origin.directory.set.put({ ...inventPerson(at, 'A rival'), attributedTo: `${origin.node.origin}/other` })
  await subscribed()
  expect(await shownAt(south)).toHaveLength(right.length)
  const refused = await rows(south.app.db, 'select refused from copy where refused is not null order by refused')
  expect(refused).toEqual([{ refused: 'other-directory' }, { refused: 'person-elsewhere' }])
})

test('an origin that says it has nine people and whose pages never end is read slowly, shown never, and hidden at the limit', async () => {
  const { at } = origin.node
  let pages = 0
  manner({
    statement: (unsigned) => signed({ ...unsigned, seq: 1_000_000_000 }, at, origin.node.keys.statement),
    page: (page, { after }) => {
      pages += 1
      const items = Array.from({ length: 200 }, (_, number) => ({
        id: `${at.listings}/${after + number + 1}`,
        type: 'FeaturedItem',
        seq: after + number + 1,
      }))
      const seq = after + 200
      const next = `${at.listings}?after=${seq}&limit=200`
      return { ...page, seq, next, orderedItems: items }
    },
  })
  await subscribed()
  const kept = async (): Promise<number> =>
    (
      await oneRow<{ many: number }>(
        south.app.db,
        'select (select count(*) from copy)::int + (select count(*) from staged_copy)::int as many',
      )
    )?.many ?? 0
  expect(pages).toBe(20)
  expect(await kept()).toBe(20 * 200)
  south.time = later(south.time, minute)
  await south.settle()
  expect(pages).toBe(40)
  expect(await shownAt(south)).toEqual([])

  // As if it had gone on for an hour: 40 listings of room are left.
  await rows(south.app.db, 'update origin set rows_held = 200000 - 240, rows_staged = 200000 - 240 where origin_id > 0')
  south.time = later(south.time, minute)
  await south.settle()
  expect(await reading()).toMatchObject({ hidden: true, trouble: 'too-many-listings' })
  expect(pages).toBeLessThanOrEqual(43)
  expect(await kept()).toBe(41 * 200)
  for (let days = 0; days < 2; days += 1) {
    south.time = later(south.time, day)
    expect(await south.settle()).toEqual([])
  }
  expect(await kept()).toBeLessThanOrEqual(41 * 200)
  expect(await shownAt(south)).toEqual([])
})
