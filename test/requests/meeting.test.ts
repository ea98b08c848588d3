import ICAL from 'ical.js'
import nodeIcal from 'node-ical'
import { day, hour, later } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import type { Language } from '../../src/common/vocabularies.ts'
import { loadWords } from '../../src/common/words.ts'
import { rows } from '../../src/database/database.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { timesToOffer, typedTime } from '../../src/requests/meeting.ts'
import { timesText } from '../../src/requests/times-text.ts'
import { deletedMessage } from '../federation/shapes/messages.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import {
  aSignedInPerson,
  correspondence,
  newestNumber,
  waitingRequestOf,
  type SignedInPerson,
} from '../support/outside.ts'
import { postedTo, sendTo } from '../support/stranger.ts'

// From a private mention of Mastodon to a time in her calendar: everything that crosses is plain words, each as one signed POST.

let node: TestNode
let server: StrangersServer

beforeAll(async () => {
  // A Thursday in March: clocks in the United States have changed, those in Europe have not.
  node = await aNode({ time: new Date('2026-03-19T09:00:00Z') })
  server = await aStrangersServer()
})

afterAll(() => server.close())

async function asked(handle: string, author: string): Promise<SignedInPerson & { readonly request: string }> {
  const asha = await aSignedInPerson(node, server, handle)
  await saveFields(node.app, asha.accountId, { timeZone: 'Europe/London' })
  await correspondence(node, server).write(asha, aRemotePerson(server, author), 'could we talk about roadmaps?')
  const request = await waitingRequestOf(node, asha)
  return Object.assign(asha, { request })
}

const settled = async (): Promise<void> => expect(await node.settle()).toEqual([])

test('before the first word she reads who could read it, and so does who writes', async () => {
  const asha = await asked('asha_first', 'cleo_first')
  const closed = await asha.get(paths.request(asha.request))
  expect(closed.text).not.toContain('<textarea')
  expect(closed.text).toContain('Administrators of this node and of their server could read')
  const page = await asha.get(paths.person('asha_first'))
  expect(page.text).toContain('administrators of your server and of this one could read it')
  expect(page.text).toContain(`href="${paths.fromOutside}"`)
  expect((await asha.get(paths.fromOutside)).text).toContain(
    'Administrators of your server and of this node could read',
  )
  await asha.post(paths.requestChoices, { mails: 'yes' })
  expect((await asha.get(paths.person('asha_first'))).text).not.toContain(paths.fromOutside)
})

test('times that she chose and typed go as plain text, by her clock, in UTC and by theirs, and notify only their reader', async () => {
  const asha = await asked('asha_times', 'cleo_times')
  expect((await asha.get(paths.requestTimes(asha.request))).status).toBe(409)
  await asha.post(paths.openRequest(asha.request), {})
  const form = await asha.get(paths.requestTimes(asha.request))
  const offered = [...form.text.matchAll(/name="times" type="checkbox" value="(\d+)"/g)].map(([, value]) =>
    Number(value),
  )
  expect(offered.length).toBeGreaterThan(5)
  const none = await asha.post(paths.requestTimes(asha.request), {})
  expect([none.status, none.text.includes('Choose at least one time')]).toEqual([400, true])
  const many = await asha.post(paths.requestTimes(asha.request), { times: offered.slice(0, 4).map(String) })
  expect([many.status, many.text.includes('Choose at most 3 times')]).toEqual([400, true])
  const past = { 'meetingDay-day': '1', 'meetingDay-month': '3', 'meetingDay-year': '2026', meetingTime: '10:00' }
  expect((await asha.post(paths.requestTimes(asha.request), past)).text).toContain('The time must be in the future')

  // The clocks of Europe change between the two.
  const typed = { 'meetingDay-day': '30', 'meetingDay-month': '3', 'meetingDay-year': '2026', meetingTime: '14:30' }
  const shown = await asha.post(paths.requestTimes(asha.request), {
    ...typed,
    times: String(offered[0]),
    country: 'GB',
  })
  expect(shown.status).toBe(200)
  expect(postedTo(server, 'Create')).toEqual([])
  const text = /<textarea[^>]*>([^<]+)<\/textarea>/.exec(shown.text)?.[1] ?? ''
  expect(text).toContain('2. Monday, 30 March 2026, 14:30 to 15:00 (British Summer Time)\n= 13:30 to 14:00 (UTC)')
  expect(text).toMatch(
    /^Could we talk at one of these times\?\n\n1\. Friday, 20 March 2026, \d\d:\d\d to \d\d:\d\d \(Greenwich Mean Time\)/,
  )

  await asha.post(paths.request(asha.request), { answer: text })
  await settled()
  const [create] = postedTo(server, 'Create') as { to: string[]; object: Record<string, unknown> }[]
  const cleo = `${server.origin}/users/cleo_times`
  expect(create?.to).toEqual([cleo])
  expect(create?.object).toMatchObject({
    to: [cleo],
    cc: [],
    tag: [{ type: 'Mention', href: cleo, name: `@cleo_times@${new URL(server.origin).host}` }],
    inReplyTo: expect.stringContaining(server.origin),
  })
  expect(create?.object['content']).toContain(
    '<p>2. Monday, 30 March 2026, 14:30 to 15:00 (British Summer Time)<br>= 13:30 to 14:00 (UTC)</p>',
  )
})

