import { Parser } from 'htmlparser2'
import { parseFeed } from 'htmlparser2'
import fc from 'fast-check'
import { rows } from '../../src/database/database.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { deleteSaved, endFeed, makeFeed, saveSearch } from '../../src/searches/actions.ts'
import { feedText } from '../../src/searches/feed.ts'
import { feedSecret, isFeedSecret } from '../../src/searches/search.ts'
import { searchesOf } from '../../src/searches/views.ts'
import { inventedNow } from '../support/people.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, type Resident } from '../support/resident.ts'
import { aPartner, aProductManager, daysPass, savedRows, theyCome, theyGo } from './people.ts'

// Atom and JSON of a saved search, at an address that is its secret.

let node: TestNode
let asha: Resident
let id: string
let secret: string

beforeAll(async () => {
  node = await aNode()
  await aPartner(node)
  asha = await aResident(node)
  await theyCome(node, aProductManager(1, { name: 'Ann First' }))
  await theyCome(node, aProductManager(2, { name: 'Ben <b>&amp; Second' }))
})

beforeEach(async () => {
  await rows(node.app.db, 'delete from saved_search')
  await saveSearch(node.app, asha, { roles: ['product-manager'] }, { name: 'Q&A <managers>', mails: false })
  id = (await searchesOf(node.app.db, asha.id, node.time))[0]?.id ?? ''
  secret = await makeFeed(node.app, asha, id)
})

const get = (kind: 'atom' | 'json', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${node.url}/feeds/${secret}.${kind}`, { headers })

type JsonFeed = { readonly title: string; readonly items: readonly { readonly id: string; readonly title: string }[] }

async function names(): Promise<readonly string[]> {
  const feed = (await (await get('json')).json()) as JsonFeed // ours
  return feed.items.map(({ title }) => title)
}

it('the Atom feed and the JSON feed say the same people, newest first', async () => {
  const [atom, json] = [await get('atom'), await get('json')]
  expect(atom.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
  expect(json.headers.get('content-type')).toBe('application/feed+json; charset=utf-8')
  const parsed = parseFeed(await atom.text())
  expect(parsed?.type).toBe('atom')
  expect(parsed?.title).toBe('Q&A <managers> – Sideways – North Council')
  // The titles of the Atom feed are HTML.
  expect(parsed?.items.map(({ title }) => title)).toEqual(['Ben &lt;b&gt;&amp;amp; Second', 'Ann First'])
  expect(await names()).toEqual(['Ben <b>&amp; Second', 'Ann First'])
  const feed = (await (await get('json')).json()) as JsonFeed
  expect(parsed?.items.map((item) => item.id)).toEqual(feed.items.map((item) => item.id))
  expect(feed.items[0]?.id).toMatch(/\/directory\/[0-9a-z]{13}$/)
})

it('nobody keeps it for others or finds it by a search engine, and what did not change is not sent again', async () => {
  const first = await get('atom')
  expect(first.headers.get('cache-control')).toBe('private, no-cache')
  expect(first.headers.get('x-robots-tag')).toContain('noindex')
  expect(first.headers.get('set-cookie')).toBeNull()
  const tag = first.headers.get('etag') ?? ''
  expect((await get('atom', { 'if-none-match': tag })).status).toBe(304)
  await theyCome(node, aProductManager(3, { name: 'Cat Third' }))
  const changed = await get('atom', { 'if-none-match': tag })
  expect(changed.status).toBe(200)
  expect(await changed.text()).toContain('Cat Third')
  await theyGo(node, aProductManager(3))
})

it('it shows whom its owner may see at that moment: whoever leaves or is blocked is gone', async () => {
  const [dee, eve] = [aProductManager(4, { name: 'Dee Leaves' }), aProductManager(5, { name: 'Eve Blocked' })]
  await theyCome(node, dee, eve)
  expect(await names()).toEqual(expect.arrayContaining(['Dee Leaves', 'Eve Blocked']))
  await theyGo(node, dee)
  await blockActor(node.app, { accountId: asha.id, actor: eve.featuredObject, host: 'south.example' })
  expect(await names()).toEqual(['Ben <b>&amp; Second', 'Ann First'])
})

it.each<readonly [string, () => Promise<unknown>]>([
  ['deleted its search', () => deleteSaved(node.app, asha, id)],
  ['ended it', () => endFeed(node.app, asha, id)],
  ['made a new address', () => makeFeed(node.app, asha, id)],
  ['lost her account', () => rows(node.app.db, `update account set state = 'closed' where id = $1`, [asha.id])],
  ['let its search end', () => daysPass(node, 183)],
])('it is gone for good once its owner %s', async (_what, work) => {
  expect((await get('atom')).status).toBe(200)
  await work()
  for (const kind of ['atom', 'json'] as const) {
    const answer = await get(kind)
    expect([answer.status, answer.headers.get('x-robots-tag')]).toEqual([410, 'noindex, noarchive, noai'])
  }
  await rows(node.app.db, `update account set state = 'active' where id = $1`, [asha.id])
})

it('an address that this node never gave out is not found, and the secret is kept nowhere', async () => {
  for (const wrong of ['x', 'A'.repeat(44), `${secret.slice(0, 43)}${secret.endsWith('A') ? 'B' : 'A'}`])
    expect((await fetch(`${node.url}/feeds/${wrong}.atom`)).status).toBe(404)
  expect((await fetch(`${node.url}/feeds/${secret}.rss`)).status).toBe(404)
  expect(JSON.stringify(await savedRows(node))).not.toContain(secret.slice(0, 22))
})

it('a feed that is asked too often says when to come back', async () => {
  let last = await get('json')
  for (let asked = 0; asked < 60 && last.status === 200; asked += 1) last = await get('json')
  expect(last.status).toBe(429)
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
})

it('only what this node made is one of its secrets, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 22, unit: 'grapheme-ascii' }), fc.string(), (random, other) => {
      const made = feedSecret('key', random)
      expect(isFeedSecret('key', made)).toBe(true)
      expect(isFeedSecret('another key', made)).toBe(false)
      if (other !== made) expect(isFeedSecret('key', other)).toBe(false)
    }),
  )
})

it('whatever people are called, the feed can be read, and nothing in it is markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, line) => {
      const about = {
        id: 'https://north.example/me/searches/1',
        title: name,
        description: line,
        author: { name, link: 'https://north.example' },
        home: 'https://north.example/directory',
        self: 'https://north.example/feeds/x.atom',
        since: inventedNow,
      }
      const person = { url: 'https://north.example/directory/1', name, line, updated: inventedNow }
      const json: JsonFeed = JSON.parse(feedText({ ...about, kind: 'json' }, [person])) // ours
      expect(json.items).toHaveLength(1)
      const elements: string[] = []
      const parser = new Parser({ onopentagname: (tag) => elements.push(tag) }, { xmlMode: true })
      parser.end(feedText({ ...about, kind: 'atom' }, [person]))
      expect(elements).toEqual(
        ['feed', 'id', 'title', 'updated', 'generator', 'author', 'name', 'uri', 'link', 'link', 'subtitle']
          .filter((tag) => tag !== 'subtitle' || line !== '')
          .concat(['entry', 'title', 'id', 'link', 'updated', ...(line === '' ? [] : ['summary'])]),
      )
    }),
  )
})
