import { mkdir } from 'node:fs/promises'
import { choosePosts } from '../../src/federation/note-actions.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed, opened } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Her page of posts and the page of a role in a real browser. SCREENSHOTS names a folder for pictures.
const pictures = process.env['SCREENSHOTS']
let node: TestNode

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
})

async function look(
  reader: Awaited<ReturnType<typeof signIn>>,
  paths: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [width, language] of [
    [1280, 'en'],
    [320, 'cy'],
  ] as const) {
    await reader.get(`/?lang=${language}`)
    const page = await openBrowser({ origin: node.url, width, language, reader, javaScriptEnabled: false })
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      if (pictures !== undefined)
        await page.screenshot({ path: `${pictures}/${name}-${language}-${width}.png`, fullPage: true })
      await checkPage(page, `${name} ${language} ${width}`)
    }
    await page.context().close()
  }
}

test('her page of posts and the page of her role work for everyone, without scripts', async () => {
  const asha = await aResident(node)
  const reader = await signIn(node, 'asha@north.example')
  await look(reader, { 'posts-not-public': '/me/posts' })
  await listed(node, asha, ['public'])
  await choosePosts(node.app, asha, {
    wanted: { opened: true, closing: false, practice: true, topic: true },
    language: 'en',
  })
  for (let round = 0; round < 4; round += 1) {
    await opened(node, asha)
    expect(await node.settle()).toEqual([])
    if (round < 3) await closeToChat(node.app, asha)
  }
  await look(reader, { posts: '/me/posts', topic: '/@product-manager', receipts: '/me/receipts' })
  await closeToChat(node.app, asha)
  await opened(node, asha)
  expect(await node.settle()).toEqual([])
  await look(reader, { 'posts-full': '/me/posts', listing: '/me/listing' })
}, 180_000)
