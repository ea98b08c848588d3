import { fingerprint } from '../../src/common/multibase.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { partnerTools } from '../../src/federation/partner-tools.ts'
import { partnersFromCommandLine } from '../../src/partners/command.ts'
import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { hostOf, listing, publish, settleAll, settleUndo, shownAt, subscribe } from './people.ts'

const pictures = process.env['PICTURES']

let north: TestNode
let south: TestNode
let northAdmin: SignedIn
let southAdmin: SignedIn

beforeAll(async () => {
  north = await aNode({ settings: { SIDEWAYS_POLICY: 'https://north.example/privacy-notice-and-rules' } })
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_COUNTRY: 'IE' } })
  northAdmin = await signIn(north, 'admin@north.example', 'administrator')
  southAdmin = await signIn(south, 'admin@south.example', 'administrator')
})

test('two administrators make their nodes partners, page by page, and end it', async () => {
  await publish(north, listing(north, 'asha01'))
  expect((await southAdmin.get('/administration/partners')).text).toContain('There are no partner nodes yet')
  const check = await southAdmin.post('/administration/partners/add', { host: `${north.url}/directory` })
  expect(check.url).toBe(`/administration/partners/add/check?host=${encodeURIComponent(hostOf(north))}`)
  const card = await lookUpPartner(south.app, hostOf(north))
  for (const shown of [
    'North Council',
    'United Kingdom',
    'Fewer than ten',
    fingerprint(card.directoryKey),
    'https://north.example/privacy-notice-and-rules',
    'Compare the fingerprint by phone',
  ]) {
    expect(check.text).toContain(shown)
  }
  const asked = await southAdmin.post('/administration/partners/add/check', {
    host: hostOf(north),
    key: card.directoryKey,
  })
  expect(asked.text).toContain('We asked them. They have not answered yet.'.replace('asked them', 'asked'))
  await settleAll(south, north)

  const waiting = await northAdmin.get('/administration/partners')
  expect(waiting.text).toContain('They ask, and wait for your answer.')
  const path = /\/administration\/partners\/\d+\/approve/.exec(waiting.text)?.[0] ?? ''
  const look = await northAdmin.get(path)
  expect(look.text).toContain('South Hospice')
  expect(look.text).toContain('Ireland')
  const approved = await northAdmin.post(path, {})
  expect(approved.text).toContain('may read our listings now')
  expect(approved.text).toContain('Read their listings too?')
  await settleAll(north, south)
  expect(await shownAt(south)).toEqual(['Person asha01'])
  const list = await southAdmin.get('/administration/partners')
  expect(list.text).toContain('Fewer than ten')
  expect(list.text).toContain('29 November 2026')

  const leave = await southAdmin.get('/administration/partners/1/leave')
  expect(leave.text).toContain('erased within a minute')
  expect((await southAdmin.post('/administration/partners/1/leave', {})).text).toContain('has ended')
  await settleUndo(south, north)
  expect(await shownAt(south)).toEqual([])
})

test('nobody but an administrator sees or changes partners', async () => {
  const member = await signIn(north, 'member@north.example')
  const signedOut = aReader(north.url)
  for (const path of ['', '/add', '/add/check?host=x', '/1', '/1/approve', '/1/leave']) {
    expect((await member.get(`/administration/partners${path}`)).status).toBe(403)
    expect((await signedOut.get(`/administration/partners${path}`)).url).toContain('/sign-in')
  }
  for (const path of ['/add', '/add/check', '/1/approve', '/1/reject', '/1/leave']) {
    expect((await member.post(`/administration/partners${path}`, {})).status).toBe(403)
  }
  expect((await northAdmin.get('/administration/partners/999')).status).toBe(404)
})

test('an address that is none, does not answer, or is this node is something to mend in the form', async () => {
  const add = (host: string) => southAdmin.post('/administration/partners/add', { host })
  const empty = await add('')
  expect(empty.status).toBe(400)
  expect(empty.text).toContain('Enter the address of the other node')
  expect((await add('two words')).text).toContain('like peers.example.org')
  expect((await add('127.0.0.1:9')).text).toContain('127.0.0.1:9 does not answer')
  expect((await add(south.url)).text).toContain('That is this node')
})

test('what is asked is what was compared: another key on the way is refused', async () => {
  const other = await aNode()
  const refused = await southAdmin.post('/administration/partners/add/check', {
    host: hostOf(other),
    key: 'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw',
  })
  expect(refused.status).toBe(409)
  expect(refused.text).toContain('compare the key fingerprint')
  expect(await rows(south.app.db, 'select 1 from partner where host = $1', [hostOf(other)])).toEqual([])
})

test('the command line does the same', async () => {
  const one = await aNode()
  const two = await aNode({ settings: { SIDEWAYS_NAME: 'Two College' } })
  const run = (node: TestNode, verb: string, host?: string) =>
    partnersFromCommandLine(node.app, { verb, host, ...partnerTools })
  expect((await run(one, 'list'))?.text).toContain('There are no partner nodes yet.')
  expect(await run(one, 'follow')).toBeUndefined()
  expect(await run(one, 'befriend', 'x.example')).toBeUndefined()
  expect((await run(one, 'follow', hostOf(two)))?.partners).toMatchObject([
    {
      following: 'requested',
      organisation: 'Two College',
      fingerprint: expect.stringMatching(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/),
    },
  ])
  await settleAll(one, two)
  expect((await run(two, 'approve', hostOf(one)))?.partners).toMatchObject([{ follower: 'accepted' }])
  await settleAll(two, one)
  expect((await run(one, 'list'))?.text).toContain('we read them: accepted, listings held: fewer than ten')
  await expect(run(two, 'reject', hostOf(one))).rejects.toThrow('partner-not-waiting')
  expect((await run(two, 'leave', hostOf(one)))?.partners).toMatchObject([{ follower: 'ended' }])
  await settleAll(two, one)
  expect((await run(one, 'list'))?.partners).toMatchObject([{ following: 'rejected' }])
})

test('every page can be read by everyone, in both languages, on a narrow screen and a wide one', async () => {
  const third = await aNode({ settings: { SIDEWAYS_NAME: 'Third College' } })
  const fourth = await aNode({ settings: { SIDEWAYS_NAME: 'Fourth Charity' } })
  const thirdAdmin = await signIn(third, 'admin@third.example', 'administrator')
  await publish(north, listing(north, 'bo0001'))
  await subscribe(third, north)
  await partnersFromCommandLine(fourth.app, { verb: 'follow', host: hostOf(third), ...partnerTools })
  await settleAll(fourth, third)
  await rows(third.app.db, `update origin set trouble = 'root-differs', hidden = true where origin_id > 0`)
  const waiting =
    (await rows<{ id: number }>(third.app.db, `select id from partner where follower = 'waiting'`))[0]?.id ?? 0
  const paths = ['', '/add', `/add/check?host=${hostOf(south)}`, '/1', `/${waiting}`, `/${waiting}/approve`, '/1/leave']
  for (const { language, width } of [
    { language: 'cy', width: 320 },
    { language: 'en', width: 1280 },
  ] as const) {
    const page = await openBrowser({ origin: third.url, width, language, reader: thirdAdmin })
    await page.goto(`/?lang=${language}`)
    for (const path of paths) {
      await page.goto(`/administration/partners${path}`)
      await checkPage(page, `partners${path} ${language} ${width}`)
      if (pictures !== undefined)
        await page.screenshot({
          path: `${pictures}/partners${path.replaceAll(/\W/g, '-')}-${language}-${width}.png`,
          fullPage: true,
        })
    }
  }
})
