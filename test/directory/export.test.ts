import jsonld from '@fedify/vocab-runtime/jsonld'
import { Parser } from 'htmlparser2'
import { indexEntries } from '../../src/directory/steps.ts'
import { columns } from '../../src/directory/export.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { unlist } from '../../src/listing/unlist-actions.ts'

let node: TestNode
let asha: Resident

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_OPEN_DATA: 'true' } })
  const { app } = node
  asha = await aResident(node, 'asha', { introduction: 'Week notes, "retros"; and more, every week.' })
  await listed(node, asha, ['here', 'public'])
  await opened(node, asha)
  const ben = await aResident(node, 'ben', { displayName: 'Ben Only Here' })
  await listed(node, ben, ['here', 'partners'])
  await app.db.transaction(async (tx) => {
    await addOrigin(tx, 7, 'north.example')
    await indexEntries(tx, app.secrets.order, [
      { originId: 7, audience: 'members', document: inventedPerson(1, 'https://north.example') },
      ...Array.from({ length: 1200 }, (_, number) => ({
        originId: 0,
        audience: 'public' as const,
        document: inventedPerson(2000 + number, node.url, { name: `Number ${number}` }),
      })),
      {
        originId: 0,
        audience: 'public',
        document: inventedPerson(9000, node.url, {
          name: '=HYPERLINK("https://evil.example")',
          summary: '@SUM(1+1)\nand more',
        }),
      },
      {
        originId: 0,
        audience: 'public',
        document: inventedPerson(9002, node.url, {
          name: 'Peer; =1+1',
          summary: "Week notes;=1+cmd|' /C calc'!A0; ＝2 and (;-3)",
          sharesInWords: ['Retros', '+4'],
        }),
      },
      // It was public until its review.
      {
        originId: 0,
        audience: 'public',
        document: inventedPerson(9001, node.url, { name: 'Ended', endTime: '2026-11-22T08:00:00Z' }),
      },
    ])
  })
})

const reader = () => aReader(node.url)
const csv = () => reader().get('/api/v1/export.csv', { accept: 'text/csv' })
const linked = () => reader().get('/api/v1/export.jsonld', { accept: 'application/ld+json' })

// RFC 4180, read by the letter.
function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

test('the CSV file has everybody who is public here, once, and nobody else', async () => {
  const answer = await csv()
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="127.0.0.1-2026-11-22.csv"')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const [head, ...people] = rowsOf(answer.text)
  expect(head).toEqual([...columns])
  expect(people).toHaveLength(1203)
  expect(new Set(people.map(([id]) => id)).size).toBe(1203)
  expect(people.every((row) => row.length === columns.length)).toBe(true)
  expect(answer.text).not.toMatch(/Ben Only Here|Ended|north\.example\/ap/)
  const row = people.find((one) => one[3] === 'Asha Rao') ?? []
  expect(Object.fromEntries(columns.map((name, index) => [name, row[index]]))).toMatchObject({
    page: `${node.url}/@asha`,
    roles: 'Product manager',
    role_ids: 'product-manager',
    organisation: 'North Council',
    country: 'GB',
    languages: 'en easy; cy slow',
    share_ids: 'retrospective',
    introduction: 'Week notes, "retros"; and more, every week.',
    open_until: '2026-12-22T23:59:59Z',
    kind_ids: 'first-chat',
  })
})

test('what a spreadsheet would run as a formula is a text', async () => {
  const [, ...people] = rowsOf((await csv()).text)
  const cells = people.flat()
  expect(cells).toContain(`'=HYPERLINK("https://evil.example")`)
  expect(cells).toContain(`'@SUM(1+1)\nand more`)
  expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
})

test('nor does one that parts fields at semicolons, as in many countries, find a formula', async () => {
  const { text } = await csv()
  expect(text.split(/\r\n|;/).filter((field) => /^[\s"]*[=+\-@＝＋－＠]/.test(field))).toEqual([])
  expect(rowsOf(text).find(([, , , name]) => name?.startsWith('Peer;') === true)).toEqual(
    expect.arrayContaining(["Peer; '=1+1", "Week notes;'=1+cmd|' /C calc'!A0; '＝2 and (;'-3)"]),
  )
})

test('search engines are asked to keep away from both', async () => {
  for (const answer of [await csv(), await linked()]) expect(answer.headers.get('x-robots-tag')).toBe('noindex, noai')
})

test('the JSON-LD file says the same to a processor that fetches nothing', async () => {
  const answer = await linked()
  expect(answer.headers.get('content-type')).toBe('application/ld+json')
  const body = JSON.parse(answer.text) as { '@context': unknown; '@graph': Record<string, unknown>[] }
  expect(body['@graph']).toHaveLength(1203)
  const me = body['@graph'].find(({ name }) => name === 'Asha Rao')
  const documentLoader = (url: string) => {
    throw new Error(`${url} would have to be fetched`)
  }
  // In safe mode it throws where a term has no meaning, or an address is relative.
  const [expanded] = (await jsonld.expand(
    { '@context': body['@context'], ...me },
    { documentLoader, safe: true },
  )) as Record<string, unknown>[]
  expect(expanded).toMatchObject({
    '@type': ['https://schema.org/Person'],
    'https://schema.org/name': [{ '@value': 'Asha Rao' }],
    'https://w3id.org/sideways/ns#shares': [{ '@id': 'https://w3id.org/sideways/practices#retrospective' }],
  })
  expect(Object.keys(expanded ?? {}).filter((term) => !/^@|^https:\/\//.test(term))).toEqual([])
})

test('the files are in the language that was asked for', async () => {
  const answer = await reader().get('/api/v1/export.csv?lang=cy')
  expect(answer.status).toBe(406) // this reader asks for pages only
  const welsh = await reader().get('/api/v1/export.csv?lang=cy', { accept: '*/*' })
  expect(welsh.text).toContain('Rheolwr cynnyrch')
  expect((await reader().get('/api/v1/export.csv?colour=red', { accept: '*/*' })).status).toBe(400)
})

test('the privacy page says that there are such files, with addresses that work', async () => {
  const page = await reader().get('/privacy')
  const links: string[] = []
  const parser = new Parser({
    onopentag: (name, { href }) => void (name === 'a' && href?.includes('export') === true && links.push(href)),
  })
  parser.end(page.text)
  expect(links).toEqual(['/api/v1/export.csv', '/api/v1/export.jsonld'])
})

test('who hides her page for now is not in the next file', async () => {
  await unlist(node.app, asha)
  expect((await csv()).text).not.toContain('Asha Rao')
  expect((await linked()).text).not.toContain('Asha Rao')
})

test('a host that did not ask for it offers no such files and does not speak of them', async () => {
  const plain = await aNode()
  for (const ending of ['csv', 'jsonld'])
    expect((await aReader(plain.url).get(`/api/v1/export.${ending}`, { accept: '*/*' })).status).toBe(404)
  expect((await aReader(plain.url).get('/privacy')).text).not.toContain('export')
})
