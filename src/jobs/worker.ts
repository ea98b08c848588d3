import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Logger,
  parseCronItems,
  run,
  runMigrations,
  runOnce,
  type Runner,
  type RunnerOptions,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker'
import type pg from 'pg'
import type { App } from '../app.ts'
import { later } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { rows, type Db } from '../database/database.ts'
import type { JobName, Jobs } from './queue.ts'
import type { TimetableEntry } from './timetable.ts'

/** What does the jobs of one area. A handler loads by id, does nothing when the thing is gone, and may run twice. */
export type JobHandlers = { readonly [Name in JobName]?: (app: App, payload: Jobs[Name]) => Promise<void> }

export type WorkerParts = { readonly handlers: readonly JobHandlers[]; readonly timetable: readonly TimetableEntry[] }

export type RunningWorker = {
  /** Stops taking jobs and waits for those that run. */
  stop(): Promise<void>
}

const heartbeatEverySeconds = 10
const deadAfterSeconds = 30
const restartAfterSeconds = 2
// Without a delay, graphile-worker reports the end of a job in a promise that nobody holds: when the database is away at
// that moment, the whole process dies of it.
const reporting = { completeJobBatchDelay: 0, failJobBatchDelay: 0 }
const log = logger('jobs')

const stopping = new WeakSet<App>()

/** Whether the worker of this process is being stopped: long jobs end soon, and leave the rest for the next worker. */
export function isStopping(app: App): boolean {
  return stopping.has(app)
}

const quiet = new Logger(() => (level, message) => {
  if (level === 'error') log.error(message)
  else if (level === 'warning') log.warn(message)
  else log.debug(message)
})

/** Creates or upgrades graphile-worker's own tables. Called by the migrations, under their lock. */
export async function migrateQueue(pool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: pool, logger: quiet })
  // Planning its statements anew for every job costs more than doing them. One plan must do for a long queue as well.
  await pool.query(
    `alter function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean)
       set plan_cache_mode = force_generic_plan set enable_seqscan = off`,
  )
}

/**
 * Runs jobs and the timetable until stopped. Several may run at once, in one process or on several machines. When the
 * database goes away, it starts again as soon as that is back; a job it had in hand runs again within a minute.
 */
export async function startWorker(app: App, parts: WorkerParts): Promise<RunningWorker> {
  stopping.delete(app)
  let running = await startRunner(app, parts)
  const stop = new AbortController()
  const heart = setInterval(() => {
    beat(app.db, [running.id]).catch((error: unknown) => log.warn(`no heartbeat: ${String(error)}`))
  }, heartbeatEverySeconds * 1000)
  const tend = async (): Promise<void> => {
    for (;;) {
      await running.runner.promise.catch((error: unknown) => log.warn(`the worker ended: ${String(error)}`))
      for (let isBack = false; !isBack;) {
        await sleep(restartAfterSeconds * 1000, undefined, { signal: stop.signal })
        const next = await startRunner(app, parts).catch((error: unknown) => log.warn(`no worker: ${String(error)}`))
        if (!next) continue
        running = next
        isBack = true
        if (stop.signal.aborted) return // `stop` waits for us, and then stops this one
        log.warn('the worker had ended by itself and runs again')
      }
    }
  }
  const tended = tend().catch(() => undefined) // only `stop` ends it
  let stopped: Promise<void> | undefined
  return {
    stop() {
      stopped ??= (async () => {
        stopping.add(app)
        clearInterval(heart)
        stop.abort()
        await running.runner.stop().catch(() => undefined) // already stopped by itself: nothing is left to stop
        await tended
        await running.runner.stop().catch(() => undefined) // begun while we stopped
        await rows(app.db, 'delete from worker where id = $1', [running.id])
      })()
      return stopped
    },
  }
}

/** Jobs that used up their attempts are kept for 30 days, for whoever looks into it, and then forgotten. */
export const queueTimetable: readonly TimetableEntry[] = [
  {
    name: 'jobs.forget-dead',
    cron: '41 3 * * *',
    async run({ db }) {
      await rows(
        db,
        `select 1 from graphile_worker.complete_jobs(array(
           select id from graphile_worker._private_jobs
           where attempts >= max_attempts and locked_at is null and updated_at < now() - interval '30 days'))`,
      )
    },
  },
]

