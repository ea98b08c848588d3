import { refusals } from '../../src/common/errors.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'

const source = 'https://code.north.example/sideways'
let node: TestNode
beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_SOURCE: source, SIDEWAYS_CONTACT: 'peers@north.example' } })
})

test('every code that an answer may carry is explained on one page, in both languages', async () => {
  for (const [language, word] of [
    ['en', 'Your account waits for approval'],
    ['cy', 'Mae eich cyfrif yn aros am gymeradwyaeth'],
  ] as const) {
    const { status, text } = await aReader(node.url).get('/docs/error-codes', { 'accept-language': language })
    expect(status).toBe(200)
    expect(text).toContain(word)
    for (const code of ['invalid-input', ...Object.keys(refusals), 'problem']) expect(text).toContain(`id="${code}"`)
    expect(text).not.toMatch(/\{\{|undefined|errors:/)
  }
})

test('the type of a problem is an address that leads to its explanation', async () => {
  const answer = await fetch(`${node.url}/nowhere`, { headers: { accept: 'application/json' } })
  const { type } = (await answer.json()) as { readonly type: string }
  const { origin, hash } = new URL(type)
  expect([origin, hash]).toEqual([node.url, '#not-found'])
  expect(await (await fetch(type)).text()).toContain('id="not-found"')
})

test('a node that says where its source code is tells so on every page', async () => {
  const link = `href="${source}"`
  expect((await aReader(node.url).get('/')).text).toContain(link)
  expect((await aReader(node.url).get('/about')).text.split(link)).toHaveLength(3) // in the list and in the footer
})

test('a node that does not say where its source code is names whom to ask', async () => {
  const silent = await aNode({ settings: { SIDEWAYS_CONTACT: 'peers@north.example' } })
  const { text } = await aReader(silent.url).get('/about')
  expect(text).toMatch(/Source code[^]*Write to the people who run this node:[^]*mailto:peers@north\.example/)
  expect((await aReader(silent.url).get('/')).text).not.toContain('Source code')
})

test.each([
  [1280, 'en'],
  [320, 'cy'],
] as const)('the pages about the node can be used at %s pixels, in %s', async (width, language) => {
  const page = await openBrowser({ origin: node.url, width, language })
  for (const path of ['/about', '/docs/error-codes']) {
    await page.goto(path)
    await checkPage(page, `${path} ${language} ${width}`)
  }
})
