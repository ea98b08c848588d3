import { rows } from '../../src/database/database.ts'
import { indexEntries, removeEntriesOfOrigin } from '../../src/directory/steps.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let member: SignedIn
const text = (html: string): string =>
  html
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')
const linksIn = (html: string): string[] =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))

beforeAll(async () => {
  node = await aNode()
  await addOrigin(node.app.db, 7, 'peers.south.example')
  member = await signIn(node, 'asha@north.example')
  await rows(
    node.app.db,
    `insert into profile (account_id, handle, fields, audience, updated_at) values ($1, null, $2, '{}', $3)`,
    [
      member.accountId,
      JSON.stringify({
        displayName: 'Asha Rao',
        roles: ['product-manager'],
        sector: 'local-government',
        country: 'GB',
        wantsToTry: ['week-notes'],
        shares: [],
      }),
      node.time,
    ],
  )
})

async function list(count: number, audience: 'members' | 'public' = 'members'): Promise<void> {
  const { app } = node
  const origin =
    audience === 'public' ? { originId: 0, url: node.url } : { originId: 7, url: 'https://peers.south.example' }
  await app.db.transaction((tx) =>
    indexEntries(
      tx,
      app.secrets.order,
      Array.from({ length: count }, (_, number) => ({
        originId: origin.originId,
        audience,
        document: inventedPerson(number, origin.url),
      })),
    ),
  )
}

afterEach(async () => {
  for (const origin of [0, 7]) await node.app.db.transaction((tx) => removeEntriesOfOrigin(tx, origin))
})

test('where nobody is listed yet, a member reads that she can be the first, and from where people will come', async () => {
  const { text: html } = await member.get('/directory')
  expect(text(html)).toContain('Nobody is listed here yet: you can be the first')
  expect(html).toContain('peers.south.example')
  expect(linksIn(html)).toContain('/me/listing')
})

test('where nobody is public, a stranger reads that more people are there after sign-in, and comes back to the same search', async () => {
  await list(30)
  const { text: html } = await aReader(node.url).get('/directory?role=product-manager')
  expect(text(html)).toContain('Nobody on this node is listed for everyone at the moment')
  expect(linksIn(html)).toContain('/sign-in?return=%2Fdirectory%3Frole%3Dproduct-manager')
})

test('a stranger sees people who are listed for everyone, and nobody else', async () => {
  await list(30)
  await list(3, 'public')
  const { text: html } = await aReader(node.url).get('/directory')
  expect(html.match(/class="sw-card"/g)).toHaveLength(3)
  expect(text(html)).toContain('Fewer than ten people')
  expect(text(html)).toContain('More people are listed for those who sign in')
  expect(html).not.toContain('peers.south.example')
})

test('the hashtag of open people leads to those who are open, and no other hashtag leads anywhere', async () => {
  await list(8, 'public')
  const { status, url, text: html } = await aReader(node.url).get('/tags/opentopeerchat')
  expect([status, url]).toEqual([200, '/directory?open=true'])
  expect(text(html)).toContain('Open to a chat until')
  expect(text(html)).not.toContain('Not open to a chat at the moment')
  expect((await aReader(node.url).get('/tags/other')).status).toBe(404)
})

test('a card says who, why, from which node, and until when she is open', async () => {
  await list(40)
  const { text: html } = await member.get(
    '/directory?role=product-manager&role=delivery-manager&role=service-owner&role=family:product-and-delivery',
  )
  expect(html).toContain('Listed by peers.south.example')
  const { text: all } = await member.get('/directory')
  expect(text(all)).toMatch(/Open to a chat until \d+ (November|December) 2026/)
  expect(text(all)).toContain('Not open to a chat at the moment')
  expect(text(all)).toContain('an order drawn by lot')
})

test('the reader’s own profile gives the reasons', async () => {
  const { app } = node
  const document = inventedPerson(1, 'https://peers.south.example', {
    hasOccupation: [
      {
        type: 'Occupation',
        name: 'Product manager',
        occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
      },
    ],
    worksFor: {
      type: 'Organization',
      name: 'Sud',
      sector: 'https://w3id.org/sideways/sectors#charity',
      addressCountry: 'FR',
    },
    shares: ['https://w3id.org/sideways/practices#week-notes'],
  })
  await app.db.transaction((tx) =>
    indexEntries(tx, app.secrets.order, [{ originId: 7, audience: 'members', document }]),
  )
  const { text: html } = await member.get('/directory')
  for (const reason of [
    'Same role as you: Product manager',
    'Shares what you want to try: Week notes',
    'Another country than yours: France',
  ])
    expect(text(html)).toContain(reason)
})

test('what was chosen can be taken away one by one, and stays in the form', async () => {
  await list(40)
  const { text: html } = await member.get('/directory?text=council&country=GB&country=IE&open=true')
  expect(text(html)).toMatch(
    /Remove Words: council .*Remove Country: United Kingdom .*Remove Country: Ireland .*Remove Open to a chat now/,
  )
  expect(linksIn(html)).toEqual(
    expect.arrayContaining([
      '/directory?country=GB&country=IE&open=true',
      '/directory?text=council&country=IE&open=true',
      '/directory?text=council&country=GB&country=IE',
    ]),
  )
  expect(html).toMatch(/type="checkbox" id="country-GB" name="country" value="GB" checked/)
  expect(html).toMatch(/type="checkbox" id="country-IE" name="country" value="IE" checked/)
  expect(html).toMatch(/name="open"[^>]*checked/)
})

