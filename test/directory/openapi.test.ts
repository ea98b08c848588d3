import { makePersonalToken } from '../../src/accounts/token-actions.ts'
import { tokenScopes, type TokenScope } from '../../src/accounts/token.ts'
import { paths } from '../../src/common/paths.ts'
import { schemaOf } from '../../src/common/parse.ts'
import { endFeed, makeFeed, saveSearch } from '../../src/searches/actions.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { aReader, type Reader } from '../support/browser.ts'
import {
  ajv,
  document,
  checkBody,
  documented,
  parametersOf,
  resolved,
  type Operation,
  type Parameter,
} from '../support/documented.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let asha: SignedIn
let token: string
const keys = { member: '', anybody: '' }

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_OPEN_DATA: 'true' } })
  await listed(node, await aResident(node, 'asha', { timeZone: 'Europe/London' }), ['here', 'public'])
  await node.app.db.transaction(async (tx) => {
    await addOrigin(tx, 7, 'north.example')
    const people = Array.from({ length: 60 }, (_, number) => inventedPerson(number, 'https://north.example'))
    await indexEntries(
      tx,
      node.app.secrets.order,
      people.map((document) => ({ originId: 7, audience: 'members' as const, document })),
    )
  })
  asha = await signIn(node, 'asha@north.example')
  token = await aToken(...tokenScopes)
  const query = { roles: ['product-manager'], text: 'week notes' }
  await saveSearch(node.app, { id: asha.accountId }, query, { name: 'Week notes', mails: true })
  keys.anybody = await firstKey(aReader(node.url))
  keys.member = await firstKey(asha)
})

async function firstKey(reader: Reader): Promise<string> {
  const { text } = await reader.get(paths.apiListings, { accept: 'application/json' })
  return (JSON.parse(text) as { items: { key: string }[] }).items[0]?.key ?? ''
}

const made = new Map<string, string>()

async function aToken(...scopes: TokenScope[]): Promise<string> {
  const known = made.get(scopes.join())
  if (known !== undefined) return known
  const wish = { id: node.app.newId(), name: 'Test', scopes, days: 30 }
  const token = (await makePersonalToken(node.app, { id: asha.accountId }, wish)) ?? ''
  made.set(scopes.join(), token)
  return token
}

const sentences: readonly unknown[] = Object.values(
  (await import('../../src/common/words/en/errors.json', { with: { type: 'json' } })).default.codes,
)
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, operation: get }))
const isLimited = ({ path }: { path: string }): boolean => path.startsWith('/api/') && path !== paths.apiDocument
const limited = operations.filter(isLimited)
const address = (path: string, isKnown = true): string => path.replace('{key}', isKnown ? keys.member : keys.anybody)
const types = ({ responses }: Operation): string[] => Object.keys(resolved(responses['200'] ?? {}).content ?? {})
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })

/** An address with one parameter, as the document gives its example. */
function withExample(base: string, { name, example }: Parameter): string {
  const query = new URLSearchParams([example].flat().map((value): [string, string] => [name, String(value)]))
  return `${base}?${query.toString()}`
}

test('the document is whole: every reference names something, and every operation has a name of its own', () => {
  const names = [...JSON.stringify(document).matchAll(/"\$ref":"(#[^"]+)"/g)].map((match) => match[1] ?? '')
  expect(names.length).toBeGreaterThan(50)
  for (const $ref of new Set(names)) expect(resolved<object>({ $ref })).toBeDefined()
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  const { components } = schemaOf('openapi') as { components: { securitySchemes: object } }
  const schemes = Object.keys(components.securitySchemes)
  for (const { operation } of operations)
    for (const name of (operation.security ?? []).flatMap((one) => Object.keys(one))) expect(schemes).toContain(name)
})

test('every address of the API is in it', () => {
  const addresses = Object.entries(paths).flatMap(([name, path]) =>
    !name.startsWith('api') || name === 'api'
      ? []
      : typeof path === 'string'
        ? [path]
        : (['csv', 'jsonld'] as const).map((form) => paths.apiExport(form)),
  )
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(addresses))
})

test.each(limited)(
  '$path answers as documented with each example, by session, token and without',
  async ({ path, operation }) => {
    const isPublic = operation.security === undefined
    const readers: readonly (readonly [Reader, Record<string, string>])[] = [
      [asha, {}],
      [aReader(node.url), bearer(token)],
      [aReader(node.url), {}],
    ]
    const examples = parametersOf(path).filter((one) => one.in === 'query' && one.example !== undefined)
    for (const [reader, headers] of readers) {
      const isKnown = reader === asha || 'authorization' in headers
      const asked = [
        address(path, isKnown),
        // Where nobody is known, neither are her hours.
        ...examples
          .filter(({ name }) => name !== 'hours' || isKnown)
          .map((one) => withExample(address(path, isKnown), one)),
      ]
      for (const accept of types(operation))
        for (const one of asked) {
          const answer = await reader.get(one, { accept, ...headers })
          const body = documented(path, answer)
          expect([one, answer.status]).toEqual([one, isPublic || isKnown ? 200 : 401])
          expect(answer.headers.get('content-type')).toContain(answer.status === 200 ? accept : 'problem+json')
          if (answer.status === 200) expect(body).not.toEqual({})
        }
    }
  },
)

