// What goes wrong around a node in a process of its own, without its knowing: the network, doorbells, sudden death.
import { Server, type ServerResponse } from 'node:http'
import pg from 'pg'
import { OutboundError } from '../../src/common/outbound-error.ts'
import type { Outbound, OutboundAnswer, OutboundOptions } from '../../src/common/outbound.ts'
import type { Doorbells, FaultPoint } from './node-child-words.ts'

type Held = { readonly request: Request; readonly options: OutboundOptions | undefined }

const network = { refused: new Set<string>(), doorbells: 'pass' as Doorbells, held: [] as Held[] }
let point: (FaultPoint & { left: number }) | undefined
let commit: 'before-commit' | 'after-commit' | undefined

/** From now on these hosts cannot be reached from here. */
export function refuse(hosts: readonly string[]): void {
  network.refused = new Set(hosts)
}

export function treatDoorbells(how: Doorbells): void {
  network.doorbells = how
  network.held = []
}

/** Where this process dies; undefined takes it back. */
export function dieAt(given: FaultPoint | undefined): void {
  point = given && { ...given, left: given.nth }
  commit = undefined
}

/** Nothing is wrong any more. */
export function mendAll(): void {
  refuse([])
  treatDoorbells('pass')
  dieAt(undefined)
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
  for (;;); // not one more instruction of anybody else
}

function reached(when: FaultPoint['when'], path: string): FaultPoint['dies'] | undefined {
  if (point?.when !== when || !new RegExp(point.path).test(path)) return undefined
  point.left -= 1
  if (point.left > 0) return undefined
  const { dies } = point
  point = undefined
  if (dies === 'now') die()
  if (dies === 'before-commit' || dies === 'after-commit') commit = dies
  return dies
}

const pathOf = ({ url }: { readonly url: string }): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** The way out, through a network that may be cut and lose doorbells. What is cut is refused by a port where nobody listens. */
export function throughNetwork(real: Outbound): Outbound {
  const send = async (request: Request, options: OutboundOptions | undefined): Promise<OutboundAnswer> => {
    reached('asking', pathOf(request))
    const isCut = network.refused.has(new URL(request.url).host)
    const answer = await real.fetch(isCut ? new Request('http://127.0.0.1:9/') : request, options)
    reached('answered', pathOf(request))
    return answer
  }
  return {
    close: () => real.close(),
    async fetch(request, options) {
      const how = network.doorbells
      if (how === 'pass' || !(await isDoorbell(request))) return send(request, options)
      if (how === 'hold') network.held.push({ request: request.clone(), options })
      if (how === 'twice') await send(request.clone(), options)
      if (how === 'twice') return send(request, options)
      return { status: 202, headers: new Headers(), url: request.url, body: Buffer.alloc(0) }
    },
  }
}

/** Sends what was held through a way out, and how many that were; what finds nobody by now is lost. */
export async function letGo(out: Outbound, order: 'as-rung' | 'reversed'): Promise<number> {
  const held = order === 'reversed' ? network.held.toReversed() : network.held
  network.held = []
  network.doorbells = 'pass'
  for (const { request, options } of held)
    await out.fetch(request, options).catch((error: unknown) => {
      if (!(error instanceof OutboundError)) throw error
    })
  return held.length
}

async function isDoorbell(request: Request): Promise<boolean> {
  if (request.method !== 'POST') return false
  const body: unknown = JSON.parse(await request.clone().text())
  if (typeof body !== 'object' || body === null || !('type' in body) || body.type !== 'Update') return false
  return JSON.stringify(body).includes('"OrderedCollection"')
}

/** Watches this process's server and its database client for the point at which it is to die. */
export function watchForDeath(): void {
  // `as`: patched functions have the arguments of those that they stand for, whatever those are.
  type Patched = (this: object, ...args: readonly unknown[]) => unknown
  const emit = Reflect.get(Server.prototype, 'emit') as Patched
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    const [request, response] = args as [{ readonly url?: string } | undefined, ServerResponse | undefined]
    if (event === 'request' && reached('serving', request?.url ?? '') === 'half-answer' && response)
      dieHalfway(response)
    return emit.call(this, event, ...args) as boolean
  } as Server['emit']

  const query = Reflect.get(pg.Client.prototype, 'query') as Patched
  pg.Client.prototype.query = function (this: pg.Client, ...args: readonly unknown[]): unknown {
    if (!isCommit(args[0])) reached('writing', textOf(args[0]))
    if (commit === undefined || !isCommit(args[0])) return query.call(this, ...args)
    if (commit === 'before-commit') die()
    const result = query.call(this, ...args.filter((arg) => typeof arg !== 'function'))
    return (result as Promise<unknown>).then(die)
  } as pg.Client['query']
}

function isCommit(query: unknown): boolean {
  return /^\s*commit\b/i.test(textOf(query))
}

function textOf(query: unknown): string {
  const text = typeof query === 'object' && query !== null && 'text' in query ? query.text : query
  return typeof text === 'string' ? text : ''
}

function dieHalfway(response: ServerResponse): void {
  response.end = ((body: unknown): ServerResponse => {
    const whole = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body as string) : Buffer.alloc(0)
    response.setHeader('content-length', whole.length)
    response.write(whole.subarray(0, Math.ceil(whole.length / 2)), () => die())
    return response
  }) as ServerResponse['end']
}
