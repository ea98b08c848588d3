import { book } from '../../src/bookings/booking-actions.ts'
import { settleAll, subscribe } from '../partners/people.ts'
import { entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { bookedBy, officeHoursOf } from '../support/office-hours.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// Office hours in a browser: set in London, booked from New York at a partner node, across two clocks, in both languages.

let north: TestNode
let south: TestNode
let asha: Resident
let petra: Resident
let host: SignedIn
let guest: SignedIn
let key: string

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_ORIGIN: 'http://localhost:0', SIDEWAYS_NAME: 'South Council' } })
  asha = await aResident(north, 'asha', { displayName: 'Asha Rao', timeZone: 'Europe/London' })
  petra = await aResident(south, 'petra', { displayName: 'Petra Holt', timeZone: 'America/New_York', country: 'US' })
  await listed(north, asha, ['here', 'partners', 'public'])
  await listed(south, petra, ['here', 'partners'])
  await settleAll(north, south)
  await subscribe(south, north)
  await subscribe(north, south)
  host = await signIn(north, 'asha@north.example')
  guest = await signIn(south, 'petra@north.example')
  key = await entryOf(south, 'Asha Rao')
}, 120_000)

test.each([true, false])('set and booked with the keyboard alone; scripts on: %s', async (javaScriptEnabled) => {
  const at = javaScriptEnabled ? '10:00' : '15:00'
  const page = await openBrowser({ origin: north.url, reader: host, javaScriptEnabled, width: 320 })
  await page.goto('/me/office-hours/new')
  await checkPage(page, 'office hours')
  await page.focus('input[name="weekDay"][value="tuesday"]')
  await page.keyboard.press('Space')
  await page.focus('#startsAt')
  await page.keyboard.type(at)
  await page.focus('#meetingPlace')
  await page.keyboard.type('Room 4')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/me/office-hours')
  expect(await page.textContent('main')).toContain(`Tuesday at ${at}, 30 minutes, every second week`)
  await checkPage(page, 'office hours')
  await page.context().close()

  south.time = new Date(south.time.getTime() + 120_000) // what was read of her times a moment ago is read again
  const there = await openBrowser({ origin: south.url, reader: guest, javaScriptEnabled, width: 320 })
  await there.goto(`/directory/${key}`)
  await checkPage(there, 'office hours of a partner')
  await there.click(`a[href="/directory/${key}/office-hours"]`)
  await checkPage(there, 'office hours of a partner')
  const label = `Tuesday 24 November, ${at === '10:00' ? '05:00 to 05:30' : '10:00 to 10:30'}`
  await there.getByLabel(label).focus()
  await there.keyboard.press('Space')
  await there.keyboard.press('Enter')
  await there.waitForURL('**/me/bookings/*')
  expect(await there.textContent('main')).toContain('Their node has not answered yet')
  await settleAll(south, north)
  await there.reload()
  expect(await there.textContent('main')).toContain('You have a place with Asha Rao.')
  expect(await there.textContent('main')).toContain(`United Kingdom: ${at} to`)
  await checkPage(there, 'office hours of a partner')
  await there.context().close()
  const [newest] = (await bookedBy(south, petra)).filter(({ state }) => state === 'booked')
  expect(newest).toBeDefined()
})

test('every page is right in Welsh, narrow, and with an error', async () => {
  const page = await openBrowser({ origin: north.url, reader: host, width: 320, language: 'cy' })
  const hoursId = await officeHoursOf(north, asha, { weekDay: 'thursday' })
  const ben = await aResident(north, 'ben', { displayName: 'Ben Castell' })
  await book(north.app, ben.id, { hoursId, day: '2026-11-26' })
  await page.goto('/me/office-hours/new?lang=cy')
  await page.fill('#startsAt', '23:00')
  await page.click('main form button')
  expect(await page.textContent('main')).toContain('Dewiswch ddiwrnod')
  await checkPage(page, 'office hours')
  for (const path of [
    '/me/office-hours',
    '/me/bookings',
    '/@asha/office-hours',
    `/me/office-hours/${hoursId}/end`,
    `/me/office-hours/${hoursId}/place`,
  ]) {
    await page.goto(path)
    await checkPage(page, 'office hours')
  }
})