test.each(limited)('$path refuses as documented', async ({ path, operation }) => {
  const reader = aReader(node.url)
  const accept = types(operation)[0] ?? ''
  const statusOf = async (headers: Record<string, string>, end = ''): Promise<number> => {
    const answer = await reader.get(address(path) + end, { accept, ...headers })
    documented(path, answer)
    return answer.status
  }
  expect(await statusOf(bearer('nonsense'))).toBe(401)
  const [needed = 'directory:read'] = (operation.security ?? []).flatMap((one) => one['token'] ?? [])
  const others = tokenScopes.filter((scope) => scope !== needed)
  expect(await statusOf(bearer(await aToken(...others)))).toBe(403)
  expect(await statusOf(bearer(await aToken(...tokenScopes.filter((scope) => scope === needed))))).toBe(200)
  expect(await statusOf(bearer(token), '?colour=red')).toBe(400)
  expect(await statusOf(bearer(token), '?lang=xx')).toBe(400)
  expect(await statusOf({ ...bearer(token), accept: 'image/png' })).toBe(406)
})

test('examples are what their parameters take', () => {
  for (const { path } of operations)
    for (const { name, schema, example } of parametersOf(path))
      if (example !== undefined) expect([name, ajv.validate(schema, example)]).toEqual([name, true])
})

test('every answer has an example that is as its schema says, and errors are real ones', async () => {
  for (const { path, operation } of limited)
    for (const [status, named] of Object.entries(operation.responses)) {
      const contents = Object.entries(resolved(named).content ?? {})
      const examples = contents.flatMap(([type, content]) =>
        'example' in content ? [{ type, example: content.example }] : [],
      )
      if (contents.length > 0 && status !== '404') expect([path, status, examples.length]).toEqual([path, status, 1])
      for (const { type, example } of examples) {
        const text = typeof example === 'string' ? example : JSON.stringify(example)
        checkBody(path, Number(status), type, text)
        if (type === 'application/problem+json') expect(sentences).toContain((example as { title: string }).title)
      }
    }
})

test('counts are by the names of parameters, and each finds as many as it says', async () => {
  const { facets } = documented(paths.apiFacets, await asha.get(paths.apiFacets, { accept: 'application/json' })) as {
    facets: Record<string, { value: string; total: { value: number; relation: string } }[]>
  }
  const many = Object.entries(facets).flatMap(([name, values]) =>
    values.filter(({ total }) => total.relation === 'equal').map((one) => ({ name, ...one })),
  )
  expect(many.length).toBeGreaterThan(5)
  for (const { name, value, total } of many.slice(0, 12)) {
    const found = await asha.get(`${paths.apiListings}?${name}=${value}`, { accept: 'application/json' })
    expect([name, value, documented(paths.apiListings, found)['total']]).toEqual([name, value, total])
  }
  const few = Object.values(facets)
    .flat()
    .filter(({ total }) => total.relation === 'fewer')
  expect(new Set(few.map(({ total }) => total.value))).toEqual(new Set([10]))
})

test('a saved search says where it is run, and its feeds are as documented', async () => {
  const reader = aReader(node.url)
  const headers = { accept: 'application/json', ...bearer(token) }
  const { items } = documented(paths.apiSearches, await reader.get(paths.apiSearches, headers)) as {
    items: { id: string; listings: string; hasFeed: boolean }[]
  }
  const [saved] = items
  expect([items.length, saved?.hasFeed]).toEqual([1, false])
  expect(documented(paths.apiListings, await reader.get(saved?.listings ?? '', headers))['items']).toBeDefined()
  const ben = await signIn(node, 'ben@north.example')
  expect(documented(paths.apiSearches, await ben.get(paths.apiSearches, { accept: 'application/json' }))).toEqual({
    items: [],
  })
  const who = { id: asha.accountId }
  const secret = await makeFeed(node.app, who, saved?.id ?? '')
  const read = async (kind: 'atom' | 'json', given = secret): Promise<number> => {
    const answer = await reader.get(paths.searchFeed(given, kind), { accept: '*/*;q=0.1, application/json' })
    documented(`/feeds/{secret}.${kind}`, answer)
    return answer.status
  }
  expect([await read('atom'), await read('json'), await read('json', 'x'.repeat(44))]).toEqual([200, 200, 404])
  await endFeed(node.app, who, saved?.id ?? '')
  expect(await read('json')).toBe(410)
})
