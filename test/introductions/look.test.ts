import { paths } from '../../src/common/paths.ts'
import { introductionsOf } from '../../src/introductions/views.ts'
import { askForIntroduction } from '../../src/introductions/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { anOpenResident, entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aSignedInPerson, correspondence, waitingRequestOf } from '../support/outside.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { signIn } from '../support/sign-in.ts'

// The pages of introductions, and of times with somebody outside, in a real browser: by axe, and at 320 pixels without scripts in Welsh.

let node: TestNode
let server: StrangersServer

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
})

afterAll(() => server.close())

test.each([
  { language: 'en', javaScriptEnabled: true, width: 1280 },
  { language: 'cy', javaScriptEnabled: false, width: 320 },
] as const)(
  'every page can be read ($language, scripts $javaScriptEnabled, $width px)',
  async ({ language, javaScriptEnabled, width }) => {
    const names = {
      asker: `Asha ${language} Quillan`,
      by: `Samir ${language} Ostrow`,
      target: `Bronwen ${language} Vaughan`,
    }
    const asker = await anOpenResident(node, `asha_${language}`, names.asker)
    const introducer = await anOpenResident(node, `samir_${language}`, names.by)
    await anOpenResident(node, `bronwen_${language}`, names.target)
    expect(await node.settle()).toEqual([])
    const [by, target] = [await entryOf(node, names.by), await entryOf(node, names.target)]
    const line = `Plain words ${'w'.repeat(200)}`
    await askForIntroduction(node.app, asker.id, { introducer: by, target, line })
    const [waits] = await introductionsOf(node.app.db, introducer.id, node.time)
    const [own] = await introductionsOf(node.app.db, asker.id, node.time)
    const public_ = await aSignedInPerson(node, server, `public_${language}`)
    await correspondence(node, server).write(public_, aRemotePerson(server, `cleo_${language}`), 'could we talk?')
    const request = await waitingRequestOf(node, public_)
    await public_.post(paths.openRequest(request), {})

    const visits = [
      {
        reader: await signIn(node, `samir_${language}@north.example`),
        at: [paths.introductions, paths.introduction(waits?.id ?? '')],
      },
      {
        reader: await signIn(node, `asha_${language}@north.example`),
        at: [
          paths.introduction(own?.id ?? ''),
          `${paths.askIntroduction(target)}?q=${language}`,
          `${paths.askIntroduction(by)}?by=${target}`,
          `${paths.askThird(target)}?q=${language}`,
        ],
      },
      {
        reader: public_,
        at: [
          paths.requestTimes(request),
          paths.requestMeeting(request),
          paths.request(request),
          paths.fromOutside,
          paths.person(`public_${language}`),
        ],
      },
    ]
    for (const { reader, at } of visits) {
      const page = await openBrowser({ origin: node.url, javaScriptEnabled, width, language, reader })
      for (const path of at) {
        await page.goto(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`)
        await checkPage(page, path)
      }
      await page.context().close()
    }
  },
  120_000,
)
