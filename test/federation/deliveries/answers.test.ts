import { createHash, createPublicKey, verify } from 'node:crypto'
import { day, hour, later, minute } from '../../../src/common/clock.ts'
import { oneRow } from '../../../src/database/database.ts'
import { signingString } from '../../../src/federation/cavage.ts'
import { aSink, type Answer, type Sink } from '../../support/sinks.ts'
import { aSender, origin, type TestSender } from './sender.ts'

// One delivery to one inbox, and every way in which that inbox may answer.

let sender: TestSender
const sinks: Sink[] = []
const began = new Date('2026-11-22T09:00:00Z')

beforeAll(async () => {
  sender = await aSender({ time: began })
})

beforeEach(() => {
  sender.time = began
})

afterAll(() => Promise.all(sinks.map((sink) => sink.close())))

async function aHost(answer: Answer): Promise<Sink> {
  const sink = await aSink()
  sink.answer = () => answer
  sinks.push(sink)
  return sink
}

async function outcome(sink: Sink) {
  const found = (await sender.deliveries()).find(({ inbox }) => inbox.startsWith(sink.origin))
  if (!found) throw new Error('no delivery')
  return found
}

async function deliverTo(answer: Answer) {
  const sink = await aHost(answer)
  await sender.prepare({ inboxes: [`${sink.origin}/inbox`] })
  await sender.deliver()
  return { sink, ...(await outcome(sink)) }
}

const wait = ({ nextTry }: { readonly nextTry: Date }): number => (nextTry.getTime() - began.getTime()) / minute

test.each([200, 201, 202, 204])('%i means delivered', async (status) => {
  expect(await deliverTo({ status })).toMatchObject({ state: 'delivered', attempts: 1, status })
})

test.each([400, 404, 410, 413])('%i means never again', async (status) => {
  expect(await deliverTo({ status })).toMatchObject({ state: 'failed', attempts: 1, status })
})

test.each([401, 403, 405, 408, 422, 500, 501, 503])('%i means again after a minute', async (status) => {
  const found = await deliverTo({ status })
  expect(found).toMatchObject({ state: 'waiting', attempts: 1, status })
  expect(wait(found)).toBeGreaterThanOrEqual(1)
  expect(wait(found)).toBeLessThanOrEqual(1.1)
})

test('a server that breaks the connection is asked again later', async () => {
  const found = await deliverTo('resets')
  expect(found).toMatchObject({ state: 'waiting', attempts: 1, status: null, error: expect.any(String) })
  expect(wait(found)).toBeLessThanOrEqual(1.1)
})

test('a server that takes the request and never answers is asked again later', async () => {
  const begin = performance.now()
  const found = await deliverTo('hangs')
  expect(performance.now() - begin).toBeLessThan(25_000)
  expect(found).toMatchObject({ state: 'waiting', attempts: 1, status: null })
  expect(found.error).toContain('it took too long')
}, 30_000)

test.each(['drips', 'floods'] as const)('a server that says 202, and whose body %s, has it', async (answer) => {
  const begin = performance.now()
  expect(await deliverTo(answer)).toMatchObject({ state: 'delivered', attempts: 1, status: 202 })
  expect(performance.now() - begin).toBeLessThan(20_000)
})

test('a redirect of a POST is not followed', async () => {
  const other = await aHost({ status: 202 })
  const found = await deliverTo({ status: 308, headers: { location: `${other.origin}/inbox` } })
  expect(found).toMatchObject({ state: 'waiting', status: 308 })
  expect(other.arrived).toEqual([])
})

test.each([
  ['120', 2],
  ['5', 1],
  ['999999', 24 * 60],
  [later(began, 10 * minute).toUTCString(), 10],
  [later(began, -hour).toUTCString(), 1],
])('Retry-After %s is obeyed, between a minute and a day', async (header, minutes) => {
  for (const status of [429, 503]) {
    const found = await deliverTo({ status, headers: { 'retry-after': header } })
    expect(found).toMatchObject({ state: 'waiting', status })
    expect(wait(found)).toBe(minutes)
  }
})

test('a Retry-After that nobody understands is none', async () => {
  const found = await deliverTo({ status: 503, headers: { 'retry-after': 'soon' } })
  expect(wait(found)).toBeLessThanOrEqual(1.1)
})

test('the pauses grow from a minute to six hours, and a delivery is given up after its time', async () => {
  sender = await aSender({ time: began }) // nobody else waits
  const sink = await aHost({ status: 500 })
  await sender.prepare({ inboxes: [`${sink.origin}/inbox`], giveUpAt: later(began, 30 * day) })
  const waits: number[] = []
  for (let attempt = 0; attempt < 200 && (await outcome(sink)).state === 'waiting'; attempt += 1) {
    await sender.deliver()
    const { state, nextTry } = await outcome(sink)
    if (state !== 'waiting') break
    const { notBefore } = (await oneRow<{ notBefore: Date | null }>(
      sender.app.db,
      'select not_before as "notBefore" from delivery_host where host = $1',
      [sink.host],
    )) ?? { notBefore: null }
    const next = notBefore && notBefore > nextTry ? notBefore : nextTry
    waits.push((next.getTime() - sender.time.getTime()) / minute)
    sender.time = next
  }
  expect((await outcome(sink)).state).toBe('failed')
  expect(sender.time.getTime() - began.getTime()).toBeGreaterThan(29.5 * day)
  for (const [index, wish] of [1, 2, 4, 8, 16].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(wish)
    expect(waits[index]).toBeLessThan(wish * 1.2)
  }
  expect(Math.max(...waits)).toBeLessThanOrEqual(360)
  expect(Math.max(...waits)).toBeGreaterThan(320)
  expect(new Set(waits.slice(-20).map(String)).size).toBeGreaterThan(10) // never in step with others
})

test('every POST is signed over method, host, date, digest and content type, with the digest of its body', async () => {
  const { sink } = await deliverTo({ status: 202 })
  const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = sink.arrived
  const signature = String(headers['signature'])
  expect(signature).toContain(`keyId="${origin}/ap/directory#main-key",algorithm="rsa-sha256"`)
  expect(signature).toContain('headers="(request-target) host date digest content-type"')
  expect(headers['digest']).toBe(`SHA-256=${createHash('sha256').update(body).digest('base64')}`)
  expect(headers['content-type']).toBe('application/activity+json')
  const text = signingString(
    ['(request-target)', 'host', 'date', 'digest', 'content-type'],
    { method: 'POST', headers: new Headers(headers as Record<string, string>) },
    path,
  )
  const key = await oneRow<{ jwk: string }>(
    sender.app.db,
    `select public_jwk as jwk from actor_key where actor_id = 'directory' and kind = 'rsa'`,
  )
  const publicKey = createPublicKey({ key: JSON.parse(key?.jwk ?? ''), format: 'jwk' })
  const [, bytes = ''] = /signature="([^"]+)"/.exec(signature) ?? []
  expect(verify('sha256', Buffer.from(text ?? ''), publicKey, Buffer.from(bytes, 'base64'))).toBe(true)
})

test('what cannot be an address, or is one that we never ask, is given up', async () => {
  await sender.prepare({ inboxes: ['https://user:secret@south.example/inbox'] })
  await sender.deliver()
  const found = (await sender.deliveries()).find(({ inbox }) => inbox.includes('secret'))
  expect(found).toMatchObject({ state: 'failed', attempts: 1 })
})
