import { mkdir } from 'node:fs/promises'
import { later, minute } from '../../src/common/clock.ts'
import { fingerprint } from '../../src/common/multibase.ts'
import { rows } from '../../src/database/database.ts'
import { keysFromCommandLine } from '../../src/federation/key-command.ts'
import { settleKey } from '../../src/partners/key-actions.ts'
import { settleMove } from '../../src/partners/move-actions.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { listing, publish, settleAll, shownAt, subscribe, theOnly } from './people.ts'

const pictures = process.env['PICTURES']
const path = '/administration/partners/1'

let north: TestNode
let south: TestNode
let admin: SignedIn

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  admin = await signIn(south, 'admin@south.example', 'administrator')
  await publish(north, listing(north, 'asha01'))
  await subscribe(south, north)
})

type Keys = { directory_key: string; offered_key: string | null }

test('an administrator is told of a new key, compares both fingerprints on one page, and trusts it', async () => {
  expect((await admin.get(`${path}/key`)).url).toBe(path)
  // Nobody asks for the same key twice within a minute.
  for (const one of [north, south]) one.time = later(one.time, minute)
  await keysFromCommandLine(north.app, { verb: 'replace-stolen', settle: () => north.settle() })
  await settleAll(north, south)
  expect(south.mails.map(({ to }) => to)).toContain('admin@south.example')

  const { directory_key: pinned, offered_key: offered } = await theOnly<Keys>(south, 'partner')
  expect((await admin.get(path)).text).toContain(`${path}/key`)
  const page = await admin.get(`${path}/key`)
  for (const shown of [
    fingerprint(pinned),
    fingerprint(offered ?? ''),
    'Somebody else may have taken over this address',
  ])
    expect(page.text).toContain(shown)

  // Another key than the one on the screen is not trusted.
  const other = await admin.post(`${path}/key`, { key: pinned })
  expect(other.status).toBe(409)
  expect(other.text).toContain('compare the key fingerprint')
  expect(await theOnly<Keys>(south, 'partner')).toMatchObject({ directory_key: pinned, offered_key: offered })

  const trusted = await admin.post(`${path}/key`, { key: offered ?? '' })
  expect(trusted.text).toContain('You trust the new key of')
  await publish(north, listing(north, 'bo0001'))
  await settleAll(south, north)
  expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
})

test('nobody is sent a mail for what a node does that only waits', async () => {
  const told = `select 1 from graphile_worker.jobs where key like '%:1' and task_identifier = 'partners.tell-administrators'`
  const shows = async (key: string): Promise<number> => {
    const [{ directory_key: from } = { directory_key: '' }] = await rows<Keys>(south.app.db, 'select * from partner')
    await settleKey(south.app, 1, { from, shown: key, vouched: false })
    await settleMove(south.app, 1, `https://${key}.example/ap/directory`)
    return (await rows(south.app.db, told)).length
  }
  await rows(south.app.db, `update partner set following = 'no', follower = 'waiting'`)
  expect(await shows('one')).toBe(0)
  expect(await shows('two')).toBe(0)
  await rows(south.app.db, `update partner set following = 'no', follower = 'accepted'`)
  expect(await shows('three')).toBe(2)
})

test('nobody but an administrator looks at keys', async () => {
  const member = await signIn(south, 'member@south.example')
  expect((await member.get(`${path}/key`)).status).toBe(403)
  expect((await member.post(`${path}/key`, { key: 'z6Mk' })).status).toBe(403)
  expect((await aReader(south.url).get(`${path}/key`)).url).toContain('/sign-in')
  expect((await admin.get('/administration/partners/999/key')).status).toBe(404)
})

test.each([
  ['en', 1280],
  ['cy', 320],
] as const)('the pages about changed keys and moves can be used by everybody (%s, %i px)', async (language, width) => {
  await rows(
    south.app.db,
    `update partner set offered_key = 'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw',
    moved_to = 'https://peers.renamed.example/ap/directory', moved_at = now()`,
  )
  await rows(
    south.app.db,
    `insert into setting (name, value) values ('moved-to', 'https://peers.renamed.example')
    on conflict do nothing`,
  )
  const visit = async (address: string, reader?: SignedIn): Promise<void> => {
    const page = await openBrowser({ origin: south.url, language, width, ...(reader ? { reader } : {}) })
    await page.goto(address)
    await checkPage(page, `${language} ${address}`)
    if (pictures === undefined) return
    await mkdir(pictures, { recursive: true })
    await page.screenshot({ path: `${pictures}/${language}${address.replaceAll('/', '-')}.png`, fullPage: true })
  }
  await visit('/')
  await visit('/sign-in')
  await visit(path, admin)
  await visit(`${path}/key`, admin)
})
