import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { rows } from '../../src/database/database.ts'
import { csvRows, readBlockList } from '../../src/safety/block-list.ts'
import { forgetRemembered, isRefusedHost } from '../../src/safety/block-views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { settled } from './outside.ts'

// Lists of refused servers that others keep.

const mastodon = `#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
spam.example,suspend,false,false,"Sends spam, a lot",false
loud.example,silence,false,false,,false
sp*m.example,suspend,false,false,hidden,true
BÜCHER.example,suspend,true,true,"He said ""no""",false
127.0.0.1,suspend,false,false,,false
north.gov.uk,suspend,false,false,,false
gov.uk,suspend,false,false,,false
ac.uk,suspend,false,false,,false
`

test("of Mastodon's export only suspended servers count, and never this node or what is above it", () => {
  expect(readBlockList(mastodon, 'peers.north.gov.uk')).toEqual({
    listed: [
      { domain: 'spam.example', comment: 'Sends spam, a lot' },
      { domain: 'xn--bcher-kva.example', comment: 'He said "no"' },
    ],
  })
})

test('a plain list has one name a line, with remarks', () => {
  expect(readBlockList('# ours\nspam.example # bad\r\n\n*.worse.example\nspam.example\n', 'here.example')).toEqual({
    listed: [
      { domain: 'spam.example', comment: null },
      { domain: 'worse.example', comment: null },
    ],
  })
})

test.each([
  ['a page of HTML', '<!doctype html>\n<html><head><title>404</title></head>\n<body><h1>Not found</h1></body></html>'],
  ['nothing', ''],
  ['a picture', '\u0089PNG\r\n\u001a\u0000\u0000'],
  ['JSON', '{"error": "not found"}'],
])('%s is no list', (_what, text) => {
  expect(readBlockList(text, 'here.example')).toEqual({ trouble: 'not-a-list' })
})

test('an export that names nobody is a list all the same', () => {
  expect(readBlockList('#domain,#severity\n', 'here.example')).toEqual({ listed: [] })
})

test('more than 10,000 names are not taken', () => {
  const names = (count: number): string => Array.from({ length: count }, (_, n) => `s${n}.example`).join('\n')
  expect(readBlockList(names(10_000), 'here.example')).toMatchObject({ listed: { length: 10_000 } })
  expect(readBlockList(names(10_001), 'here.example')).toEqual({ trouble: 'too-long' })
})

test('whatever is in a table is read as it was written', () => {
  const cell = fc.string().map((text) => text.replaceAll('\u0000', '').replaceAll('\uFEFF', ''))
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 8 }), (table) => {
      const text = table.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\n')
      expect(csvRows(text)).toEqual(table.filter((row) => row.some((one) => one !== '')))
    }),
  )
})

test('whatever a stranger sends, reading it ends, and names only domains', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', '\n', '#domain', 'a.b', '*') })),
      (text) => {
        const read = readBlockList(text, 'here.example')
        if ('listed' in read)
          for (const { domain } of read.listed) expect(domain).toMatch(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/)
      },
    ),
  )
})

type List = { text: string; status: number; asked: (string | undefined)[] }

let node: TestNode
let keeper: SignedIn
let server: Server
let list: List
let url: string

