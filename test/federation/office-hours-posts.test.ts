import { callOffDay, endOfficeHours } from '../../src/bookings/actions.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { endScope } from '../../src/listing/actions.ts'
import { relist, unlist } from '../../src/listing/unlist-actions.ts'
import { receipts } from '../../src/profile/views.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { actorOf, follow, read, sentTo, type Activity } from '../support/followers.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { officeHoursOf } from '../support/office-hours.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { expectFixture } from './fixtures.ts'

// Office hours as an Event among her posts: told once where she wants it, true as long as it stands, gone when she goes.

let node: TestNode
let mastodon: StrangersServer
let asha: Resident
let actor: string

beforeEach(async () => {
  node = await aNode({ settings: { SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic' } })
  mastodon = await aStrangersServer()
  asha = await aResident(node, 'asha', { timeZone: 'Europe/London' })
  await listed(node, asha, ['here', 'public'])
  await settled()
  actor = await actorOf(node, asha)
  await follow(node, mastodon, aRemotePerson(mastodon, 'cleo'), actor)
  await settled()
})

afterEach(() => mastodon.close())

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

async function atTime(time: string): Promise<void> {
  node.time = new Date(time)
  await node.runTimetable('federation.settle-due-posts')
  await settled()
}

type Event = { readonly id: string; readonly startTime: string; readonly name: string; readonly content: string }
const eventIn = (activity: Activity | undefined) => activity?.object as unknown as Event
const events = (type: string) =>
  sentTo(mastodon, type).filter(({ object }) => (object as { type?: string }).type === 'Event')
const names = () => ({
  [node.url]: 'https://north.example',
  [new URL(node.url).host]: 'north.example',
  [String(actor.split('/').at(-1))]: '6fd3',
})

test('followers are told only where she said so, with a receipt, in a shape that Mastodon and Mobilizon show', async () => {
  await officeHoursOf(node, asha, { weekDay: 'thursday' })
  await settled()
  expect(events('Create')).toEqual([])
  const hoursId = await officeHoursOf(node, asha, { told: true })
  await settled()
  const [create] = events('Create')
  const event = eventIn(create)
  expect(event).toMatchObject({
    type: 'Event',
    name: 'Office hours: Asha Rao, 24 November 2026 at 14:00 UTC',
    startTime: '2026-11-24T14:00:00Z',
    endTime: '2026-11-24T14:30:00Z',
    attributedTo: actor,
    url: `${node.url}/@asha/office-hours`,
    externalParticipationUrl: `${node.url}/@asha/office-hours`,
    joinMode: 'external',
    to: ['https://www.w3.org/ns/activitystreams#Public'],
    cc: [`${actor}/followers`],
  })
  expect(JSON.stringify(create)).not.toMatch(/place-okapi|London/)
  expect(event.content).toContain('Every week until 21 January 2027.')
  expect((await read(event.id)).json()).toEqual({ ...event, '@context': expect.anything() })
  expect((await read(`${actor}/outbox`)).json().totalItems).toBe(1)
  expect((await read(`${actor}/office-hours`)).json().orderedItems).toHaveLength(8)
  expect((await receipts(node.app.db, asha.id)).map(({ purpose }) => purpose)).toContain('post-office-hours')
  const page = await read(`${node.url}/@asha/office-hours`, 'text/html')
  expect(page.text).toContain('24 November 2026 at 14:00 UTC: a place is free')
  expect((await read(`${node.url}/@asha`, 'text/html')).text).toContain('/@asha/office-hours')
  expectFixture('person-create-event', create ?? {}, { ...names(), [hoursId]: 'h1' })
  expectFixture('person-office-hours', (await read(`${actor}/office-hours`)).json(), {
    ...names(),
    ...Object.fromEntries(
      (await rows<{ id: string }>(node.app.db, 'select id from office_hours order by made_at, id')).map(({ id }) => [
        id,
        id === hoursId ? 'h1' : 'h2',
      ]),
    ),
  })
})

test('the post names the next time once one is over or called off, by an Update and no new post', async () => {
  const hoursId = await officeHoursOf(node, asha, { told: true })
  await settled()
  await callOffDay(node.app, asha.id, hoursId, '2026-11-24')
  await settled()
  const { id } = eventIn(events('Create')[0])
  expect(events('Update').map((one) => eventIn(one).startTime)).toEqual(['2026-12-01T14:00:00Z'])
  await atTime('2026-12-01T14:31:00Z')
  expect(events('Update').map((one) => eventIn(one).startTime)).toEqual([
    '2026-12-01T14:00:00Z',
    '2026-12-08T14:00:00Z',
  ])
  await atTime('2026-12-01T14:41:00Z')
  expect(events('Update')).toHaveLength(2)
  expect(events('Create')).toHaveLength(1)
  expect((await read(id)).json().startTime).toBe('2026-12-08T14:00:00Z')
})

test('it is deleted when she ends them, hides, or leaves, and its address says that it is gone', async () => {
  const hoursId = await officeHoursOf(node, asha, { told: true })
  await settled()
  const { id } = eventIn(events('Create')[0])
  await endOfficeHours(node.app, asha.id, hoursId)
  expect((await read(id)).status).toBe(410) // from that moment, whatever the jobs do
  await settled()
  expect(sentTo(mastodon, 'Delete')[0]?.object).toMatchObject({ id, type: 'Tombstone', formerType: 'Event' })
  expect((await read(id)).json()).toMatchObject({ type: 'Tombstone', formerType: 'Event' })

  await officeHoursOf(node, asha, { told: true })
  await settled()
  const second = eventIn(events('Create')[1]).id
  await unlist(node.app, asha)
  expect((await read(second)).status).toBe(410)
  expect((await read(`${actor}/office-hours`)).status).toBe(404)
  await settled()
  await relist(node.app, asha)
  await settled()
  const third = eventIn(events('Create')[2]).id
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  await settled()
  expect(sentTo(mastodon, 'Delete').map(({ object }) => (object as { id?: string }).id)).toContain(third)
  expect((await read(third)).status).toBeGreaterThanOrEqual(404)
  // Under the id that she has now she holds none: others knew her by the former one.
  expect(await rows(node.app.db, 'select id from office_hours where ended_at is null')).toEqual([])
})

test('it counts among her four posts in thirty days, and is left out beyond them', async () => {
  await opened(node, asha)
  await settled()
  for (const weekDay of ['monday', 'tuesday', 'wednesday', 'thursday'])
    await officeHoursOf(node, asha, { weekDay, told: true })
  await settled()
  expect(events('Create')).toHaveLength(3)
  expect(await rows(node.app.db, 'select kind from note where number is null')).toEqual([{ kind: 'office-hours' }])
  node.time = later(node.time, 31 * day)
  await atTime(node.time.toISOString())
  expect(events('Create')).toHaveLength(3)
})

test('somebody who is not public tells nobody', async () => {
  const ben = await aResident(node, 'ben', { displayName: 'Ben Castell', timeZone: 'Europe/London' })
  await listed(node, ben, ['here', 'partners'])
  await officeHoursOf(node, ben, { told: true })
  await settled()
  expect(events('Create')).toEqual([])
  expect((await read(`${await actorOf(node, ben)}/office-hours`)).status).toBe(404)
})
