// Where the processor time of a node goes: samples of a profile taken from outside while it works, each counted for the first of
// its callers that says what it is about.
import { setTimeout as sleep } from 'node:timers/promises'

export const parts = ['http', 'verification', 'json', 'database', 'own', 'rest'] as const
export type Part = (typeof parts)[number]

type Frame = { readonly functionName: string; readonly url: string }
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Lets a node that was started with `--inspect` at that port work, and returns the share of each part in what it did. */
export async function splitOf(port: number, work: () => Promise<unknown>): Promise<Readonly<Record<Part, number>>> {
  const inspector = await connect(port)
  await inspector.ask('Profiler.enable')
  await inspector.ask('Profiler.setSamplingInterval', { interval: 200 })
  await inspector.ask('Profiler.start')
  await work()
  const { profile } = (await inspector.ask('Profiler.stop')) as { readonly profile: Profile } // of the DevTools protocol
  inspector.close()
  return sharesIn(profile)
}

/** The share of each part in the time of a profile in which something was done. */
export function sharesIn(profile: Profile): Readonly<Record<Part, number>> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const spent = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number> // of all parts
  let all = 0
  for (const [index, sample] of profile.samples.entries()) {
    const stack: Frame[] = []
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = nodes.get(id)?.callFrame
      if (frame) stack.push(frame)
    }
    if (stack[0]?.functionName === '(idle)') continue
    const time = Math.max(0, profile.timeDeltas[index] ?? 0)
    spent[partOf(stack)] += time
    all += time
  }
  return Object.fromEntries(parts.map((part) => [part, spent[part] / Math.max(all, 1)])) as Record<Part, number> // of all parts
}

// From the innermost call outwards. What Node's own modules do is its caller's, but for HTTP and cryptography.
function partOf(stack: readonly Frame[]): Part {
  for (const { url } of stack) {
    if (url.startsWith('node:_http') || url.startsWith('node:internal/http') || url.includes('/undici/')) return 'http'
    if (url.startsWith('node:internal/crypto')) return 'verification'
    if (url === '' || url.startsWith('node:')) continue
    if (/\/src\/federation\/(cavage|message-signature|signer|key-cache)\.ts$/.test(url)) return 'verification'
    if (url.endsWith('/src/federation/received.ts')) return 'json'
    if (/\/node_modules\/(pg|typeorm|graphile-worker)/.test(url)) return 'database'
    if (/\/src\/(database|jobs)\//.test(url)) return 'database'
    return 'own'
  }
  return stack.some(({ url }) => /^node:(net|internal\/stream)/.test(url)) ? 'http' : 'rest'
}

type Inspector = { ask(method: string, params?: object): Promise<unknown>; close(): void }

async function connect(port: number): Promise<Inspector> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true })
  })
  const waiting = new Map<number, (result: unknown) => void>()
  let number = 0
  socket.addEventListener('message', ({ data }) => {
    const said = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown }
    if (said.id !== undefined) waiting.get(said.id)?.(said.result)
  })
  return {
    async ask(method, params = {}) {
      number += 1
      const answer = new Promise((resolve) => waiting.set(number, resolve))
      socket.send(JSON.stringify({ id: number, method, params }))
      return Promise.race([
        answer,
        sleep(30_000).then(() => {
          throw new Error(`the inspector did not answer ${method}`)
        }),
      ])
    },
    close: () => socket.close(),
  }
}
