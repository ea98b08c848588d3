// A whole node in a process of its own, told by messages (node-child.ts): its clock stands where it is put, its jobs run when
// it is told to settle, and it dies by SIGKILL where it is told to. Everything else is as in production.
import { flushCompileCache } from 'node:module'
import type { Mail } from '../../src/common/mail.ts'
import { createOutbound } from '../../src/common/outbound.ts'
import { day, later, minute } from '../../src/common/clock.ts'
import { software } from '../../src/common/software.ts'
import { readConfig } from '../../src/config.ts'
import { rows } from '../../src/database/database.ts'
import { beat } from '../../src/jobs/worker.ts'
import { startNode } from '../../src/node.ts'
import { pollPartners } from '../../src/partners/actions.ts'
import type { TestNode } from './node.ts'
import { act, linkFor, origins, people, statementOf } from './node-child-deeds.ts'
import { dieAt, letGo, mendAll, refuse, throughNetwork, treatDoorbells, watchForDeath } from './node-child-faults.ts'
import type { Answered, NodeSettings, Order, Orders, Told } from './node-child-words.ts'
import { letJobsWait, tellQueue } from './waiting-jobs.ts'

type Child = { readonly node: TestNode; readonly out: ReturnType<typeof createOutbound>; settledAt: Date }

let child: Child | undefined

function running(): Child {
  if (!child) throw new Error('the node is not started')
  return child
}

async function start(given: NodeSettings): Promise<void> {
  if (child) throw new Error('the node runs already')
  mendAll()
  const clock = { time: given.time }
  const mails: Mail[] = []
  const config = readConfig({
    PORT: String(given.port),
    SIDEWAYS_ORIGIN: given.origin,
    SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    SIDEWAYS_NAME: given.name,
    SIDEWAYS_LOG_LEVEL: 'error',
    SIDEWAYS_DATA: given.folder,
    ...given.settings,
  })
  const out = throughNetwork(
    createOutbound({
      allowPrivateAddresses: true,
      userAgent: `${software.name}/${software.version} (+${given.origin})`,
    }),
  )
  const started = await startNode({
    config: { ...config, databaseUrl: given.databaseUrl },
    roles: { web: true, worker: false },
    overrides: {
      now: () => clock.time,
      mail: { send: async (mail) => void mails.push(mail), close: () => undefined },
      outbound: out,
    },
  })
  const node: TestNode = Object.defineProperty({ ...started, url: given.origin, mails, time: clock.time }, 'time', {
    get: () => clock.time,
    set: (time: Date) => {
      clock.time = time
    },
  })
  child = { node, out, settledAt: given.time }
  await letJobsWait(node.app.db, clock.time)
  await startAsWorker(node)
}

// What a worker does when it starts: it takes over the jobs of one that died, and asks every partner.
async function startAsWorker(node: TestNode): Promise<void> {
  await rows(
    node.app.db,
    `update graphile_worker._private_jobs set locked_at = locked_at - interval '1 minute' where locked_at is not null`,
  )
  await beat(node.app.db, [])
  await pollPartners(node.app, 'all')
}

async function settle(): Promise<Orders['settle']['output']> {
  const { node, settledAt } = running()
  const { db } = node.app
  if (node.time > settledAt) {
    for (const { name, cron } of node.timetable) if (wasDue(cron, settledAt, node.time)) await node.runTimetable(name)
    // What failed waits by PostgreSQL's clock, which does not move with ours.
    await rows(db, 'update graphile_worker._private_jobs set run_at = now() where attempts > 0 and locked_at is null')
    running().settledAt = node.time
  }
  await tellQueue(db, node.time)
  const due = await rows(
    db,
    `select 1 from graphile_worker._private_jobs where locked_at is null and attempts < max_attempts
       and (run_at <= now() or (run_at <= $1 and attempts = 0)) limit 1`,
    [later(node.time, 5_000)],
  )
  if (due.length === 0) return { worked: false, failed: [] }
  return { worked: true, failed: await node.settle() }
}

/** Whether a timetable entry came up after `from` and until `to`; a day's worth is looked at, and no entry waits longer. */
function wasDue(cron: string, from: Date, to: Date): boolean {
  const [minutes = '', hours = '', ...others] = cron.split(' ')
  if (others.some((field) => field !== '*')) throw new Error(`no test knows when "${cron}" is`)
  const fits = (field: string, value: number): boolean => {
    if (field === '*') return true
    return field.startsWith('*/') ? value % Number(field.slice(2)) === 0 : field.split(',').includes(String(value))
  }
  const first = Math.max(Math.floor(from.getTime() / minute) + 1, Math.floor((to.getTime() - day) / minute) + 1)
  for (let at = first; at * minute <= to.getTime(); at += 1)
    if (fits(minutes, at % 60) && fits(hours, Math.floor(at / 60) % 24)) return true
  return false
}

async function stop(): Promise<void> {
  const ended = child
  child = undefined
  await ended?.node.stop()
}

type Handlers = {
  readonly [Name in Order]: (input: Orders[Name]['input']) => Promise<Orders[Name]['output']> | Orders[Name]['output']
}

const handlers: Handlers = {
  start,
  stop,
  settle,
  time(time) {
    running().node.time = time
  },
  act: (deed) => act(running().node, deed),
  refuse,
  doorbells: treatDoorbells,
  letGo: (order) => letGo(running().out, order),
  dieAt,
  link: (mail) => linkFor(running().node, mail),
  people: () => people(running().node),
  origins: () => origins(running().node),
  statement: (host) => statementOf(running().node, host),
  sql: (statement) => rows(running().node.app.db, statement),
}

watchForDeath()
process.on('disconnect', () => process.exit())
process.on('message', (told: Told) => {
  // `as`: node-child.ts sends what belongs to its order.
  const handler = handlers[told.order] as (input: unknown) => unknown
  const answer = (answered: Answered): void => void process.send?.(answered)
  Promise.resolve()
    .then(() => handler(told.input))
    .then((output) => answer({ number: told.number, output }))
    .catch((error: unknown) =>
      answer({ number: told.number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
})
process.send?.('ready')
// Most of these processes do not live to do it at their end.
flushCompileCache()
