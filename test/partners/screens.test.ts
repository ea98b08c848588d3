import { day, hour, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { partnerTools } from '../../src/federation/partner-tools.ts'
import { partnersFromCommandLine } from '../../src/partners/command.ts'
import { hideOrigin } from '../../src/partners/polling-actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { hostOf, listing, publish, settleAll, subscribe } from './people.ts'

const pictures = process.env['PICTURES']
const now = new Date('2026-11-22T09:00:00Z')
const page = '/administration/partners/1'

let north: TestNode
let south: TestNode
let admin: SignedIn

beforeEach(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  admin = await signIn(north, 'admin@north.example', 'administrator')
  await publish(south, listing(south, 'asha01'))
  await subscribe(north, south)
})

/** The sentences of a page, as somebody reads them. */
async function read(path = page): Promise<string> {
  const { status, text } = await admin.get(path)
  expect(status).toBe(200)
  return text
    .replace(/^[\s\S]*<main/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
}

const change = (sql: string, values: readonly unknown[] = []): Promise<unknown> => rows(north.app.db, sql, [...values])

test('a partner that is well says when it was heard, when it is asked again, and until when its listings may be shown', async () => {
  const text = await read()
  for (const said of [
    'Last contact : 22 November 2026 at 09:00'.replace(' :', ''),
    'May be shown until 29 November 2026',
    'Listings we hold Fewer than ten',
    'Key fingerprint',
  ])
    expect(text).toContain(said)
  expect(text).toMatch(/We ask again 22 November (2026|3026) at (09:4|09:5|10:0)/)
  expect(text).not.toMatch(/Reading everything again|Nothing of it is shown since|Listings refused/)
  expect(await read('/administration')).not.toMatch(/needs a look|older state/)
})

test('each side is told whether the other has confirmed its newest listings', async () => {
  await subscribe(south, north)
  expect(await read()).toContain('They have confirmed our newest listings.')
  await publish(north, listing(north, 'ben001'))
  expect(await read()).toContain('They have not confirmed our newest listings yet.')
  await settleAll(north, south)
  const text = await read()
  expect(text).toContain('They have confirmed our newest listings.')
  expect(text).toContain('They last asked us 22 November 2026 at 09:00')
  const [line] =
    (await partnersFromCommandLine(north.app, { verb: 'list', host: undefined, ...partnerTools }))?.partners ?? []
  expect(line).toMatchObject({ confirmedOurNewest: true, shown: true, theirLastPoll: now.toISOString() })
})

test('an administrator asks a partner now, at most once a minute', async () => {
  expect((await admin.post(`${page}/ask`, {})).text).toContain('It was asked less than a minute ago.')
  north.time = later(now, minute)
  await publish(south, listing(south, 'bea001'))
  expect((await admin.post(`${page}/ask`, {})).text).toContain('It is asked now.')
  expect(await north.settle()).toEqual([])
  expect(await read()).toContain('Last contact 22 November 2026 at 09:01')
  expect((await admin.post(`${page}/ask`, {})).text).toContain('less than a minute ago')
  await change(`update partner set following = 'ended'`)
  expect((await admin.post(`${page}/ask`, {})).status).toBe(404)
})

test('a quarantine says since when, why, and what to do, on the page, in the list, on the index and by mail', async () => {
  north.time = later(now, minute)
  await hideOrigin(north.app, 1, 'root-differs', 0.5)
  north.time = later(now, 2 * minute)
  await hideOrigin(north.app, 1, 'root-differs', 0.5)
  for (const path of [page, '/administration/partners']) {
    const text = await read(path)
    expect(text).toContain('Nothing of it is shown since 22 November 2026 at 09:01')
    expect(text).toContain(
      'What we hold is not what they signed, so we show nothing of it. Tell the people who run it.',
    )
  }
  expect(await read('/administration')).toContain('1 partner node needs a look.')
  expect(await north.settle()).toEqual([])
  const about = north.mails.filter(({ subject }) => subject.startsWith('Nothing of'))
  expect(about.map(({ to }) => to)).toEqual(['admin@north.example'])
  const [line] =
    (await partnersFromCommandLine(north.app, { verb: 'list', host: undefined, ...partnerTools }))?.partners ?? []
  expect(line).toMatchObject({ shown: false, hiddenSince: '2026-11-22T09:01:00.000Z', trouble: 'root-differs' })
})

test('refused listings are counted by their reasons, in words', async () => {
  await change(
    `insert into copy (origin_id, bucket, id, seq, content_hash, refused)
     select 1, 1, 'x' || n, n, ''::bytea, case when n < 3 then 'person-elsewhere' else 'too-large' end from generate_series(1, 5) n`,
  )
  await change('update origin set rows_held = rows_held + 5 where origin_id = 1')
  const text = await read()
  expect(text).toContain('5 listings broke the rules and are not shown')
  expect(text).toContain('Longer than a listing may be: 3 Lists a person of another node: 2')
  const [line] =
    (await partnersFromCommandLine(north.app, { verb: 'list', host: undefined, ...partnerTools }))?.partners ?? []
  expect(line).toMatchObject({ refused: 5, refusedBecause: { 'too-large': 3, 'person-elsewhere': 2 } })
})

test('a partner that reads anew, moves, offers another key or is silent says so, with what to do', async () => {
  await change(`update origin set snapshot_open = true, rows_staged = 1200 where origin_id = 1`)
  expect(await read()).toContain('In progress, 1200 so far. What was there before is shown until it is complete.')
  await change(`update origin set snapshot_open = false where origin_id = 1`)
  await change(`update partner set moved_to = 'https://new.example/ap/directory', moved_at = $1`, [now])
  expect(await read()).toContain('It moves to new.example, as both addresses have said since 22 November 2026.')
  expect(await read('/administration')).toContain('1 partner node needs a look.')
  await change(`update partner set moved_to = null, offered_key = directory_key`)
  expect((await admin.get(page)).text).toContain(`href="${page}/key"`)
  await change(`update partner set offered_key = null, key_changed_at = $1`, [now])
  const rotated = await read()
  expect(rotated).toContain('Changed on 22 November 2026. The former key vouched for this one')
  expect(rotated).not.toContain('Warning')
  north.time = later(now, 26 * hour)
  await change(`update partner set key_changed_at = null`)
  admin = await signIn(north, 'admin@north.example', 'administrator')
  expect(await read()).toContain('No contact for more than a day.')
  expect(await read('/administration')).toContain('1 partner node needs a look.')
})

test('a node that was dealt with before under another key is not taken for the same without a warning', async () => {
  await change(`update partner set following = 'ended', follower = 'no', directory_key = $1`, [
    'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw',
  ])
  const text = await read(`/administration/partners/add/check?host=${encodeURIComponent(hostOf(south))}`)
  expect(text).toContain('When you dealt with this node before, it had another key.')
})

test('administrators are told that their node was set back, why, and who has not answered since', async () => {
  await change(`update directory_state set restored_at = $1, restored_because = 'partner'`, [later(now, -hour)])
  expect(await read('/administration')).toContain('Every partner node has answered since.')
  await change(`update origin set valid_until = $1 where origin_id > 0`, [later(now, -hour)])
  await change(`update directory_state set restored_because = 'log'`)
  const text = await read('/administration')
  for (const said of [
    'This node was set back to an older state',
    'On 22 November 2026 at 08:00 this node found that its database was older than its own log of withdrawals',
    'The listings of 1 partner node are hidden until it answers.',
    'If you did not, find out who did.',
  ])
    expect(text).toContain(said)
  await change(`update directory_state set restored_at = $1`, [later(now, -31 * day)])
  expect(await read('/administration')).not.toContain('older state')
})

test('the screens work for everyone, in both languages, on a narrow screen and a wide one', async () => {
  await subscribe(south, north)
  await change(
    `insert into copy (origin_id, bucket, id, seq, content_hash, refused) values (1, 1, 'x', 1, ''::bytea, 'too-large')`,
  )
  await change(
    `update origin set rows_held = rows_held + 1, hidden = true, hidden_since = $1, trouble = 'key-changed', snapshot_open = true where origin_id = 1`,
    [now],
  )
  await change(
    `update partner set moved_to = 'https://new.example/ap/directory', moved_at = $1, offered_key = directory_key, key_changed_at = $1`,
    [now],
  )
  await change(`update directory_state set restored_at = $1, restored_because = 'log'`, [now])
  for (const { language, width } of [
    { language: 'cy', width: 320 },
    { language: 'en', width: 1280 },
  ] as const) {
    const window = await openBrowser({ origin: north.url, width, language, reader: admin })
    await window.goto(`/?lang=${language}`)
    for (const path of ['/administration', '/administration/partners', page]) {
      await window.goto(path)
      await checkPage(window, `${path} ${language} ${width}`)
      if (pictures !== undefined)
        await window.screenshot({
          path: `${pictures}/screens${path.replaceAll(/\W/g, '-')}-${language}-${width}.png`,
          fullPage: true,
        })
    }
    await window.context().close()
  }
}, 180_000)
