import { Worker } from 'node:worker_threads'
import type { Db } from '../database/database.ts'
import type { Asked, Tally } from './count-answer.ts'

/** Something to count; without it, the wish that the table be read. */
export type ToCounter = { readonly number: number; readonly asked?: Asked }
export type FromCounter = { readonly number: number; readonly tally?: Tally; readonly fault?: string }

/** A thread that counts. */
export type Counter = {
  /** Undefined when so many wait that this one would wait in vain. Rejects when the thread or its database failed. */
  count(asked: Asked): Promise<Tally | undefined>
  /** Whether its table has been read. */
  isReady(): boolean
  /** Whether it has ended. */
  isOver(): boolean
  close(): Promise<void>
}

// At a million entries each takes some 50 ms, and nobody's page waits longer than two seconds. What waits is strangers' to choose.
const mostWaiting = 40

/** Starts a thread that counts in the same database, with a connection of its own; it begins to read at once. */
export function counterAside(db: Db): Counter {
  const { options } = db.manager.connection
  if (options.type !== 'postgres' || options.url === undefined) throw new Error('a database without an address')
  const worker = new Worker(new URL('./count-thread-views.ts', import.meta.url), { workerData: { url: options.url } })
  worker.unref()
  const open = new Map<number, PromiseWithResolvers<Tally | undefined>>()
  let last = 0
  let isOver = false
  let isReady = false
  const fail = (error: unknown): void => {
    isOver = true
    for (const one of open.values()) one.reject(error)
    open.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that counts has ended')))
  worker.on('message', ({ number, tally, fault }: FromCounter) => {
    const one = open.get(number)
    open.delete(number)
    if (fault === undefined) {
      isReady = true
      one?.resolve(tally)
    } else one?.reject(new Error(fault))
  })
  const send = (asked?: Asked): Promise<Tally | undefined> => {
    last += 1
    const answer = Promise.withResolvers<Tally | undefined>()
    if (isOver) answer.reject(new Error('the thread that counts has ended'))
    else {
      open.set(last, answer)
      worker.postMessage({ number: last, ...(asked ? { asked } : {}) } satisfies ToCounter, [])
    }
    return answer.promise
  }
  send().catch(() => undefined) // whoever asks next is told
  return {
    isReady: () => isReady,
    isOver: () => isOver,
    async count(asked) {
      if (open.size >= mostWaiting) return undefined
      const answer = await send(asked)
      if (!answer) throw new Error('the thread that counts had no answer')
      return answer
    },
    async close() {
      await worker.terminate()
    },
  }
}
