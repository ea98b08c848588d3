import { createOutbound } from '../../src/common/outbound.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { anInternet, type Internet } from '../support/internet.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { photoWithPlace } from '../profile/pictures.ts'

// The page of her picture and that of her links, in a real browser, in both languages, with and without scripts, wide and narrow.

let node: TestNode
let internet: Internet

beforeAll(async () => {
  internet = await anInternet()
  node = await aNode({
    overrides: {
      outbound: createOutbound({ allowPrivateAddresses: false, userAgent: 'sideways/test', network: internet.network }),
    },
  })
  internet.hosts.set('asha.peers.example', (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<a rel="me" href="${node.url}/@asha">x</a>`),
  )
})

afterAll(() => internet.close())

async function reads(accountId: string, language: 'en' | 'cy'): Promise<void> {
  await rows(node.app.db, 'update account set language = $2 where id = $1', [accountId, language])
}

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

test.each([
  {
    language: 'en',
    handle: 'asha',
    javaScriptEnabled: true,
    width: 1280,
    alt: 'Asha at her desk',
    missing: 'Say what',
  },
  {
    language: 'cy',
    handle: 'sian',
    javaScriptEnabled: false,
    width: 320,
    alt: 'Siân wrth ei desg',
    missing: 'Dywedwch beth',
  },
] as const)(
  'a picture is chosen, shown, shown to everyone and removed ($language, scripts $javaScriptEnabled, $width px)',
  async ({ handle, alt, missing, ...options }) => {
    const who: Resident = await aResident(node, handle)
    await listed(node, who, ['here', 'public'])
    const reader = await signIn(node, `${handle}@north.example`)
    await reads(reader.accountId, options.language)
    const page = await openBrowser({ ...options, origin: node.url, reader })
    const file = { name: 'me.jpg', mimeType: 'image/jpeg', buffer: await photoWithPlace() }

    await page.goto(paths.picture)
    await checkPage(page, 'no picture yet')
    await page.locator('#picture').setInputFiles(file)
    await page.locator('form[enctype] button').click()
    await page.waitForLoadState()
    expect(await page.locator('main, .govuk-error-summary').first().innerText()).toBeTruthy()
    expect(await page.locator('body').innerText()).toContain(missing)
    await checkPage(page, 'a picture without words')

    await page.locator('#picture').setInputFiles(file)
    await page.locator('#alt').fill(alt)
    await page.locator('input[name="level"][value="5"]').check()
    await page.locator('form[enctype] button').click()
    await page.waitForLoadState()
    await checkPage(page, 'a picture')
    const shown = page.locator('main img')
    expect(await shown.getAttribute('alt')).toBe(alt)
    expect(await shown.evaluate((image) => Reflect.get(image, 'naturalWidth'))).toBe(400)
    await settled()

    for (const path of [
      `/@${handle}`,
      paths.preview('stranger'),
      paths.preview('partner'),
      paths.directory,
      paths.receipts,
    ]) {
      await page.goto(path)
      await checkPage(page, path)
    }
    await page.goto(`/@${handle}`)
    expect(await page.locator('img.u-photo').evaluate((image) => Reflect.get(image, 'naturalWidth'))).toBe(400)
    await page.goto(paths.profile('audience'))
    await checkPage(page, 'who sees what')

    await page.goto(paths.picture)
    await page.locator(`form[action="${paths.removePicture}"] button`).click()
    await page.waitForLoadState()
    expect(await page.locator('main img').count()).toBe(0)
    await checkPage(page, 'removed')
  },
  120_000,
)

test.each([
  { language: 'en', javaScriptEnabled: true, width: 1280, result: 'The page answered 404' },
  { language: 'cy', javaScriptEnabled: false, width: 320, result: 'Atebodd y dudalen 404' },
] as const)(
  'links and what was found there can be read by everybody ($language, $width px)',
  async ({ result, ...options }) => {
    const reader = await signIn(node, 'asha@north.example')
    await reads(reader.accountId, options.language)
    await saveFields(node.app, reader.accountId, {
      links: [
        'https://asha.peers.example/',
        `https://${'very-long-'.repeat(5)}name.peers.example/a/long/path/that/does/not/break`,
      ],
    })
    const page = await openBrowser({ ...options, origin: node.url, reader })
    await page.goto(paths.profile('links'))
    await checkPage(page, 'links that were not looked at yet')
    await settled()
    await page.goto(paths.profile('links'))
    await checkPage(page, 'links that were looked at')
    expect(await page.locator('main').innerText()).toContain(result)
    await page.locator(`form[action="${paths.checkLinks}"] button`).click()
    await page.waitForLoadState()
    await checkPage(page, 'asked again')
    await saveFields(node.app, reader.accountId, { links: undefined })
  },
  120_000,
)