test('the time that she notes is hers alone: a calendar file that two programs read, moved with the same UID, and one mail', async () => {
  const asha = await asked('asha_notes', 'cleo_notes')
  expect((await asha.get(paths.requestCalendar(asha.request))).status).toBe(404)
  const noted = {
    'meetingDay-day': '30',
    'meetingDay-month': '3',
    'meetingDay-year': '2026',
    meetingTime: '9.30',
    length: '45',
  }
  expect((await asha.post(paths.requestMeeting(asha.request), noted)).status).toBe(409) // not opened
  await asha.post(paths.openRequest(asha.request), {})
  const posted = server.requests.length
  const late = await asha.post(paths.requestMeeting(asha.request), { ...noted, 'meetingDay-month': '5' })
  expect([late.status, late.text.includes('The time must be within 30 days')]).toEqual([400, true])
  const page = await asha.post(paths.requestMeeting(asha.request), {
    ...noted,
    meetingPlace: 'https://meet.example/1; room 2, left',
  })
  expect(page.text).toContain('Monday, 30 March 2026, 09:30 to 10:15 (British Summer Time)')
  const first = await asha.get(paths.requestCalendar(asha.request))
  await asha.post(paths.requestMeeting(asha.request), { ...noted, meetingTime: '11:00', meetingPlace: 'Room 2' })
  const second = await asha.get(paths.requestCalendar(asha.request))

  const [one, other] = [first, second].map(({ text }) => {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
    const event = new ICAL.Event(calendar.getFirstSubcomponent('vevent') ?? undefined)
    const parsed = Object.values(nodeIcal.sync.parseICS(text)).find((part) => part?.type === 'VEVENT')
    expect(calendar.getFirstPropertyValue('method')).toBe('PUBLISH')
    expect(event.attendees).toEqual([])
    expect(parsed).toMatchObject({ uid: event.uid, summary: event.summary, location: event.location })
    expect(parsed?.type === 'VEVENT' && parsed.start.toISOString()).toBe(event.startDate.toJSDate().toISOString())
    return {
      uid: event.uid,
      sequence: event.sequence,
      place: event.location,
      start: event.startDate.toJSDate().toISOString(),
      summary: event.summary,
    }
  })
  expect(one).toMatchObject({
    sequence: 0,
    start: '2026-03-30T08:30:00.000Z',
    place: 'https://meet.example/1; room 2, left',
  })
  expect(one?.summary).toContain('@cleo_notes@')
  expect(other).toMatchObject({ uid: one?.uid, sequence: 1, start: '2026-03-30T10:00:00.000Z', place: 'Room 2' })

  const mails = () => node.mails.filter(({ to: reader, subject }) => reader === asha.mail && subject.includes('talk'))
  const remind = async () => {
    await node.runTimetable('requests.remind-of-meetings')
    await settled()
  }
  await remind()
  expect(mails()).toEqual([])
  node.time = later(new Date('2026-03-30T10:00:00Z'), -23 * hour)
  await remind()
  await remind()
  expect(mails()).toHaveLength(1)
  expect(mails()[0]?.text).toContain('Monday, 30 March 2026, 11:00 to 11:45 (British Summer Time)')
  for (const hidden of ['cleo', 'Room', new URL(server.origin).host])
    expect(JSON.stringify(mails())).not.toContain(hidden)
  // A moved time is reminded of by itself; all of that told nobody.
  await asha.post(paths.requestMeeting(asha.request), { ...noted, meetingTime: '12:00' })
  await remind()
  expect(mails()).toHaveLength(2)
  expect(server.requests).toHaveLength(posted)
  await asha.post(paths.forgetRequestMeeting(asha.request), {})
  expect((await asha.get(paths.requestCalendar(asha.request))).status).toBe(404)
})

