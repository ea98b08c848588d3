import type { Page } from 'playwright-core'
import { saveSearch } from '../../src/searches/actions.ts'
import { linkToken } from '../../src/searches/search.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { savedRows } from './people.ts'

// The pages of saved searches in a browser without scripts, 320 pixels wide, in both languages.

let node: TestNode
let asha: SignedIn

beforeAll(async () => {
  node = await aNode()
  asha = await signIn(node, 'asha@north.example')
})

async function look(page: Page, path: string, name: string): Promise<void> {
  await page.goto(path)
  await checkPage(page, name)
  const folder = process.env['SCREENSHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}

/** Presses a button by keyboard, and waits for what the next page has. */
async function press(page: Page, button: string, next: string): Promise<void> {
  await page.locator(button).focus()
  await page.keyboard.press('Enter')
  await page.locator(next).waitFor()
}

it.each(['en', 'cy'] as const)('every page is right for everybody who reads it (%s)', async (language) => {
  await node.app.db.pool.query('update account set language = $1', [language])
  await node.app.db.pool.query('delete from saved_search')
  const page = await openBrowser({
    origin: node.url,
    javaScriptEnabled: false,
    width: 320,
    language,
    reader: asha,
  })
  const add = '/me/searches/new?role=product-manager&open=true'
  await look(page, '/me/searches', `${language}-empty`)
  await look(page, add, `${language}-save`)

  // By keyboard: nothing chosen, then the errors, then saved.
  await page.locator('#searchName').fill('')
  await press(page, 'main button', '.govuk-error-summary')
  await checkPage(page, `${language} errors`)
  expect(await page.locator('.govuk-error-summary a').count()).toBe(2)
  await page.locator('#searchName').fill('A'.repeat(40))
  await page.locator('#weekly').focus()
  await page.keyboard.press('Space')
  await press(page, 'main button', '.govuk-notification-banner')
  expect(new URL(page.url()).pathname).toBe('/me/searches')
  await look(page, '/me/searches', `${language}-list`)
  const id = String((await savedRows(node))[0]?.['id'])
  await look(page, `/me/searches/${id}`, `${language}-search`)
  await look(page, `/me/searches/${id}/delete`, `${language}-delete`)

  await page.goto(`/me/searches/${id}`)
  await press(page, 'form[action$="/feed"] button', '.govuk-warning-text')
  await checkPage(page, `${language} feed`)
  expect(await page.locator('main').innerText()).toMatch(/\/feeds\/[\w-]{44}\.atom/)
  const folder = process.env['SCREENSHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${language}-feed.png`, fullPage: true })

  const { hashing } = node.app.secrets
  await look(page, `/searches/renew?token=${linkToken(hashing, 'keep search', id)}`, `${language}-renew`)
  await look(page, `/searches/stop?token=${linkToken(hashing, 'stop digest', asha.accountId)}`, `${language}-stop`)
  await press(page, 'main button', 'main:not(:has(form))')
  await checkPage(page, `${language} stopped`)
  expect((await savedRows(node)).map(({ mails }) => mails)).toEqual([false])
})

it('at the most that fit, the page says what to do', async () => {
  await node.app.db.pool.query('delete from saved_search')
  for (let number = 0; number < 20; number += 1)
    await saveSearch(node.app, { id: asha.accountId }, {}, { name: `Number ${number}`, mails: false })
  const page = await openBrowser({ origin: node.url, width: 320, reader: asha })
  await look(page, '/me/searches/new', 'full')
})
