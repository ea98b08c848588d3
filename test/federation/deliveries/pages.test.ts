import { day, later, minute } from '../../../src/common/clock.ts'
import { rows } from '../../../src/database/database.ts'
import { send } from '../../../src/federation/actions.ts'
import { deliveriesFromCommandLine } from '../../../src/federation/delivery-command.ts'
import { paths } from '../../../src/common/paths.ts'
import type { Reader } from '../../support/browser.ts'
import { aReader } from '../../support/browser.ts'
import { aNode, type TestNode } from '../../support/node.ts'
import { signIn } from '../../support/sign-in.ts'
import { aSink, type Sink } from '../../support/sinks.ts'

// What could not be delivered, as an administrator sees it and tries it again.

let node: TestNode
let sink: Sink
let administrator: Reader
const began = new Date('2026-11-22T09:00:00Z')

beforeEach(async () => {
  node = await aNode({ time: began, settings: { SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  sink = await aSink()
  administrator = await signIn(node, 'admin@north.example', 'administrator')
})

afterEach(() => sink.close())

async function post(name: string, type = 'Create', giveUpAt?: Date): Promise<void> {
  const id = `http://north.example/asha/${name}`
  await send(node.app, {
    id,
    sender: 'directory',
    body: { id, type, actor: 'http://north.example/ap/people/asha', content: 'Words of Asha Rao' },
    inboxes: [`${sink.origin}/people/cleo/inbox`],
    ...(giveUpAt ? { giveUpAt } : {}),
  })
  expect(await node.settle()).toEqual([])
}

async function states(): Promise<readonly string[]> {
  const found = await rows<{ state: string }>(node.app.db, 'select state from delivery order by number')
  return found.map(({ state }) => state)
}

test('with nothing waiting and nothing failed the page says so', async () => {
  await post('fine')
  expect((await administrator.get(paths.deliveries)).text).toContain('Everything has arrived')
  expect((await administrator.get(paths.administration)).text).toContain(paths.deliveries)
})

test('a server that does not answer is named with what waits for it, and with nobody', async () => {
  await sink.shut()
  await post('one')
  await post('two', 'Update')
  const { text } = await administrator.get(paths.deliveries)
  expect(text).toContain(sink.host)
  expect(text).toContain('It has not answered since 22 November 2026')
  expect(text).toContain('Fewer than ten wait.')
  expect(text).toContain('A post or a message')
  expect(text).toContain('A change')
  expect(text).toContain('Next try: ')
  for (const secret of ['asha', 'Asha', 'cleo', 'inbox"', '/people/cleo']) expect(text).not.toContain(secret)
})

test.each([
  [403, undefined, 'It refuses us (answer 403)'],
  [502, undefined, 'It has answered with errors since'],
  [429, '1200', 'It asked us to wait until 22 November 2026'],
])('a server that answers %i is described in words', async (status, retryAfter, words) => {
  sink.answer = () => ({ status, ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }) })
  await post('one')
  expect((await administrator.get(paths.deliveries)).text).toContain(words)
})

test('what waits goes out at once when an administrator says so', async () => {
  await sink.shut()
  await post('one')
  await sink.open()
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['waiting'])
  const { text } = await administrator.post(paths.retryDeliveries, { host: sink.host })
  expect(text).toContain('What failed or waits is tried again now.')
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['delivered'])
})

test('what failed is kept for 30 days, tried again by server or by kind, and then forgotten', async () => {
  sink.answer = () => ({ status: 404 })
  await post('one')
  await post('two', 'Delete')
  expect(await states()).toEqual(['failed', 'failed'])
  node.time = later(began, 29 * day)
  sink.answer = () => ({ status: 202 })
  await node.runTimetable('federation.tidy-up')
  expect((await administrator.get(paths.deliveries)).text).toContain('Taking something back: ')
  await administrator.post(paths.retryDeliveries, { kind: 'Delete' })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['failed', 'delivered'])
  expect(sink.arrived.at(-1)?.body).toContain('/asha/two')
  node.time = later(began, 31 * day)
  await administrator.post(paths.retryDeliveries, { host: sink.host })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['failed', 'delivered'])
  await node.runTimetable('federation.tidy-up')
  expect((await administrator.get(paths.deliveries)).text).toContain('Everything has arrived')
})

test('a change that failed is not sent again after a newer one', async () => {
  sink.answer = () => ({ status: 404 })
  await post('one', 'Update')
  sink.answer = () => ({ status: 202 })
  await post('two', 'Update')
  await administrator.post(paths.retryDeliveries, { host: sink.host })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['failed', 'delivered'])
  expect(sink.arrived).toHaveLength(2)
})

test('what waits can be given up, and tried again after all', async () => {
  await sink.shut()
  await post('one')
  const { text } = await administrator.post(paths.giveUpDeliveries, { host: sink.host })
  expect(text).toContain('What waited was given up.')
  expect(await states()).toEqual(['failed'])
  await sink.open()
  await administrator.post(paths.retryDeliveries, { host: sink.host })
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['delivered'])
})

test('the command line shows the same, and tries again', async () => {
  await sink.shut()
  await post('one')
  node.time = later(began, minute / 2)
  const seen = await deliveriesFromCommandLine(node.app, [])
  expect(seen?.shown).toMatchObject({
    waiting: 'fewer than 10',
    failed: 0,
    oldestSeconds: 30,
    hosts: [{ host: sink.host, health: 'silent', waiting: 'fewer than 10', failingSince: '2026-11-22T09:00:00Z' }],
  })
  expect(seen?.text).toContain(`${sink.host}  silent since 2026-11-22T09:00:00Z`)
  expect(seen?.text).not.toContain('asha')
  for (const wrong of [['retry'], ['shout', sink.host], ['retry', sink.host, 'more']])
    expect(await deliveriesFromCommandLine(node.app, wrong)).toBeUndefined()
  await sink.open()
  await deliveriesFromCommandLine(node.app, ['retry', sink.host])
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['delivered'])
})

test('nobody but an administrator sees it or changes anything', async () => {
  await sink.shut()
  await post('one')
  for (const reader of [await signIn(node, 'asha@north.example'), aReader(node.url)]) {
    expect((await reader.get(paths.deliveries)).text).not.toContain(sink.host)
    await reader.post(paths.giveUpDeliveries, { host: sink.host })
    await reader.post(paths.retryDeliveries, { host: sink.host })
  }
  expect(await states()).toEqual(['waiting'])
  const [row] = await rows<{ due: boolean }>(node.app.db, 'select next_try_at <= $1 as due from delivery', [began])
  expect(row?.due).toBe(false)
})

test('to a server that is refused here nothing goes, and what waits for it ends', async () => {
  await sink.shut()
  await post('one')
  await rows(
    node.app.db,
    `create or replace function refused_host(host text) returns boolean language sql stable as $$ select true $$`,
  )
  await sink.open()
  node.time = later(began, 5 * minute)
  await new Promise((resolve) => setTimeout(resolve, 5_200)) // what is remembered of hosts
  expect(await node.settle()).toEqual([])
  expect(await states()).toEqual(['refused'])
  expect(sink.arrived).toEqual([])
}, 20_000)

test('of what has arrived everywhere the words go after a day, and where it went stays', async () => {
  await post('one')
  sink.answer = () => ({ status: 404 })
  await post('two')
  node.time = later(began, day + minute)
  await node.runTimetable('federation.tidy-up')
  const found = await rows<{ id: string; length: number }>(
    node.app.db,
    'select id, length(body) as length from outgoing_activity order by id',
  )
  expect(found.map(({ length }) => length > 0)).toEqual([false, true])
})
