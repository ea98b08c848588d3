import { setTimeout as sleep } from 'node:timers/promises'
import { day, later, minute } from '../../../src/common/clock.ts'
import { oneRow, rows } from '../../../src/database/database.ts'
import { heardFrom } from '../../../src/federation/delivery-heard.ts'
import { dropWaiting } from '../../../src/federation/delivery-store.ts'
import { aSink, type Sink } from '../../support/sinks.ts'
import { aSender, type TestSender } from './sender.ts'

// Many deliveries to one host, and many hosts: order, circuits, and nobody waiting for anybody else.

let sender: TestSender
const sinks: Sink[] = []
const began = new Date('2026-11-22T09:00:00Z')

beforeEach(async () => {
  sender = await aSender({ time: began })
})

afterAll(() => Promise.all(sinks.map((sink) => sink.close())))

async function aHost(address?: string, port?: number): Promise<Sink> {
  const sink = await aSink(address, port)
  sinks.push(sink)
  return sink
}

function inboxesOf(sink: Sink, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => `${sink.origin}/people/${number}/inbox`)
}

function idsAt(sink: Sink, path: string): readonly string[] {
  // Our own bodies.
  return sink.arrived.filter((one) => one.path === path).map(({ body }) => (JSON.parse(body) as { id: string }).id)
}

async function states(): Promise<Readonly<Record<string, number>>> {
  const found = await rows<{ state: string; count: number }>(
    sender.app.db,
    'select state, count(*)::int as count from delivery group by 1',
  )
  return Object.fromEntries(found.map(({ state, count }) => [state, count]))
}

async function hear(host: string): Promise<void> {
  heardFrom(sender.app, host)
  await sleep(300)
}

const hostRow = (sink: Sink) =>
  oneRow<{ failures: number; notBefore: Date | null; asked: boolean }>(
    sender.app.db,
    'select failures, not_before as "notBefore", asked_to_wait as asked from delivery_host where host = $1',
    [sink.host],
  )

test('what one sender says to an inbox arrives in the order in which it was said', async () => {
  const sink = await aHost()
  sink.answer = () => ({ status: 202, after: Math.random() * 5 })
  const inboxes = inboxesOf(sink, 3)
  const ids = Array.from({ length: 20 }, (_, number) => `http://north.example/${number}`)
  await sender.prepare(...ids.slice(0, 12).map((id) => ({ id, inboxes })))
  await Promise.all([sender.deliver(), sender.prepare(...ids.slice(12).map((id) => ({ id, inboxes })))])
  await sender.deliver()
  for (const inbox of inboxes) expect(idsAt(sink, new URL(inbox).pathname)).toEqual(ids)
})

test('nothing overtakes what failed and waits, and another inbox does not wait for it', async () => {
  const sink = await aHost()
  const [stuck = '', free = ''] = inboxesOf(sink, 2)
  sink.answer = ({ path }) => ({ status: stuck.endsWith(path) ? 403 : 202 })
  await sender.prepare({ id: 'first', inboxes: [stuck, free] }, { id: 'second', inboxes: [stuck, free] })
  await sender.deliver()
  await sender.prepare({ id: 'third', inboxes: [stuck, free] })
  await sender.deliver()
  expect(idsAt(sink, new URL(stuck).pathname)).toEqual(['first'])
  expect(idsAt(sink, new URL(free).pathname)).toEqual(['first', 'second', 'third'])
  sink.answer = () => ({ status: 202 })
  sender.time = later(began, 2 * minute)
  await sender.deliver()
  expect(idsAt(sink, new URL(stuck).pathname)).toEqual(['first', 'first', 'second', 'third'])
  expect(await states()).toEqual({ delivered: 6 })
})

test('a delivery that is hopeless does not hold up those behind it', async () => {
  const sink = await aHost()
  const [inbox = ''] = inboxesOf(sink, 1)
  sink.answer = ({ body }) => ({ status: body.includes('first') ? 413 : 202 })
  await sender.prepare({ id: 'first', inboxes: [inbox] }, { id: 'second', inboxes: [inbox] })
  await sender.deliver()
  expect(idsAt(sink, new URL(inbox).pathname)).toEqual(['first', 'second'])
  expect(await states()).toEqual({ failed: 1, delivered: 1 })
})

