import { later, minute } from '../../src/common/clock.ts'
import { agreed, anOpenResident, aSlot, asked } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// After a chat: the question, what two tell each other, the log, the note for a manager, and the totals.

let node: TestNode
let asha: SignedIn
let ben: SignedIn
let hers: string
let his: string

beforeAll(async () => {
  node = await aNode()
  const one = await anOpenResident(node, 'asha', 'Asha Rao')
  const other = await anOpenResident(node, 'ben', 'Ben Price')
  asha = await signIn(node, 'asha@north.example')
  ben = await signIn(node, 'ben@north.example')
  const slot = aSlot(node, 2)
  hers = await asked(node, one, 'Ben Price', [slot])
  his = await agreed(node, other, slot)
  node.time = later(slot.until, -minute)
})

/** A narrow window without scripts. */
async function narrow(path: string) {
  const page = await openBrowser({ origin: node.url, reader: asha, javaScriptEnabled: false, width: 320 })
  await page.goto(path)
  return { page, press: (name: string) => page.getByRole('button', { name }).click() }
}

test('the question, and the wish to tell each other, without scripts and on a narrow screen', async () => {
  const { page, press } = await narrow(`/me/chats/${hers}/worth`)
  await checkPage(page, 'not over yet')
  node.time = later(node.time, 2 * minute)
  await page.goto(`/me/chats/${hers}/worth`)
  await press('Save my answer')
  await checkPage(page, 'the question, with a fault')
  await page.getByRole('link', { name: 'Choose an answer' }).click()
  await page.getByLabel('Partly').check()
  await press('Save my answer')
  await checkPage(page, 'answered')
  await page.getByRole('link', { name: 'Keep a short note, or tell Ben Price what it was worth' }).click()
  await press('Save')
  await checkPage(page, 'the note, with a fault')
  await page.getByLabel('A short note (optional)').fill('Ask why first.')
  await page.getByLabel('Yes, if Ben Price wants to tell me as well').check()
  await press('Save')
  await checkPage(page, 'wished')
})

test('again or not, and the learning log, without scripts and on a narrow screen', async () => {
  const { page, press } = await narrow(`/me/chats/${hers}/worth`)
  await page.getByRole('link', { name: 'Would you talk with Ben Price again?' }).click()
  await press('Continue')
  await checkPage(page, 'again, with a fault')
  await page.getByLabel('Some other time').check()
  await press('Continue')
  await page.getByRole('link', { name: 'Write into your learning log what you learned' }).click()
  await checkPage(page, 'a line of the log')
  await page.getByLabel('What did you learn?').fill('Say no with a date.\nAnd with a reason.')
  await press('Save')
  await checkPage(page, 'the log')
  const text = await page.locator('main').innerText()
  expect(text).toContain('24 November 2026 – First chat, 30 minutes')
  expect(text).not.toContain('Ben')
  await page.getByRole('link', { name: /^Delete/ }).click()
  await checkPage(page, 'deleting')
})

test('in Welsh, by keyboard, with scripts: both tell each other', async () => {
  const page = await openBrowser({ origin: node.url, reader: ben, language: 'cy' })
  await page.goto(`/me/chats/${his}/worth?lang=cy`)
  await checkPage(page, 'y cwestiwn')
  await page.getByLabel('Oedd', { exact: true }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Ar ôl eich sgwrs â Asha Rao' }).waitFor()
  await checkPage(page, 'atebwyd')
  expect(await page.locator('main').innerText()).not.toContain('Ask why first')
  await page.getByRole('link', { name: 'Cadwch nodyn byr, neu dywedwch wrth Asha Rao beth oedd ei werth' }).click()
  await checkPage(page, 'y nodyn')
  await page.getByLabel('Ydw, os yw Asha Rao am ddweud wrthyf i hefyd').check()
  await page.getByRole('button', { name: 'Cadw', exact: true }).click()
  await page.getByText('Ask why first.').waitFor()
  await checkPage(page, 'y ddau')
  for (const path of [`/me/chats/${his}/worth/again`, '/me/learning', '/me/learning/new']) {
    await page.goto(path)
    await checkPage(page, path)
  }
})

test('a note for a manager goes from a form to half a page, and only that comes onto the paper', async () => {
  const page = await openBrowser({ origin: node.url, javaScriptEnabled: false, width: 320 })
  await page.goto('/protected-time')
  await page.getByRole('button', { name: 'Make the note' }).click()
  await checkPage(page, 'the form, with a fault')
  await page.getByLabel('Every two weeks').check()
  await page.getByLabel('Your name (optional)').fill('Asha Rao')
  await page.getByLabel('Cymraeg').check()
  await page.getByRole('button', { name: 'Make the note' }).click()
  await checkPage(page, 'the note')
  await page.emulateMedia({ media: 'print' })
  const shown = await page.locator('body').innerText()
  expect(shown).toContain('Hanner awr o amser gwaith bob pythefnos.')
  for (const screen of ['Your note is ready', 'Change the note', 'Sign in', 'This node is run by'])
    expect(shown).not.toContain(screen)
  await page.setViewportSize({ width: 700, height: 1000 }) // A4 with its margins
  const { height } = (await page.locator('.sw-paper').boundingBox()) ?? { height: 0 }
  expect(height).toBeGreaterThan(200)
  expect(height).toBeLessThan(1123 / 2) // half of A4 at 96 pixels an inch
})

test('the totals are a page that says how they are made', async () => {
  const sam = await signIn(node, 'sam@north.example', 'administrator')
  const page = await openBrowser({ origin: node.url, reader: sam, width: 320 })
  await page.goto('/administration/totals')
  await checkPage(page, 'totals')
})
