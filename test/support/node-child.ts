import { fork, type ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answered, Deed, NodeSettings, Order, Orders, Told } from './node-child-words.ts'

/** The process died before it answered. */
export class Died extends Error {}

/** A process in which a node can be started: ready in about a second, and good for one node after another. */
export type NodeProcess = {
  tell<Name extends Order>(order: Name, input: Orders[Name]['input']): Promise<Orders[Name]['output']>
  /** kill -9. Resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves when it is gone, for whatever reason. */
  readonly gone: Promise<void>
  readonly isGone: () => boolean
}

const file = fileURLToPath(new URL('./node-process.ts', import.meta.url))

/** A new process without a node. What it writes to standard error goes to `hear`, line by line. */
export async function aNodeProcess(hear: (line: string) => void = () => undefined): Promise<NodeProcess> {
  const child = fork(file, [], {
    execPath: process.execPath,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(SIDEWAYS_|PORT$|DATABASE_URL$)/.test(name)),
      ),
      // As src/main.ts does: half of what a start costs.
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    },
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => text.trim().split('\n').forEach(hear))
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = waitingAnswers(child)
  let number = 0
  await waiting.ready
  return {
    gone,
    isGone: () => child.exitCode !== null || child.signalCode !== null,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    tell<Name extends Order>(order: Name, input: Orders[Name]['input']) {
      number += 1
      const told: Told = { number, order, input }
      // `as`: the process answers an order with what belongs to it.
      const answer = waiting.answerTo(number) as Promise<Orders[Name]['output']>
      if (child.connected) child.send(told, () => undefined)
      else waiting.lose()
      return answer
    },
  }
}

function waitingAnswers(child: ChildProcess) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  const lose = (): void => {
    for (const one of waiting.values()) one.reject(new Died('the process died'))
    waiting.clear()
  }
  child.on('message', (answered: Answered | 'ready') => {
    if (answered === 'ready') return ready.resolve()
    const one = waiting.get(answered.number)
    waiting.delete(answered.number)
    if ('error' in answered) one?.reject(new Error(answered.error))
    else one?.resolve(answered.output)
  })
  child.once('exit', () => {
    ready.reject(new Died('the process died'))
    lose()
  })
  return {
    ready: ready.promise,
    lose,
    answerTo(number: number): Promise<unknown> {
      const one = Promise.withResolvers<unknown>()
      waiting.set(number, one)
      return one.promise
    },
  }
}

/** A whole node in a process of its own; started again after a death it is the same node. */
export type NodeChild = {
  readonly url: string
  readonly host: string
  readonly settings: NodeSettings
  readonly isUp: () => boolean
  tell<Name extends Exclude<Order, 'start' | 'stop'>>(
    order: Name,
    ...input: Orders[Name]['input'] extends undefined ? [] : [Orders[Name]['input']]
  ): Promise<Orders[Name]['output']>
  act(deed: Deed): Promise<void>
  /** Starts it as itself at that time of its clock; `from` gives other settings, such as another database. */
  start(time: Date, from?: Partial<NodeSettings>): Promise<void>
  /** Stops it in order; the process stays for the next start. */
  stop(): Promise<void>
  /** kill -9 of its process. */
  kill(): Promise<void>
  /** Waits until it has killed itself at its fault point. */
  dead(): Promise<void>
  /** Ends its process for good. */
  end(): Promise<void>
}

/** A node that is not started yet. `spare` brings a process that is ready, if there is one. */
export function aNodeChild(
  given: NodeSettings,
  options: { readonly hear?: (line: string) => void; readonly spare?: () => Promise<NodeProcess> } = {},
): NodeChild {
  const spare = options.spare ?? (() => aNodeProcess(options.hear))
  let settings = given
  let place: NodeProcess | undefined
  let up = false
  const here = (): NodeProcess => {
    if (!place) throw new Error(`${given.name} has no process`)
    return place
  }
  const isUp = (): boolean => up && place?.isGone() === false
  const tell: NodeChild['tell'] = (order, ...[input]) => here().tell(order, input)
  return {
    url: given.origin,
    host: new URL(given.origin).host,
    get settings() {
      return settings
    },
    isUp,
    tell,
    act: (deed) => here().tell('act', deed),
    async start(time, from = {}) {
      settings = { ...settings, ...from, time }
      if (!place || place.isGone()) place = await spare()
      await place.tell('start', settings)
      up = true
    },
    async stop() {
      up = false
      if (place?.isGone() === false) await place.tell('stop', undefined)
    },
    async kill() {
      up = false
      await place?.kill()
    },
    async dead() {
      await place?.gone
      up = false
    },
    async end() {
      up = false
      await place?.kill()
    },
  }
}

/** Lets nodes do their jobs, one after the other, until none has anything left to tell another. Returns what failed. */
export async function settleChildren(...nodes: readonly NodeChild[]): Promise<readonly string[]> {
  const failed: string[] = []
  for (let round = 0; round < 20; round += 1) {
    let worked = false
    for (const node of nodes) {
      if (!node.isUp()) continue
      try {
        const settled = await node.tell('settle')
        worked ||= settled.worked
        failed.push(...settled.failed)
      } catch (error) {
        if (!(error instanceof Died)) throw error
        await node.dead()
      }
    }
    if (!worked) return failed
  }
  return [...failed, 'nodes keep telling each other things: still not settled after 20 rounds']
}