test('what an inbox cannot digest keeps no Delete from it, however long that is tried', async () => {
  const sink = await aHost()
  const [inbox = ''] = inboxesOf(sink, 1)
  sink.answer = ({ body }) => ({ status: body.includes('undigested') ? 500 : 202 })
  const said = (id: string, type: string) => ({
    id,
    inboxes: [inbox],
    body: { id, type },
    giveUpAt: later(began, 30 * day),
  })
  await sender.prepare(said('undigested-1', 'Remove'), said('undigested-2', 'Delete'))
  await sender.prepare(said('last', 'Update'), said('gone', 'Delete'))
  const gone = () => idsAt(sink, new URL(inbox).pathname).filter((id) => !id.startsWith('undigested'))
  let looks = 0
  for (; gone().length < 2 && looks < 40; looks += 1) {
    await sender.deliver()
    expect(gone().length === 0 || looks > 3).toBe(true)
    sender.time = later(sender.time, 30 * minute)
  }
  expect(gone()).toEqual(['last', 'gone'])
  expect(sender.time.getTime() - began.getTime()).toBeLessThan(day)
  expect(await states()).toEqual({ waiting: 2, delivered: 2 })
})

test('what an inbox cannot digest does not keep a closed circuit from anybody else at that host', async () => {
  const sink = await aHost()
  const [bad = '', good = ''] = inboxesOf(sink, 2)
  sink.answer = ({ path }) => ({ status: bad.endsWith(path) ? 500 : 202 })
  await sender.prepare({ inboxes: [bad], giveUpAt: later(began, 30 * day) })
  for (let look = 0; look < 8; look += 1) {
    await sender.deliver()
    sender.time = later(sender.time, 7 * 60 * minute)
  }
  expect((await hostRow(sink))?.failures).toBeGreaterThan(5)
  await sender.prepare({ id: 'good', inboxes: [good] })
  await sender.deliver()
  expect(idsAt(sink, new URL(good).pathname)).toEqual(['good'])
})

test('a delivery that nobody can sign any more ends at its time', async () => {
  const sink = await aHost()
  await sender.prepare({ sender: 'nobody', inboxes: inboxesOf(sink, 1) })
  await sender.deliver()
  expect(await states()).toEqual({ waiting: 1 })
  sender.time = later(began, 3 * day)
  await sender.deliver()
  expect(await states()).toEqual({ failed: 1 })
})

test('a newer state replaces an older one that waits', async () => {
  const sink = await aHost()
  const [inbox = ''] = inboxesOf(sink, 1)
  await sender.prepare({ id: 'person#update-1', inboxes: [inbox] })
  await sender.prepare({ id: 'person#update-2', inboxes: [inbox] })
  await sender.app.db.transaction((tx) => dropWaiting(tx, 'person#update-', 'person#update-2', began))
  await sender.deliver()
  expect(idsAt(sink, new URL(inbox).pathname)).toEqual(['person#update-2'])
  expect(await states()).toEqual({ replaced: 1, delivered: 1 })
})

test('one activity is never sent twice to an inbox, however often it is prepared', async () => {
  const sink = await aHost()
  const inboxes = inboxesOf(sink, 2)
  for (let time = 0; time < 3; time += 1) await sender.prepare({ id: 'once', inboxes: [...inboxes, ...inboxes] })
  await sender.deliver()
  expect(sink.arrived).toHaveLength(2)
})

