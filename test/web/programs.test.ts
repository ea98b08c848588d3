import fc from 'fast-check'
import { minute } from '../../src/common/clock.ts'
import { quotaOf } from '../../src/common/quota.ts'
import { makePersonalToken } from '../../src/accounts/token-actions.ts'
import type { TokenScope } from '../../src/accounts/token.ts'
import { later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { aReader, type Answer } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

let node: TestNode
let asha: SignedIn
const json = { accept: 'application/json' }
const listings = '/api/v1/listings'

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_API_PER_MINUTE: '20' } })
  await listed(node, await aResident(node, 'asha'), ['here', 'public'])
  await listed(node, await aResident(node, 'ben'), ['here'])
  asha = await signIn(node, 'asha@north.example')
})

beforeEach(() => {
  node.time = later(node.time, minute)
})

async function aToken(...scopes: TokenScope[]): Promise<string> {
  const wish = { id: node.app.newId(), name: 'Test', scopes, days: 30 }
  return (await makePersonalToken(node.app, { id: asha.accountId }, wish)) ?? ''
}

const problem = (answer: Answer): unknown => {
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  return JSON.parse(answer.text)
}
const send = (path: string, init: RequestInit = {}) => fetch(new URL(path, node.url), init)

test('a token reads what its owner sees, and an address without one only what is public', async () => {
  const token = await aToken('directory:read')
  const names = (answer: Answer) =>
    (JSON.parse(answer.text) as { items: { name: string; webfinger?: string }[] }).items.length
  expect(names(await aReader(node.url).get(listings, json))).toBe(1)
  expect(names(await aReader(node.url).get(listings, { ...json, authorization: `Bearer ${token}` }))).toBe(2)
})

test('a token without the scope is told which one is missing', async () => {
  const answer = await aReader(node.url).get(listings, {
    ...json,
    authorization: `Bearer ${await aToken('searches:read')}`,
  })
  expect(problem(answer)).toMatchObject({
    status: 403,
    type: `${node.url}/docs/error-codes#scope-missing`,
    detail: 'Make a token with the scope directory:read.',
  })
  expect(answer.headers.get('www-authenticate')).toBe(
    `Bearer realm="${node.url}", error="insufficient_scope", scope="directory:read"`,
  )
})

