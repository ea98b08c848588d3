import { generateKeyPairSync } from 'node:crypto'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { fingerprint, multikey } from '../../src/common/multibase.ts'
import { rows } from '../../src/database/database.ts'
import { allowListTools } from '../../src/federation/allow-lists.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { allowListsFromCommandLine } from '../../src/partners/allow-list-command.ts'
import { allowLists, listedHosts, mentions } from '../../src/partners/allow-list-views.ts'
import { leave } from '../../src/partners/actions.ts'
import { lookAlike } from '../../src/partners/lookalike.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { hostOf, subscribe } from './people.ts'
import { aSteward, type Steward } from './stewards.ts'

const pictures = process.env['PICTURES']
const now = new Date('2026-11-22T09:00:00Z')
const base = '/administration/partners/lists'

describe('a node that follows a list', () => {
  let north: TestNode
  let south: TestNode
  let admin: SignedIn
  let steward: Steward
  const itemOf = (node: TestNode, organisation: string, key?: string) => ({
    directory: `${node.url}/ap/directory`,
    organisation,
    ...(key === undefined ? {} : { key }),
  })
  const nowhere = { directory: 'https://nowhere.example/ap/directory', organisation: 'Nowhere', country: 'IE' }

  beforeAll(async () => {
    north = await aNode()
    south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
    admin = await signIn(north, 'admin@north.example', 'administrator')
  })

  beforeEach(async () => {
    north.time = now
    await rows(north.app.db, 'delete from allow_list')
    await rows(north.app.db, 'delete from partner')
    await rows(north.app.db, 'delete from origin where origin_id > 0')
    await rows(south.app.db, 'delete from partner')
    steward = await aSteward()
    steward.put([itemOf(south, 'South Hospice'), nowhere], now)
  })

  async function follow(): Promise<number> {
    await allowListsFromCommandLine(north.app, { verb: 'add', url: steward.url, ...allowListTools })
    return (await allowLists(north.app.db))[0]?.id ?? 0
  }
  const refresh = (): Promise<void> => north.runTimetable('partners.refresh-allow-lists')
  const state = async () => (await allowLists(north.app.db))[0]
  const named = async (): Promise<readonly string[]> =>
    (
      await rows<{ host: string }>(
        north.app.db,
        'select host from allow_list_entry where left_at is null order by organisation',
      )
    ).map(({ host }) => host)

  test('is asked to compare the key of its steward, and to look up each node itself', async () => {
    const check = await admin.post(`${base}/add`, { url: steward.url })
    expect(check.url).toContain(`${base}/check?url=`)
    const key = /name="key" value="([^"]+)"/.exec(check.text)?.[1] ?? ''
    for (const said of ['Association of Councils', '2 nodes', fingerprint(key), 'Call Association of Councils'])
      expect(check.text).toContain(said)
    const one = await admin.post(`${base}/check`, { url: steward.url, key })
    expect(one.text).toContain('You follow Nodes of the public service now.')
    expect(one.text).toContain('Nodes that are not your partners')
    expect(one.text).toContain(`/administration/partners/add/check?host=${encodeURIComponent(hostOf(south))}`)
    expect(await rows(north.app.db, 'select 1 from partner')).toEqual([])
    expect((await admin.get(base)).text).toContain('Nodes of the public service')
    const left = await admin.post(one.url + '/leave', {})
    expect(left.text).toContain('You do not follow Nodes of the public service any more.')
    expect(await rows(north.app.db, 'select 1 from allow_list_entry')).toEqual([])
  })

  test('pins what was on the screen: a list that was signed anew with another key meanwhile is refused', async () => {
    const check = await admin.post(`${base}/add`, { url: steward.url })
    const key = /name="key" value="([^"]+)"/.exec(check.text)?.[1] ?? ''
    steward.changeKey()
    steward.put([nowhere], now)
    const refused = await admin.post(`${base}/check`, { url: steward.url, key })
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('Do not go on')
    expect(await state()).toBeUndefined()
  })

  test('says what is wrong with an address', async () => {
    const add = async (url: string): Promise<string> => (await admin.post(`${base}/add`, { url })).text
    expect(await add('')).toContain('Enter the address of the list')
    expect(await add('list.json')).toContain('Enter a whole address')
    expect(await add('http://127.0.0.1:9/list.json')).toContain('The list cannot be reached')
    expect(await add(`${south.url}/`)).toContain('not a list that can be read')
    steward.putText(steward.text.replace('Nowhere', 'Everywhere'))
    expect(await add(steward.url)).toContain('The list was changed after it was signed')
  })

  test('takes what the steward signs anew, and keeps partners that were taken off it, with the day', async () => {
    await subscribe(north, south)
    await follow()
    expect(await named()).toEqual(['nowhere.example', hostOf(south)])
    north.time = later(now, day)
    steward.put([nowhere], north.time)
    await refresh()
    expect(await state()).toMatchObject({ trouble: null, named: 1, left: 1, issuedAt: north.time })
    const page = await admin.get(`${base}/${(await state())?.id}`)
    expect(page.text).toContain('Taken off the list on 23 November 2026.')
    expect(page.text).toContain('Ask Association of Councils why')
    // Who is no partner any more is not kept.
    await leave(north.app, hostOf(south))
    await refresh()
    expect(await state()).toMatchObject({ left: 0 })
    expect(await rows(north.app.db, 'select host from allow_list_entry')).toEqual([{ host: 'nowhere.example' }])
  })

  test.each([
    ['does not answer', 'no-answer', (one: Steward) => one.putText('', 500)],
    ['answers with something else', 'broken', (one: Steward) => one.putText('<!doctype html>')],
    ['answers with more than 2 MiB', 'broken', (one: Steward) => one.putText(' '.repeat(2 * 1024 * 1024 + 1))],
    ['was tampered with', 'forged', (one: Steward) => one.putText(one.text.replace('Nowhere', 'Everywhere'))],
    [
      'is signed with another key',
      'other-key',
      (one: Steward) => {
        one.changeKey()
        one.put([], later(now, hour))
      },
    ],
    ['is older than what is kept', 'older', (one: Steward) => one.put([], later(now, -day))],
    ['is signed in the future', 'from-future', (one: Steward) => one.put([], later(now, 3 * day))],
    [
      'is redirected to another host',
      'no-answer',
      (one: Steward) => one.redirectTo(one.url.replace('127.0.0.1', 'localhost').replace('list', 'other')),
    ],
  ] as const)('changes nothing when the list %s, and says so', async (_what, trouble, spoil) => {
    const id = await follow()
    const before = await named()
    spoil(steward)
    north.time = later(now, hour)
    await refresh()
    expect(await state()).toMatchObject({ trouble, issuedAt: now, checkedAt: north.time })
    expect(await named()).toEqual(before)
    const text = (await admin.get(`${base}/${id}`)).text
    expect(text).toMatch(/<strong>[^<]+\.<\/strong> [^<]*Association of Councils/)
    steward.redirectTo(undefined)
  })

  test('lets a list end that nobody signs again: then it proposes nobody and vouches for nobody', async () => {
    const id = await follow()
    const card = await lookUpPartner(north.app, hostOf(south))
    expect(await mentions(north.app.db, card, north.time)).toMatchObject([{ key: 'none', leftAt: null }])
    north.time = later(now, 90 * day)
    await admin.get('/')
    admin = await signIn(north, 'admin@north.example', 'administrator')
    await refresh()
    expect(await state()).toMatchObject({ trouble: 'expired' })
    expect(await mentions(north.app.db, card, north.time)).toEqual([])
    const text = (await admin.get(`${base}/${id}`)).text
    expect(text).toContain('The time of the list is over')
    expect(text).toContain('it proposes nobody')
  })

  test('reads on the card whether a list names the same key, and is warned loudly when it names another', async () => {
    const card = await lookUpPartner(north.app, hostOf(south))
    steward.put([itemOf(south, 'South Hospice', card.directoryKey)], now)
    await follow()
    const look = async (): Promise<string> =>
      (await admin.get(`/administration/partners/add/check?host=${encodeURIComponent(hostOf(south))}`)).text
    expect(await look()).toContain('Nodes of the public service, kept by Association of Councils: names the same key')
    const other = multikey(generateKeyPairSync('ed25519').publicKey)
    steward.put([itemOf(south, 'South Hospice', other)], later(now, minute))
    await refresh()
    const warned = await look()
    expect(warned).toMatch(/govuk-warning-text[\s\S]*names another key for this node than the one it shows now/)
    await subscribe(north, south)
    expect((await admin.get(`${base}/${(await state())?.id}`)).text).toContain(
      'The list names another key than the one you compared.',
    )
  })

  test('knows the addresses on its lists when another looks like one of them', async () => {
    steward.put([{ directory: 'https://peers.north.example/ap/directory', organisation: 'North' }], now)
    await follow()
    const known = await listedHosts(north.app.db)
    expect(lookAlike('peers.n0rth.example', known)).toEqual({ like: 'peers.north.example' })
    expect(lookAlike('peers.north.example', known)).toBeUndefined()
  })

  test('shows long lists page by page', async () => {
    steward.put(
      Array.from({ length: 120 }, (_, number) => ({
        directory: `https://n${String(number).padStart(3, '0')}.example/ap/directory`,
        organisation: `Organisation ${number}`,
      })),
      now,
    )
    const id = await follow()
    const first = await admin.get(`${base}/${id}`)
    expect(first.text.match(/Look it up/g)).toHaveLength(50)
    expect(first.text).toContain(`${base}/${id}?after=n049.example`)
    const last = await admin.get(`${base}/${id}?after=n099.example`)
    expect(last.text.match(/Look it up/g)).toHaveLength(20)
    expect(last.text).not.toContain('More nodes')
  })

  test('follows at most 20 lists', async () => {
    for (let number = 0; number < 20; number += 1)
      await rows(
        north.app.db,
        `insert into allow_list (url, name, steward, steward_key, issued_at, valid_until, checked_at) values ($1, 'x', 'x', 'x', $2, $2, $2)`,
        [`https://${number}.example/`, now],
      )
    await expect(
      allowListsFromCommandLine(north.app, { verb: 'add', url: steward.url, ...allowListTools }),
    ).rejects.toThrow('url tooMany')
  })

  test('does the same from the command line', async () => {
    const run = (verb: string, url?: string) => allowListsFromCommandLine(north.app, { verb, url, ...allowListTools })
    expect((await run('list'))?.text).toBe('You follow no list yet.')
    expect(await run('add')).toBeUndefined()
    expect(await run('trust', steward.url)).toBeUndefined()
    expect((await run('add', steward.url))?.lists).toMatchObject([
      { url: steward.url, steward: 'Association of Councils', named: 2, partners: 0, takenOff: 0, trouble: null },
    ])
    steward.putText('', 404)
    expect((await run('refresh'))?.text).toContain('trouble: no-answer')
    expect((await run('remove', steward.url))?.lists).toEqual([])
    await expect(run('remove', steward.url)).rejects.toThrow('allow-list-unknown')
  })

  test('nobody but an administrator sees or changes lists', async () => {
    const id = await follow()
    const member = await signIn(north, 'member@north.example')
    for (const path of ['', '/add', '/check?url=x', `/${id}`, `/${id}/leave`])
      expect((await member.get(`${base}${path}`)).status).toBe(403)
    for (const path of ['/add', '/check', `/${id}/refresh`, `/${id}/leave`])
      expect((await member.post(`${base}${path}`, {})).status).toBe(403)
    expect((await admin.get(`${base}/999`)).status).toBe(404)
  })

  test('has pages that everyone can read, in both languages, on a narrow screen and a wide one', async () => {
    await subscribe(north, south)
    const id = await follow()
    steward.put([nowhere], later(now, minute))
    north.time = later(now, minute)
    await refresh()
    steward.changeKey()
    steward.put([nowhere], later(now, 2 * minute))
    await refresh()
    for (const { language, width } of [
      { language: 'cy', width: 320 },
      { language: 'en', width: 1280 },
    ] as const) {
      const page = await openBrowser({ origin: north.url, width, language, reader: admin })
      await page.goto(`/?lang=${language}`)
      const other = encodeURIComponent(steward.url)
      for (const path of ['', '/add', `/check?url=${other}`, `/${id}`, `/${id}/leave`]) {
        await page.goto(`${base}${path}`)
        await checkPage(page, `lists${path} ${language} ${width}`)
        if (pictures !== undefined)
          await page.screenshot({
            path: `${pictures}/lists${path.replace(/\?.*/, '').replaceAll(/\W/g, '-')}-${language}-${width}.png`,
            fullPage: true,
          })
      }
      await page.context().close()
    }
  }, 180_000)
})
