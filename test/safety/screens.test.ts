import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { blockActor, receiveReport, report } from '../../src/safety/actions.ts'
import { appeal, decide, hideEntry } from '../../src/safety/decision-actions.ts'
import { joinBlockList, refuseDomain } from '../../src/safety/domain-actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// Every page about blocks, reports and decisions, in both languages: by axe, with one h1, and 320 pixels wide.

let node: TestNode
let herself: SignedIn
let moderator: SignedIn
let judge: SignedIn
let lists: Server
const pages: { readonly of: 'herself' | 'moderator' | 'judge'; readonly path: string }[] = []

beforeAll(async () => {
  node = await aNode()
  const { app } = node
  const asha = await aResident(node)
  const bea = await aResident(node, 'bea', { displayName: 'Bea Davies' })
  for (const one of [asha, bea]) await listed(node, one, ['here', 'public'])
  await node.settle()
  herself = await signIn(node, 'asha@north.example')
  moderator = await signIn(node, 'mod@north.example')
  judge = await signIn(node, 'judge@north.example')
  await rows(app.db, 'update account set moderates = true where id = any($1)', [[moderator.accountId, judge.accountId]])
  const person = `${node.url}/ap/people/${(await listingOf(app.db, asha.id))?.personId}`
  const host = new URL(node.url).host
  await blockActor(app, {
    accountId: asha.id,
    actor: 'https://social.example/users/x',
    host: 'social.example',
    name: '@x@social.example',
  })
  const given = { accountId: bea.id, about: { actor: person, host, accountId: asha.id, name: 'Asha Rao' } }
  const warned = await report(app, {
    ...given,
    reason: 'Too loud.\nTwice.',
    attached: { words: 'Words of a message', cameAt: app.now() },
  })
  await decide(app, { id: moderator.accountId }, { reportId: warned, choice: 'warn', reason: 'Please stop.' })
  const [decision] = await rows<{ id: string }>(app.db, 'select id from decision')
  const open = await report(app, { ...given, reason: 'Once more.' })
  const cleo = { actor: 'https://social.example/users/cleo', host: 'social.example', name: '@cleo@social.example' }
  const outside = await report(app, {
    accountId: bea.id,
    about: cleo,
    reason: 'Spam',
    posts: ['https://social.example/notes/1'],
  })
  await receiveReport(app, {
    reporterHost: 'other.example',
    about: { ...given.about },
    posts: [`${person}/notes/1`],
    content: 'Hm',
  })
  await hideEntry(
    app,
    { id: moderator.accountId },
    { person: cleo.actor, listingId: 'x', host: cleo.host, name: 'Cleo', reason: 'x' },
  )
  await refuseDomain(app, { id: moderator.accountId }, { domain: 'spam.example', reason: 'Spam', partners: [] })
  lists = createServer((_request, response) => response.end('spam.example\nworse.example # bad\n'))
  await new Promise<void>((resolve) => {
    lists.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(lists.address() as AddressInfo).port}/list.txt`
  const list = await joinBlockList(
    app,
    { id: moderator.accountId },
    { url: `${url}?2`, etag: null, listed: [{ domain: 'bad.example', comment: 'Spam' }], reason: 'x' },
  )
  const cards = (await herself.get('/directory')).text.split('class="sw-card')
  const key = /\/directory\/([0-9a-z]{13})/.exec(cards.find((card) => card.includes('Bea Davies')) ?? '')?.[1] ?? ''
  for (const path of [
    `/report?entry=${key}`,
    `/me/blocks/add?entry=${key}`,
    '/me/blocks',
    '/me/blocks/server',
    '/me/decisions',
  ])
    pages.push({ of: 'herself', path })
  pages.push({ of: 'herself', path: `/me/decisions/${decision?.id}/appeal` })
  for (const path of [
    '/moderation?decided=yes',
    `/moderation/reports/${warned}`,
    `/moderation/reports/${open}`,
    `/moderation/reports/${outside}`,
    '/moderation/log',
    '/moderation/hidden',
    '/moderation/servers',
    '/moderation/servers/add',
    '/moderation/servers/add/check?domain=bad.example',
    '/moderation/servers/spam.example/end',
    '/moderation/lists',
    '/moderation/lists/add',
    `/moderation/lists/add/check?url=${encodeURIComponent(url)}`,
    `/moderation/lists/${list}`,
    `/moderation/lists/${list}/leave`,
  ])
    pages.push({ of: 'moderator', path })
  // The page of the person's own appeal is looked at first; then she asks.
  pages.push({ of: 'judge', path: '/moderation' })
  decisionId = decision?.id ?? ''
  ashaId = asha.id
})
afterAll(() => lists.close())

let decisionId = ''
let ashaId = ''

// Many pages, on a machine that may have other work.
const longest = 240_000

test.each(['en', 'cy'] as const)(
  'every page holds in %s',
  async (language) => {
    const open = (reader: SignedIn) => openBrowser({ origin: node.url, reader, language, width: 320 })
    const windows = { herself: await open(herself), moderator: await open(moderator), judge: await open(judge) }
    for (const { of, path } of pages) {
      const page = windows[of]
      const answer = await page.goto(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`)
      expect([path, answer?.status()]).toEqual([path, 200])
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      await checkPage(page, `${path} in ${language}`)
      expect(await page.locator('body').innerText()).not.toMatch(/\bsafety:[a-zA-Z]/)
    }
  },
  longest,
)

test.each(['en', 'cy'] as const)('an appeal and a form with errors hold in %s', async (language) => {
  await appeal(node.app, { id: ashaId }, decisionId, 'It was not me.')
  const [asked] = await rows<{ id: string }>(node.app.db, 'select id from appeal')
  const page = await openBrowser({ origin: node.url, reader: judge, language, width: 320 })
  await page.goto(`/moderation/appeals/${asked?.id}?lang=${language}`)
  await checkPage(page, `appeal in ${language}`)
  await page.locator('main form button').click()
  await checkPage(page, `appeal without a reason in ${language}`)
  expect(await page.locator('.govuk-error-summary a').count()).toBe(1)
})
