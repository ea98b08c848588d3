import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../src/common/clock.ts'
import { randomId } from '../../../src/common/ids.ts'
import { openDatabase, rows, type Db } from '../../../src/database/database.ts'
import { prepare } from '../../../src/federation/steps.ts'
import { freshDatabase } from '../../support/database.ts'
import { aLog } from '../../support/node.ts'
import { aSink, type Sink } from '../../support/sinks.ts'

// A worker as production starts it, killed while it sends.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const workers: ChildProcess[] = []
const sinks: Sink[] = []
let url: string
let db: Db

beforeAll(async () => {
  url = await freshDatabase()
  db = await openDatabase({ url, entities: [] })
})

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  for (const sink of sinks) await sink.close()
  await db.close()
})

async function startWorker(): Promise<ChildProcess> {
  const worker = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'worker'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(SIDEWAYS_|PORT$|DATABASE_URL$|NODE_OPTIONS$)/.test(name)),
      ),
      DATABASE_URL: url,
      SIDEWAYS_ORIGIN: 'http://north.example',
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
      SIDEWAYS_LOG_LEVEL: 'error',
      SIDEWAYS_WITHDRAWAL_LOG: await aLog(),
    },
  })
  workers.push(worker)
  return worker
}

async function waiting(): Promise<number> {
  return (await rows(db, `select 1 from delivery where state = 'waiting'`)).length
}

async function until(what: string, isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s until ${what}`)
    await sleep(20)
  }
}

test('a worker killed while it sends loses nothing, keeps the order, and repeats only what was on its way', async () => {
  const count = 60
  for (let host = 0; host < 3; host += 1) {
    const sink = await aSink()
    sink.answer = () => ({ status: 202, after: 20 })
    sinks.push(sink)
  }
  const first = await startWorker()
  await until('the worker has its keys', async () => (await rows(db, 'select 1 from actor_key')).length >= 4)
  const inboxes = sinks.flatMap((sink) => [`${sink.origin}/one/inbox`, `${sink.origin}/two/inbox`])
  const ids = Array.from({ length: count }, (_, number) => `http://north.example/${number}`)
  await db.transaction(async (tx) => {
    for (const id of ids)
      await prepare(
        tx,
        { now: systemClock, newId: randomId },
        { id, sender: 'directory', body: { id, type: 'Update' }, inboxes },
      )
  })
  const all = count * inboxes.length
  const arrivals = (): number => sinks.reduce((sum, { arrived }) => sum + arrived.length, 0)
  await until('a third has arrived', async () => arrivals() > all / 3)
  first.kill('SIGKILL')
  await sleep(300)
  const written = all - (await waiting())
  const before = arrivals()
  expect(written).toBeGreaterThan(0)
  expect(before).toBeLessThan(all)
  // What was answered and not yet written is what 50 ms bring, and what was on its way: two requests for each of three hosts.
  expect(before - written).toBeLessThan(60)
  await startWorker()
  await until('everything is delivered', async () => (await waiting()) === 0)
  expect(await rows(db, `select distinct state from delivery`)).toEqual([{ state: 'delivered' }])
  expect(arrivals() - all).toBeLessThanOrEqual(before - written)
  for (const inbox of inboxes) {
    const { host, pathname } = new URL(inbox)
    const came = sinks
      .filter((sink) => sink.host === host)
      .flatMap(({ arrived }) => arrived.filter(({ path }) => path === pathname))
      .map(({ body }) => (JSON.parse(body) as { readonly id: string }).id) // our own bodies
    expect([...new Set(came)]).toEqual(ids)
  }
}, 120_000)