test('a circuit opens after five failures, tries with one delivery, and closes with everything that waited', async () => {
  const sink = await aHost()
  const inboxes = inboxesOf(sink, 30)
  await sink.shut()
  await sender.prepare({ inboxes, giveUpAt: later(began, 30 * day) })
  const asked: number[] = []
  let before = 0
  for (let look = 0; look < 12; look += 1) {
    await sender.deliver()
    const attempts = (await sender.deliveries()).reduce((sum, one) => sum + one.attempts, 0)
    asked.push(attempts - before)
    before = attempts
    const { notBefore } = (await hostRow(sink)) ?? {}
    if (!notBefore) throw new Error('the host is asked on and on')
    expect(notBefore.getTime()).toBeGreaterThan(sender.time.getTime())
    // Before that, nothing is asked, whatever is prepared.
    await sender.prepare({ inboxes: [inboxes[0] ?? ''] })
    await sender.deliver()
    expect((await sender.deliveries()).reduce((sum, one) => sum + one.attempts, 0)).toBe(before)
    sender.time = later(notBefore, 1000)
  }
  expect(Math.max(...asked)).toBeLessThanOrEqual(2)
  expect(asked.slice(6).every((count) => count <= 1)).toBe(true)
  expect((await hostRow(sink))?.failures).toBeGreaterThan(10)
  await sink.open()
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 42 })
  expect(sink.arrived).toHaveLength(42)
  expect(await hostRow(sink)).toMatchObject({ failures: 0, notBefore: null })
}, 60_000)

test('errors of one host open its circuit too, answers that only refuse do not', async () => {
  const [broken, strict] = [await aHost(), await aHost()]
  broken.answer = () => ({ status: 502 })
  strict.answer = () => ({ status: 403 })
  await sender.prepare({ inboxes: [...inboxesOf(broken, 20), ...inboxesOf(strict, 20)] })
  await sender.deliver()
  expect(broken.arrived.length).toBeLessThanOrEqual(6)
  expect((await hostRow(broken))?.notBefore).not.toBeNull()
  expect(strict.arrived).toHaveLength(20)
  expect(await hostRow(strict)).toMatchObject({ failures: 0, notBefore: null })
})

test('a host that asks to wait is not asked for anybody until then, even if it is heard from', async () => {
  const sink = await aHost()
  sink.answer = () => ({ status: 429, headers: { 'retry-after': '600' } })
  await sender.prepare({ inboxes: inboxesOf(sink, 10) })
  await sender.deliver()
  const asked = sink.arrived.length
  expect(asked).toBeLessThanOrEqual(2)
  expect(await hostRow(sink)).toMatchObject({ notBefore: later(began, 10 * minute), asked: true })
  sink.answer = () => ({ status: 202 })
  await hear(sink.host)
  sender.time = later(began, 9 * minute)
  await sender.deliver()
  expect(sink.arrived).toHaveLength(asked)
  sender.time = later(began, 10 * minute + 1000)
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 10 })
})

test('a host that is heard from is asked at once', async () => {
  const sink = await aHost()
  await sink.shut()
  await sender.prepare({ inboxes: inboxesOf(sink, 8), giveUpAt: later(began, 30 * day) })
  for (let look = 0; look < 8; look += 1) {
    await sender.deliver()
    sender.time = later((await hostRow(sink))?.notBefore ?? sender.time, 1000)
  }
  await sender.deliver()
  await sink.open()
  await hear('south.example')
  await sender.deliver()
  expect(sink.arrived).toEqual([])
  sender.time = later(sender.time, minute)
  await hear(sink.host)
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 8 })
})

test('who never answers is given up in time, and the next look is queued for when something is due', async () => {
  const sink = await aHost()
  await sink.shut()
  await sender.prepare({ inboxes: inboxesOf(sink, 4) })
  await sender.deliver()
  expect(await sender.nextLook()).toEqual((await hostRow(sink))?.notBefore)
  sender.time = later(began, 2 * day + minute)
  await sender.deliver()
  expect(await states()).toEqual({ failed: 4 })
})

test('when a host answers again, what waits longest for that goes out as well', async () => {
  const sink = await aHost()
  const [first = '', second = ''] = inboxesOf(sink, 2)
  await sink.shut()
  await sender.prepare({ inboxes: [first] })
  await sender.deliver()
  await sink.open()
  await rows(sender.app.db, 'update delivery set next_try_at = $1', [later(began, 300 * minute)])
  sender.time = later(began, 5 * minute)
  await sender.prepare({ inboxes: [second] })
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 2 })
})

