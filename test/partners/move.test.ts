import { hour, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { moveFromCommandLine } from '../../src/federation/move-command.ts'
import { receiveChange } from '../../src/partners/move-actions.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { hostOf, listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly } from './people.ts'

let old: TestNode
let renamed: TestNode
let stranger: TestNode
let south: TestNode

beforeAll(async () => {
  old = await aNode({ settings: { SIDEWAYS_NAME: 'Old Council' } })
  renamed = await aNode({ settings: { SIDEWAYS_NAME: 'New Council', SIDEWAYS_FORMER_ORIGINS: old.url } })
  stranger = await aNode({ settings: { SIDEWAYS_NAME: 'Somebody Else' } })
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
})

beforeEach(async () => {
  for (const node of [old, renamed, south]) await startAfresh(node)
  await rows(old.app.db, `delete from setting where name = 'moved-to'`)
})

type PartnerRow = { id: number; moved_to: string | null; moved_at: Date | null }

const partner = (): Promise<PartnerRow> => theOnly<PartnerRow>(south, 'partner')
const move = (to: TestNode) => moveFromCommandLine(old.app, { to: to.url, undo: false })
const documentOf = async (node: TestNode): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${node.url}/ap/directory`, { headers: { accept: 'application/activity+json' } })
  return (await answer.json()) as Record<string, unknown> // our own document
}

test('a node that moves says so on its directory, its start page and where people sign in; what was read of it stays', async () => {
  await publish(old, listing(old, 'asha01'))
  await subscribe(south, old)
  await move(renamed)
  await settleAll(old, south)

  expect(await documentOf(old)).toMatchObject({ movedTo: `${renamed.url}/ap/directory` })
  expect(await documentOf(renamed)).toMatchObject({ alsoKnownAs: [`${old.url}/ap/directory`] })
  for (const path of ['/', '/sign-in']) {
    const page = await aReader(old.url).get(path)
    expect(page.text).toContain('This node moves to a new address')
    expect(page.text).toContain(renamed.url)
  }
  expect(await partner()).toMatchObject({ moved_to: `${renamed.url}/ap/directory`, moved_at: south.time })
  expect(await shownAt(south)).toEqual(['Person asha01'])
})

test('a node that only reads hears of the move as well', async () => {
  await subscribe(old, south)
  await move(renamed)
  await settleAll(old, south)
  expect(await partner()).toMatchObject({ moved_to: `${renamed.url}/ap/directory` })
})

test('a lost Move is found within a day', async () => {
  await subscribe(south, old)
  await move(renamed)
  await rows(old.app.db, 'delete from delivery')
  await settleAll(old, south)
  expect(await partner()).toMatchObject({ moved_to: null })
  await south.runTimetable('partners.look-at-all')
  await settleAll(south)
  expect(await partner()).toMatchObject({ moved_to: `${renamed.url}/ap/directory` })
})

test('a move to a node that does not say so is refused where it is made', async () => {
  await expect(move(stranger)).rejects.toThrow('move-not-confirmed')
  await expect(moveFromCommandLine(old.app, { to: old.url, undo: false })).rejects.toThrow('partner-is-self')
  expect(await documentOf(old)).not.toHaveProperty('movedTo')
  expect(await moveFromCommandLine(old.app, { to: undefined, undo: false })).toBeUndefined()
})

test('a move that only one end says is not believed', async () => {
  await subscribe(south, old)
  // The old node lies about a stranger.
  await rows(old.app.db, `insert into setting (name, value) values ('moved-to', $1)`, [stranger.url])
  await receiveChange(south.app, { actor: `${old.url}/ap/directory`, object: `${old.url}/ap/directory` })
  await settleAll(south)
  expect(await partner()).toMatchObject({ moved_to: null })

  // The new node claims to be the old one, which knows nothing of it.
  await rows(old.app.db, `delete from setting where name = 'moved-to'`)
  await receiveChange(south.app, { actor: `${old.url}/ap/directory`, object: `${old.url}/ap/directory` })
  await settleAll(south)
  expect(await partner()).toMatchObject({ moved_to: null })
})

test('what others say about a node has nobody look at it', async () => {
  await subscribe(south, old)
  const before = await rows(south.app.db, 'select 1 from graphile_worker._private_jobs')
  await receiveChange(south.app, { actor: `${stranger.url}/ap/directory`, object: `${old.url}/ap/directory` })
  await receiveChange(south.app, { actor: `${old.url}/ap/directory`, object: `${stranger.url}/ap/directory` })
  await receiveChange(south.app, { actor: `${old.url}/ap/directory` })
  expect(await rows(south.app.db, 'select 1 from graphile_worker._private_jobs')).toEqual(before)
})

test('a move is taken back', async () => {
  await subscribe(south, old)
  await move(renamed)
  await settleAll(old, south)
  expect(await partner()).not.toMatchObject({ moved_to: null })
  south.time = later(south.time, hour)
  old.time = south.time
  expect(await moveFromCommandLine(old.app, { to: undefined, undo: true })).toMatchObject({ move: { movedTo: null } })
  await settleAll(old, south)
  expect(await partner()).toMatchObject({ moved_to: null, moved_at: null })
  expect((await aReader(old.url).get('/')).text).not.toContain('This node moves')
  expect((await moveFromCommandLine(old.app, { to: undefined, undo: true }))?.text).toBe('This node does not move.')
})

test('a node that moves here is known by our own setting', async () => {
  await subscribe(renamed, old)
  await move(renamed)
  await settleAll(old, renamed)
  expect(await theOnly<PartnerRow>(renamed, 'partner')).toMatchObject({ moved_to: `${renamed.url}/ap/directory` })
  expect(hostOf(renamed)).not.toBe(hostOf(old))
})
