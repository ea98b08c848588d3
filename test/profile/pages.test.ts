import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { chooseHandle, saveFields } from '../../src/profile/actions.ts'
import { firstQuestions, furtherQuestions } from '../../src/profile/questions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { asha } from './people.ts'

let node: TestNode
let beginner: SignedIn
let full: SignedIn
const slugs = [...firstQuestions, ...furtherQuestions].map(({ slug }) => slug)

beforeAll(async () => {
  node = await aNode()
  beginner = await signIn(node, 'beginner@north.example')
  full = await signIn(node, 'full@north.example')
  await saveFields(node.app, full.accountId, {
    ...asha,
    introduction:
      'I look after one small service from end to end. Half an hour with somebody in the same boat would help.',
    sharesInWords: ['Saying no kindly'],
    jobTitle: 'Delivery lead',
    place: 'Northford',
    links: ['https://north.example/people/a-rather-long-address-for-a-narrow-window/asha-rao'],
    timeZone: 'Europe/London',
    holidayRegion: 'GB-WLS',
    workingPattern: { monday: [{ from: '09:00', to: '12:30' }] },
    boundaries: ['no-selling'],
    addressMe: 'AH-sha',
    timeInRole: 'long',
  })
  await chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, full.accountId, 'asha_rao')
  await rows(
    node.app.db,
    `insert into consent_receipt (id, account_id, purpose, given, wording_version, wording, language, channel, at)
    values ('one', $1, 'here', true, '2026-11', 'You will be found here.', 'en', 'page', $2)`,
    [full.accountId, node.time],
  )
})

const places = [
  ...slugs.map(paths.profile),
  `${paths.profile('role')}?search=scrum&chosen=delivery-manager&from=check`,
  `${paths.profile('share')}?search=nothing+like+this`,
  paths.profile('audience'),
  paths.profile('handle'),
  paths.profileCheck,
  paths.preview('stranger'),
  paths.preview('partner'),
  paths.preview('colleague'),
  paths.receipts,
]

async function look(page: Awaited<ReturnType<typeof openBrowser>>, name: string): Promise<void> {
  await checkPage(page, name)
  const folder = process.env['SHOTS']
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`, fullPage: true })
}

// Each language once: the longer words in the narrow window.
test.each([
  ['en', 1280],
  ['cy', 320],
] as const)(
  'every page of a finished profile is without a fault (%s, %i wide)',
  async (language, width) => {
    const page = await openBrowser({ origin: node.url, reader: full, width, language })
    await page.goto(`${paths.myProfile}?lang=${language}`)
    for (const place of places) {
      await page.goto(place)
      await look(page, `full ${language} ${width} ${place}`)
    }
  },
  180_000,
)

test('a page that asks again is without a fault, and its summary leads to the field', async () => {
  const page = await openBrowser({
    origin: node.url,
    reader: beginner,
    width: 320,
    javaScriptEnabled: false,
  })
  await page.goto(paths.myProfile)
  await look(page, 'start')
  for (const slug of ['name', 'role', 'organisation', 'languages'] as const) {
    await page.goto(paths.profile(slug))
    for (const box of await page.locator('main input[type=text]').all()) await box.fill('')
    for (const list of await page.locator('main select').all()) await list.selectOption({ index: 0 })
    await page.locator('main form > button').click()
    expect(await page.locator('.govuk-error-summary').count()).toBe(1)
    for (const link of await page.locator('.govuk-error-summary a').all()) {
      expect(await page.locator((await link.getAttribute('href')) ?? '#').count()).toBe(1)
    }
    await look(page, `again ${slug}`)
  }
}, 120_000)

test('with the keyboard alone a role is found, ticked and saved', async () => {
  const page = await openBrowser({ origin: node.url, reader: beginner })
  await page.goto(paths.profile('role'))
  await page.locator('#search').focus()
  await page.keyboard.type('scrum')
  await page.keyboard.press('Enter')
  await page.waitForURL(/search=scrum/)
  await page.locator('#search').focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.locator('main form > button').focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/only-one/)
})
