import { callOffDay, endOfficeHours } from '../../src/bookings/actions.ts'
import { book, cancelBooking } from '../../src/bookings/booking-actions.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { withdraw } from '../../src/listing/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { byIcalJs } from '../support/calendar.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { bookedBy, officeHoursOf, placesAt } from '../support/office-hours.ts'
import { actorOf } from '../support/followers.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'

// Office hours between people of one node: places, the one who waits, cancelling by both sides, and the end of all of it.

let node: TestNode
let asha: Resident
let ben: Resident
let cleo: Resident
let dewi: Resident

beforeEach(async () => {
  node = await aNode()
  asha = await aResident(node, 'asha', { displayName: 'Asha Rao', timeZone: 'Europe/London' })
  ben = await aResident(node, 'ben', { displayName: 'Ben Castell', timeZone: 'Europe/London' })
  cleo = await aResident(node, 'cleo', { displayName: 'Cleo Marsh', timeZone: 'America/New_York' })
  dewi = await aResident(node, 'dewi', { displayName: 'Dewi Pryce' })
  await listed(node, asha, ['here'])
  await settled()
})

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

const first = '2026-11-24'
const mailsTo = (who: Resident) => node.mails.filter(({ to }) => to === `${who.handle}@north.example`)

test('the one place goes to who comes first, one waits and moves up by herself, and the next is told that it is full', async () => {
  const hoursId = await officeHoursOf(node, asha)
  const { id } = await book(node.app, ben.id, { hoursId, day: first })
  expect(await book(node.app, ben.id, { hoursId, day: first })).toEqual({ id }) // twice is once
  await book(node.app, cleo.id, { hoursId, day: first })
  await expect(book(node.app, dewi.id, { hoursId, day: first })).rejects.toThrow('booking-full')
  await settled()
  expect(await placesAt(node)).toEqual(['booked', 'waiting'])
  expect(mailsTo(ben).map(({ subject }) => subject)).toEqual(['Booked: office hours with Asha Rao'])
  expect(mailsTo(cleo).map(({ subject }) => subject)).toEqual(['You wait for a place: office hours with Asha Rao'])
  expect(mailsTo(cleo)[0]?.calendar).toBeUndefined()
  expect(mailsTo(asha)[0]?.text).toContain('Ben Castell comes to your office hours')
  // No mail says where they meet.
  expect(JSON.stringify(node.mails)).not.toContain('place-okapi')

  await cancelBooking(node.app, ben.id, id)
  await settled()
  expect(await placesAt(node)).toEqual(['left', 'booked'])
  expect(mailsTo(cleo)[1]?.subject).toBe('You have a place now: office hours with Asha Rao')
  expect(mailsTo(cleo)[1]?.text).toContain('09:00 to 09:30')
  const gone = mailsTo(ben)[1]
  expect(gone?.calendar?.method).toBe('CANCEL')
  const [made, cancelled] = mailsTo(ben).map(({ calendar }) => byIcalJs(calendar?.text ?? '').read)
  expect(cancelled?.uid).toBe(made?.uid)
  expect(Number(cancelled?.sequence)).toBeGreaterThan(Number(made?.sequence))
  expect(made?.from).toEqual(new Date('2026-11-24T14:00:00Z'))
  expect(cancelled?.status).toBe('CANCELLED')
})

test('two who book at once do not get one place', async () => {
  const hoursId = await officeHoursOf(node, asha)
  const all = await Promise.allSettled([ben, cleo, dewi].map((who) => book(node.app, who.id, { hoursId, day: first })))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect([...(await placesAt(node))].toSorted()).toEqual(['booked', 'waiting'])
})

