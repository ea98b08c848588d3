import type { App } from '../app.ts'
import { later } from '../common/clock.ts'
import { holding, type Reader } from '../database/database.ts'
import { isStopping } from '../jobs/worker.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { endLate, lookLater } from './delivery-actions.ts'
import { takeNotes, type Notes } from './delivery-notes.ts'
import { attemptsOf, packTurns, type Bodies, type HostTurn } from './delivery-packing.ts'
import { senderAside, senderHere } from './delivery-sender.ts'
import { lockDueHosts, nextDue, unlockAll, unlockHosts } from './delivery-views.ts'

/** Hosts that are sent to at once. */
const lanes = 24
/** Of them, those that failed the last time: they may keep us waiting. */
const lanesForFailing = 6
/** From so many deliveries on, a thread of its own signs and sends. */
const manyDeliveries = 40
/** Deliveries of one host in one turn. */
const turnSize = 40
/** Two looks at what is due are at least so many milliseconds apart, unless something new is prepared. */
const shortestWait = 10_000

type Run = { isRung: boolean; rings: number; ring: () => void }

const runs = new WeakMap<App, Run>()

/**
 * Delivers whatever is due, host by host, until nothing is, and queues the next look. While one call works, others in this process only
 * tell it to look again: deliveries take one of the worker's jobs, however many they are. Other processes do other hosts.
 */
export async function deliverDue(app: App): Promise<void> {
  const active = runs.get(app)
  if (active) return active.ring()
  const run: Run = { isRung: true, rings: 0, ring: () => undefined }
  runs.set(app, run)
  try {
    await endLate(app)
    while (run.isRung && !isStopping(app)) {
      await holding(app.db, async (connection) => {
        try {
          await work(app, run, connection)
        } finally {
          await unlockAll(connection)
        }
      })
    }
  } finally {
    runs.delete(app)
  }
  const next = await nextDue(app.db)
  const soonest = later(app.now(), shortestWait)
  if (next) await lookLater(app, next > soonest ? next : soonest)
}

async function work(app: App, run: Run, connection: Reader): Promise<void> {
  const busy = new Set<string>()
  // Hosts for which more is due once what happened is written.
  const again = new Set<string>()
  const active = new Set<HostTurn>()
  const bodies: Bodies = new Map()
  const queue: HostTurn[] = []
  const inTurn = oneByOne()
  let isMore = true
  let isLoading = false
  let loaded = 0
  let fault: unknown
  let bell = Promise.withResolvers<void>()
  const wake = (): void => bell.resolve()
  const failed = (error: unknown): void => {
    fault ??= error
  }
  run.ring = () => {
    run.isRung = true
    run.rings += 1
    wake()
  }
  const notes = takeNotes(app, async (hosts) => {
    await inTurn(() => unlockHosts(connection, hosts))
    for (const host of hosts) {
      busy.delete(host)
      if (again.delete(host)) isMore = true
    }
    wake()
  })
  const load = async (): Promise<void> => {
    isMore = false
    run.isRung = false
    const hosts = await inTurn(() => lockDueHosts(connection, { now: app.now(), busy: [...busy], limit: lanes }))
    for (const { host } of hosts) busy.add(host)
    isMore ||= hosts.length > 0
    const turns = await packTurns(app, hosts, { bodies, limit: turnSize })
    loaded += turns.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
    queue.push(...turns)
  }
  const begin = async (turn: HostTurn): Promise<void> => {
    const { rings } = run
    const { isLeft } = await doTurn(app, turn, notes, loaded >= manyDeliveries)
    if (isLeft || rings !== run.rings) again.add(turn.host.host)
  }
  const startable = (): number => {
    if (active.size >= lanes) return -1
    const failing = [...active].filter(({ host }) => host.failures > 0).length
    return queue.findIndex(({ host }) => host.failures === 0 || failing < lanesForFailing)
  }
  const isEnding = (): boolean => isStopping(app) || fault !== undefined

  for (;;) {
    bell = Promise.withResolvers<void>()
    if (isEnding()) queue.length = 0
    for (let index = startable(); index !== -1; index = startable()) {
      for (const turn of queue.splice(index, 1)) {
        active.add(turn)
        const ended = (): void => {
          active.delete(turn)
          wake()
        }
        begin(turn).catch(failed).finally(ended)
      }
    }
    // The next hosts are read while these are sent to.
    if (!isEnding() && !isLoading && (isMore || run.isRung) && queue.length < lanes) {
      isLoading = true
      const ended = (): void => {
        isLoading = false
        wake()
      }
      load().catch(failed).finally(ended)
    }
    if (active.size > 0 || isLoading) await bell.promise
    else if (queue.length === 0) {
      await notes.settle()
      if (fault !== undefined) throw fault
      if (isEnding() || !(isMore || run.isRung)) return // what was left is known only now
    }
  }
}

/** Lets work on one thing be done one after the other. */
function oneByOne(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}

/** One host's turn; whether more of it is left that could go on at once. */
async function doTurn(app: App, turn: HostTurn, notes: Notes, isMany: boolean): Promise<{ readonly isLeft: boolean }> {
  const { host, deliveries } = turn
  if (await isRefusedHost(app.db, host.host)) {
    notes.endTurn(host.host, { isRefused: true })
    return { isLeft: false }
  }
  const attempts = attemptsOf(app, turn, notes)
  const send = (isMany ? senderAside(app) : undefined) ?? senderHere(app)
  if (attempts.turn.errands.length > 0) await send(attempts.turn, attempts.report)
  const { state, isBack } = attempts.end()
  notes.endTurn(host.host, { ...(state ? { state } : {}), isBack })
  return { isLeft: isBack || (state !== undefined && deliveries.length >= turnSize) }
}
