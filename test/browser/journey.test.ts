import type { Page } from 'playwright-core'
import { follow, approve } from '../../src/partners/actions.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { paths } from '../../src/common/paths.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, keepPicture, openBrowser } from '../support/pages.ts'
import { linkInMail } from '../support/sign-in.ts'

// The main job end to end, in a real browser on two real nodes: from a sign-in mail on one node to being found, open to a
// chat, on the other, to being gone from it. Every page on the way is looked at by axe. PICTURES=<folder> keeps screenshots.

let north: TestNode
let south: TestNode
const host = (node: TestNode): string => new URL(node.url).host

beforeAll(async () => {
  const settings = { SIDEWAYS_JOIN: 'domains', SIDEWAYS_MAIL_DOMAINS: 'north.example,south.example' }
  north = await aNode({ settings, worker: true, time: new Date() })
  south = await aNode({
    settings: { ...settings, SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_SECTOR: 'charity-community' },
    worker: true,
    time: new Date(),
  })
  await follow(south.app, await lookUpPartner(south.app, host(north)))
  await eventually(async () => approve(north.app, host(south)))
})

async function eventually<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** A person's walk through pages; each page is checked in one of the walks and, where PICTURES says so, kept. */
function walk(page: Page, name: string, isChecked: boolean) {
  let step = 0
  return {
    page,
    look: async (what: string): Promise<void> => {
      step += 1
      if (isChecked) await checkPage(page, `${name}: ${what}`)
      await keepPicture(page, `${name}-${String(step).padStart(2, '0')}-${what}`)
    },
    /** Presses the button that sends the page's own form. */
    goOn: async (): Promise<void> => {
      await page.locator('main form button.govuk-button').last().click()
      await page.waitForLoadState()
    },
  }
}

/** Ticks a box in a long list, opening the part of the list that has it. */
async function tick(page: Page, name: string, value: string): Promise<void> {
  await page.locator(`details:has(input[name="${name}"][value="${value}"]) > summary`).first().click()
  await page.locator(`input[name="${name}"][value="${value}"]`).first().check()
}

async function signInByMail(
  page: Page,
  node: TestNode,
  mail: string,
  look: (what: string) => Promise<void>,
): Promise<void> {
  await page.goto(paths.signIn)
  await look('sign-in')
  await page.locator('#mail').fill(mail)
  await page.locator('main form button').first().click()
  await page.waitForURL(`**${paths.signInSent}**`)
  await look('check-your-mail')
  const link = await eventually(async () => linkInMail(node, mail))
  await page.goto(link)
  await page.waitForLoadState()
}

const languages = [
  {
    language: 'en',
    scripts: true,
    width: 1280,
    mail: 'asha@north.example',
    name: 'Asha Rao',
    seeker: 'ben@south.example',
  },
  {
    language: 'cy',
    scripts: false,
    width: 320,
    mail: 'sian@north.example',
    name: 'Siân Pritchard',
    seeker: 'gethin@south.example',
  },
] as const

test.each(languages)(
  'somebody is found on another node, open to a chat, and gone again when she withdraws ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, mail, name, seeker }) => {
    const options = { language, javaScriptEnabled: scripts, width }
    const { page, look, goOn } = walk(
      await openBrowser({ ...options, origin: north.url }),
      `${language}-owner`,
      scripts,
    )
    await page.goto('/')
    await look('home')
    await signInByMail(page, north, mail, look)

    await page.goto(paths.profile('name'))
    await look('name')
    await page.locator('#displayName').fill(name)
    await goOn()
    await look('role')
    await tick(page, 'roles', 'delivery-manager')
    await goOn()
    await look('only-one')
    await page.locator('input[name="onlyOne"][value="organisation"]').check()
    await goOn()
    await look('organisation')
    await goOn()
    await look('languages')
    await page.locator('select[name="tag1"]').selectOption(language)
    await page.locator('select[name="level1"]').selectOption('easy')
    await goOn()
    await look('practices-to-share')
    await tick(page, 'shares', 'retrospective')
    await goOn()
    await look('practices-to-try')
    await tick(page, 'wantsToTry', 'story-map')
    await goOn()
    await look('introduction')
    await page.locator('textarea[name="introduction"]').fill('I look after one small service from end to end.')
    await goOn()
    expect(new URL(page.url()).pathname).toBe(paths.profileCheck)
    await look('check-answers')
    for (const who of ['stranger', 'partner', 'colleague']) {
      await page.goto(paths.preview(who))
      await look(`preview-${who}`)
    }

    await page.goto(paths.myListing)
    await look('listing-off')
    await page.goto(paths.scope('partners'))
    await look('partners-question')
    await goOn()
    await look('partners-yes')
    await page.goto(paths.receipts)
    await look('receipts')
    await page.goto(paths.flag)
    await look('open-to-chat')
    await page.locator('input[name="kinds"][type="checkbox"]').first().check()
    await goOn()
    await look('is-open')

    const other = walk(await openBrowser({ ...options, origin: south.url }), `${language}-seeker`, scripts)
    await signInByMail(other.page, south, seeker, other.look)
    const found = `${paths.directory}?role=delivery-manager&open=true`
    await eventually(async () => {
      await other.page.goto(found)
      if (!(await other.page.locator('main').innerText()).includes(name)) throw new Error(`${name} is not found yet`)
    })
    expect(await other.page.locator('main').innerText()).toContain(host(north))
    await other.look('found')
    await other.page.getByRole('link', { name }).first().click()
    await other.page.waitForLoadState()
    await other.look('entry')
    await other.page.goto(`${paths.directory}?text=nobodyhasthisname`)
    await other.look('nobody')

    await page.goto(paths.withdraw)
    await look('withdraw')
    await goOn()
    await look('withdrawn')
    await eventually(async () => {
      await other.page.goto(found)
      if ((await other.page.locator('main').innerText()).includes(name)) throw new Error(`${name} is still there`)
    })
  },
  180_000,
)