test('a message that its author deletes leaves her note, and the day after the talk nothing is left', async () => {
  const asha = await asked('asha_gone', 'cleo_gone')
  const message = newestNumber()
  await asha.post(paths.openRequest(asha.request), {})
  const soon = later(node.time, 3 * day)
  const noted = {
    'meetingDay-day': String(soon.getUTCDate()),
    'meetingDay-month': String(soon.getUTCMonth() + 1),
    'meetingDay-year': String(soon.getUTCFullYear()),
    meetingTime: '10:00',
  }
  await asha.post(paths.requestMeeting(asha.request), noted)
  const author = `${server.origin}/users/cleo_gone`
  await sendTo(node, server, deletedMessage('mastodon', { author, number: message }))
  await settled()
  expect((await asha.get(paths.request(asha.request))).text).not.toContain('roadmaps')
  expect((await asha.get(paths.requestCalendar(asha.request))).status).toBe(200)
  node.time = later(soon, 2 * day)
  expect((await asha.get(paths.request(asha.request))).status).toBe(404)
  await node.runTimetable('requests.tidy-up')
  const left =
    'select request_id as id from request_meeting where request_id = $1 union all select id from request where id = $1'
  expect(await rows(node.app.db, left, [asha.request])).toEqual([])
})

test.each([
  ['9:30', '09:30'],
  ['14.05', '14:05'],
  ['24:00', undefined],
  ['9', undefined],
  ['12:60', undefined],
])('a time of day typed as %s is read as %s', (typed, read) => expect(typedTime(typed)).toBe(read))

test('times to offer are inside her hours, spread over days, and on no holiday of her place', () => {
  const hours = {
    country: 'GB',
    timeZone: 'Europe/London',
    workingPattern: { friday: [{ from: '09:00', to: '12:00' }] },
  }
  // 3 April 2026 is Good Friday.
  const times = timesToOffer(hours, new Date('2026-03-26T20:00:00Z'), 'UTC', 30)
  expect(times.map(({ from }) => new Date(from).toISOString())).toEqual([
    '2026-03-27T09:30:00.000Z',
    '2026-03-27T11:00:00.000Z',
  ])
})

test.each<[Language, string, string]>([
  ['en', 'AU', '1. Thursday, 19 November 2026, 23:00 to 23:30 (Greenwich Mean Time)\n= 23:00 to 23:30 (UTC)'],
  [
    'en',
    'JP',
    '\n= Friday, 20 November 2026, 08:00 to 08:30 (Japan)\n= Thursday, 19 November 2026, 23:00 to 23:30 (UTC)',
  ],
  ['en', 'NZ', '(Greenwich Mean Time)\n= 23:00 to 23:30 (UTC)'],
  ['cy', 'JP', '1. Dydd Iau, 19 Tachwedd 2026, 23:00 i 23:30 (Amser Safonol Greenwich)'],
])('in %s a reader in %s is told a time by a clock that is surely theirs', async (language, country, expected) => {
  const t = (await loadWords(true)).in(language)
  const from = Date.parse('2026-11-19T23:00:00Z')
  const text = timesText([{ from, until: from + 1_800_000 }], { t, language, zone: 'Europe/London', country })
  expect(text).toContain(expected)
})
