import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { backOff } from '../jobs/queue.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { asksOthers, handle } from './inbox.ts'
import { endWork, forgetOldActors, type WorkDone } from './inbox-actions.ts'
import { activityAside, waitingActivities, type WaitingActivity } from './inbox-views.ts'
import { readActivity, type Received } from './received.ts'

/** How many activities one job takes: so many at a time, so many times. */
const batch = 200
const rounds = 20
/** How many actors' activities are worked on beside each other. */
const lanesAtOnce = 6
/** One that fails so often is given up: after about two hours. */
const mostFailures = 8

const log = logger('federation')

/** The jobs of the inbox. */
export const inboxJobs: JobHandlers = {
  'federation.inbox': (app) => workThrough(app),
  'federation.inbox-aside': (app, { number }) => workAside(app, number),
}

export const inboxTimetable: readonly TimetableEntry[] = [
  { name: 'federation.forget-actors', cron: '47 3 * * *', run: forgetOldActors },
]

type Work = { readonly waiting: WaitingActivity; readonly received: Received }

/**
 * Works on what waits, oldest first: those of one actor in their order, and those of different actors beside each other. What fails, or
 * has to ask other servers, is set aside with a job of its own; only later ones of the same actor wait for it.
 */
async function workThrough(app: App): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const waiting = await waitingActivities(app.db, batch)
    if (waiting.length === 0) return
    await endWork(app, await workOn(app, waiting))
  }
  await endWork(app, { done: [], aside: [], more: true })
}

async function workOn(app: App, waiting: readonly WaitingActivity[]): Promise<WorkDone> {
  const done: string[] = []
  const aside: { number: string; failures: number; at: Date }[] = []
  const lanes = lanesOf(waiting, done)
  const work = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
      for (const {
        waiting: { number, failures },
        received,
      } of lane) {
        if (asksOthers(app, received)) {
          aside.push({ number, failures, at: app.now() })
          break
        }
        const again = await attempt(app, received, failures)
        if (again) {
          aside.push({ number, failures: failures + 1, at: again })
          break
        }
        done.push(number)
      }
    }
  }
  await Promise.all(Array.from({ length: lanesAtOnce }, work))
  return { done, aside }
}

/** The activities of each actor, in their order. What cannot be read, since we read more once, is done at once. */
function lanesOf(waiting: readonly WaitingActivity[], done: string[]): Work[][] {
  const lanes = new Map<string, Work[]>()
  for (const one of waiting) {
    const received = readActivity(one.body, one.receivedAt)
    if (!received) {
      done.push(one.number)
      continue
    }
    const lane = lanes.get(one.actor)
    if (lane) lane.push({ waiting: one, received })
    else lanes.set(one.actor, [{ waiting: one, received }])
  }
  return [...lanes.values()]
}

/** When to try again, or undefined when it is done, or given up. */
async function attempt(app: App, received: Received, failures: number): Promise<Date | undefined> {
  try {
    await handle(app, received)
    return undefined
  } catch (error) {
    const isFinal = error instanceof Refusal || error instanceof InvalidInput
    const name = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
    if (isFinal) {
      log.debug(`an activity was dropped: ${name}`)
      return undefined
    }
    log.warn(`an activity failed (${received.type}, ${failures + 1} times): ${name}`)
    if (failures + 1 >= mostFailures) return undefined
    return backOff(app.now(), failures + 1, Math.random())
  }
}

/** One that was set aside. Once it is done, the later ones of its actor go on. */
async function workAside(app: App, number: string): Promise<void> {
  const waiting = await activityAside(app.db, number)
  if (!waiting) return
  const received = readActivity(waiting.body, waiting.receivedAt)
  const again = received && (await attempt(app, received, waiting.failures))
  await endWork(
    app,
    again
      ? { done: [], aside: [{ number, failures: waiting.failures + 1, at: again }] }
      : { done: [number], aside: [], more: true },
  )
}