test('an empty search offers what would give people, and the offer is kept', async () => {
  await list(60)
  const { text: html } = await member.get('/directory?text=zoe&country=NO')
  expect(text(html)).toContain('Nobody was found')
  expect(text(html)).toContain('Without “Country: Norway”')
  const way = linksIn(html).find((href) => href === '/directory?text=zoe')
  expect((await member.get(way ?? '')).text).toContain('sw-card')
  const { text: hopeless } = await member.get('/directory?country=NO&language=ja')
  expect(text(hopeless)).toContain('Nobody fits even one of these')
  expect(linksIn(hopeless)).toContain('/directory')
})

test('all pages of the directory can be walked by their links, to everybody once', async () => {
  await list(45)
  const seen: string[] = []
  let path: string | undefined = '/directory'
  for (let pages = 0; path !== undefined; pages += 1) {
    const { text: html } = await member.get(path)
    seen.push(...linksIn(html).filter((href) => /^\/directory\/[0-9a-z]{13}$/.test(href)))
    if (pages > 0) expect(text(html)).toContain('Back to the first people')
    path = /href="([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(45)
  expect(new Set(seen).size).toBe(45)
})

test('parameters of others are no fault on a page; a wrong value of ours is one, in words', async () => {
  await list(3)
  expect((await member.get('/directory?utm_source=mail')).status).toBe(200)
  const wrong = await member.get('/directory?role=wizard')
  expect(wrong.status).toBe(400)
  expect(text(wrong.text)).toContain('The role is not in the list')
  expect((await member.get('/directory?after=old')).status).toBe(400)
})

test('a listing has its page for those who may see it; a day of silence is said there; gone is gone', async () => {
  await list(1)
  const [path = ''] = linksIn((await member.get('/directory')).text).filter((href) =>
    /^\/directory\/[0-9a-z]{13}$/.test(href),
  )
  const { text: html } = await member.get(path)
  expect(text(html)).toContain(inventedPerson(0).name)
  expect(text(html)).toContain('Listed by peers.south.example')
  expect(text(html)).not.toContain('Not confirmed since')
  expect((await aReader(node.url).get(path)).status).toBe(404)
  const before = node.time
  node.time = new Date('2026-11-24T09:00:00Z')
  expect(text((await member.get(path)).text)).toContain('Not confirmed since 22 November 2026')
  node.time = before
  await rows(node.app.db, 'update origin set hidden = true where origin_id = 7')
  expect((await member.get(path)).status).toBe(404)
  await rows(node.app.db, 'update origin set hidden = false where origin_id = 7')
})

test('what people write is shown as text', async () => {
  const { app } = node
  const nasty = '<script>alert(1)</script>'
  await app.db.transaction((tx) =>
    indexEntries(tx, app.secrets.order, [
      {
        originId: 7,
        audience: 'members',
        document: inventedPerson(1, 'https://peers.south.example', {
          name: nasty,
          summary: nasty,
          sharesInWords: [nasty],
          worksFor: { type: 'Organization', name: nasty },
        }),
      },
    ]),
  )
  const { text: html } = await member.get('/directory?text=alert')
  expect(html).toContain('&lt;script&gt;alert(1)')
  expect(html).not.toContain(nasty)
  const [path = ''] = linksIn(html).filter((href) => /^\/directory\/[0-9a-z]{13}$/.test(href))
  expect((await member.get(path)).text).not.toContain(nasty)
})

test.each(['en', 'cy'] as const)(
  'every page of the directory can be used by everybody, at 320 pixels and on a desktop, in %s',
  async (language) => {
    const { app } = node
    await list(4)
    await list(3, 'public')
    await app.db.transaction((tx) =>
      indexEntries(tx, app.secrets.order, [
        {
          originId: 0,
          audience: 'members',
          accountId: member.accountId,
          document: inventedPerson(77, node.url, {
            name: 'Asha Averyveryverylongnamewithoutanyspaceatall',
            jobTitle: 'Grade seven digital officer',
            place: 'Northford',
            links: ['https://example.org/a/very/long/address/that/does/not/fit/on/a/small/screen/at/all'],
            sharesInWords: ['Something of my own'],
            webfinger: 'asha@north.example',
            url: `${node.url}/@asha`,
          }),
        },
      ]),
    )
    const paths = [
      '/directory',
      '/directory?text=council&role=product-manager&country=GB&open=true&language=cy',
      '/directory?country=NO',
      '/directory?text=averyveryverylongnamewithoutanyspaceatall',
    ]
    const looks = [
      { width: 320, reader: member, paths },
      { width: 1280, reader: member, paths: paths.slice(1, 2) },
      { width: 1280, reader: undefined, paths: paths.slice(0, 3) },
    ]
    for (const look of looks) {
      const page = await openBrowser({
        origin: node.url,
        width: look.width,
        language,
        ...(look.reader ? { reader: look.reader } : {}),
      })
      await page.goto(`/directory?lang=${language}`)
      for (const path of look.paths) {
        await page.goto(path)
        await checkPage(page, `${path} ${look.width} ${language}`)
      }
      await page.goto('/directory')
      await page.locator('.sw-card a').first().click()
      await checkPage(page, `a listing ${look.width} ${language}`)
      await page.context().close()
    }
  },
)

test('somebody without scripts and without a mouse finds a person', async () => {
  await list(45)
  const page = await openBrowser({ origin: node.url, reader: member, javaScriptEnabled: false })
  await page.goto('/directory?lang=en')
  await page.getByLabel('Words').fill('zoe')
  await page.getByLabel('Words').press('Enter')
  await page.getByRole('heading', { name: /people/ }).waitFor()
  await page.getByRole('link', { name: /Zoë/ }).first().press('Enter')
  await page.getByRole('heading', { level: 1, name: /Zoë/ }).waitFor()
  await page.context().close()
})
