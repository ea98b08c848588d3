import { mkdir } from 'node:fs/promises'
import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { limitCopies } from '../../src/listing/limit-actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { leave } from '../../src/partners/actions.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { hostOf, settleAll, subscribe } from '../partners/people.ts'

const pictures = process.env['PICTURES']
const path = '/me/listing/where'
const promise =
  'gone at once if the other node is reachable; within an hour if a message was lost; within 7 days if the node is cut off or this one has died.'

let north: TestNode
let south: TestNode
let asha: SignedIn

beforeEach(async () => {
  north = await aNode()
  south = await aNode({
    settings: {
      SIDEWAYS_NAME: 'South Hospice',
      SIDEWAYS_COUNTRY: 'IE',
      SIDEWAYS_POLICY: 'https://south.example/privacy',
    },
  })
  const resident = await aResident(north, 'asha')
  asha = await signIn(north, 'asha@north.example')
  await subscribe(south, north)
  await listed(north, resident, ['here', 'partners'])
})

/** The sentences of the page, as somebody reads them. */
async function read(reader: SignedIn, where = path): Promise<string> {
  const { status, text } = await reader.get(where)
  expect(status).toBe(200)
  return text
    .replace(/^[\s\S]*<main/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')
}

test('a person reads the promise word for word, and who has a copy, in which country, by whose word', async () => {
  expect(await read(asha)).toMatch(/Waiting: (it has not fetched your listing yet|may hold an older copy)/)
  await settleAll(north, south)
  const page = await asha.get(path)
  expect(page.text).toContain(promise)
  expect(page.text).toContain('href="https://south.example/privacy"')
  const text = await read(asha)
  for (const said of [
    hostOf(south),
    'South Hospice, Ireland',
    'Confirmed: holds your newest listing. It said so on 22 November 2026 at 09:00.',
    'Every node is settled',
    'There is nothing you have to do',
  ])
    expect(text).toContain(said)
})

test('after a withdrawal the page says waiting, with the last day, and then confirmed with the moment', async () => {
  await settleAll(north, south)
  north.time = later(north.time, 5 * minute)
  south.time = north.time
  const after = await asha.post('/me/listing/withdraw', {})
  expect(after.url).toBe(path)
  expect(after.text).toContain('You have withdrawn from everywhere.')
  const waiting = await read(asha)
  expect(waiting).toContain('Waiting: may still hold a copy, which ends by 29 November 2026 at 09:05 at the latest.')
  expect(waiting).toContain('the last copy ends by 29 November 2026 at 09:05 at the latest')
  north.time = later(north.time, minute)
  south.time = north.time
  await settleAll(north, south)
  const gone = await read(asha)
  expect(gone).toContain('Confirmed gone on 22 November 2026 at 09:06.')
  expect(gone).toContain('Every copy is gone. There is nothing left to do.')
  expect(gone).toContain('You can read this here until 29 December 2026.')
  expect(gone).not.toContain('Waiting')
})

test('a dead node is waited for until a day that is named, and after it the page says that its copy ended by itself', async () => {
  await settleAll(north, south)
  await south.stop()
  await asha.post('/me/listing/withdraw', {})
  await north.settle()
  north.time = later(north.time, 6 * day)
  expect(await read(asha)).toContain('ends by 29 November 2026 at 09:00 at the latest')
  north.time = later(north.time, day)
  const ended = await read(asha)
  expect(ended).toContain('It did not answer. Its copy ended by itself on 29 November 2026 at 09:00.')
  expect(ended).toContain('Every copy is gone. There is nothing left to do.')
  north.time = later(north.time, 30 * day + hour)
  await north.runTimetable('listing.review')
  expect(await read(asha)).not.toContain('Withdrawn on')
  expect(await rows(north.app.db, 'select 1 from withdrawal_holder')).toEqual([])
})

test('a node that stops asking is said to hold nothing any more once every lease has ended', async () => {
  await settleAll(north, south)
  await rows(north.app.db, 'update partner set their_have = 0')
  expect(await read(asha)).toContain(
    'Waiting: may hold an older copy. It last asked us on 22 November 2026 at 09:00. If it never asks again, its copy ends by 29 November 2026 at 09:05 at the latest.',
  )
  north.time = later(north.time, 7 * day + 5 * minute)
  const silent = await read(asha)
  expect(silent).toContain('It has not asked us since 22 November 2026 at 09:00. Any copy that it had has ended.')
  expect(silent).toContain('Every node is settled')
})

test('a node that is no partner any more is named until it says that it erased, or a week is over', async () => {
  await settleAll(north, south)
  await leave(north.app, hostOf(south))
  expect(await read(asha)).toContain('It is no partner node any more. Waiting: may still hold a copy')
  await settleAll(north, south)
  expect(await read(asha)).toContain('It is no partner node any more. Confirmed gone on 22 November 2026')
})

test('a node that somebody keeps her listing from is named, with its copy if it had one', async () => {
  await settleAll(north, south)
  const listing = await listingOf(north.app.db, asha.accountId)
  const iri = `${north.url}/ap/directory/listings/${listing?.id}`
  await rows(north.app.db, 'insert into hidden_listing (partner_id, listing_id, hidden_at) values (1, $1, $2)', [
    iri,
    north.time,
  ])
  expect(await read(asha)).toContain('Your listing is not given to this node. It never had a copy.')
  await rows(
    north.app.db,
    `insert into withdrawal_holder (listing_id, partner_id, host, organisation, country, seq, withdrawn_at)
     select $1, id, host, organisation, country, 7, $2 from partner`,
    [iri, north.time],
  )
  const text = await read(asha)
  expect(text).toContain('Your listing is not given to this node. Waiting: may still hold a copy')
  expect(text.match(/South Hospice/g)).toHaveLength(1)
})

test('keeping her listing from a node says waiting, then confirmed, and the node is named as one that is not given it', async () => {
  await settleAll(north, south)
  north.time = later(north.time, minute)
  south.time = north.time
  const account = await accountById(north.app.db, asha.accountId)
  if (!account) throw new Error('no account')
  await limitCopies(
    north.app,
    account,
    { hosts: [hostOf(south)], countries: null },
    { language: 'en', channel: 'page' },
  )
  expect(await read(asha)).toContain(
    'Your listing is not given to this node. Waiting: may still hold a copy, which ends by 29 November 2026 at 09:01 at the latest.',
  )
  await settleAll(north, south)
  expect(await read(asha)).toContain(
    'Your listing is not given to this node. Confirmed gone on 22 November 2026 at 09:01.',
  )
})

test('servers of the fediverse are named honestly, and somebody who is listed nowhere reads that there is nothing to do', async () => {
  const ben = await aResident(north, 'ben')
  const reader = await signIn(north, 'ben@north.example')
  expect(await read(reader)).toContain('You are not listed anywhere now.')
  await listed(north, ben, ['public'])
  expect(await read(reader)).toContain('No other server has a copy that we know of.')
  const listing = await listingOf(north.app.db, ben.id)
  await rows(
    north.app.db,
    `insert into holder (person_id, host, first_at, last_at) values ($1, 'mastodon.example', $2, $2)`,
    [listing?.personId, north.time],
  )
  expect(await read(reader)).toMatch(/cannot make them\. Search engines .*mastodon\.example May hold a copy/)
  await reader.post('/me/listing/withdraw', {})
  expect(await read(reader)).toMatch(/mastodon\.example Could not be told\. It may still hold a copy\./)
})

test('whoever answers for a closed account sees node by node whether its copies are gone, and nobody else does', async () => {
  await settleAll(north, south)
  const officer = await signIn(north, 'officer@north.example', 'administrator')
  const where = `/administration/people/${asha.accountId}/copies`
  expect((await officer.get(where)).status).toBe(404)
  const account = await accountById(north.app.db, officer.accountId)
  if (!account) throw new Error('no officer')
  await closeAccount(north.app, account, asha.accountId)
  await north.settle()
  expect((await officer.get(`/administration/people/${asha.accountId}`)).text).toContain(where)
  await settleAll(north, south)
  const text = await read(officer, where)
  expect(text).toContain('Confirmed gone on 22 November 2026')
  expect(text).toContain(promise)
  const member = await signIn(north, 'member@north.example')
  expect((await member.get(where)).status).toBe(403)
  expect((await aReader(north.url).get(path)).url).toContain('/sign-in')
})

test('the pages work for everyone, in both languages, on a narrow screen and a wide one', async () => {
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
  await settleAll(north, south)
  const officer = await signIn(north, 'officer@north.example', 'administrator')
  const look = async (name: string, at: string, reader: SignedIn): Promise<void> => {
    for (const [language, width] of [
      ['cy', 320],
      ['en', 1280],
    ] as const) {
      await reader.get(`/?lang=${language}`)
      const page = await openBrowser({ origin: north.url, width, language, reader })
      await page.goto(at)
      if (pictures !== undefined)
        await page.screenshot({ path: `${pictures}/${name}-${language}-${width}.png`, fullPage: true })
      await checkPage(page, `${name} ${language} ${width}`)
      await page.context().close()
    }
  }
  await look('where-confirmed', path, asha)
  await asha.post('/me/listing/withdraw', {})
  await look('where-waiting', path, asha)
  await settleAll(north, south)
  await look('where-gone', path, asha)
  await rows(north.app.db, `update account set state = 'closed' where id = $1`, [asha.accountId])
  await look('closed-copies', `/administration/people/${asha.accountId}/copies`, officer)
}, 180_000)
