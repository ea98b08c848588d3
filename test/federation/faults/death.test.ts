// kill -9 of either side, at the worst moment, and either side from an older backup. Each node is a process of its own.
import { join } from 'node:path'
import { later, minute } from '../../../src/common/clock.ts'
import { backup } from '../../../src/ops/backup.ts'
import { restore } from '../../../src/ops/restore.ts'
import type { Place } from '../../soak/ground.ts'
import type { FaultPoint } from '../../support/node-child-words.ts'
import { at, expectSame, firstDay, seenAt, settled, twoNodes } from './places.ts'

const nodes = twoNodes()
const page = '/ap/directory/listings\\?'
const statement = '/ap/directory/listings/statement'

async function begin(): Promise<void> {
  const { ground, north, south } = nodes
  await ground.begin()
  for (const person of ['north_1', 'north_2']) await north.child.act({ deed: 'publish', person })
  await settled(north, south)
}

describe('kill -9', () => {
  let time = firstDay
  let listed = ['north_1', 'north_2']
  beforeAll(begin)

  // What one test leaves dead is no matter of the next.
  beforeEach(async () => {
    for (const { child } of [nodes.north, nodes.south]) if (!child.isUp()) await child.start(time)
  })

  // One withdraws, and one comes.
  const change = async (): Promise<readonly string[]> => {
    const { child } = nodes.north
    const [leaving = '', staying = ''] = listed
    const coming = ['north_1', 'north_2', 'north_3'].find((one) => !listed.includes(one)) ?? ''
    await child.act({ deed: 'withdraw', person: leaving })
    await child.act({ deed: 'publish', person: coming })
    listed = [staying, coming]
    return listed.toSorted()
  }
  const minutesLater = async (): Promise<void> => {
    time = later(time, 10 * minute)
    for (const { child } of [nodes.north, nodes.south]) if (child.isUp()) await child.tell('time', time)
  }

  const subscriberDies: readonly (readonly [string, Omit<FaultPoint, 'nth'>])[] = [
    ['a page came and nothing of it is kept', { when: 'answered', path: page, dies: 'now' }],
    ['a page is half kept', { when: 'answered', path: page, dies: 'before-commit' }],
    ['a page was just kept', { when: 'answered', path: page, dies: 'after-commit' }],
    ['a statement came', { when: 'answered', path: statement, dies: 'now' }],
    ['a statement is half believed', { when: 'answered', path: statement, dies: 'before-commit' }],
  ]
  test.each(subscriberDies)(
    'of a subscriber when %s: it goes on from a cursor that is right, and confirms only then',
    async (_when, point) => {
      const { north, south } = nodes
      await minutesLater()
      await south.child.tell('dieAt', { ...point, nth: 1 })
      const after = await change()
      await settled(north, south)
      expect(south.child.isUp()).toBe(false)
      const waiting = 'select host from withdrawal_holder where confirmed_at is null'
      expect(await north.child.tell('sql', waiting)).toEqual([{ host: south.child.host }])
      await south.child.start(time)
      await settled(north, south)
      expect(await seenAt(south, north)).toEqual(after)
      await expectSame(south, north)
      expect(await north.child.tell('sql', waiting)).toEqual([])
    },
  )

  const originDies: readonly (readonly [string, Omit<FaultPoint, 'nth'>])[] = [
    ['half a page is on its way', { when: 'serving', path: page, dies: 'half-answer' }],
    ['half a statement is on its way', { when: 'serving', path: statement, dies: 'half-answer' }],
    ['a statement is half signed and kept', { when: 'serving', path: statement, dies: 'before-commit' }],
    ['its doorbell has just arrived', { when: 'answered', path: '/inbox', dies: 'now' }],
  ]
  test.each(originDies)(
    'of an origin when %s: nothing is half believed, and the rest comes later',
    async (_when, point) => {
      const { north, south } = nodes
      await minutesLater()
      const before = await seenAt(south, north)
      await north.child.tell('dieAt', { ...point, nth: 1 })
      const after = await change()
      await settled(north, south)
      expect(north.child.isUp()).toBe(false)
      expect([before, after]).toContainEqual(await seenAt(south, north))
      await north.child.start(time)
      await minutesLater()
      await settled(north, south)
      expect(await seenAt(south, north)).toEqual(after)
      await expectSame(south, north)
    },
  )

  test('of an origin right after a withdrawal: its doorbell rings when it is back', async () => {
    const { north, south } = nodes
    const before = await seenAt(south, north)
    const after = await change()
    await north.child.kill()
    await settled(south)
    expect(await seenAt(south, north)).toEqual(before)
    await north.child.start(time)
    await settled(north, south)
    expect(await seenAt(south, north)).toEqual(after)
  })
})

describe('from an older backup', () => {
  beforeEach(begin)

  const keep = async (place: Place): Promise<string> => {
    const file = join(nodes.ground.folder, `${place.name}.backup`)
    await backup(place.databaseUrl, file, () => firstDay)
    return file
  }
  const bringBack = async (place: Place, file: string, time: Date): Promise<void> => {
    await place.child.kill()
    await nodes.ground.emptyDatabase(place)
    await restore(place.databaseUrl, file)
    await place.child.start(time)
    await nodes.ground.signIn(place)
  }
  const soon = later(firstDay, 10 * minute)

  test('an origin lists nobody again who withdrew since, or who hid herself from a node', async () => {
    const { north, south } = nodes
    const file = await keep(north)
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await north.child.act({ deed: 'hide', person: 'north_2', hosts: [south.child.host] })
    await north.child.act({ deed: 'publish', person: 'north_3' })
    await settled(north, south)
    expect(await seenAt(south, north)).toEqual(['north_3'])
    await at(soon, south)
    await bringBack(north, file, soon)
    // Nobody has read anything since.
    expect(await seenAt(south, north)).toEqual(['north_3'])
    await settled(north, south)
    expect(await seenAt(south, north)).toEqual([])
    await expectSame(south, north)
  })

  test('an origin that nobody withdrew from since is found out by what its subscribers hold', async () => {
    const { north, south } = nodes
    const file = await keep(north)
    await north.child.act({ deed: 'publish', person: 'north_3' })
    await settled(north, south)
    await bringBack(north, file, soon)
    const next = later(soon, 60 * minute)
    await at(next, north, south)
    await settled(south, north)
    await settled(north, south)
    expect(await seenAt(south, north)).toEqual(['north_1', 'north_2'])
    await expectSame(south, north)
  })

  test('a subscriber shows nobody before it has asked again, and nobody again who withdrew', async () => {
    const { north, south } = nodes
    const file = await keep(south)
    await north.child.act({ deed: 'withdraw', person: 'north_1' })
    await north.child.act({ deed: 'publish', person: 'north_3' })
    await settled(north, south)
    await at(soon, north)
    await bringBack(south, file, soon)
    expect(await seenAt(south, north)).toEqual([])
    await settled(south, north)
    expect(await seenAt(south, north)).toEqual(['north_2', 'north_3'])
    await expectSame(south, north)
  })
})
