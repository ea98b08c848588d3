import { schemaOf } from '../../src/common/parse.ts'
import { rows } from '../../src/database/database.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import type { Reader } from '../support/browser.ts'
import { aReader } from '../support/browser.ts'
import { ajv, document, documented, parametersOf, type Schema } from '../support/documented.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { signIn } from '../support/sign-in.ts'

let node: TestNode
let member: Reader
let stranger: Reader

beforeAll(async () => {
  node = await aNode()
  const { app } = node
  const host = new URL(node.url).host
  await app.db.transaction(async (tx) => {
    await addOrigin(tx, 7, 'north.example')
    await indexEntries(tx, app.secrets.order, [
      ...Array.from({ length: 90 }, (_, number) => ({
        originId: 7,
        audience: 'members' as const,
        document: inventedPerson(number, 'https://north.example'),
      })),
      ...Array.from({ length: 30 }, (_, number) => ({
        originId: 0,
        audience: 'public' as const,
        document: inventedPerson(500 + number, node.url, {
          webfinger: `p${number}@${host}`,
          url: `${node.url}/@p${number}`,
        }),
      })),
      {
        originId: 0,
        audience: 'members',
        document: inventedPerson(900, node.url, {
          jobTitle: 'Grade seven wrangler',
          place: 'Northford',
          links: ['https://asha.example/'],
        }),
      },
      // Somebody whom every documented example finds.
      ...(['members', 'public'] as const).map((audience) => ({ originId: 0, audience, document: exemplary() })),
    ])
  })
  stranger = aReader(node.url)
  member = await signIn(node, 'asha@north.example')
})

function exemplary() {
  const flagged = inventedPerson(
    Array.from({ length: 50 }, (_, seed) => seed).find((seed) => inventedPerson(seed).peerChat !== undefined) ?? 0,
    node.url,
  )
  const iri = (name: string, slug: string): string => `https://w3id.org/sideways/${name}#${slug}`
  return {
    ...flagged,
    id: `${node.url}/ap/directory/listings/example`,
    hasOccupation: [
      { type: 'Occupation', name: 'Product manager', occupationalCategory: iri('roles', 'product-manager') } as const,
    ],
    onlyOne: 'team' as const,
    worksFor: {
      type: 'Organization',
      name: 'North Council',
      sector: iri('sectors', 'local-government'),
      addressCountry: 'GB',
    } as const,
    knowsLanguage: [{ tag: 'cy', level: 'slow' } as const],
    shares: [iri('practices', 'week-notes')],
    wantsToTry: [iri('practices', 'week-notes')],
  }
}

const listings = '/api/v1/listings'
const one = '/api/v1/listings/{key}'
const itemsOf = (body: Record<string, unknown>): Record<string, unknown>[] => body['items'] as Record<string, unknown>[]
const asJson = { accept: 'application/json' }

test('the document is served, and says what the file says', async () => {
  const answer = await stranger.get('/api/v1/openapi.json', asJson)
  expect(answer.headers.get('content-type')).toContain('application/openapi+json')
  expect(JSON.parse(answer.text)).toEqual(document)
})

test('every parameter of a search is documented with the schema by which it is read', () => {
  const search = schemaOf('search') as { properties: Record<string, Schema>; $defs: Record<string, Schema> }
  const documentedOnes = parametersOf(listings).filter(({ name }) => name !== 'lang')
  expect(documentedOnes.map(({ name }) => name).toSorted()).toEqual(Object.keys(search.properties).toSorted())
  for (const { name, schema } of documentedOnes) {
    const { description: _words, 'x-vocabulary': _list, ...read } = search.properties[name] ?? {}
    const shared = typeof read['$ref'] === 'string' ? search.$defs[read['$ref'].replace('#/$defs/', '')] : read
    expect(schema).toEqual(shared)
  }
})

test('every documented parameter works, with its example, for everybody', async () => {
  for (const reader of [stranger, member]) {
    for (const { name, example, schema } of parametersOf(listings)) {
      if (name === 'after' || name === 'hours') continue // tested with the pages, and with a reader who has hours
      expect(ajv.validate(schema, example)).toBe(true)
      const query = new URLSearchParams([example].flat().map((value): [string, string] => [name, String(value)]))
      const body = documented(listings, await reader.get(`${listings}?${query.toString()}`, asJson))
      expect(itemsOf(body).length).toBeGreaterThan(0)
      if (name !== 'lang')
        expect(documented(listings, await reader.get(listings, asJson))['total']).not.toEqual(body['total'])
    }
  }
})

