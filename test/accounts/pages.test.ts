import { invite } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { rows } from '../../src/database/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { linkInMail, signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let admin: SignedIn
let memberId: string
beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_JOIN: 'approval', SIDEWAYS_CONTACT: 'peers@north.example' } })
  admin = await signIn(node, 'admin@north.example', 'administrator')
  memberId = (await signIn(node, 'member@north.example')).accountId
  const account = await accountById(node.app.db, admin.accountId)
  if (!account) throw new Error('no administrator')
  await invite(node.app, account, 'invited-person@elsewhere.example', 'en')
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at) values ('w1', 'waiting-person@a-long-name-of-a-council.example', 'member', 'waiting', 'en', $1)`,
    [node.time],
  )
  expect(await node.settle()).toEqual([])
})

const pictures = process.env['PICTURES']
// Welsh, which is longer, on the narrowest screen, and English on a wide one; all four when somebody wants to look.
const views = [
  { language: 'cy', width: 320 },
  { language: 'en', width: 1280 },
  ...(pictures === undefined
    ? []
    : ([
        { language: 'en', width: 320 },
        { language: 'cy', width: 1280 },
      ] as const)),
] as const

async function look(paths: readonly string[], reader?: SignedIn): Promise<void> {
  for (const { language, width } of views) {
    const page = await openBrowser({ origin: node.url, width, language, ...(reader ? { reader } : {}) })
    for (const path of paths) {
      await page.goto(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`)
      const file = `${path.replaceAll(/[^a-z]+/g, '_')}-${language}-${width}.png`
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${file}`, fullPage: true })
      await checkPage(page, `${path} in ${language} at ${width}`)
    }
    await page.context().close()
  }
}

it('the pages of signing in can be used by everybody, in both languages and on a narrow screen', async () => {
  await look([
    '/',
    '/sign-in',
    '/sign-in/sent',
    '/sign-in/link',
    '/waiting',
    '/sign-out',
    '/sign-in/link?token=nothing',
  ])
})

it('the pages about this node can be used by everybody, in both languages and on a narrow screen', async () => {
  await look(['/about', '/privacy', '/accessibility', '/ns', '/nowhere'])
})

it('the administrators’ pages about people can be used by everybody', async () => {
  await look(
    [
      '/',
      '/administration',
      '/administration/people',
      '/administration/people/invite',
      `/administration/people/${memberId}`,
      `/administration/people/${memberId}/close`,
      '/sign-out',
    ],
    admin,
  )
})

it('somebody without scripts asks for a link, sees her mistake, and signs in by pasting the link', async () => {
  const page = await openBrowser({ origin: node.url, javaScriptEnabled: false, width: 320 })
  await page.goto('/sign-in?lang=cy')
  await page.getByRole('button', { name: 'E-bostiwch ddolen ataf' }).click()
  await checkPage(page, 'sign-in with a mistake, in Welsh')
  expect(await page.getByRole('alert').innerText()).toContain('Rhowch eich cyfeiriad e-bost gwaith')
  await page.getByLabel('Eich cyfeiriad e-bost gwaith').fill('member@north.example')
  await page.getByRole('button', { name: 'E-bostiwch ddolen ataf' }).click()
  expect(await node.settle()).toEqual([])
  await page.getByLabel("Y ddolen o'r e-bost").fill(linkInMail(node, 'member@north.example'))
  await page.getByRole('button', { name: 'Mewngofnodi' }).click()
  await page.waitForURL('/')
  expect(await page.getByRole('link', { name: 'Allgofnodi' }).count()).toBe(1)
})

it('a link opened in another browser shows one button, which is all that a keyboard needs to find', async () => {
  const page = await openBrowser({ origin: node.url, width: 320 })
  await page.goto('/sign-in')
  await page.getByLabel('Your work email address').fill('member@north.example')
  await page.keyboard.press('Enter')
  await page.waitForURL('/sign-in/sent')
  expect(await node.settle()).toEqual([])
  const other = await openBrowser({ origin: node.url, width: 320 })
  await other.goto(linkInMail(node, 'member@north.example'))
  await checkPage(other, 'the confirm page')
  await other.getByRole('button', { name: 'Sign in' }).press('Enter')
  await other.waitForURL('/')
})
