import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { OutboundError } from '../common/outbound.ts'
import { backOff } from '../jobs/queue.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { rulesOf } from '../requests/actions.ts'
import { closedAmong } from '../requests/views.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { asksOthers, followUndone, handle, personIn } from './inbox.ts'
import { endFollowWork, endWork, forgetOldActors, lookAgain, type WorkDone } from './inbox-actions.ts'
import type { FollowWork } from './inbox-follow-steps.ts'
import { activityAside, notesHeld, waitingActivities, type WaitingActivity } from './inbox-views.ts'
import { peopleAddressed } from './received-notes.ts'
import { isDeleteOfNote, readActivity, type Received } from './received.ts'
import { keptDocuments, remoteActorIn } from './remote-actor.ts'

/** How many activities are taken at a time, and for how many milliseconds one job goes on. */
const batch = 200
const longestTurn = 2_000
/** Milliseconds in which more may come before the next are taken. */
const gather = 40
/** How many actors' activities are worked on beside each other. */
const lanesAtOnce = 6
/** One that fails so often is given up: after about two hours. */
const mostFailures = 8

const log = logger('federation')

/** The jobs of the inbox. */
export const inboxJobs: JobHandlers = {
  'federation.inbox': (app, { again }) => workThrough(app, again === true),
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
async function workThrough(app: App, isLast: boolean): Promise<void> {
  const end = performance.now() + longestTurn
  let isEmpty = true
  while (performance.now() < end) {
    const waiting = await waitingActivities(app.db, batch)
    if (waiting.length === 0) return isLast && isEmpty ? undefined : lookAgain(app)
    isEmpty = false
    await endWork(app, await workOn(app, waiting))
    // Many together cost little more than one; nobody waits for this.
    if (waiting.length < batch) await sleep(gather)
  }
  await endWork(app, { done: [], aside: [], more: true })
}

async function workOn(app: App, waiting: readonly WaitingActivity[]): Promise<WorkDone> {
  const done: string[] = []
  const aside: { number: string; failures: number; at: Date }[] = []
  const lanes = lanesOf(waiting, done)
  done.push(...(await workTogether(app, lanes)))
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

/**
 * Does at once what can be done in few statements, and takes it out of the lanes: of what each actor's activities begin with, Follows of
 * people whose sender is known, Undos of such, and whatever nobody here will ever see. Returns the numbers of that.
 */
async function workTogether(app: App, lanes: Work[][]): Promise<readonly string[]> {
  const documents = await documentsFor(app, lanes)
  const follows: FollowOf[] = []
  const messages: Message[] = []
  for (const lane of lanes) {
    const written = new Set<string>()
    for (const one of lane) {
      const { received } = one
      const work = await followWorkOf(app, received, documents)
      if (work) follows.push({ one, work })
      else if (received.type === 'Create') {
        messages.push({ one, to: peopleAddressed(app, received) })
        if (received.objectId !== undefined) written.add(received.objectId)
      } else if (!isDeleteOfNote(received)) break
      else if (!written.has(received.objectId ?? '')) messages.push({ one, to: [] })
    }
  }
  const unseen = await unseenOf(app, messages)
  const taken = new Set([...unseen, ...(await workOnFollows(app, follows))])
  for (const lane of lanes) lane.splice(0, lane.length, ...lane.filter((one) => !taken.has(one)))
  return unseen.map(({ waiting: { number } }) => number)
}

type FollowOf = { readonly one: Work; readonly work: FollowWork }
/** Something that somebody wrote to people here, or took back; then it is to nobody. */
type Message = { readonly one: Work; readonly to: readonly string[] }

async function workOnFollows(app: App, follows: readonly FollowOf[]): Promise<readonly Work[]> {
  if (follows.length === 0) return []
  try {
    const work = follows.map((follow) => follow.work)
    await endFollowWork(
      app,
      work,
      follows.map(({ one }) => one.waiting.number),
    )
    return follows.map(({ one }) => one)
  } catch (error) {
    log.warn(`${follows.length} follows are done one by one: ${error instanceof Error ? error.message : 'unknown'}`)
    return []
  }
}

/** Messages to people of whom none takes them, and Deletes of what nobody here ever got. */
async function unseenOf(app: App, messages: readonly Message[]): Promise<readonly Work[]> {
  const deletes = messages.filter(({ one }) => one.received.type === 'Delete')
  const notes = deletes.flatMap(({ one }) => one.received.objectId ?? [])
  const held: ReadonlySet<string> = notes.length === 0 ? new Set() : await notesHeld(app.db, notes)
  const creates = messages.filter(({ one }) => one.received.type === 'Create')
  const approaches = creates.flatMap(({ one: { received }, to }) =>
    to.map((personId) => ({ personId, actor: received.actor, host: new URL(received.actor).host })),
  )
  const found = approaches.length === 0 ? [] : await closedAmong(app.db, app.now(), rulesOf(app), approaches)
  const closed = new Set(found.map(({ personId, actor }) => `${personId} ${actor}`))
  return [
    ...deletes.filter(({ one }) => !held.has(one.received.objectId ?? '')),
    ...creates.filter(({ one, to }) => to.every((personId) => closed.has(`${personId} ${one.received.actor}`))),
  ].map(({ one }) => one)
}

function documentsFor(app: App, lanes: readonly Work[][]): ReturnType<typeof keptDocuments> {
  const asking = lanes.filter((lane) => lane.some(({ received }) => received.type === 'Follow'))
  return asking.length === 0
    ? Promise.resolve(new Map())
    : keptDocuments(
        app,
        asking.flatMap(([first]) => first?.received.actor ?? []),
      )
}

async function followWorkOf(
  app: App,
  received: Received,
  documents: Awaited<ReturnType<typeof keptDocuments>>,
): Promise<FollowWork | undefined> {
  const { id, type, actor, objectId } = received
  if (type === 'Undo') {
    const target = followUndone(received)
    const personId = target === 'none' ? undefined : personIn(app, target)
    return personId === undefined ? undefined : { kind: 'undo', personId, actor, followId: objectId }
  }
  const personId = type === 'Follow' ? personIn(app, objectId) : undefined
  const document = documents.get(actor)
  if (personId === undefined || !document || (await isRefusedHost(app.db, new URL(actor).host))) return undefined
  try {
    const { handle, inbox, sharedInbox } = remoteActorIn(document, actor)
    return { kind: 'follow', asked: { personId, actor, handle, inbox, sharedInbox, followId: id } }
  } catch {
    return undefined // one without an inbox: whoever does it alone says so
  }
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
    // An address that may not be asked, or an answer that may not be read, stays so; only silence may end.
    const isHopeless = error instanceof OutboundError && error.code !== 'no-answer'
    const isFinal = isHopeless || error instanceof Refusal || error instanceof InvalidInput
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
