import { join } from 'node:path'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { keyOf } from '../../src/directory/order.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { officeWeek } from '../../src/profile/working-week.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident, ashasProfile, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let asha: SignedIn
const countries = ['NL', 'US', 'NZ', 'GB', 'NP'] as const
const pages = new Map<string, string>()

beforeAll(async () => {
  node = await aNode()
  const { app } = node
  await addOrigin(app.db, 7, 'peers.south.example')
  asha = await signIn(node, 'asha@north.example')
  await saveFields(app, asha.accountId, { ...ashasProfile, timeZone: 'Europe/London', workingPattern: officeWeek })
  const people = countries.map((addressCountry, number) =>
    inventedPerson(number, 'https://peers.south.example', {
      name: `Peer ${addressCountry}`,
      worksFor: { type: 'Organization', name: 'South', addressCountry },
    }),
  )
  await app.db.transaction((tx) =>
    indexEntries(
      tx,
      app.secrets.order,
      people.map((document) => ({ originId: 7, audience: 'members' as const, document })),
    ),
  )
  await keepPages()
})

async function keepPages(): Promise<void> {
  const found = await rows<{ lid: string; name: string }>(
    node.app.db,
    `select lid, doc::json ->> 'name' as name from directory_entry`,
    [],
  )
  for (const { lid, name } of found) pages.set(name.replace('Peer ', ''), paths.entry(keyOf(BigInt(lid))))
}

const pageOf = (who: string): string => pages.get(who) ?? ''
const text = (html: string): string =>
  html
    .replaceAll(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')

test('both weeks are told in the reader’s own clock, day by day, with the other clock beside it', async () => {
  const html = (await asha.get(pageOf('NL'))).text
  expect(html).toContain('<svg class="sw-overlap"')
  for (const sentence of [
    'All times are in your clock (London).',
    'Clocks in the Netherlands: 1 hour ahead of yours.',
    'In these days you share 35 hours.',
    'Monday 23 November 09:00 to 16:00 (10:00 to 17:00 there). You work 09:00 to 17:00, offices there are open 08:00 to 16:00',
    'Saturday 28 November You do not work, offices there are closed',
  ])
    expect(text(html)).toContain(sentence)
  expect(text(html)).not.toContain('Before you ask')
})

test('where hours hardly meet, that is said before anyone asks', async () => {
  const far = text((await asha.get(pageOf('NZ'))).text)
  expect(far).toContain('Your hours and office hours in New Zealand hardly meet: less than an hour a week')
  expect(far).toContain('there is no hour in which both you and offices in New Zealand work')
  expect(far).toContain('offices there are open 00:00 to 04:00, 19:15 to 24:00')
  const several = text((await asha.get(pageOf('US'))).text)
  expect(several).toContain('In parts of the United States office hours hardly meet yours')
  expect(several).toContain('share up to 12 hours, depending on where in the United States')
  expect(several).toContain('Public holiday in the United States: Thanksgiving Day')
  expect(several).toContain('from 10 hours behind yours to 5 hours behind yours')
})

test('holidays of both places count, and a place whose holidays nobody knows says so', async () => {
  const before = node.time
  node.time = new Date('2026-12-20T12:00:00Z')
  const christmas = text((await asha.get(pageOf('NL'))).text)
  expect(christmas).toContain(
    'Friday 25 December You do not work, offices there are closed. Public holiday for you: Christmas Day. Public holiday in the Netherlands: Christmas Day',
  )
  expect(christmas).toContain('In these days you share 28 hours')
  expect(text((await asha.get(`${pageOf('NL')}?lang=cy`)).text)).toContain('Gŵyl gyhoeddus i chi: Dydd Nadolig')
  node.time = before
  await asha.get(`${pageOf('NL')}?lang=en`)
  expect(text((await asha.get(pageOf('NP'))).text)).toContain('We do not know the public holidays in Nepal')
})

test('her own region’s holidays are hers, and nobody else sees where she is', async () => {
  const before = node.time
  await saveFields(node.app, asha.accountId, { holidayRegion: 'GB-SCT' })
  node.time = new Date('2026-11-28T12:00:00Z')
  expect(text((await asha.get(pageOf('NL'))).text)).toContain(
    'You do not work, offices there are open 08:00 to 16:00. Public holiday for you',
  )
  await saveFields(node.app, asha.accountId, { holidayRegion: undefined })
  expect(text((await asha.get(pageOf('NL'))).text)).not.toContain('Public holiday for you')
  node.time = before
})

test('the hours of somebody on the same node are never read: of her only the country counts', async () => {
  const ben = await aResident(node, 'ben', {
    displayName: 'Ben',
    country: 'NL',
    timeZone: 'Asia/Tokyo',
    workingPattern: { sunday: [{ from: '03:30', to: '05:00' }] },
  })
  await listed(node, ben, ['here'])
  expect(await node.settle()).toEqual([])
  await keepPages()
  const hours = (html: string): string => html.slice(html.indexOf('id="hours"'), html.indexOf('</section>'))
  const [his, stranger] = [await asha.get(pageOf('Ben')), await asha.get(pageOf('NL'))]
  expect(hours(his.text)).toBe(hours(stranger.text))
  expect(hours(his.text).length).toBeGreaterThan(1000)
  expect(his.text).not.toMatch(/Tokyo|03:30/)
})

test('a reader without a clock is asked for it, one with a single clock in her country is not, a stranger reads nothing', async () => {
  const eve = await signIn(node, 'eve@north.example')
  await saveFields(node.app, eve.accountId, { ...ashasProfile, country: 'US' })
  const asked = (await eve.get(pageOf('NL'))).text
  expect(text(asked)).toContain('Say your time zone and your working week')
  expect(asked).toContain(`href="${paths.profile('hours')}"`)
  expect(asked).not.toContain('<svg class="sw-overlap"')
  await saveFields(node.app, eve.accountId, { country: 'IE' })
  const assumed = text((await eve.get(pageOf('NL'))).text)
  expect(assumed).toContain('All times are in the clock of Ireland.')
  expect(assumed).toContain('You have not said your time zone')
  expect(assumed).toContain('You have not said when you work')
  expect((await aReader(node.url).get(pageOf('NL'))).status).toBe(404)
})

test.each([
  { language: 'en', width: 1280, who: 'NL' },
  { language: 'cy', width: 320, who: 'US' },
] as const)('the picture is right for everyone, in $language at $width pixels', async ({ language, width, who }) => {
  const page = await openBrowser({ origin: node.url, reader: asha, language, width, javaScriptEnabled: false })
  await page.goto(`${pageOf(who)}?lang=${language}`)
  await checkPage(page, `hours beside ${who}`)
  // Letters of the picture stay readable on the narrowest screen.
  const letter = await page.locator('.sw-overlap__text').first().boundingBox()
  expect(letter?.height).toBeGreaterThan(11)
  const folder = process.env['PICTURES']
  if (folder !== undefined) await page.screenshot({ path: join(folder, `hours-${who}-${width}.png`), fullPage: true })
  await page.emulateMedia({ forcedColors: 'active' })
  if (folder !== undefined)
    await page.locator('.sw-overlap').screenshot({ path: join(folder, `hours-forced-${width}.png`) })
  const fills = await Promise.all(
    ['own', 'theirs', 'shared'].map((name) =>
      page
        .locator(`.sw-legend .sw-overlap__${name}`)
        .evaluate((bar) => bar.ownerDocument.defaultView?.getComputedStyle(bar).fill),
    ),
  )
  expect(new Set(fills).size).toBe(3)
  await page.context().close()
})
