import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { App } from '../../src/app.ts'
import { later, systemClock } from '../../src/common/clock.ts'
import { openDatabase, oneRow, rows, type Db } from '../../src/database/database.ts'
import { dequeue, enqueue, enqueueAll, queuedKeys } from '../../src/jobs/queue.ts'
import { beat, settleJobs, startWorker, type RunningWorker, type WorkerParts } from '../../src/jobs/worker.ts'
import { freshDatabase } from '../support/database.ts'

let url: string
let db: Db
let app: App
const children: ChildProcess[] = []
const workers: RunningWorker[] = []

beforeAll(async () => {
  url = await freshDatabase()
  db = await openDatabase({ url, entities: [] })
  // A worker needs the database and the clock; what else an App has, no handler here asks for.
  app = { db, now: systemClock } as App
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const worker of workers.splice(0)) await worker.stop()
  await rows(db, 'truncate graphile_worker._private_jobs, worker')
})

afterAll(() => db.close())

type Done = { readonly parts: WorkerParts; readonly done: string[] }

/** Handlers that write down what they were given. */
function aNotebook(): Done {
  const done: string[] = []
  const note = async (_app: App, payload: { readonly actorId: string }): Promise<void> => {
    done.push(payload.actorId)
  }
  return { done, parts: { handlers: [{ 'federation.make-keys': note }], timetable: [] } }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s until ${what}`)
    await sleep(50)
  }
}

async function waiting(): Promise<string[]> {
  const found = await rows<{ actor: string }>(
    db,
    `select payload ->> 'actorId' as actor from graphile_worker._private_jobs order by id`,
  )
  return found.map(({ actor }) => actor)
}

test('two jobs, or a job and a timetable entry, of one name stop the start', async () => {
  const { parts } = aNotebook()
  const entry = { name: 'federation.make-keys', cron: '0 0 * * *', run: async () => undefined }
  await expect(startWorker(app, { ...parts, timetable: [entry] })).rejects.toThrow(
    'two jobs or timetable entries are called federation.make-keys',
  )
  const twice = { ...parts, handlers: [...parts.handlers, ...parts.handlers] }
  await expect(settleJobs(app, twice)).rejects.toThrow('are called federation.make-keys')
})

test('a job queued in a transaction that fails was never there', async () => {
  await expect(
    db.transaction(async (tx) => {
      await enqueue(tx, 'federation.make-keys', { actorId: 'lost' })
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  expect(await waiting()).toEqual([])
})

test('a job is seen by nobody before its transaction ends', async () => {
  await db.transaction(async (tx) => {
    await enqueue(tx, 'federation.make-keys', { actorId: 'early' })
    expect(await waiting()).toEqual([])
  })
  expect(await waiting()).toEqual(['early'])
})

test('a newer job with the same key replaces one that waits, and moves it to its own time', async () => {
  const now = systemClock()
  await db.transaction((tx) =>
    enqueue(tx, 'federation.make-keys', { actorId: 'old' }, { key: 'a', runAt: later(now, 1_000_000) }),
  )
  await db.transaction((tx) =>
    enqueue(tx, 'federation.make-keys', { actorId: 'new' }, { key: 'a', runAt: later(now, 2_000_000) }),
  )
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'other' }, { key: 'b' }))
  expect(await waiting()).toEqual(['new', 'other'])
  const job = await oneRow<{ run_at: Date }>(
    db,
    `select run_at from graphile_worker._private_jobs where payload ->> 'actorId' = 'new'`,
  )
  expect(job?.run_at).toEqual(later(now, 2_000_000))
})

test('many jobs are queued at once, each replaces one of the same key, and none is queued for nobody', async () => {
  const runAt = later(systemClock(), 1_000_000)
  const many = Array.from({ length: 500 }, (_, number) => ({
    payload: { actorId: `new${number}` },
    key: String(number),
  }))
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'old' }, { key: '7' }))
  await db.transaction((tx) => enqueueAll(tx, 'federation.make-keys', many, { runAt, attempts: 3 }))
  await db.transaction((tx) => enqueueAll(tx, 'federation.make-keys', []))
  expect((await waiting()).toSorted()).toEqual(many.map(({ payload }) => payload.actorId).toSorted())
  const unlike = `select 1 from graphile_worker._private_jobs
    where run_at <> $1 or max_attempts <> 3 or key <> 'federation.make-keys:' || substr(payload ->> 'actorId', 4)`
  expect(await rows(db, unlike, [runAt])).toEqual([])
})

test('of one kind, those that run or wait for their first time are known by their keys', async () => {
  const keys = ['waits', 'runs', 'failed']
  await db.transaction(async (tx) => {
    for (const key of keys) await enqueue(tx, 'federation.make-keys', { actorId: key }, { key })
    await enqueue(tx, 'federation.person-gone', { personId: 'other' }, { key: 'other' })
  })
  const set = `update graphile_worker._private_jobs set attempts = 1, locked_at = case when $1 then now() end where key like $2`
  await rows(db, set, [true, '%:runs'])
  await rows(db, set, [false, '%:failed'])
  expect(await queuedKeys(db, 'federation.make-keys')).toEqual(new Set(['waits', 'runs']))
})

test('queueing a job is planned once, and for a long queue', async () => {
  const plan = await oneRow(db, `select proconfig from pg_proc where proname = 'add_jobs'`)
  expect(plan).toEqual({ proconfig: ['plan_cache_mode=force_generic_plan', 'enable_seqscan=off'] })
})

test('keep-time lets a waiting job run when it was going to', async () => {
  const now = systemClock()
  await db.transaction((tx) =>
    enqueue(tx, 'federation.make-keys', { actorId: 'first' }, { key: 'a', runAt: later(now, 1_000_000) }),
  )
  await db.transaction((tx) =>
    enqueue(
      tx,
      'federation.make-keys',
      { actorId: 'second' },
      { key: 'a', runAt: later(now, 2_000_000), whenPending: 'keep-time' },
    ),
  )
  expect(await waiting()).toEqual(['second'])
  expect(await oneRow(db, 'select run_at from graphile_worker._private_jobs')).toEqual({
    run_at: later(now, 1_000_000),
  })
})

test('keys of different kinds of jobs do not meet', async () => {
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'keys' }, { key: 'a' }))
  await db.transaction((tx) => enqueue(tx, 'federation.person-gone', { personId: 'a' }, { key: 'a' }))
  expect(await waiting()).toHaveLength(2)
})

test('a job that was taken back does not run', async () => {
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'regretted' }, { key: 'a' }))
  await db.transaction((tx) => dequeue(tx, 'federation.make-keys', 'a'))
  const { done, parts } = aNotebook()
  expect(await settleJobs(app, parts)).toEqual([])
  expect(done).toEqual([])
})

test('settling runs what is due by the clock of the node, and tells what failed', async () => {
  const { done, parts } = aNotebook()
  const failing: WorkerParts = {
    ...parts,
    handlers: [
      ...parts.handlers,
      {
        'federation.person-gone': async () => {
          throw new Error('no such person')
        },
      },
    ],
  }
  await db.transaction((tx) =>
    enqueue(tx, 'federation.make-keys', { actorId: 'tomorrow' }, { runAt: later(systemClock(), 86_400_000) }),
  )
  await db.transaction((tx) => enqueue(tx, 'federation.person-gone', { personId: 'x' }))
  expect(await settleJobs(app, failing)).toEqual([expect.stringContaining('no such person')])
  expect(done).toEqual([])
  const tomorrow: App = { ...app, now: () => later(systemClock(), 86_500_000) }
  await settleJobs(tomorrow, failing)
  expect(done).toEqual(['tomorrow'])
})

test('a worker that rests takes a job as soon as it is queued', async () => {
  const { done, parts } = aNotebook()
  workers.push(await startWorker(app, parts))
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'first' }))
  await until('the first job ran', () => done.length === 1)
  await sleep(300)
  const begun = performance.now()
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'second' }))
  await until('the second job ran', () => done.length === 2)
  expect(performance.now() - begun).toBeLessThan(20_000)
})

test('a worker that stops ends what it began and leaves no trace', async () => {
  let began = false
  let ended = false
  const slow: WorkerParts = {
    timetable: [],
    handlers: [
      {
        'federation.make-keys': async () => {
          began = true
          await sleep(500)
          ended = true
        },
      },
    ],
  }
  const worker = await startWorker(app, slow)
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'slow' }))
  await until('the job began', () => began)
  await worker.stop()
  expect(ended).toBe(true)
  expect([await waiting(), await rows(db, 'select 1 from worker')]).toEqual([[], []])
})

/** Another process with a worker, which has begun the job of that name and will never end it. */
async function aHangingWorker(actorId: string): Promise<{ readonly child: ChildProcess; readonly id: string }> {
  const script = fileURLToPath(new URL('../support/worker-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let said = ''
  child.stdout?.on('data', (part: Buffer) => {
    said += part.toString()
  })
  await until('the child is ready', () => said.includes('ready'))
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId }))
  await until('the child has the job', () => said.includes(`has ${actorId}`))
  const row = await oneRow<{ locked_by: string }>(
    db,
    'select locked_by from graphile_worker._private_jobs where locked_by is not null',
  )
  return { child, id: row?.locked_by ?? '' }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

test('the jobs of a process killed in mid-job run again elsewhere when it has been silent for half a minute', async () => {
  const { child, id } = await aHangingWorker('survivor')
  expect(await rows(db, 'select 1 from worker where id = $1', [id])).toHaveLength(1)
  await kill(child)
  const { done, parts } = aNotebook()
  workers.push(await startWorker(app, parts))
  await sleep(300)
  expect(done).toEqual([]) // it may only be slow
  await rows(db, `update worker set seen_at = seen_at - interval '31 seconds'`)
  await rows(db, `update graphile_worker._private_jobs set locked_at = locked_at - interval '31 seconds'`)
  // From here on nobody helps: the other worker's own heartbeat, every ten seconds, says that it lives and notices.
  await until('the job ran again', () => done.length > 0, 15)
  expect(done).toEqual(['survivor'])
  const alive = await rows<{ id: string }>(db, `select id from worker where seen_at > now() - interval '10 seconds'`)
  expect(alive).toHaveLength(1)
  expect(await rows(db, 'select id from worker')).toEqual(alive)
})

test('a long job of a worker that lives is left alone', async () => {
  const { id } = await aHangingWorker('patient')
  await rows(db, `update graphile_worker._private_jobs set locked_at = locked_at - interval '3 hours'`)
  await beat(db, ['another worker'])
  expect(await oneRow(db, 'select locked_by from graphile_worker._private_jobs')).toEqual({ locked_by: id })
})

test('a worker process that died without a job in hand is forgotten within a day', async () => {
  await rows(
    db,
    `insert into worker (id, seen_at) values ('long gone', now() - interval '25 hours'), ('just gone', now() - interval '1 hour')`,
  )
  await beat(db, [])
  expect(await rows(db, 'select id from worker')).toEqual([{ id: 'just gone' }])
})

test('a worker whose connections break in mid-job takes jobs again', async () => {
  const done: string[] = []
  const slow: WorkerParts = {
    timetable: [],
    handlers: [
      {
        'federation.make-keys': async (_app, { actorId }) => {
          done.push(actorId)
          if (actorId.startsWith('slow')) await sleep(300)
        },
      },
    ],
  }
  workers.push(await startWorker(app, slow))
  for (const actorId of ['slow-1', 'slow-2', 'slow-3'])
    await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId }))
  await until('the slow jobs began', () => done.length === 3)
  const killer = await openDatabase({ url, entities: [], connections: 1 })
  for (let round = 0; round < 20; round += 1) {
    await rows(
      killer,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await sleep(30)
  }
  await db
    .transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'after' }))
    .catch(() =>
      // The first question on a connection that was cut may find it out.
      db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'after' })),
    )
  await killer.close()
  await until('the next job ran', () => done.includes('after'))
})

test('a worker whose jobs cannot be marked as done comes back by itself', async () => {
  const { done, parts } = aNotebook()
  workers.push(await startWorker(app, parts))
  // As long as this stands, every attempt to end a job fails, which ends the runner.
  await rows(
    db,
    `create function in_the_way() returns trigger language plpgsql as $$ begin raise exception 'in the way'; end $$`,
  )
  await rows(
    db,
    'create trigger in_the_way before delete on graphile_worker._private_jobs for each statement execute function in_the_way()',
  )
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'stuck' }))
  await until('the job ran', () => done.length > 0)
  await sleep(1000)
  await rows(db, 'drop function in_the_way cascade')
  await db.transaction((tx) => enqueue(tx, 'federation.make-keys', { actorId: 'next' }))
  await until('the next job ran', () => done.includes('next'), 30)
})
