import { callOffDay } from '../../src/bookings/actions.ts'
import { rows } from '../../src/database/database.ts'
import { byIcalJs } from '../support/calendar.ts'
import { entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { bookedBy, officeHoursOf } from '../support/office-hours.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// The pages of office hours, as forms without scripts.

let node: TestNode
let asha: Resident
let ben: Resident
let host: SignedIn
let guest: SignedIn

beforeEach(async () => {
  node = await aNode()
  asha = await aResident(node, 'asha', { displayName: 'Asha Rao', timeZone: 'Europe/London' })
  ben = await aResident(node, 'ben', { displayName: 'Ben Castell', timeZone: 'America/New_York', country: 'US' })
  await listed(node, asha, ['here'])
  expect(await node.settle()).toEqual([])
  host = await signIn(node, 'asha@north.example')
  guest = await signIn(node, 'ben@north.example')
})

const form = {
  weekDay: 'tuesday',
  startsAt: '9.30',
  sittingLength: '30',
  every: 'fortnight',
  people: '2',
  'untilDay-day': '20',
  'untilDay-month': '1',
  'untilDay-year': '2027',
  meetingPlace: 'https://video.north.example/asha',
}

test('she sets office hours by a form, sees who comes, calls a day off and ends them', async () => {
  expect((await host.get('/me/listing')).text).toContain('/me/office-hours')
  expect((await host.post('/me/office-hours/new', form)).text).toContain('Your office hours are set.')
  const page = await host.get('/me/office-hours')
  expect(page.text).toContain('Tuesday at 09:30, 30 minutes, every second week')
  expect(page.text).toContain('Tuesday 24 November')
  const key = await entryOf(node, 'Asha Rao')
  expect((await guest.get(`/directory/${key}`)).text).toContain(`/directory/${key}/office-hours`)
  const times = await guest.get(`/directory/${key}/office-hours`)
  expect(times.text).toContain('United Kingdom: 09:30 to 10:00')
  expect(times.text).not.toContain('video.north.example')
  const [value = ''] = [...times.text.matchAll(/name="sitting" type="radio" value="([^"]+)"/g)].map(
    ([, one]) => one ?? '',
  )
  const booked = await guest.post(`/directory/${key}/office-hours`, { sitting: value })
  expect(booked.text).toContain('You have a place with Asha Rao.')
  expect(booked.text).toContain('href="https://video.north.example/asha"')
  expect((await host.get('/me/office-hours')).text).toContain('Ben Castell')
  const [{ id } = { id: '' }] = await bookedBy(node, ben)
  const file = byIcalJs((await guest.get(`/me/bookings/${id}/booking.ics`)).text).read
  expect(file).toMatchObject({
    method: 'PUBLISH',
    place: 'https://video.north.example/asha',
    from: new Date('2026-11-24T09:30:00Z'),
  })
  // Nobody else reads it.
  expect((await host.get(`/me/bookings/${id}`)).status).toBe(404)
  expect((await host.get(`/me/bookings/${id}/booking.ics`)).status).toBe(404)
  expect((await host.post(`/me/bookings/${id}/cancel`, {})).status).toBe(404)
  expect((await guest.get('/me/bookings')).text).toContain('Asha Rao')

  const [hours] = await rows<{ id: string }>(node.app.db, 'select id from office_hours')
  expect((await host.post(`/me/office-hours/${hours?.id}/off`, { day: '2026-11-24' })).text).toContain(
    'The day is called off',
  )
  expect((await guest.get(`/me/bookings/${id}`)).text).toContain('This does not take place.')
  await host.post(`/me/office-hours/${hours?.id}/place`, { meetingPlace: 'Room 9' })
  expect((await host.get(`/me/office-hours/${hours?.id}/end`)).text).toContain('Nobody has booked')
  expect((await host.post(`/me/office-hours/${hours?.id}/end`, {})).text).toContain('These office hours have ended')
  expect((await guest.get(`/directory/${key}/office-hours`)).text).toContain('has no office hours')
})

test('what is wrong in the form is said beside each field, and nothing is lost', async () => {
  const wrong = await host.post('/me/office-hours/new', { ...form, startsAt: '20:00', 'untilDay-month': '13' })
  expect(wrong.status).toBe(400)
  expect(wrong.text).toContain('Choose a time within your working hours on that day')
  expect(wrong.text).toContain('Enter a day that exists')
  expect(wrong.text).toContain('value="20:00"')
  const empty = await host.post('/me/office-hours/new', {})
  for (const said of [
    'Choose a day',
    'Enter a time, such as 14:00',
    'Choose how long',
    'Choose how many people',
    'Enter the last day',
  ])
    expect(empty.text).toContain(said)
  const key = await entryOf(node, 'Asha Rao')
  await officeHoursOf(node, asha)
  expect((await guest.post(`/directory/${key}/office-hours`, {})).text).toContain('Choose a time')
  expect((await guest.post(`/directory/${key}/office-hours`, { sitting: 'x y' })).status).toBe(409)
})

test('who is not listed, or whose clock is not known, is told what to do first', async () => {
  expect((await guest.get('/me/office-hours')).text).toContain('Choose where you are listed')
  await listed(node, ben, ['here'])
  await rows(node.app.db, `update profile set fields = fields - 'timeZone' where account_id = $1`, [ben.id])
  expect((await guest.get('/me/office-hours/new')).text).toContain('/me/profile/hours')
  expect((await guest.post('/me/office-hours/new', form)).status).toBe(400)
  expect((await host.get(`/directory/${await entryOf(node, 'Asha Rao')}/office-hours`)).text).toContain(
    'Your office hours',
  )
})

test('in Welsh every page is Welsh', async () => {
  const hoursId = await officeHoursOf(node, asha)
  await callOffDay(node.app, asha.id, hoursId, '2026-11-24')
  for (const who of [host, guest]) await who.get('/?lang=cy')
  expect((await host.get('/me/office-hours')).text).toContain('Eich oriau swyddfa')
  const key = await entryOf(node, 'Asha Rao')
  expect((await guest.get(`/directory/${key}/office-hours`)).text).toContain('Oriau swyddfa Asha Rao')
  expect((await guest.get('/me/bookings')).text).toContain('Beth rydych wedi')
})

test('where nobody writes in her own words, she chooses how to meet', async () => {
  const strict = await aNode({ settings: { SIDEWAYS_REQUEST_TEXT: 'false' } })
  const who = await aResident(strict, 'asha', { timeZone: 'Europe/London' })
  await listed(strict, who, ['here'])
  const reader = await signIn(strict, 'asha@north.example')
  expect((await reader.get('/me/office-hours/new')).text).not.toContain(
    'id="meetingPlace" name="meetingPlace" type="text"',
  )
  expect((await reader.post('/me/office-hours/new', form)).status).toBe(400)
  await reader.post('/me/office-hours/new', { ...form, meetingPlace: 'ring-me' })
  expect(await rows(strict.app.db, 'select place from office_hours')).toEqual([
    { place: 'Please ring the switchboard of my organisation and ask for me.' },
  ])
})
