// A node that goes back to a backup, and a partner that has read on meanwhile: over HTTP, on databases of their own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rows } from '../../src/database/database.ts'
import { withdraw } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { backup } from '../../src/ops/backup.ts'
import { restore } from '../../src/ops/restore.ts'
import { saveAudience, saveFields } from '../../src/profile/actions.ts'
import { hostOf, settleAll, shownAt, subscribe } from '../partners/people.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { aLog, aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'

const said = { language: 'en', channel: 'page' } as const

type House = { readonly node: TestNode; readonly databaseUrl: string; readonly withdrawalLog: string }

async function aHouse(name: string): Promise<House> {
  const databaseUrl = await freshDatabase()
  const withdrawalLog = await aLog()
  const node = await aNode({ databaseUrl, withdrawalLog, settings: { SIDEWAYS_NAME: name } })
  return { node, databaseUrl, withdrawalLog }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sideways-restored-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The node dies, and the backup takes its place, at the same address. */
async function backTo(file: string, { node, withdrawalLog }: House, name: string): Promise<TestNode> {
  await node.stop()
  const databaseUrl = await emptyDatabase()
  await restore(databaseUrl, file)
  return aNode({
    databaseUrl,
    withdrawalLog,
    time: node.time,
    settings: { PORT: new URL(node.url).port, SIDEWAYS_ORIGIN: node.url, SIDEWAYS_NAME: name },
  })
}

async function partnersOnly(node: TestNode, handle: string, displayName: string): Promise<Resident> {
  const who = await aResident(node, handle, { displayName })
  await listed(node, who, ['partners'])
  return who
}

// Both nodes do their jobs in turn, and what they show is looked at after each.
async function settleWatching(one: TestNode, other: TestNode): Promise<readonly string[]> {
  const seen: string[] = []
  for (let round = 0; round < 8; round += 1)
    for (const node of [one, other]) {
      expect(await node.settle()).toEqual([])
      seen.push(...(await shownAt(one)), ...(await shownAt(other)))
    }
  return seen
}

const inOrder = (names: readonly string[]): readonly string[] => [...names].toSorted()

async function setsAreEqual(origin: TestNode, reader: TestNode): Promise<void> {
  const published = `select id, seq::text, encode(content_hash, 'hex') as hash from published_listing where document is not null order by id`
  const held = `select c.id, c.seq::text, encode(c.content_hash, 'hex') as hash from copy c join origin o using (origin_id)
    where o.host = '${hostOf(origin)}' order by id`
  expect(await rows(reader.app.db, held)).toEqual(await rows(origin.app.db, published))
  const state = `select o.epoch, o.hidden, o.trouble, o.valid_until > $1 as runs from origin o where o.host = $2`
  expect(await rows(reader.app.db, state, [reader.time, hostOf(origin)])).toEqual([
    {
      epoch: (await rows<{ epoch: string }>(origin.app.db, 'select epoch from directory_state'))[0]?.epoch,
      hidden: false,
      trouble: null,
      runs: true,
    },
  ])
}

test('an origin that went back to a backup shows nobody again who withdrew, and its partner ends with what it lists now', async () => {
  const [north, south] = [await aHouse('North Council'), await aHouse('South Hospice')]
  await subscribe(south.node, north.node)
  await subscribe(north.node, south.node)
  const asha = await partnersOnly(north.node, 'asha', 'Asha Rao')
  const ben = await partnersOnly(north.node, 'ben', 'Ben Holt')
  await partnersOnly(north.node, 'fay', 'Fay Morgan')
  await partnersOnly(south.node, 'carol', 'Carol Marsh')
  await settleAll(north.node, south.node)
  expect(inOrder(await shownAt(south.node))).toEqual(['Asha Rao', 'Ben Holt', 'Fay Morgan'])
  const file = join(folder, 'north')
  await backup(north.databaseUrl, file)

  await withdraw(north.node.app, asha, said)
  await saveFields(north.node.app, ben.id, { displayName: 'Benjamin Holt' })
  await partnersOnly(north.node, 'dee', 'Dee Vaughan')
  await settleAll(north.node, south.node)
  expect(inOrder(await shownAt(south.node))).toEqual(['Benjamin Holt', 'Dee Vaughan', 'Fay Morgan'])

  const restored = await backTo(file, north, 'North Council')
  expect(await listingOf(restored.app.db, asha.id)).toBeUndefined()
  expect(await shownAt(restored)).toEqual([]) // Carol's node has not been asked yet
  const seen = await settleWatching(restored, south.node)
  expect(seen).not.toContain('Asha Rao')
  // The log does not know his new name, and nobody reads the one that he has no more.
  expect(seen).not.toContain('Ben Holt')
  expect(await shownAt(south.node)).toEqual(['Fay Morgan'])
  expect(await shownAt(restored)).toEqual(['Carol Marsh'])
  await setsAreEqual(restored, south.node)
  await setsAreEqual(south.node, restored)

  // Life goes on: what is published now arrives.
  await partnersOnly(restored, 'eve', 'Eve Lindgren')
  await settleWatching(restored, south.node)
  await saveFields(restored.app, ben.id, { displayName: 'Benjamin Holt' })
  await saveAudience(restored.app, ben.id, { levels: { displayName: 4 }, onlyOneInPublic: false })
  await settleWatching(restored, south.node)
  expect(inOrder(await shownAt(south.node))).toEqual(['Benjamin Holt', 'Eve Lindgren', 'Fay Morgan'])
  await setsAreEqual(restored, south.node)
})

test('a subscriber that went back to a backup shows nothing of others until it has asked them, and then what they list now', async () => {
  const [north, south] = [await aHouse('North Council'), await aHouse('South Hospice')]
  await subscribe(south.node, north.node)
  const asha = await partnersOnly(north.node, 'asha', 'Asha Rao')
  await partnersOnly(north.node, 'ben', 'Ben Holt')
  await settleAll(north.node, south.node)
  const file = join(folder, 'south')
  await backup(south.databaseUrl, file)

  await withdraw(north.node.app, asha, said)
  await partnersOnly(north.node, 'dee', 'Dee Vaughan')
  await settleAll(north.node, south.node)
  expect(inOrder(await shownAt(south.node))).toEqual(['Ben Holt', 'Dee Vaughan'])

  const restored = await backTo(file, south, 'South Hospice')
  expect(await shownAt(restored)).toEqual([])
  const seen = await settleWatching(restored, north.node)
  expect(seen).not.toContain('Asha Rao')
  expect(inOrder(await shownAt(restored))).toEqual(['Ben Holt', 'Dee Vaughan'])
  await setsAreEqual(north.node, restored)
})