test('what cannot be had is said as RFC 9457 says it', async () => {
  const reader = aReader(node.url)
  expect(problem(await reader.get('/api/v1/nothing', json))).toMatchObject({ status: 404 })
  expect(problem(await reader.get(listings, { accept: 'text/csv' }))).toMatchObject({
    status: 406,
    detail: 'Ask for application/json.',
  })
  const posted = await send(listings, { method: 'POST' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  expect(await posted.json()).toMatchObject({ status: 405, detail: 'Ask with GET.' })
})

test('the fields of an answer say how often one may still ask, and nothing is written for that', async () => {
  const before = await rows(node.app.db, 'select * from rate_limit')
  const reader = aReader(node.url)
  const first = await reader.get(listings, json)
  expect(first.headers.get('ratelimit-policy')).toBe('"minute";q=20;w=60')
  expect(first.headers.get('ratelimit')).toBe('"minute";r=19;t=60')
  for (let count = 0; count < 19; count += 1) expect((await reader.get(listings, json)).status).toBe(200)
  node.time = later(node.time, 20_500)
  const over = await reader.get(listings, json)
  expect(problem(over)).toMatchObject({ status: 429, type: `${node.url}/docs/error-codes#too-many-requests` })
  expect([over.headers.get('retry-after'), over.headers.get('ratelimit')]).toEqual(['40', '"minute";r=0;t=40'])
  // A token and a person signed in have their own count, whatever their address.
  const authorization = `Bearer ${await aToken('directory:read')}`
  expect((await reader.get(listings, { ...json, authorization })).status).toBe(200)
  expect((await asha.get(listings, json)).status).toBe(200)
  node.time = later(node.time, 40_000)
  expect((await reader.get(listings, json)).status).toBe(200)
  expect(await rows(node.app.db, 'select * from rate_limit')).toEqual(before)
})

test('addresses in capitals are counted and read like any other, and a download costs more', async () => {
  const reader = aReader(node.url)
  expect((await reader.get('/API/v1/Listings', json)).headers.get('ratelimit')).toBe('"minute";r=19;t=60')
  expect((await reader.get('/api/V1/export.CSV', { accept: '*/*' })).headers.get('ratelimit')).toBe('"minute";r=9;t=60')
  const authorization = `Bearer ${await aToken('searches:read')}`
  expect((await reader.get('/API/v1/listings', { ...json, authorization })).status).toBe(403)
})

test('tokens that do not work count for the address, so that nobody can guess many', async () => {
  const guess = () => aReader(node.url).get(listings, { ...json, authorization: `Bearer sideways_${'x'.repeat(43)}` })
  for (let count = 0; count < 20; count += 1) expect((await guess()).status).toBe(401)
  expect((await guess()).status).toBe(429)
})

test('pages of other sites may read what anybody may read, and nothing with a cookie or a token', async () => {
  const origin = 'https://intranet.example'
  const anonymous = await send(listings, { headers: { origin } })
  expect(anonymous.headers.get('access-control-allow-origin')).toBe('*')
  expect(anonymous.headers.get('access-control-allow-credentials')).toBeNull()
  expect(anonymous.headers.get('access-control-expose-headers')).toContain('Link')
  expect(anonymous.headers.get('vary')?.toLowerCase()).toMatch(/cookie.*authorization/)
  const signedIn = await asha.get(listings, { ...json, origin })
  expect([signedIn.status, signedIn.headers.get('access-control-allow-origin')]).toEqual([200, null])
  const authorization = `Bearer ${await aToken('directory:read')}`
  expect(
    (await send(listings, { headers: { origin, authorization } })).headers.get('access-control-allow-origin'),
  ).toBeNull()
  const preflight = await send(listings, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD')
  expect(preflight.headers.get('access-control-allow-headers')).toBeNull()
})

test('a program that asks again is told when nothing changed', async () => {
  const first = await send(listings)
  const etag = first.headers.get('etag') ?? ''
  await first.text()
  expect((await send(listings, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const [someone] = ((await (await send(listings)).json()) as { items: { key: string }[] }).items
  const one = await send(`${listings}/${someone?.key}`)
  await one.text()
  expect(
    (await send(`${listings}/${someone?.key}`, { headers: { 'if-none-match': one.headers.get('etag') ?? '' } })).status,
  ).toBe(304)
})

test('nobody gets more than the quota within a window, and names do not take from each other', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    points: fc.integer({ min: 1, max: 5 }),
    wait: fc.nat(40),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const quota = quotaOf(10, 100)
      let now = 0
      const given = new Map<string, { at: number; points: number }[]>()
      for (const { name, points, wait } of steps) {
        now += wait
        const standing = quota.take(name, points, now)
        if (!standing.isOver) given.set(name, [...(given.get(name) ?? []), { at: now, points }])
      }
      // A window begins with a question after the last one ended: walk them anew.
      for (const list of given.values()) {
        let until = -1
        let taken = 0
        for (const { at, points } of list) {
          if (at >= until) [until, taken] = [at + 100, 0]
          taken += points
          expect(taken).toBeLessThanOrEqual(10)
        }
      }
    }),
  )
  const bounded = quotaOf(1, 1000, 2)
  for (const name of ['a', 'b', 'c']) expect(bounded.take(name, 1, 0).isOver).toBe(false)
  expect(bounded.take('c', 1, 1).isOver).toBe(true)
  expect(bounded.take('a', 1, 1).isOver).toBe(false) // forgotten, to make room
})