beforeAll(async () => {
  node = await aNode()
  keeper = await signIn(node, 'admin@north.example', 'administrator')
  list = { text: mastodon, status: 200, asked: [] }
  server = createServer((request, response) => {
    const tag = `"${list.text.length}"`
    list.asked.push(request.headers['if-none-match'])
    if (request.headers['if-none-match'] === tag) response.writeHead(304).end()
    else response.writeHead(list.status, { 'content-type': 'text/csv', etag: tag }).end(list.text)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/blocks.csv`
})
afterAll(() => server.close())
beforeEach(async () => {
  await rows(node.app.db, 'delete from block_list')
  await rows(node.app.db, 'delete from domain_block')
  await rows(node.app.db, 'delete from partner')
  forgetRemembered(node.app.db)
  Object.assign(list, { text: mastodon, status: 200, asked: [] })
})

const refused = async (host: string): Promise<boolean> => {
  forgetRemembered(node.app.db)
  return isRefusedHost(node.app.db, host)
}

async function join(): Promise<void> {
  await keeper.post(`/moderation/lists/add/check?url=${encodeURIComponent(url)}`, { reason: 'Known spammers' })
  await settled(node)
}

async function aPartner(host: string, follower = 'accepted'): Promise<void> {
  await rows(
    node.app.db,
    `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key,
       following, follower, created_at, updated_at)
     values ($1::text, 'https://' || $1, 'https://' || $1 || '/ap/directory', 'https://' || $1 || '/inbox', 'x', 'x', 'x', 'Spam Council', 'x', 'no', $2, now(), now())`,
    [host, follower],
  )
}

test('before anybody follows a list she sees what it would do; nothing is refused by looking', async () => {
  await aPartner('peers.spam.example')
  const page = await keeper.get(`/moderation/lists/add/check?url=${encodeURIComponent(url)}`)
  for (const said of ['3 servers', 'Spam Council, peers.spam.example', 'spam.example', 'Sends spam, a lot'])
    expect(page.text).toContain(said)
  expect(await refused('other.example')).toBe(false)
  expect(await rows(node.app.db, 'select 1 from block_list')).toEqual([])
})

test('what a list names is refused until it names it no more, or nobody follows it', async () => {
  await join()
  expect(await refused('a.b.spam.example:3000')).toBe(true)
  expect(await refused('loud.example')).toBe(false)
  list.text = '#domain,#severity\nworse.example,suspend\n'
  await node.runTimetable('safety.refresh-block-lists')
  await settled(node)
  expect(await refused('spam.example')).toBe(false)
  expect(await refused('worse.example')).toBe(true)
  const [row] = await rows<{ id: number }>(node.app.db, 'select id from block_list')
  expect((await keeper.get(`/moderation/lists/${row?.id}`)).text).toContain('worse.example')
  await keeper.post(`/moderation/lists/${row?.id}/leave`, { reason: 'Not needed' })
  expect(await refused('worse.example')).toBe(false)
  const log = await keeper.get('/moderation/log')
  for (const said of ['Known spammers', 'Not needed', url]) expect(log.text).toContain(said)
})

test('a domain that was refused here as well stays refused when its list lets go of it', async () => {
  await join()
  await keeper.post('/moderation/servers/add/check?domain=spam.example', { reason: 'We saw it', partners: '' })
  list.text = '#domain,#severity\n'
  await node.runTimetable('safety.refresh-block-lists')
  expect(await refused('spam.example')).toBe(true)
})

test('a list asks with the tag that it got, and a list that breaks or is too large unblocks nothing', async () => {
  await join()
  list.asked.splice(0)
  await node.runTimetable('safety.refresh-block-lists')
  expect(list.asked).toEqual([`"${mastodon.length}"`])
  for (const [status, text, trouble] of [
    [500, 'oops', 'no-answer'],
    [200, '<html><body>Sorry</body></html>', 'not-a-list'],
    [200, 'x.example\n'.repeat(120_000), 'too-large'],
  ] as const) {
    Object.assign(list, { status, text })
    await node.runTimetable('safety.refresh-block-lists')
    const [row] = await rows<{ trouble: string }>(node.app.db, 'select trouble from block_list')
    expect(row?.trouble).toBe(trouble)
    expect(await refused('spam.example')).toBe(true)
  }
})

test('a list refuses no partner node by itself: it proposes, and somebody decides', async () => {
  await aPartner('peers.spam.example')
  await join()
  expect(await refused('peers.spam.example')).toBe(false)
  expect((await keeper.get('/moderation/servers')).text).toContain(
    'spam.example: Spam Council, peers.spam.example is your partner node.',
  )
  const check = await keeper.get('/moderation/servers/add/check?domain=spam.example')
  expect(check.text).toContain('Spam Council, peers.spam.example')
  const hidden = /name="partners" value="([^"]*)"/.exec(check.text)?.[1] ?? ''
  // Another partner came meanwhile: whoever decides is asked to look again.
  await aPartner('more.spam.example')
  expect(
    (await keeper.post('/moderation/servers/add/check?domain=spam.example', { reason: 'x', partners: hidden })).status,
  ).toBe(409)
  await rows(node.app.db, `delete from partner where host = 'more.spam.example'`)
  await keeper.post('/moderation/servers/add/check?domain=spam.example', { reason: 'Yes', partners: hidden })
  expect(await refused('peers.spam.example')).toBe(true)
  await node.settle()
  expect(await rows(node.app.db, 'select follower from partner')).toEqual([{ follower: 'ended' }])
})

test('a name that a whole country shares is not refused while partner nodes share it', async () => {
  await aPartner('peers.south.gov.uk')
  const check = await keeper.get('/moderation/servers/add/check?domain=gov.uk')
  expect(check.text).toContain('gov.uk is not one server')
  expect(check.text).not.toContain('<textarea')
  const answer = await keeper.post('/moderation/servers/add/check?domain=gov.uk', {
    reason: 'x',
    partners: 'peers.south.gov.uk',
  })
  expect(answer.status).toBe(409)
  expect(await refused('peers.south.gov.uk')).toBe(false)
})

test.each([
  ['', 'Enter the address of the list'],
  ['ftp://lists.example/x', 'Enter a whole address'],
  ['http://127.0.0.1:9/x', 'The list cannot be reached'],
])('the address %s is not taken', async (typed, said) => {
  const answer = await keeper.post('/moderation/lists/add', { blockList: typed })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain(said)
})
