import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { forgetRemembered } from '../../src/safety/block-views.ts'
import { settleAll, subscribe } from '../partners/people.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { reportsAt } from './outside.ts'

// What blocks, hidden entries and refused servers do to the directory, between two nodes.

let north: TestNode
let south: TestNode
let petra: Resident
let reader: SignedIn
let colleague: SignedIn
let administrator: SignedIn

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_ORIGIN: 'http://localhost:0', SIDEWAYS_NAME: 'South Council' } })
  petra = await aResident(south, 'petra', { displayName: 'Petra Holt' })
  await listed(south, petra, ['here', 'partners'])
  const asha = await aResident(north)
  const bea = await aResident(north, 'bea', { displayName: 'Bea Davies' })
  await listed(north, asha, ['here'])
  await listed(north, bea, ['here', 'public'])
  await settleAll(south, north)
  await subscribe(north, south)
  reader = await signIn(north, 'asha@north.example')
  colleague = await signIn(north, 'bea@north.example')
  administrator = await signIn(north, 'admin@north.example', 'administrator')
  await signIn(south, 'mod@south.example', 'administrator')
})
beforeEach(async () => {
  await rows(north.app.db, 'delete from person_block')
  await rows(north.app.db, 'delete from hidden_entry')
  forgetRemembered(north.app.db)
})

async function keyOf(name: string, who = reader): Promise<string | undefined> {
  const page = await who.get('/directory')
  const card = page.text.split('class="sw-card').find((part) => part.includes(name))
  return /\/directory\/([0-9a-z]{13})/.exec(card ?? '')?.[1]
}

const sees = async (name: string, who = reader): Promise<boolean> => (await keyOf(name, who)) !== undefined

/** By a search for her name, and not only among everybody. */
async function finds(name: string, who = reader): Promise<boolean> {
  const page = await who.get(`/directory?text=${encodeURIComponent(name)}`)
  return page.text.split('class="sw-card').some((part, index) => index > 0 && part.includes(name))
}

test('whoever she blocks from a card is gone from her directory alone, and comes back when she takes it back', async () => {
  const key = await keyOf('Petra Holt')
  expect(key).toBeDefined()
  expect(await finds('Petra Holt')).toBe(true)
  expect((await reader.get(`/directory/${key}`)).text).toContain(`/me/blocks/add?entry=${key}`)
  const page = await reader.get(`/me/blocks/add?entry=${key}`)
  expect(page.text).toContain('Only Petra Holt')
  await reader.post(`/me/blocks/add?entry=${key}`, { what: 'person' })
  expect(await finds('Petra Holt')).toBe(false)
  expect((await reader.get(`/directory/${key}`)).status).toBe(404)
  expect(await sees('Petra Holt', colleague)).toBe(true)
  const id = /name="block" value="([^"]+)"/.exec((await reader.get('/me/blocks')).text)?.[1] ?? ''
  await reader.post('/me/blocks/unblock', { block: id })
  expect(await sees('Petra Holt')).toBe(true)
})

test('a new listing of the same person stays hidden from who blocked her', async () => {
  await reader.post(`/me/blocks/add?entry=${await keyOf('Petra Holt')}`, { what: 'person' })
  await rows(north.app.db, `update directory_entry set listing_id = listing_id || 'x' where doc like '%Petra Holt%'`)
  expect(await sees('Petra Holt')).toBe(false)
  expect(await sees('Petra Holt', colleague)).toBe(true)
  await rows(north.app.db, `update directory_entry set listing_id = left(listing_id, -1) where doc like '%Petra Holt%'`)
})

test('a whole server can be blocked from a card', async () => {
  await reader.post(`/me/blocks/add?entry=${await keyOf('Petra Holt')}`, { what: 'server' })
  expect(await sees('Petra Holt')).toBe(false)
  expect(await sees('Petra Holt', colleague)).toBe(true)
  expect((await reader.get('/me/blocks')).text).toContain('localhost')
})

test('two people here who are kept apart do not see each other, whoever of them wanted it', async () => {
  await colleague.post(`/me/blocks/add?entry=${await keyOf('Asha Rao', colleague)}`, { what: 'person' })
  expect(await sees('Asha Rao', colleague)).toBe(false)
  expect(await sees('Bea Davies')).toBe(false)
  expect(await sees('Bea Davies', administrator)).toBe(true)
  expect(await sees('Asha Rao', administrator)).toBe(true)
})

test('nobody blocks or reports herself, or somebody whom she does not see', async () => {
  const own = await keyOf('Asha Rao')
  for (const path of ['/me/blocks/add', '/report'])
    for (const entry of [own, '0000000000000', 'x', ''])
      expect((await reader.get(`${path}?entry=${entry}`)).status).toBe(404)
})

