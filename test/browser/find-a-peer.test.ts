import { paths } from '../../src/common/paths.ts'
import { conceptIri } from '../../src/common/vocabularies.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, enter, keepPicture, openBrowser, tabTo } from '../support/pages.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// From the first page to somebody worth asking, and what is kept for later: by keyboard alone, each page by axe. PICTURES=<folder>
// keeps screenshots.

let node: TestNode

beforeAll(async () => {
  node = await aNode()
  const hosts = ['south', 'east', 'west'].map((name) => `peers.${name}.example`)
  for (const [index, host] of hosts.entries()) await addOrigin(node.app.db, index + 1, host)
  const people = Array.from({ length: 60 }, (_, number) => {
    const originId = (number % hosts.length) + 1
    const countries = ['IE', 'DE', 'GB', 'NL', 'SE']
    const sectors = ['health-care', 'charity-community', 'local-government', 'central-government']
    const invented = inventedPerson(number, `https://${hosts[originId - 1]}`)
    return {
      originId,
      audience: 'members' as const,
      document: {
        ...invented,
        hasOccupation: [
          {
            type: 'Occupation' as const,
            name: 'Product manager',
            occupationalCategory: conceptIri('roles', 'product-manager'),
          },
        ],
        worksFor: {
          type: 'Organization' as const,
          name: invented.worksFor.name,
          sector: conceptIri('sectors', sectors[number % sectors.length] ?? ''),
          addressCountry: countries[number % countries.length] ?? 'IE',
        },
        knowsLanguage: [{ tag: 'en', level: 'easy' as const }],
        shares: [conceptIri('practices', 'story-map')],
        wantsToTry: [conceptIri('practices', 'retrospective')],
      },
    }
  })
  await node.app.db.transaction((tx) => indexEntries(tx, node.app.secrets.order, people))
})

const walks = [
  { language: 'en', scripts: false, width: 320, handle: 'asha' },
  { language: 'cy', scripts: false, width: 320, handle: 'sian' },
] as const

test.each(walks)(
  'somebody finds peers by keyboard, keeps the search and reads suggestions ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, handle }) => {
    await aResident(node, handle, { displayName: handle, timeZone: 'Europe/London' })
    const reader = await signIn(node, `${handle}@north.example`)
    const page = await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language, reader })
    let step = 0
    const look = async (what: string): Promise<void> => {
      step += 1
      await page.waitForLoadState()
      await checkPage(page, `${language} ${width}: ${what}`)
      await keepPicture(page, `find-${language}-${width}-${String(step).padStart(2, '0')}-${what}`)
    }
    const people = page.locator('.sw-card h3 a')

    await page.goto(`${paths.directory}?lang=${language}`)
    await look('everybody')
    await tabTo(page, '#text')
    await page.keyboard.type('product manager')
    await tabTo(page, 'input[name="open"]')
    await page.keyboard.press('Space')
    await enter(page)
    expect(new URL(page.url()).search).toBe('?text=product+manager&open=true')
    await look('words')
    await tabTo(page, 'summary')
    await page.keyboard.press('Enter')
    await tabTo(page, 'select#country')
    await page.keyboard.type(language === 'cy' ? 'Iwerddon' : 'Ireland')
    await look('filters')
    await tabTo(page, 'form[role="search"] button')
    await enter(page)
    expect(new URL(page.url()).searchParams.get('country')).toBe('IE')
    expect(new URL(page.url()).hash).toBe('#found')
    await look('words-and-country')
    for (const left of ['?country=IE&open=true', '?open=true', '']) {
      await tabTo(page, `a.sw-chip[href="${paths.directory}${left}"]`)
      await enter(page)
      expect(new URL(page.url()).search).toBe(left)
    }
    const before = await people.first().getAttribute('href')
    await tabTo(page, 'a[rel="next"]')
    await enter(page)
    await look('next-page')
    expect(await people.first().getAttribute('href')).not.toBe(before)
    const name = await people.first().innerText()
    await tabTo(page, '.sw-card h3 a')
    await enter(page)
    await look('a-person')
    expect(await page.locator('h1').innerText()).toBe(name)
    expect(await page.locator('main svg').count()).toBeGreaterThan(0)

    await tabTo(page, `a[href="${paths.suggestions}"]`)
    await enter(page)
    await look('suggestions')
    expect(await people.count()).toBe(5)
    const not = (await people.first().getAttribute('href')) ?? ''
    await tabTo(page, `form[action="${paths.notThisPerson}"] button`)
    await enter(page)
    await look('not-this-person')
    expect(await people.count()).toBe(5)
    expect(await page.locator(`.sw-card h3 a[href="${not}"]`).count()).toBe(0)

    await page.goto(`${paths.directory}?country=IE`)
    await tabTo(page, `a[href="${paths.saveSearch}?country=IE"]`)
    await enter(page)
    await look('save')
    await tabTo(page, '#searchName')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Over the sea')
    await tabTo(page, 'input[name="weekly"]')
    await page.keyboard.press('Space')
    await tabTo(page, 'main form button.govuk-button')
    await enter(page)
    await look('saved')
    await page.goto(paths.savedSearches)
    expect(await page.locator('main').innerText()).toContain('Over the sea')

    await page.goto(paths.tokens)
    await look('tokens')
    await tabTo(page, '#tokenName')
    await page.keyboard.type('My script')
    await tabTo(page, 'main form button.govuk-button')
    await enter(page)
    await look('token-made')
    expect(await page.locator('.govuk-error-summary').count()).toBe(0)
    await page.goto(paths.tokens)
    expect(await page.locator('main').innerText()).toContain('My script')
    await page.context().close()
  },
  180_000,
)
