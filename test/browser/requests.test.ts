import { listingOf } from '../../src/listing/views.ts'
import { paths } from '../../src/common/paths.ts'
import { requestsOf } from '../../src/requests/views.ts'
import { directMessage } from '../federation/shapes/messages.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { sendTo } from '../support/stranger.ts'

// A message from outside in a real browser, from the list to a report: each page by axe, at 320 pixels without scripts in Welsh, and
// by keyboard alone.

let node: TestNode
let server: StrangersServer

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
})

afterAll(() => server.close())

const walks = [
  { language: 'en', scripts: true, width: 1280, handle: 'asha' },
  { language: 'cy', scripts: false, width: 320, handle: 'sian' },
] as const

test.each(walks)(
  'a request is opened, answered, and its author reported and blocked ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, handle }) => {
    const who = await aResident(node, handle, { displayName: handle })
    await listed(node, who, ['public'])
    expect(await node.settle()).toEqual([])
    const actor = `${node.url}/ap/people/${(await listingOf(node.app.db, who.id))?.personId}`
    const author = aRemotePerson(server, `cleo_of_the_very_long_lighthouse_${handle}`)
    const text = `could we talk? ${'w'.repeat(300)}`
    const message = { author, to: [{ actor, handle: `@${handle}@here` }], text, number: 1 }
    await sendTo(node, server, directMessage('mastodon', message))
    expect(await node.settle()).toEqual([])
    const id = (await requestsOf(node.app.db, who.id, node.time))[0]?.id ?? ''

    const reader = await signIn(node, `${handle}@north.example`)
    const page = await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language, reader })
    const look = async (what: string): Promise<void> => {
      await page.waitForLoadState()
      await checkPage(page, `${language}: ${what}`)
    }
    const press = async (action: string): Promise<void> => {
      // By keyboard: no mouse is needed anywhere.
      await page.locator(`form[action="${action}"] button`).first().focus()
      const answered = page.waitForEvent('domcontentloaded')
      await page.keyboard.press('Enter')
      await answered
    }
    const start = language === 'cy' ? '?lang=cy' : ''
    await page.goto(`${paths.home}${start}`)
    await look('home')
    await page.goto(paths.requests)
    await look('list')
    await page.locator(`a[href="${paths.request(id)}"]`).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${paths.request(id)}`)
    await look('closed')
    await press(paths.openRequest(id))
    await look('opened')
    await press(paths.request(id))
    await look('answer missing')
    expect(await page.locator('.govuk-error-summary').count()).toBe(1)
    await page.goto(`${paths.request(id)}?start=channel`)
    await look('suggestion')
    await page.locator('#answer').fill('asha@north.example')
    await press(paths.request(id))
    await look('answered')
    for (const path of [paths.requestChoices, paths.reportRequest(id), paths.blockRequest(id)]) {
      await page.goto(path)
      await look(path)
    }
    await page.goto(paths.reportRequest(id))
    await press(paths.reportRequest(id))
    await look('report missing')
    await page.locator('#reason').fill('Rude.')
    await press(paths.reportRequest(id))
    await look('reported')
    await page.goto(paths.blockRequest(id))
    await press(paths.blockRequest(id))
    await look('blocked')
    expect(new URL(page.url()).pathname).toBe(paths.requests)
  },
  120_000,
)