test('moderators hide somebody of another node here: nobody sees her, nobody is blocked, and it is taken back', async () => {
  const key = await keyOf('Petra Holt', administrator)
  expect((await administrator.get(`/directory/${key}`)).text).toContain('/moderation/hidden/add')
  expect((await reader.get(`/directory/${key}`)).text).not.toContain('/moderation/hidden/add')
  expect((await reader.post(`/moderation/hidden/add?entry=${key}`, { reason: 'x' })).status).toBe(403)
  await administrator.post(`/moderation/hidden/add?entry=${key}`, { reason: 'Not who she says' })
  for (const who of [reader, colleague, administrator]) expect(await sees('Petra Holt', who)).toBe(false)
  expect(await rows(north.app.db, 'select 1 from person_block')).toEqual([])
  const list = await administrator.get('/moderation/hidden')
  expect(list.text).toContain('Petra Holt, localhost')
  const id = /name="hidden" type="radio" value="([^"]+)"/.exec(list.text)?.[1] ?? ''
  await administrator.post('/moderation/hidden', { hidden: id, reason: 'A mistake' })
  expect(await sees('Petra Holt')).toBe(true)
  const log = await administrator.get('/moderation/log')
  for (const said of ['Not who she says', 'A mistake']) expect(log.text).toContain(said)
  // Only people elsewhere can be hidden: who is here is asked, or her listing ended.
  expect(
    (await administrator.get(`/moderation/hidden/add?entry=${await keyOf('Asha Rao', administrator)}`)).status,
  ).toBe(404)
})

test('a report of a listing elsewhere reaches the moderators here, and, where she wants it, those of its node', async () => {
  const key = await keyOf('Petra Holt')
  const wrong = await reader.post(`/report?entry=${key}`, { reason: '' })
  expect(wrong.status).toBe(400)
  await reader.post(`/report?entry=${key}`, { reason: 'She sells things.', forward: 'yes', block: 'yes' })
  expect(await sees('Petra Holt')).toBe(false)
  await settleAll(north, south)
  const listing = await listingOf(south.app.db, petra.id)
  const person = `${south.url}/ap/people/${listing?.personId}`
  expect(await reportsAt(north)).toMatchObject([{ about: person, reporter_host: null, content: 'She sells things.' }])
  expect(await reportsAt(south)).toMatchObject([
    {
      about: person,
      about_account_id: petra.id,
      reporter_host: '127.0.0.1',
      content: 'She sells things.',
      posts: [`${south.url}/ap/directory/listings/${listing?.id}`],
    },
  ])
  expect(south.mails.map(({ to }) => to)).toEqual(['mod@south.example'])
  const [row] = await rows<{ all: string }>(south.app.db, 'select row_to_json(r)::text as all from report r')
  expect(row?.all).not.toMatch(/asha/i)
})

test('a refused partner node: nothing of it is shown at once, its copies are erased, and both directions end', async () => {
  const check = await administrator.get('/moderation/servers/add/check?domain=localhost')
  expect(check.text).toContain('South Council')
  const partners = /name="partners" value="([^"]*)"/.exec(check.text)?.[1] ?? ''
  await rows(north.app.db, `update partner set follower = 'accepted'`)
  // One label is as wide as a country's: the page refuses it while a partner node is there.
  expect(check.text).toContain('localhost is not one server')
  expect(
    (await administrator.post('/moderation/servers/add/check?domain=localhost', { reason: 'x', partners })).status,
  ).toBe(409)
  await rows(north.app.db, `insert into domain_block (domain, reason, blocked_at) values ('localhost', 'x', $1)`, [
    north.time,
  ])
  await north.app.db.transaction(async (tx) => {
    await rows(tx, `select graphile_worker.add_job('partners.leave-refused', '{}'::json)`)
  })
  forgetRemembered(north.app.db)
  // Before any job has run.
  for (const who of [reader, colleague]) expect(await sees('Petra Holt', who)).toBe(false)
  expect((await colleague.get('/directory?text=Holt')).text).not.toContain('Petra')
  await north.settle()
  await north.settle()
  north.time = new Date(north.time.getTime() + 60_000)
  await north.settle()
  expect(await rows(north.app.db, 'select following, follower from partner')).toEqual([
    { following: 'ended', follower: 'ended' },
  ])
  expect(await rows(north.app.db, 'select 1 from copy')).toEqual([])
  // The other node was told, although nothing else goes there.
  expect(await rows(north.app.db, `select 1 from delivery where host like 'localhost%' and state = 'waiting'`)).toEqual(
    [],
  )
  await south.settle()
  expect(await rows(south.app.db, 'select follower from partner')).toEqual([{ follower: 'ended' }])
  expect(await rows(north.app.db, 'select 1 from directory_entry where origin_id > 0')).toEqual([])
  await rows(north.app.db, 'delete from domain_block')
  forgetRemembered(north.app.db)
  expect(await sees('Petra Holt')).toBe(false)
})
