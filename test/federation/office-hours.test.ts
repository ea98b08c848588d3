import { callOffDay, changePlace, endOfficeHours } from '../../src/bookings/actions.ts'
import { bookAway, cancelBooking } from '../../src/bookings/booking-actions.ts'
import { receiveJoin, receiveLeave } from '../../src/bookings/receive-actions.ts'
import type { TimeElsewhere } from '../../src/bookings/tools.ts'
import { hour, later } from '../../src/common/clock.ts'
import { OutboundError } from '../../src/common/outbound.ts'
import { rows } from '../../src/database/database.ts'
import { bookingTools } from '../../src/federation/office-hours-lookup.ts'
import { enqueue } from '../../src/jobs/queue.ts'
import { withdraw } from '../../src/listing/actions.ts'
import { leave } from '../../src/partners/actions.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { hostOf, settleAll, settleUndo, subscribe } from '../partners/people.ts'
import { actorOf } from '../support/followers.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { bookedBy, officeHoursOf, placesAt } from '../support/office-hours.ts'
import { aPeer } from '../support/peer.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'

// Office hours between two nodes that read each other: Asha of north sits there, Petra and Rhys of south come.

let north: TestNode
let south: TestNode
let asha: Resident
let petra: Resident
let rhys: Resident

beforeEach(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_ORIGIN: 'http://localhost:0', SIDEWAYS_NAME: 'South Council' } })
  asha = await aResident(north, 'asha', { displayName: 'Asha Rao', timeZone: 'Europe/London' })
  petra = await aResident(south, 'petra', { displayName: 'Petra Holt', organisation: 'South Council' })
  rhys = await aResident(south, 'rhys', { displayName: 'Rhys Vaughan' })
  await listed(north, asha, ['here', 'partners'])
  for (const who of [petra, rhys]) await listed(south, who, ['here', 'partners'])
  await settleAll(north, south)
  await subscribe(south, north)
  await subscribe(north, south)
})

const timesOfAsha = async (): Promise<readonly TimeElsewhere[] | undefined> =>
  bookingTools.timesElsewhere(south.app, await actorOf(north, asha))

async function booked(who: Resident, index = 0): Promise<string> {
  const time = (await timesOfAsha())?.[index]
  if (!time) throw new Error('she offers no such time')
  const { event, from, until } = time
  const hostActor = await actorOf(north, asha)
  return (await bookAway(south.app, who.id, { hostActor, hostName: 'Asha Rao', event, from, until })).id
}

const stateOf = async (who: Resident) => (await bookedBy(south, who)).map(({ state }) => state)
const subjectsTo = (node: TestNode, who: Resident) =>
  node.mails.filter(({ to }) => to.startsWith(`${who.handle}@`)).map(({ subject }) => subject)

test('a partner node reads when she sits there and whether a place is left, and nothing else; strangers read nothing', async () => {
  const hoursId = await officeHoursOf(north, asha, { capacity: 2 })
  const actor = await actorOf(north, asha)
  expect((await timesOfAsha())?.map(({ from, isFull }) => [from.toISOString(), isFull])).toEqual([
    ['2026-11-24T14:00:00.000Z', false],
    ['2026-12-01T14:00:00.000Z', false],
    ['2026-12-08T14:00:00.000Z', false],
    ['2026-12-15T14:00:00.000Z', false],
  ])
  const [kept] = await rows<{ value: string }>(
    south.app.db,
    `select value::text as value from federation_cache where key = $1`,
    [`office-hours ${actor}`],
  )
  expect(kept?.value).not.toContain('place-okapi')
  expect(kept?.value).not.toContain('Europe')
  const stranger = await aPeer()
  for (const path of [`${actor}/office-hours`, `${actor}/office-hours/${hoursId}/2026-11-24`]) {
    expect((await fetch(path)).status).toBe(404)
    expect((await stranger.get(path, stranger.account('mallory'))).status).toBe(404)
  }
  await stranger.close()
})

