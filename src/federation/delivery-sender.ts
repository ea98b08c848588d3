import { Worker } from 'node:worker_threads'
import type { App } from '../app.ts'
import { isStopping } from '../jobs/worker.ts'
import type { Attempt } from './delivery-circuit.ts'
import { posting, signAside } from './delivery-post.ts'
import { runTurn, type Turn } from './delivery-turn.ts'

/** A turn to do; without one, the order to begin nothing new. */
export type ToThread = { readonly number: number; readonly turn?: Turn }
/** An attempt that ended; without one, the end of its turn. */
export type FromThread = { readonly number: number; readonly attempt?: Attempt; readonly fault?: string }

/** Does one host's turn; rejects when it broke off for a reason of ours. */
export type Sender = (turn: Turn, report: (attempt: Attempt) => void) => Promise<void>

/** Sends in this thread, for what is little. */
export function senderHere(app: App): Sender {
  const post = posting(app.outbound, signAside)
  return (turn, report) => runTurn(turn, post, report, () => isStopping(app))
}

type Open = { readonly report: (attempt: Attempt) => void; readonly end: PromiseWithResolvers<void> }
type Thread = { readonly send: Sender; readonly close: () => Promise<void>; idle: NodeJS.Timeout | undefined }

const threads = new WeakMap<App, Thread>()
/** A thread that has nothing to do ends after so many milliseconds. */
const longestIdle = 30_000

/** Sends in a thread of its own, which is started when it is needed, and ended when it was not for half a minute. */
export function senderAside(app: App): Sender | undefined {
  const { settings } = app.outbound
  if (!settings || settings.network) return undefined // a way out that only this thread has
  const thread = threads.get(app) ?? startThread(app, settings)
  threads.set(app, thread)
  return thread.send
}

/** Ends the thread, if there is one. */
export async function endSending(app: App): Promise<void> {
  const thread = threads.get(app)
  threads.delete(app)
  await thread?.close()
}

function startThread(app: App, settings: object): Thread {
  const worker = new Worker(new URL('./delivery-thread.ts', import.meta.url), { workerData: settings })
  worker.unref()
  const open = new Map<number, Open>()
  let last = 0
  const fail = (error: unknown): void => {
    if (threads.get(app) === thread) threads.delete(app)
    for (const { end } of open.values()) end.reject(error)
    open.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that sends has ended')))
  worker.on('message', ({ number, attempt, fault }: FromThread) => {
    const turn = open.get(number)
    if (!turn) return
    if (attempt) {
      if (isStopping(app) && threads.get(app) === thread) {
        threads.delete(app) // another worker would need another
        worker.postMessage({ number: 0 } satisfies ToThread, [])
      }
      return turn.report(attempt)
    }
    open.delete(number)
    if (fault === undefined) turn.end.resolve()
    else turn.end.reject(new Error(fault))
    if (open.size > 0) return
    if (threads.get(app) === thread) rest()
    else void thread.close()
  })
  const rest = (): void => {
    thread.idle = setTimeout(() => {
      if (threads.get(app) === thread) void endSending(app)
    }, longestIdle).unref()
  }
  const thread: Thread = {
    idle: undefined,
    async close() {
      clearTimeout(thread.idle)
      await worker.terminate()
    },
    send(turn, report) {
      clearTimeout(thread.idle)
      last += 1
      const end = Promise.withResolvers<void>()
      open.set(last, { report, end })
      worker.postMessage({ number: last, turn } satisfies ToThread, [])
      return end.promise
    },
  }
  return thread
}
