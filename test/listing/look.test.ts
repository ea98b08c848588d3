import { mkdir } from 'node:fs/promises'
import { renewalToken } from '../../src/listing/actions.ts'
import { flagOf } from '../../src/listing/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, ashasProfile, listed, opened } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Every page of the listing area in a real browser: axe, one h1, nothing wider than 320 pixels, both languages. That they
// work without scripts is held by pages.test.ts, whose reader has none. SCREENSHOTS names a folder for pictures.
const pictures = process.env['SCREENSHOTS']
let node: TestNode

beforeAll(async () => {
  node = await aNode()
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
})

async function look(
  reader: Awaited<ReturnType<typeof signIn>> | undefined,
  paths: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [width, language] of [
    [1280, 'en'],
    [320, 'cy'],
  ] as const) {
    await reader?.get(`/?lang=${language}`)
    const page = await openBrowser({ origin: node.url, width, language, ...(reader ? { reader } : {}) })
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      if (pictures !== undefined)
        await page.screenshot({ path: `${pictures}/${name}-${language}-${width}.png`, fullPage: true })
      await checkPage(page, `${name} ${language} ${width}`)
    }
    await page.context().close()
  }
}

test('what somebody sees who is listed nowhere works for everyone', async () => {
  const ben = await aResident(node, 'ben', { displayName: 'Ben Oduya' })
  const reader = await signIn(node, 'ben@north.example')
  await look(reader, {
    'mine-nowhere': '/me/listing',
    'scope-here': '/me/listing/here',
    'scope-partners': '/me/listing/partners',
    'scope-public': '/me/listing/public',
    'scope-discovery': '/me/listing/discovery',
    'chat-unlisted': '/me/chat',
    'pause-none': '/me/chat/pause',
    'withdraw-none': '/me/listing/withdraw',
  })
  await listed(node, ben, ['here'])
  await look(reader, { 'chat-open-form': '/me/chat' })
}, 180_000)

test('what somebody sees who is listed everywhere works for everyone, and so does her public page', async () => {
  const asha = await aResident(node)
  await saveFields(node.app, asha.id, { ...ashasProfile, links: ['https://asha.example/me'] })
  await listed(node, asha, ['here', 'partners', 'public', 'discovery'])
  await opened(node, asha)
  const reader = await signIn(node, 'asha@north.example')
  const token = renewalToken(node.app, (await flagOf(node.app.db, asha.id))?.id ?? '')
  await look(reader, {
    mine: '/me/listing',
    'scope-public-on': '/me/listing/public',
    withdraw: '/me/listing/withdraw',
    keep: '/me/listing/keep',
    chat: '/me/chat',
    pause: '/me/chat/pause',
  })
  await look(undefined, { person: '/@asha', renewal: `/chat/renew?token=${token}`, nobody: '/@nobody' })
}, 180_000)

test('errors lead to the field that needs another look', async () => {
  const reader = await signIn(node, 'ben@north.example')
  await reader.get('/?lang=en')
  const page = await openBrowser({ origin: node.url, width: 320, language: 'en', reader })
  await page.goto('/me/chat')
  for (const box of await page.locator('input[name="kinds"][type="checkbox"]').all()) await box.uncheck()
  await page.locator('#endsOn').fill('31')
  await page.locator('[name="endsOn-month"]').fill('2')
  await page.getByRole('button', { name: 'Open my peer chat' }).click()
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/chat-error-en-320.png`, fullPage: true })
  await checkPage(page, 'errors')
  await page.getByRole('link', { name: 'The day until which you are open must be a real date' }).click()
  expect(await page.evaluate('document.activeElement.id')).toBe('endsOn')
  await page.getByRole('link', { name: 'Choose at least one kind of chat' }).click()
  expect(await page.evaluate('document.activeElement.id')).toBe('kinds')
}, 180_000)