test('one comes, one waits, and moves up when the first cancels; each node ends at the same', async () => {
  await officeHoursOf(north, asha)
  const first = await booked(petra)
  await settleAll(south, north)
  expect(await stateOf(petra)).toEqual(['booked'])
  const second = await booked(rhys)
  await settleAll(south, north)
  expect(await stateOf(rhys)).toEqual(['waiting'])
  expect(await placesAt(north)).toEqual(['booked', 'waiting'])
  expect(subjectsTo(north, asha)).toEqual(['Somebody comes to your office hours'])
  const [place] = await rows<{ place: string }>(south.app.db, 'select place from booking_away where id = $1', [first])
  expect(place?.place).toBe('Room 4, place-okapi')
  south.time = later(south.time, hour)
  north.time = later(north.time, hour)
  expect((await timesOfAsha())?.map(({ isFull }) => isFull)).toEqual([true, false, false, false])

  await cancelBooking(south.app, petra.id, first)
  await settleAll(south, north)
  expect(await stateOf(petra)).toEqual(['left'])
  expect(await stateOf(rhys)).toEqual(['booked'])
  expect(await placesAt(north)).toEqual(['left', 'booked'])
  expect(subjectsTo(south, rhys).at(-1)).toBe('You have a place now: office hours with Asha Rao')
  await cancelBooking(south.app, rhys.id, second)
  await settleAll(south, north)
  expect(await placesAt(north)).toEqual(['left', 'left'])
  expect(JSON.stringify([...north.mails, ...south.mails])).not.toContain('place-okapi')
})

test('she calls a day off, says another place, and ends them: her guests’ node hears it', async () => {
  const hoursId = await officeHoursOf(north, asha, { capacity: 3 })
  await booked(petra)
  await booked(petra, 1)
  await booked(rhys, 2)
  await settleAll(south, north)
  await changePlace(north.app, asha.id, hoursId, 'Room 9')
  await callOffDay(north.app, asha.id, hoursId, '2026-11-24')
  await settleAll(north, south)
  expect(await stateOf(petra)).toEqual(['called-off', 'booked'])
  expect(await rows(south.app.db, `select place from booking_away where state = 'booked' order by starts_at`)).toEqual([
    { place: 'Room 9' },
    { place: 'Room 9' },
  ])
  await endOfficeHours(north.app, asha.id, hoursId)
  await settleAll(north, south)
  expect(await stateOf(petra)).toEqual(['called-off', 'called-off'])
  expect(await stateOf(rhys)).toEqual(['called-off'])
  expect(await timesOfAsha()).toBeDefined()
})

test('a Join or Leave that comes twice, late, or from somebody else changes nothing', async () => {
  await officeHoursOf(north, asha)
  const id = await booked(petra)
  await south.settle()
  await north.settle()
  // North's answer is lost, and the Join is sent once more.
  await rows(south.app.db, `update booking_away set told = null`)
  await south.app.db.transaction((tx) => enqueue(tx, 'federation.send-join', { bookingId: id }))
  await settleAll(south, north)
  expect(await placesAt(north)).toEqual(['booked'])
  expect(await stateOf(petra)).toEqual(['booked'])

  const stranger = await aPeer()
  const mallory = stranger.account('mallory')
  const event = (await timesOfAsha())?.[1]?.event
  const hers = (await rows<{ join_id: string }>(north.app.db, 'select join_id from booking'))[0]?.join_id
  const taken = (await timesOfAsha())?.[0]?.event
  await stranger.post(north, mallory, { type: 'Join', object: event })
  await stranger.post(north, mallory, { type: 'Leave', object: taken, instrument: hers })
  await stranger.post(south, mallory, { type: 'Reject', object: hers, sequence: 9 })
  await settleAll(north, south)
  expect(await placesAt(north)).toEqual(['booked'])
  expect(await stateOf(petra)).toEqual(['booked'])
  await stranger.close()
})

test('when her node is down for a day the Join waits, and comes; one whose time passes is refused', async () => {
  await officeHoursOf(north, asha)
  await booked(petra)
  await booked(rhys, 1)
  const down = cutOff(south)
  expect(await south.settle()).toEqual([])
  expect(await stateOf(petra)).toEqual(['asked'])
  for (const node of [south, north]) node.time = later(node.time, 3 * 24 * hour)
  expect(await south.settle()).toEqual([])
  down()
  for (const node of [south, north]) node.time = later(node.time, 6 * hour)
  await settleAll(south, north)
  expect(await stateOf(petra)).toEqual(['refused'])
  expect(await stateOf(rhys)).toEqual(['booked'])
})

