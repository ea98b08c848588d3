import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let asha: SignedIn

beforeAll(async () => {
  node = await aNode()
  asha = await signIn(node, 'asha@north.example')
})

test('a token is made, copied and ended without scripts, on a narrow screen', async () => {
  const page = await openBrowser({ origin: node.url, reader: asha, javaScriptEnabled: false, width: 320 })
  await page.goto('/me/tokens')
  await checkPage(page, 'tokens, none yet')
  await page.getByRole('button', { name: 'Make the token' }).click()
  await checkPage(page, 'tokens, with a fault')
  expect(await page.title()).toMatch(/^Error/)
  await page.getByRole('link', { name: 'Enter what the token is for' }).click()
  await page.getByLabel('What is it for?').fill('Our intranet')
  await page.getByLabel('Read your suggestions').check()
  await page.getByLabel('30 days').check()
  await page.getByRole('button', { name: 'Make the token' }).click()
  await checkPage(page, 'the token')
  const token = await page.locator('code').first().innerText()
  expect(token).toMatch(/^sideways_[\w-]{43}$/)
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await checkPage(page, 'tokens, one')
  expect(await page.locator('body').innerText()).not.toContain(token)
  await page.getByRole('button', { name: 'End this token Our intranet' }).click()
  expect(await page.locator('body').innerText()).toContain('The token has ended')
})

test('the pages of tokens are whole in Welsh, on a wide screen', async () => {
  const page = await openBrowser({ origin: node.url, reader: asha, language: 'cy' })
  await page.goto('/me/tokens?lang=cy')
  await page.getByLabel('Ar gyfer beth y mae?').fill('Ein mewnrwyd')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Copïwch eich tocyn nawr' }).waitFor()
  await checkPage(page, 'y tocyn')
  await page.goto('/me/tokens')
  await checkPage(page, 'tocynnau')
})
