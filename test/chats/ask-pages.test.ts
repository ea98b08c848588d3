import { paths } from '../../src/common/paths.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, enter, keepPicture, openBrowser, tabTo } from '../support/pages.ts'
import { aResident, listed, opened } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Asking in a browser, without scripts and by keyboard on the narrowest screen, each page by axe. PICTURES=<folder> keeps screenshots.

let node: TestNode

beforeAll(async () => {
  node = await aNode()
  for (const [handle, name, country] of [
    ['ben', 'Ben Vogel', 'DE'],
    ['kim', 'Kim Castell', 'US'],
  ] as const) {
    const who = await aResident(node, handle, { displayName: name, country, organisation: 'Velden College' })
    await listed(node, who, ['here'])
    await opened(node, who)
  }
})

const walks = [
  { language: 'en', scripts: false, width: 320, handle: 'asha', whom: 'Vogel' },
  { language: 'cy', scripts: true, width: 320, handle: 'sian', whom: 'Castell' },
  { language: 'en', scripts: true, width: 1280, handle: 'cai', whom: 'Castell' },
] as const

test.each(walks)(
  'somebody asks for a chat by keyboard alone ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, handle, whom }) => {
    const asker = await aResident(node, handle, { displayName: handle, timeZone: 'Europe/London' })
    await listed(node, asker, ['here'])
    const reader = await signIn(node, `${handle}@north.example`)
    const page = await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language, reader })
    let step = 0
    const look = async (what: string): Promise<void> => {
      step += 1
      await checkPage(page, `${language} ${width}: ${what}`)
      await keepPicture(page, `ask-${language}-${width}-${step}-${what}`)
    }

    await page.goto(`${paths.directory}?text=${whom}&lang=${language}`)
    await look('found')
    await tabTo(page, '.sw-card h3 a')
    await enter(page)
    await look('person')
    await tabTo(page, 'a.govuk-button')
    await enter(page)
    const asking = page.url()
    await look('kind')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('kind-wrong')
    await tabTo(page, '#boundariesRead')
    await page.keyboard.press('Space')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('lines')
    for (const [id, text] of [
      ['why', 'You share story maps. I want to try one.'],
      ['hope', 'To see how you begin.'],
      ['bring', 'Our retrospectives. https://example.org/them'],
    ] as const) {
      await tabTo(page, `#${id}`)
      await page.keyboard.type(text)
    }
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('lines-wrong')
    await page.locator('#bring').fill('Our retrospectives.')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('times')
    await tabTo(page, '#times')
    await page.keyboard.press('Space')
    await tabTo(page, '#typedDay')
    await page.keyboard.type('28')
    await page.keyboard.press('Tab')
    await page.keyboard.type('11')
    await page.keyboard.press('Tab')
    await page.keyboard.type('2026')
    await tabTo(page, '#typedTime')
    await page.keyboard.type('10am')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('times-wrong')
    for (const id of ['#typedDay', '[name="typedDay-month"]', '[name="typedDay-year"]', '#typedTime'])
      await page.locator(id).fill('')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    await look('check')
    await tabTo(page, 'button.govuk-button')
    await enter(page)
    expect(new URL(page.url()).pathname).toMatch(/\/sent$/)
    await look('sent')
    await page.goto(asking)
    await look('refused')
    expect(await page.locator('form[action]').count()).toBe(0)
    await page.context().close()
  },
)
