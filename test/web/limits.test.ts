import type { Request } from 'express'
import { callerOf, createLimit } from '../../src/web/limits.ts'
import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { freshDatabase } from '../support/database.ts'
import { aNode, type TestNode } from '../support/node.ts'

let one: TestNode
let other: TestNode
beforeAll(async () => {
  const databaseUrl = await freshDatabase()
  one = await aNode({ databaseUrl })
  // A second process of the same node, on the same database.
  other = await aNode({ databaseUrl, settings: { SIDEWAYS_ORIGIN: one.url, PORT: '0' } })
})

it('two processes of a node count together', async () => {
  const options = { name: 'together', points: 3, seconds: 60 }
  const here = createLimit(one.app, options)
  const there = createLimit(other.app, options)
  await here('somebody')
  await there('somebody')
  await here('somebody')
  await expect(there('somebody')).rejects.toMatchObject({ code: 'too-many-requests', detail: { count: 1 } })
  await expect(here('somebody else')).resolves.toBeUndefined()
})

it('what is given back does not count', async () => {
  const limit = createLimit(one.app, { name: 'back', points: 2, seconds: 60 })
  for (let n = 0; n < 6; n += 1) {
    await limit('somebody')
    await limit.giveBack('somebody')
  }
  await limit('somebody')
  await limit('somebody')
  await expect(limit('somebody')).rejects.toMatchObject({ code: 'too-many-requests' })
})

it('an address is never kept as it is', async () => {
  await createLimit(one.app, { name: 'hidden', points: 2, seconds: 60 })('ana@north.example')
  const kept = await rows<{ key: string }>(one.app.db, 'select key from rate_limit')
  expect(kept.some(({ key }) => key.startsWith('hidden:'))).toBe(true)
  expect(JSON.stringify(kept)).not.toContain('ana')
})

it('a limit whose time is over counts from the beginning, and is forgotten by the timetable', async () => {
  const limit = createLimit(one.app, { name: 'over', points: 1, seconds: 60 })
  await limit('somebody')
  await expect(limit('somebody')).rejects.toMatchObject({ code: 'too-many-requests' })
  await rows(one.app.db, `update rate_limit set expire = 1 where key like 'over:%'`)
  await limit('somebody')
  await rows(one.app.db, `update rate_limit set expire = 1 where key like 'over:%'`)
  await one.runTimetable('accounts.forget-ended')
  expect(await rows(one.app.db, `select 1 from rate_limit where key like 'over:%'`)).toEqual([])
})

it('the sixth link for one address within an hour is refused, whether or not the address may join', async () => {
  const reader = aReader(one.url)
  for (let n = 0; n < 5; n += 1) expect((await reader.post('/sign-in', { mail: 'ana@north.example' })).status).toBe(200)
  const answer = await reader.post('/sign-in', { mail: 'Ana@north.example' })
  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3500)
  expect(answer.text).toContain('That was too often')
  expect(answer.text).toContain('Wait 60 minutes and try again')
})

it('one caller may ask for sixty links within an hour, for whatever addresses', async () => {
  const node = await aNode()
  const reader = aReader(node.url)
  for (let n = 0; n < 60; n += 1)
    expect((await reader.post('/sign-in', { mail: `m${n}@north.example` })).status).toBe(200)
  expect((await reader.post('/sign-in', { mail: 'm60@north.example' })).status).toBe(429)
})

it('one caller may try thirty wrong tokens in ten minutes', async () => {
  const reader = aReader(one.url)
  for (let n = 0; n < 30; n += 1) {
    const token = `${n}`.padStart(43, 'x')
    expect(
      (await (n % 2 === 0 ? reader.get(`/sign-in/link?token=${token}`) : reader.post('/sign-in/link', { token })))
        .status,
    ).toBe(410)
  }
  expect((await reader.get(`/sign-in/link?token=${'y'.repeat(43)}`)).status).toBe(429)
})

it('a caller is an IPv4 address or the network of an IPv6 address', () => {
  const from = (ip: string): string => callerOf({ ip } as Request) // callerOf reads nothing else
  expect(from('203.0.113.7')).toBe('203.0.113.7')
  expect(from('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect(from('2001:db8:0:1:aaaa:bbbb:cccc:dddd')).toBe('2001:db8:0:1::/64')
  expect(from('2001:db8:0:1::5')).toBe(from('2001:0db8::1:a:b:c:d'))
  expect(from('2001:db8::5')).toBe('2001:db8:0:0::/64')
  expect(from('::1')).toBe('0:0:0:0::/64')
  expect(from('2001:db8:0:2::5')).not.toBe(from('2001:db8:0:1::5'))
})