type StartedRunner = { readonly runner: Runner; readonly id: string }

async function startRunner(app: App, parts: WorkerParts): Promise<StartedRunner> {
  const events: WorkerEvents = new EventEmitter()
  let id = ''
  events.on('pool:create', ({ workerPool }) => {
    id = workerPool.id
  })
  const runner = await run({
    ...options(app, parts),
    events,
    concurrency: 4,
    pollInterval: 1000,
    parsedCronItems: parseCronItems(
      parts.timetable.map(({ name, cron }) => ({ task: name, match: cron, options: { backfillPeriod: 0 } })),
    ),
    preset: { worker: { ...reporting, localQueue: { size: 8 } } },
  })
  try {
    await beat(app.db, [id])
  } catch (error) {
    await runner.stop()
    throw error
  }
  return { runner, id }
}

/**
 * Does every job that is due by the node's own clock, until none is left, and returns what went wrong, if anything.
 * A job that failed waits for its next time. For tests and command-line tools: no waiting.
 */
export async function settleJobs(app: App, parts: WorkerParts): Promise<readonly string[]> {
  for (let round = 0; round < 50; round += 1) {
    const soon = later(app.now(), 5_000)
    await rows(
      app.db,
      `update graphile_worker._private_jobs set run_at = now() - interval '1 second'
       where run_at > now() - interval '1 second' and run_at <= $1 and locked_at is null and attempts = 0`,
      [soon],
    )
    await runOnce({ ...options(app, parts), concurrency: 1 })
    const due = await rows(
      app.db,
      `select 1 from graphile_worker._private_jobs
       where locked_at is null and attempts < max_attempts and (run_at <= now() or (run_at <= $1 and attempts = 0)) limit 1`,
      [soon],
    )
    if (due.length > 0) continue
    const failed = await rows<{ last_error: string }>(
      app.db,
      'select last_error from graphile_worker._private_jobs where last_error is not null',
    )
    return failed.map((job) => job.last_error)
  }
  throw new Error('jobs keep making jobs: still not settled after 50 rounds')
}

function options(app: App, parts: WorkerParts): RunnerOptions {
  return {
    pgPool: app.db.pool,
    taskList: taskList(app, parts),
    logger: quiet,
    noHandleSignals: true,
    preset: { worker: reporting },
  }
}

function taskList(app: App, parts: WorkerParts): TaskList {
  const tasks: TaskList = {}
  const add = (name: string, task: NonNullable<TaskList[string]>): void => {
    // One of them would never be done, and nobody would notice.
    if (tasks[name]) throw new Error(`two jobs or timetable entries are called ${name}`)
    tasks[name] = task
  }
  for (const handlers of parts.handlers) {
    for (const [name, handler] of Object.entries(handlers)) {
      // The payload was typed when it was queued, by the same table.
      add(name, (payload) => (handler as (app: App, payload: unknown) => Promise<void>)(app, payload))
    }
  }
  for (const entry of parts.timetable) add(entry.name, () => entry.run(app))
  return tasks
}

/**
 * Says that these workers live, and takes the jobs of those that have been silent for half a minute (a kill -9) back into
 * the queue.
 */
export async function beat(db: Db, ids: readonly string[]): Promise<void> {
  await rows(
    db,
    `insert into worker (id, seen_at) select id, now() from unnest($1::text[]) as id
     on conflict (id) do update set seen_at = excluded.seen_at`,
    [ids],
  )
  const dead = await rows<{ id: string }>(
    db,
    `select distinct locked_by as id from graphile_worker._private_jobs
     where locked_by is not null and locked_at < now() - make_interval(secs => $1)
       and not exists (select from worker where worker.id = locked_by and seen_at > now() - make_interval(secs => $1))`,
    [deadAfterSeconds],
  )
  await rows(db, `delete from worker where seen_at < now() - interval '1 day'`)
  if (dead.length === 0) return
  log.warn(`${dead.length} worker(s) died with jobs in hand; their jobs run again`)
  await rows(db, 'select 1 from graphile_worker.force_unlock_workers($1::text[])', [dead.map(({ id }) => id)])
  await rows(db, 'delete from worker where id = any($1)', [dead.map(({ id }) => id)])
}