test('a day that she calls off is nobody’s any more, and cannot be booked; other days stay', async () => {
  const hoursId = await officeHoursOf(node, asha, { capacity: 2 })
  await book(node.app, ben.id, { hoursId, day: first })
  await book(node.app, ben.id, { hoursId, day: '2026-12-01' })
  await callOffDay(node.app, asha.id, hoursId, first)
  await callOffDay(node.app, asha.id, hoursId, first)
  await settled()
  expect((await bookedBy(node, ben)).map(({ state }) => state)).toEqual(['called-off', 'booked'])
  expect(mailsTo(ben).map(({ subject }) => subject)).toContain('Called off: office hours with Asha Rao')
  await expect(book(node.app, cleo.id, { hoursId, day: first })).rejects.toThrow('booking-not-possible')
  await expect(callOffDay(node.app, ben.id, hoursId, '2026-12-01')).rejects.toThrow('booking-unknown')
})

test('what cannot be booked: her own, a day that is none, too early, too many a day', async () => {
  const hoursId = await officeHoursOf(node, asha, { capacity: 8 })
  const other = await officeHoursOf(node, asha, { weekDay: 'thursday', capacity: 8 })
  await expect(book(node.app, asha.id, { hoursId, day: first })).rejects.toThrow('booking-not-possible')
  for (const wrong of ['2026-11-25', '2026-12-29', '', 'x'])
    await expect(book(node.app, ben.id, { hoursId, day: wrong })).rejects.toThrow('booking-not-possible')
  await expect(book(node.app, ben.id, { hoursId: 'none', day: first })).rejects.toThrow('booking-unknown')
  for (const next of ['2026-11-24', '2026-12-01', '2026-12-08', '2026-12-15'])
    await book(node.app, ben.id, { hoursId, day: next })
  await book(node.app, ben.id, { hoursId: other, day: '2026-11-26' })
  await expect(book(node.app, ben.id, { hoursId: other, day: '2026-12-03' })).rejects.toThrow('too-many-requests')
})

test('whoever she blocks has no place any more and gets none; who waits moves up', async () => {
  const hoursId = await officeHoursOf(node, asha)
  await book(node.app, ben.id, { hoursId, day: first })
  await book(node.app, cleo.id, { hoursId, day: first })
  await blockActor(node.app, {
    accountId: asha.id,
    actor: await actorOf(node, ben),
    host: 'north.example',
    name: 'Ben',
    blockedAccountId: ben.id,
  })
  await settled()
  expect(await placesAt(node)).toEqual(['called-off', 'booked'])
  await expect(book(node.app, ben.id, { hoursId, day: '2026-12-01' })).rejects.toThrow('booking-unknown')
})

test('when she ends them, or is listed nowhere any more, what was booked is called off', async () => {
  const hoursId = await officeHoursOf(node, asha)
  const other = await officeHoursOf(node, asha, { weekDay: 'thursday' })
  await book(node.app, ben.id, { hoursId, day: first })
  await book(node.app, ben.id, { hoursId: other, day: '2026-11-26' })
  await endOfficeHours(node.app, asha.id, hoursId)
  expect(await placesAt(node)).toEqual(['called-off', 'booked'])
  await withdraw(node.app, asha, { language: 'en', channel: 'page' })
  // From that moment, whatever the jobs do.
  await expect(book(node.app, cleo.id, { hoursId: other, day: '2026-11-26' })).rejects.toThrow('booking-unknown')
  await settled()
  expect(await placesAt(node)).toEqual(['called-off', 'called-off'])
  expect(await rows(node.app.db, `select place from office_hours where place <> ''`)).toEqual([])
})

test('a booking is gone the day after its time, office hours a month after their end', async () => {
  const hoursId = await officeHoursOf(node, asha)
  const { id } = await book(node.app, ben.id, { hoursId, day: first })
  await settled()
  node.time = new Date('2026-11-25T14:29:00Z')
  await node.runTimetable('bookings.tidy-up')
  expect(await bookedBy(node, ben)).toHaveLength(1)
  node.time = new Date('2026-11-25T14:31:00Z')
  await expect(cancelBooking(node.app, ben.id, id)).rejects.toThrow('booking-unknown')
  await node.runTimetable('bookings.tidy-up')
  expect(await bookedBy(node, ben)).toEqual([])
  node.time = later(node.time, 95 * day)
  await node.runTimetable('bookings.tidy-up')
  expect(await rows(node.app.db, 'select id from office_hours')).toEqual([])
})
