import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { actorOf, aPeer, settled, type Peer } from '../support/peer.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Followers, other accounts, moving, hiding and leaving in a real browser: each page by axe, wide with scripts in English, and at 320
// pixels without scripts in Welsh.

let node: TestNode
let server: Peer

beforeAll(async () => {
  node = await aNode()
  server = await aPeer()
})

afterAll(() => server.close())

const walks = [
  { language: 'en', scripts: true, width: 1280, handle: 'asha' },
  { language: 'cy', scripts: false, width: 320, handle: 'sian' },
] as const

test.each(walks)(
  'she lets a follower in, names an account, moves, comes back, hides and leaves ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width, handle }) => {
    const who = await aResident(node, handle, { displayName: handle })
    await listed(node, who, ['here', 'public'])
    await settled(node)
    const person = await actorOf(node, who)
    const follower = server.account(`cleo_of_the_very_long_lighthouse_at_the_end_of_the_bay_${handle}`)
    await server.post(node, follower, { type: 'Follow', object: person })
    await settled(node)
    // More than a page of them.
    await rows(
      node.app.db,
      `insert into follower (id, person_id, actor, handle, inbox, follow, state, asked_at)
       select $3 || n, $1, 'https://social.example/users/p' || n, '@p' || n || '@social.example', 'https://social.example/inbox',
         '{}', 'waiting', $2 from generate_series(1, 60) n`,
      [person.split('/').at(-1), node.time, handle],
    )
    const reader = await signIn(node, `${handle}@north.example`)
    const page = await openBrowser({ origin: node.url, javaScriptEnabled: scripts, width, language, reader })
    const look = async (what: string): Promise<void> => {
      await page.waitForLoadState()
      await checkPage(page, `${language}: ${what}`)
    }
    const open = async (path: string): Promise<void> => {
      await page.goto(path)
      await look(path)
    }
    const press = async (action: string, what: string): Promise<void> => {
      await page.locator(`main form[action="${action}"] button`).first().focus()
      const answered = page.waitForEvent('domcontentloaded')
      await page.keyboard.press('Enter')
      await answered
      await look(what)
    }
    await page.goto(`${paths.home}${language === 'cy' ? '?lang=cy' : ''}`)
    await open(paths.followers)
    await press(paths.followers, 'let in')
    await open(`${paths.followers}?show=waiting&page=2`)
    await open(`${paths.followers}?show=accepted`)
    await press(paths.followers, 'removed')
    await open(`${paths.followers}?show=rejected`)
    await press(paths.whoMayFollow, 'who may follow')
    await open(paths.moving)
    await press(paths.moving, 'account missing')
    expect(await page.locator('.govuk-error-summary').count()).toBe(1)
    await page.locator('#alias').fill(server.account(`old_${handle}`))
    await press(paths.moving, 'account named')
    await press(paths.movedIn, 'along')
    await open(paths.moveAway)
    await page.locator('#target').fill(server.account(`new_${handle}`, { alsoKnownAs: [person] }))
    await press(paths.moveAway, 'sure to move')
    await press(paths.moveAway, 'moved')
    await open(paths.person(handle))
    await open(paths.followers)
    await page.goto(paths.moving)
    await press(paths.comeBack, 'came back')
    await open(paths.hideForNow)
    await press(paths.hideForNow, 'hidden')
    await open(paths.myListing)
    await open(paths.scope('public'))
    await open(paths.followers)
    await page.goto(paths.hideForNow)
    await press(paths.hideForNow, 'shown')
    await open(paths.withdraw)
    await press(paths.withdraw, 'left')
    await open(paths.withdraw)
  },
  180_000,
)