test('pages follow each other by next, in the body and in the Link header, until everybody was there once', async () => {
  const keys: unknown[] = []
  let next: string | undefined = listings
  while (next !== undefined) {
    const answer = await member.get(next, asJson)
    const body = documented(listings, answer)
    keys.push(...itemsOf(body).map(({ key }) => key))
    next = body['next'] as string | undefined
    expect(answer.headers.get('link')).toBe(next === undefined ? null : `<${next}>; rel="next"`)
  }
  expect(keys).toHaveLength(92)
  expect(new Set(keys).size).toBe(92)
})

test('somebody who is not signed in gets public listings of this node only', async () => {
  const body = documented(listings, await stranger.get(listings, asJson))
  expect(body['total']).toEqual({ value: 31, relation: 'equal' })
  for (const item of itemsOf(body)) expect(item['listedBy']).toBe(new URL(node.url).host)
})

test('one listing can be read by whoever may see it, and is a missing page to others', async () => {
  const [first] = itemsOf(documented(listings, await member.get(`${listings}?text=wrangler`, asJson)))
  const path = `${listings}/${String(first?.['key'])}`
  expect(documented(one, await member.get(path, asJson))).toMatchObject({
    jobTitle: 'Grade seven wrangler',
    place: 'Northford',
    links: ['https://asha.example/'],
    listedBy: new URL(node.url).host,
  })
  const hidden = await stranger.get(path, asJson)
  const missing = await stranger.get(`${listings}/${'0'.repeat(13)}`, asJson)
  documented(one, hidden)
  expect([hidden.status, hidden.text]).toEqual([404, missing.text])
  expect(documented(one, await member.get(`${listings}/NotAKey`, asJson))['status']).toBe(404)
})

test.each([
  ['colour=red', 'colour'],
  ['role=wizard', 'role'],
  ['role=Product%20Manager', 'role'],
  ['country=gb', 'country'],
  ['country=QQ', 'country'],
  ['open=perhaps', 'open'],
  ['onlyOne=always', 'onlyOne'],
  ['text=a&text=b', 'text'],
  [`text=${'x'.repeat(201)}`, 'text'],
  ['after=nonsense', 'after'],
  [`after=${'A'.repeat(34)}`, 'after'],
  ['lang=xx', 'lang'],
])('?%s is refused, and says that it is about %s', async (query, field) => {
  const answer = await stranger.get(`${listings}?${query}`, asJson)
  const body = documented(listings, answer)
  expect(body['status']).toBe(400)
  expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer.split('/')[1])).toContain(field)
})

test('all that is wrong is said at once', async () => {
  const body = documented(listings, await stranger.get(`${listings}?colour=red&size=10`, asJson))
  expect(
    (body['errors'] as { pointer: string; detail: string }[]).map(({ pointer, detail }) => `${pointer} ${detail}`),
  ).toEqual(['/colour Colour is not known here', '/size Size is not known here'])
  expect(documented(one, await stranger.get(`${listings}/${'0'.repeat(13)}?colour=red`, asJson))['status']).toBe(400)
})

test('labels come in the language that was asked for', async () => {
  const roles = async (lang: string): Promise<unknown> =>
    itemsOf(documented(listings, await member.get(`${listings}?role=product-manager&lang=${lang}`, asJson)))[0]?.[
      'roles'
    ]
  expect(await roles('cy')).toEqual([{ id: 'product-manager', label: 'Rheolwr cynnyrch' }])
  expect(await roles('en')).toEqual([{ id: 'product-manager', label: 'Product manager' }])
})

test('answers are kept by nobody, since people may leave', async () => {
  const answer = await member.get(listings, asJson)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('vary')?.toLowerCase()).toContain('cookie')
})

test('a search that takes too long is ended, and the answer says what to do', async () => {
  const client = await node.app.db.pool.connect()
  try {
    await client.query('begin; lock table directory_entry')
    const body = documented(listings, await stranger.get(listings, asJson))
    expect(body).toMatchObject({ status: 503, title: 'This search took too long' })
  } finally {
    await client.query('rollback')
    client.release()
  }
  expect((await stranger.get(listings, asJson)).status).toBe(200)
})

test('when the lease of a node has ended its people are gone at once', async () => {
  await rows(node.app.db, `update origin set valid_until = '2026-11-22T08:59:59Z' where origin_id = 7`)
  const body = documented(listings, await member.get(`${listings}?text=zoe`, asJson))
  for (const item of itemsOf(body)) expect(item['listedBy']).not.toBe('north.example')
  expect(documented(listings, await member.get(listings, asJson))['total']).toEqual({ value: 10, relation: 'fewer' })
  await rows(node.app.db, `update origin set valid_until = '2027-06-01T00:00:00Z' where origin_id = 7`)
})
