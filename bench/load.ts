// A load generator in a process of its own: a fixed number of connections that are kept open, each sending its next
// request as soon as the last is answered. Run by itself (forked), this file is that process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'

/** A request as it is sent; `headers` may name a host that is not the one connected to. */
export type Prepared = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type Task = {
  /** Where to connect: an http origin. */
  readonly to: string
  readonly requests: readonly Prepared[]
  /** Ends after that many seconds, or, unless `again`, when each request was sent once. */
  readonly seconds: number
  /** Whether to begin with the first request again after the last. */
  readonly again: boolean
  readonly connections: number
  /** What every answer must have; another one fails the task. */
  readonly status: number
}

export type Outcome = {
  readonly answered: number
  readonly seconds: number
  readonly perSecond: number
  /** Of each answer, in milliseconds, from sending to its last byte. */
  readonly latencies: readonly number[]
  /** Of all bodies together. */
  readonly bytes: number
}

export type LoadGenerator = {
  /** Throws when an answer had another status than the task's, or none came. */
  run(task: Task): Promise<Outcome>
  stop(): Promise<void>
}

type Report = { readonly outcome: Outcome } | { readonly fault: string }

/** Starts the process; requests are handed over before a task's time begins. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(fileURLToPath(import.meta.url), [], { serialization: 'advanced' })
  let answer: PromiseWithResolvers<Outcome> | undefined
  // Our own file is on the other side.
  child.on('message', (report: Report) => {
    if ('fault' in report) answer?.reject(new Error(report.fault))
    else answer?.resolve(report.outcome)
  })
  child.on('exit', () => answer?.reject(new Error('the load generator ended')))
  return {
    run(task) {
      answer = Promise.withResolvers<Outcome>()
      child.send(task)
      return answer.promise
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

async function perform(task: Task): Promise<Outcome> {
  const pool = new Pool(task.to, { connections: task.connections, pipelining: 1, bodyTimeout: 30_000 })
  const latencies: number[] = []
  let bytes = 0
  let next = 0
  const begin = performance.now()
  const end = begin + task.seconds * 1000
  const takeOne = (): Prepared | undefined => {
    if (performance.now() >= end) return undefined
    const index = task.again ? next % task.requests.length : next
    next += 1
    return task.requests[index]
  }
  const sendInTurn = async (): Promise<void> => {
    for (let request = takeOne(); request; request = takeOne()) {
      const sent = performance.now()
      const { method, path, headers, body } = request
      const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
      const received = await answer.body.arrayBuffer()
      latencies.push(performance.now() - sent)
      bytes += received.byteLength
      if (answer.statusCode !== task.status) {
        const text = Buffer.from(received).toString('utf8').slice(0, 300)
        throw new Error(`${method} ${path} was answered ${answer.statusCode}, not ${task.status}: ${text}`)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: task.connections }, sendInTurn))
  } finally {
    await pool.destroy()
  }
  if (latencies.length === 0) throw new Error('no request was sent')
  const seconds = (performance.now() - begin) / 1000
  return { answered: latencies.length, seconds, perSecond: latencies.length / seconds, latencies, bytes }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('disconnect', () => process.exit()) // nobody waits for the answer any more
  process.on('message', (task: Task) => {
    perform(task).then(
      (outcome) => process.send?.({ outcome } satisfies Report),
      (error: unknown) =>
        process.send?.({ fault: error instanceof Error ? error.message : String(error) } satisfies Report),
    )
  })
}
