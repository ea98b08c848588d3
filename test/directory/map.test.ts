import fc from 'fast-check'
import { rows } from '../../src/database/database.ts'
import type { FacetCounts } from '../../src/directory/counting.ts'
import { countTotal } from '../../src/directory/counting.ts'
import { discsOf, sharesOf } from '../../src/directory/map.ts'
import { indexEntries, removeEntriesOfOrigin } from '../../src/directory/steps.ts'
import { world } from '../../src/common/world.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

const counted = (people: Readonly<Record<string, number>>): FacetCounts => ({
  values: new Map(Object.entries(people).map(([key, count]) => [key, countTotal(count)])),
  open: countTotal(0),
  isAbout: false,
  asOf: new Date('2026-11-22T09:00:00Z'),
})

test('a country with fewer than ten people is not on the map, and others are rounded down to tens', () => {
  const counts = counted({ 'country:GB': 57, 'country:DE': 9, 'country:IE': 10, 'sector:charity-community': 31 })
  expect(sharesOf(counts, 'country')).toEqual([
    { value: 'GB', people: 50 },
    { value: 'IE', people: 10 },
  ])
})

test('no number below ten can be worked out from what is shown and an exact total', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('country:GB', 'country:DE', 'country:IE', 'country:FR'),
        fc.integer({ min: 0, max: 60 }),
      ),
      (people) => {
        const shown = sharesOf(counted(people), 'country')
        const total = Object.values(people).reduce((sum, count) => sum + count, 0)
        const hidden = Object.entries(people).filter(
          ([key, count]) => count > 0 && !shown.some(({ value }) => key.endsWith(value)),
        )
        fc.pre(hidden.length > 0 && shown.length > 0)
        // What a reader can reckon: each shown country has up to nine more, so the hidden may have nobody or everybody of the rest.
        const least = total - shown.reduce((sum, { people }) => sum + people + 9, 0)
        const most = total - shown.reduce((sum, { people }) => sum + people, 0)
        expect(most - least).toBeGreaterThanOrEqual(9)
      },
    ),
  )
})

test('the area of a disc stands for its people, and large ones are drawn first', () => {
  const [large, small] = discsOf([
    { value: 'GB', people: 400 },
    { value: 'IE', people: 100 },
  ])
  expect(large?.radius).toBe(2 * (small?.radius ?? 0))
})

test('every country that can be chosen is on the map, but for the smallest territories', () => {
  const { places, width, height } = world()
  for (const code of ['GB', 'IE', 'DE', 'FR', 'MT', 'SG', 'NZ', 'CA', 'US', 'IN', 'ZA', 'UA']) {
    const [x = -1, y = -1] = places[code] ?? []
    expect(x > 0 && x < width && y > 0 && y < height).toBe(true)
  }
  expect(Object.keys(places).length).toBeGreaterThan(230)
})

let node: TestNode
let member: SignedIn
beforeAll(async () => {
  node = await aNode()
  await addOrigin(node.app.db, 7, 'peers.south.example')
  member = await signIn(node, 'asha@north.example')
})

async function list(count: number): Promise<void> {
  await node.app.db.transaction((tx) =>
    indexEntries(
      tx,
      node.app.secrets.order,
      Array.from({ length: count }, (_, number) => ({
        originId: 7,
        audience: 'members',
        document: inventedPerson(number, 'https://peers.south.example'),
      })),
    ),
  )
}

test('with a few people the pages say so, and name the nodes they are on', async () => {
  await list(5)
  const { text } = await member.get('/directory/map')
  expect(text).toContain('fewer than ten people')
  expect(text).toContain('peers.south.example')
  expect(text).not.toContain('<circle')
  expect((await member.get('/')).text).toContain('peers.south.example')
  expect((await aReader(node.url).get('/')).text).not.toContain('peers.south.example')
})

test('whoever may not see people does not learn where they are', async () => {
  await list(200)
  expect((await aReader(node.url).get('/directory/map')).text).not.toContain('<circle')
  expect((await member.get('/directory/map')).text).toContain('<circle')
  expect((await member.get('/')).text).toContain('United Kingdom (')
})

test('the start page opens also where nobody can be counted in time', async () => {
  const answer = await node.app.db.transaction(async (tx) => {
    await rows(tx, 'lock table directory_entry, directory_change in access exclusive mode')
    return aReader(node.url).get('/')
  })
  expect(answer.status).toBe(200)
  expect(answer.text).not.toContain('United Kingdom (')
})

test.each([
  ['en', 1280],
  ['cy', 320],
] as const)('the map and its tables can be read by everybody (%s, %i wide)', async (language, width) => {
  await list(400)
  const page = await openBrowser({ origin: node.url, reader: member, width, language, javaScriptEnabled: false })
  await page.goto(`/directory/map?lang=${language}`)
  await checkPage(page, 'map')
  const link = page.locator('table a').first()
  const address = await link.getAttribute('href')
  expect(address).toMatch(/^\/directory\?country=[A-Z]{2}$/)
  await link.click()
  await page.locator('article.sw-card').nth(9).waitFor()
  if (process.env['PICTURES'] !== undefined) {
    await page.goto('/directory/map')
    await page.screenshot({ path: `${process.env['PICTURES']}/map-${language}.png`, fullPage: true })
    await page.goto('/')
    await page.screenshot({ path: `${process.env['PICTURES']}/home-${language}.png`, fullPage: true })
  }
  await node.app.db.transaction((tx) => removeEntriesOfOrigin(tx, 7))
})