/** Until it is called, nothing leaves a node. */
function cutOff(node: TestNode): () => void {
  const { outbound } = node.app
  const working = outbound.fetch.bind(outbound)
  Object.assign(outbound, {
    fetch: async () => {
      throw new OutboundError('no-answer', 'the line is cut')
    },
  })
  return () => Object.assign(outbound, { fetch: working })
}

test('whoever she blocks, and who is not listed there any more, loses the place and gets none', async () => {
  await officeHoursOf(north, asha, { capacity: 3 })
  await booked(petra)
  await booked(rhys)
  await settleAll(south, north)
  const actor = await actorOf(south, petra)
  await blockActor(north.app, { accountId: asha.id, actor, host: new URL(actor).host, name: 'Petra' })
  await settleAll(north, south)
  expect(await stateOf(petra)).toEqual(['called-off'])
  await booked(petra, 1)
  await settleAll(south, north)
  expect(await stateOf(petra)).toEqual(['called-off', 'refused'])
  await withdraw(south.app, rhys, { language: 'en', channel: 'page' })
  await settleAll(south, north)
  expect(await stateOf(rhys)).toEqual(['left'])
  // Nothing is left that could sign his Leave: that he is not listed any more says so.
  await north.runTimetable('bookings.without-other')
  await settleAll(north, south)
  expect(await placesAt(north)).toEqual(expect.not.arrayContaining(['booked']))
})

test('who comes again and again is answered twenty times in a day, and Leaves of strangers are not kept', async () => {
  const hoursId = await officeHoursOf(north, asha, { capacity: 3 })
  const personId = (await actorOf(north, asha)).split('/').at(-1) ?? ''
  const actor = await actorOf(south, petra)
  const which = { actor, personId, hoursId, day: '2026-11-24' }
  for (let number = 0; number < 30; number += 1)
    await receiveJoin(north.app, { ...which, joinId: `${actor}/bookings/x${number}`, name: undefined })
  expect(await rows(north.app.db, 'select 1 from booking')).toHaveLength(20)
  for (let number = 0; number < 3; number += 1)
    await receiveLeave(north.app, { ...which, joinId: `${actor}/bookings/y${number}`, isPartner: true })
  expect(await rows(north.app.db, 'select 1 from booking')).toHaveLength(20)
  const stranger = await aPeer()
  const mallory = stranger.account('mallory')
  const object = `${await actorOf(north, asha)}/office-hours/${hoursId}/2026-11-24`
  expect(await stranger.post(north, mallory, { type: 'Leave', object, instrument: `${mallory}/join/1` })).toBe(202)
  expect(await north.settle()).toEqual([])
  expect(await rows(north.app.db, 'select 1 from booking where guest_actor = $1', [mallory])).toEqual([])
  await stranger.close()
})

test('once they are no partners, what was agreed stays and nothing new comes', async () => {
  await officeHoursOf(north, asha, { capacity: 3 })
  await booked(petra)
  await settleAll(south, north)
  await booked(rhys, 1)
  await leave(north.app, hostOf(south))
  await settleUndo(north, south)
  expect(await stateOf(petra)).toEqual(['booked'])
  expect(await placesAt(north)).toEqual(['booked'])
  // Each still knows the other's key, also after it forgot it: what ends it is heard on both.
  await leave(south.app, hostOf(north))
  await settleUndo(south, north)
  for (const node of [north, south]) {
    await rows(node.app.db, 'delete from remote_actor')
    node.time = later(node.time, 7 * hour)
  }
  const [id] = await rows<{ id: string }>(south.app.db, `select id from booking_away where account_id = $1`, [petra.id])
  await cancelBooking(south.app, petra.id, id?.id ?? '')
  await settleAll(south, north)
  expect(await placesAt(north)).toEqual(['left'])
})