test('what is due early by mistake still waits for what comes before it', async () => {
  const sink = await aHost()
  const [inbox = ''] = inboxesOf(sink, 1)
  sink.answer = () => ({ status: 403 })
  await sender.prepare({ id: 'first', inboxes: [inbox] }, { id: 'second', inboxes: [inbox] })
  await sender.deliver()
  await rows(sender.app.db, `update delivery set next_try_at = $1 where activity_id = 'second'`, [began])
  await sender.deliver()
  expect(idsAt(sink, new URL(inbox).pathname)).toEqual(['first'])
})

test('of a turn that broke off nothing is lost: what was sent is written, the rest goes out with the next', async () => {
  const sink = await aHost()
  const inboxes = inboxesOf(sink, 10)
  sink.answer = () => (sink.arrived.length > 4 ? 'resets' : { status: 202 })
  await sender.prepare({ inboxes })
  await sender.deliver()
  const { delivered = 0, waiting = 0 } = await states()
  expect(delivered).toBe(4)
  expect(waiting).toBe(6)
  sink.answer = () => ({ status: 202 })
  sender.time = later(began, 5 * minute)
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 10 })
})

test('of two hundred hosts one hangs, and nobody waits for it', async () => {
  const first = await aHost('127.9.0.1')
  const port = Number(new URL(first.origin).port)
  const others = await Promise.all(
    Array.from({ length: 199 }, (_, number) =>
      aHost(`127.9.${Math.floor((number + 2) / 250)}.${((number + 2) % 250) + 1}`, port),
    ),
  )
  first.answer = () => 'hangs'
  await sender.prepare({ inboxes: [first, ...others].flatMap((sink) => inboxesOf(sink, 2)) })
  const begin = performance.now()
  const all = sender.deliver()
  while ((await states())['delivered'] !== 398) {
    if (performance.now() - begin > 9_000) throw new Error('others wait for the host that hangs')
    await sleep(50)
  }
  expect(first.arrived.length).toBeGreaterThan(0)
  // And while it hangs, what comes for others goes out as well.
  await sender.prepare({ id: 'meanwhile', inboxes: inboxesOf(others[7] ?? first, 1) })
  await sender.deliver()
  while ((await states())['delivered'] !== 399) {
    if (performance.now() - begin > 9_500) throw new Error('what comes meanwhile waits')
    await sleep(50)
  }
  await all
  expect(await states()).toEqual({ delivered: 399, waiting: 2 })
}, 60_000)

test('a host with more than one turn has all of it at once', async () => {
  const sink = await aHost()
  await sender.prepare({ inboxes: inboxesOf(sink, 150) })
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 150 })
})

test('two processes share the hosts, and no delivery is made twice', async () => {
  const hosts = await Promise.all(Array.from({ length: 12 }, () => aHost()))
  for (const sink of hosts) sink.answer = () => ({ status: 202, after: 3 })
  await sender.prepare({ inboxes: hosts.flatMap((sink) => inboxesOf(sink, 8)) })
  const other = { ...sender.app }
  await Promise.all([sender.deliver(), (await import('../../../src/federation/deliver.ts')).deliverDue(other)])
  await sender.deliver()
  expect(await states()).toEqual({ delivered: 96 })
  expect(hosts.map(({ arrived }) => arrived.length)).toEqual(hosts.map(() => 8))
})

test('what is known of hosts is forgotten with them', async () => {
  const sink = await aHost()
  await sender.prepare({ inboxes: inboxesOf(sink, 1) })
  await sender.deliver()
  const { forgetHosts } = await import('../../../src/federation/delivery-store.ts')
  await sender.app.db.transaction((tx) => forgetHosts(tx, later(began, -minute)))
  expect(await hostRow(sink)).toBeDefined()
  await sender.app.db.transaction((tx) => forgetHosts(tx, later(began, minute)))
  expect(await hostRow(sink)).toBeUndefined()
})
