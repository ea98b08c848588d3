// A node is away for an hour, days, or more than a year; another one never comes back. Each is a process of its own.
import { day, hour, later, minute, rfc3339 } from '../../../src/common/clock.ts'
import { at, emptyRoot, expectSame, firstDay, readingAt, seenAt, settled, twoNodes } from './places.ts'

const nodes = twoNodes()

beforeEach(async () => {
  await nodes.ground.begin()
  const { north, south } = nodes
  for (const person of ['north_1', 'north_2']) await north.child.act({ deed: 'publish', person })
  await settled(north, south)
  expect(await seenAt(south, north)).toEqual(['north_1', 'north_2'])
})

describe('a subscriber that was off', () => {
  const back = async (time: Date): Promise<void> => {
    const { north, south } = nodes
    await at(time, north)
    await settled(north)
    await south.child.start(time)
  }

  test('for an hour shows what it held, and what is so now as soon as it has asked', async () => {
    const { north, south } = nodes
    await south.child.stop()
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await north.child.act({ deed: 'publish', person: 'north_3' })
    await back(later(firstDay, hour))
    expect(await seenAt(south, north)).toEqual(['north_1', 'north_2'])
    await settled(south, north)
    expect(await seenAt(south, north)).toEqual(['north_2', 'north_3'])
    await expectSame(south, north)
  })

  test('for three days says since when nothing is confirmed, until it has asked', async () => {
    const { north, south } = nodes
    await south.child.stop()
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await back(later(firstDay, 3 * day))
    const since = `not confirmed since ${rfc3339(firstDay)}`
    expect(await seenAt(south, north)).toEqual([`north_1, ${since}`, `north_2, ${since}`])
    await settled(south, north)
    expect(await seenAt(south, north)).toEqual(['north_2'])
    await expectSame(south, north)
  })

  test('for eight days shows nobody before it has asked, and then whoever is listed', async () => {
    const { north, south } = nodes
    await south.child.stop()
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await back(later(firstDay, 8 * day))
    expect(await seenAt(south, north)).toEqual([])
    await settled(south, north)
    expect(await seenAt(south, north)).toEqual(['north_2'])
    await expectSame(south, north)
  })

  test('for five hundred days is told to begin again, since the tombstones that it missed are gone', async () => {
    const { north, south } = nodes
    await south.child.stop()
    await at(later(firstDay, 60 * day), north)
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await at(later(firstDay, 480 * day), north)
    await settled(north)
    expect(await north.child.tell('sql', 'select 1 from published_listing where document is null and seq < 4')).toEqual(
      [],
    )
    await north.child.act({ deed: 'publish', person: 'north_3' })
    await back(later(firstDay, 500 * day))
    expect(await seenAt(south, north)).toEqual([])
    await settled(south, north)
    // The yearly review of the second one came up, and nobody answered.
    expect(await seenAt(south, north)).toEqual(['north_3'])
    await expectSame(south, north)
  })
})

test('of an origin that died people are labelled after a day, hidden after seven and erased after eight', async () => {
  const { north, south } = nodes
  await north.child.kill()
  const look = async (time: Date): Promise<readonly string[]> => {
    await at(time, south)
    const seen = await seenAt(south, north)
    await settled(south)
    expect(await seenAt(south, north)).toEqual(seen)
    return seen
  }
  expect(await look(later(firstDay, 23 * hour))).toEqual(['north_1', 'north_2'])
  const since = `not confirmed since ${rfc3339(firstDay)}`
  expect(await look(later(firstDay, day + minute))).toEqual([`north_1, ${since}`, `north_2, ${since}`])
  expect(await look(later(firstDay, 7 * day - minute))).toHaveLength(2)
  expect(await readingAt(south, north)).toMatchObject({ trouble: 'no-answer', entries: 2 })
  expect(await look(later(firstDay, 7 * day))).toEqual([])
  expect(await look(later(firstDay, 8 * day + hour))).toEqual([])
  const kept = await south.child.tell(
    'sql',
    `select id, encode(content_hash, 'hex') as hash, seq::int as seq from copy`,
  )
  expect(kept.map(({ hash, seq }) => ({ hash, seq }))).toEqual([
    { hash: '', seq: 0 },
    { hash: '', seq: 0 },
  ])
  expect(await readingAt(south, north)).toMatchObject({ entries: 0, epoch: null })

  await north.child.start(later(firstDay, 9 * day))
  await at(later(firstDay, 9 * day), south)
  await settled(north, south)
  expect(await seenAt(south, north)).toEqual(['north_1', 'north_2'])
  await expectSame(south, north)
})

test('a cut in one direction only leaves a withdrawal to the lease, and no longer', async () => {
  const { north, south } = nodes
  await south.child.tell('refuse', [north.child.host])
  await north.child.act({ deed: 'withdraw', person: 'north_1' })
  await settled(north, south)
  expect(await seenAt(south, north)).toEqual(['north_1', 'north_2'])
  await at(later(firstDay, 7 * day), north, south)
  expect(await seenAt(south, north)).toEqual([])
  await south.child.tell('refuse', [])
  await at(later(firstDay, 7 * day + 7 * hour), north, south)
  await settled(south, north)
  expect(await seenAt(south, north)).toEqual(['north_2'])
  await expectSame(south, north)
  expect((await readingAt(south, north)).root).not.toBe(emptyRoot)
})
