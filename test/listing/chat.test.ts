import { day, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { search } from '../../src/directory/views.ts'
import { closeToChat, endScope, markFull, openToChat, pauseUntil, resume, withdraw } from '../../src/listing/actions.ts'
import { flagState } from '../../src/listing/flag.ts'
import { flagOf, partnerPerson, publicPerson } from '../../src/listing/views.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { linkInMail } from '../support/sign-in.ts'
import { entryOf, visible } from './reads.ts'

const start = new Date('2026-11-22T09:00:00Z')
const said = { language: 'en', channel: 'page' } as const
let node: TestNode
let who: Resident
let people = 0

beforeAll(async () => {
  node = await aNode()
})

beforeEach(async () => {
  node.time = start
  people += 1
  who = await aResident(node, `person_${people}`)
  await listed(node, who, ['here', 'partners', 'public'])
})

afterEach(async () => {
  await withdraw(node.app, who, said)
  await node.runTimetable('listing.settle-flags')
  expect(await node.settle()).toEqual([])
})

const terms = {
  kinds: ['first-chat', 'compare-notes'],
  boundaries: ['no-press'],
  capacity: 2,
  hiddenHere: false,
  endsOn: '2027-01-21',
}
const mailOf = (resident: Resident): string => `${resident.handle}@north.example`

/** Where she is open to a chat now, as each kind of reader finds her. */
async function openTo() {
  const seen = await visible(node, who.id)
  const sent = seen.live.find(({ id }) => id === seen.iri)?.document
  return {
    members: entryOf(seen, 'members')?.peerChat !== undefined,
    everyone: entryOf(seen, 'public')?.peerChat !== undefined,
    partners: sent !== undefined && sent !== null && 'peerChat' in JSON.parse(sent),
    page: (await publicPerson(node.app.db, node.time, { handle: who.handle }))?.document.peerChat !== undefined,
  }
}
const everywhere = { members: true, everyone: true, partners: true, page: true }
const nowhere = { members: false, everyone: false, partners: false, page: false }

test('an open flag shows everywhere she is listed, with its end and its terms, and without her capacity', async () => {
  await openToChat(node.app, who, terms)
  expect(await openTo()).toEqual(everywhere)
  const flag = entryOf(await visible(node, who.id), 'public').peerChat
  expect(flag).toMatchObject({
    endTime: '2027-01-21T23:59:59Z',
    boundaries: ['no-press'],
    kinds: [expect.stringContaining('#first-chat'), expect.stringContaining('#compare-notes')],
  })
  expect(JSON.stringify(flag)).not.toContain('capacity')
  await closeToChat(node.app, who)
  expect(await openTo()).toEqual(nowhere)
})

test('terms that cannot be are refused with every fault, and change nothing', async () => {
  await expect(openToChat(node.app, who, { ...terms, kinds: [], endsOn: '2027-02-21' })).rejects.toMatchObject({
    problems: [{ field: 'kinds' }, { field: 'endsOn', rule: 'late' }],
  })
  expect(await flagOf(node.app.db, who.id)).toBeUndefined()
})

test('a flag lapses by itself, and is not shown even while the job is late', async () => {
  await openToChat(node.app, who, terms)
  node.time = new Date('2027-01-21T23:59:59Z')
  const found = (openNow: boolean) =>
    search(node.app.db, node.time, { audience: 'members' }, openNow ? { open: true } : {}, node.app.secrets.order)
  expect((await publicPerson(node.app.db, node.time, { handle: who.handle }))?.document.peerChat).toBeUndefined()
  const [person] = (await visible(node, who.id)).people
  expect((await partnerPerson(node.app.db, node.time, person?.id ?? ''))?.document.peerChat).toBeUndefined()
  expect((await found(true)).cards).toHaveLength(0)
  expect((await found(false)).cards).toHaveLength(1)
  expect(flagState(await flagOf(node.app.db, who.id), node.time)).toBe('lapsed')
  await node.runTimetable('listing.settle-flags')
  expect(await openTo()).toEqual(nowhere)
  expect(await flagOf(node.app.db, who.id)).toMatchObject({ closedBecause: 'lapsed' })
})

test('a paused flag shows nowhere until its day, then comes back by itself under a new number', async () => {
  await openToChat(node.app, who, terms)
  const first = await flagOf(node.app.db, who.id)
  await expect(pauseUntil(node.app, who, '2026-11-22')).rejects.toMatchObject({
    problems: [{ field: 'pausedUntil', rule: 'past' }],
  })
  await pauseUntil(node.app, who, '2026-12-01')
  expect(await openTo()).toEqual(nowhere)
  node.time = new Date('2026-11-30T23:59:59Z')
  await node.runTimetable('listing.settle-flags')
  expect(await openTo()).toEqual(nowhere)
  node.time = new Date('2026-12-01T00:00:00Z')
  await node.runTimetable('listing.settle-flags')
  expect(await openTo()).toEqual(everywhere)
  const again = await flagOf(node.app.db, who.id)
  expect(again).toMatchObject({ number: (first?.number ?? 0) + 1, endsAt: first?.endsAt, kinds: first?.kinds })
})

test('a full flag shows nowhere until the next month, unless she opens it again', async () => {
  await openToChat(node.app, who, terms)
  await markFull(node.app, who)
  expect(await openTo()).toEqual(nowhere)
  expect(flagState(await flagOf(node.app.db, who.id), node.time)).toBe('full')
  await resume(node.app, who)
  expect(await openTo()).toEqual(everywhere)
  await markFull(node.app, who)
  node.time = new Date('2026-12-01T00:00:00Z')
  await node.runTimetable('listing.settle-flags')
  expect(await openTo()).toEqual(everywhere)
})

test('a flag can be kept from people who sign in here', async () => {
  await openToChat(node.app, who, { ...terms, hiddenHere: true })
  expect(await openTo()).toEqual({ ...everywhere, members: false })
})

test('a flag goes with the last place where she is listed', async () => {
  await openToChat(node.app, who, terms)
  for (const purpose of ['public', 'partners', 'here'] as const) await endScope(node.app, who, { purpose, ...said })
  expect(await flagOf(node.app.db, who.id)).toMatchObject({ closedBecause: 'withdrawn' })
})

test('one mail asks about each flag a week before its end, in her language', async () => {
  await rows(node.app.db, `update account set language = 'cy' where id = $1`, [who.id])
  await openToChat(node.app, who, terms)
  const mails = () => node.mails.filter(({ to }) => to === mailOf(who))
  node.time = new Date('2027-01-14T12:00:00Z')
  await node.runTimetable('listing.ask-about-flags')
  await node.settle()
  expect(mails()).toHaveLength(0)
  node.time = new Date('2027-01-15T12:00:00Z')
  for (let time = 0; time < 2; time += 1) {
    await node.runTimetable('listing.ask-about-flags')
    expect(await node.settle()).toEqual([])
  }
  expect(mails()).toHaveLength(1)
  expect(mails()[0]).toMatchObject({ subject: 'Aros yn agored i sgwrs â chymheiriad ar ôl 21 Ionawr 2027?' })
  expect(mails()[0]?.text).toMatch(/Ni ddywedir wrth neb/)
})

async function renewalLink(): Promise<string> {
  await openToChat(node.app, who, terms)
  node.time = new Date('2027-01-15T12:00:00Z')
  await node.runTimetable('listing.ask-about-flags')
  expect(await node.settle()).toEqual([])
  return linkInMail(node, mailOf(who))
}

test('the link in the mail renews with one press and no sign-in, once, and looking at it renews nothing', async () => {
  const link = new URL(await renewalLink())
  const before = await flagOf(node.app.db, who.id)
  const reader = aReader(node.url)
  for (let look = 0; look < 3; look += 1) {
    const page = await reader.get(link.href)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Stay open until 16 March 2027')
  }
  expect(await flagOf(node.app.db, who.id)).toEqual(before)
  const token = link.searchParams.get('token') ?? ''
  const done = await reader.post(link.pathname, { token })
  expect(done.status).toBe(200)
  expect(done.text).toContain('You are open until 16 March 2027')
  const renewed = await flagOf(node.app.db, who.id)
  expect(renewed).toMatchObject({ endsAt: new Date('2027-03-16T23:59:59Z'), openedAt: node.time, renewalAskedAt: null })
  expect(await openTo()).toEqual(everywhere)
  node.time = later(node.time, day)
  await reader.post(link.pathname, { token })
  expect(await flagOf(node.app.db, who.id)).toEqual(renewed)
})

test('a renewal link opens nothing that has ended or was closed, and a made-up one is unknown', async () => {
  const link = new URL(await renewalLink())
  const token = link.searchParams.get('token') ?? ''
  const reader = aReader(node.url)
  expect((await reader.get(`${link.pathname}?token=${token.slice(0, -1)}x`)).status).toBe(410)
  expect((await reader.get(link.pathname)).status).toBe(410)
  expect((await reader.post(link.pathname, { token: 'made.up' })).status).toBe(410)
  node.time = new Date('2027-01-21T23:59:59Z')
  expect((await reader.get(link.href)).text).toContain('Your peer chat has ended')
  expect((await reader.post(link.pathname, { token })).status).toBe(409)
  await node.runTimetable('listing.settle-flags')
  expect(await openTo()).toEqual(nowhere)
})

test('silence closes the flag and sends nothing more', async () => {
  await renewalLink()
  const sent = node.mails.length
  node.time = new Date('2027-01-22T00:01:00Z')
  for (const name of ['listing.settle-flags', 'listing.ask-about-flags']) await node.runTimetable(name)
  expect(await node.settle()).toEqual([])
  expect(node.mails).toHaveLength(sent)
  expect(await openTo()).toEqual(nowhere)
})

test('another site cannot make a browser renew, open or withdraw', async () => {
  const link = new URL(await renewalLink())
  const answer = await aReader(node.url).post(
    link.pathname,
    { token: link.searchParams.get('token') ?? '' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' },
  )
  expect(answer.status).toBe(403)
})

test('followers are told of each opening and each end once, whatever happens between', async () => {
  const queued = async (name: string): Promise<number> =>
    (
      await rows(
        node.app.db,
        `select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = $1`,
        [name],
      )
    ).length
  await node.settle()
  await opened(node, who)
  expect([await queued('federation.flag-opened'), await queued('federation.flag-closed')]).toEqual([1, 0])
  expect(await node.settle()).toEqual([])
  node.time = later(start, minute)
  await pauseUntil(node.app, who, '2026-12-01')
  expect([await queued('federation.flag-opened'), await queued('federation.flag-closed')]).toEqual([0, 1])
  await resume(node.app, who)
  expect([await queued('federation.flag-opened'), await queued('federation.flag-closed')]).toEqual([1, 1])
  await closeToChat(node.app, who)
  expect([await queued('federation.flag-opened'), await queued('federation.flag-closed')]).toEqual([0, 2])
})
