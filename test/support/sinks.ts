// Inboxes of somebody else's servers on loopback, each of which answers as it is told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Arrived = { readonly path: string; readonly body: string; readonly headers: IncomingMessage['headers'] }

/** A status with headers; nothing at all; a connection that breaks; or a body that never ends. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly after?: number }
  | 'hangs'
  | 'resets'
  | 'drips'
  | 'floods'

export type Sink = {
  readonly origin: string
  readonly host: string
  /** Every POST that came whole, in order. */
  readonly arrived: Arrived[]
  /** How a POST is answered; 202 unless told otherwise. */
  answer: (arrived: Arrived) => Answer
  /** No connection is taken any more, until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

/** A server on this loopback address and a free port, or the one given. */
export async function aSink(address = '127.0.0.1', port = 0): Promise<Sink> {
  const arrived: Arrived[] = []
  let server: Server = listening()
  function listening(): Server {
    return createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const one = {
          path: request.url ?? '/',
          body: Buffer.concat(parts).toString('utf8'),
          headers: request.headers,
        }
        arrived.push(one)
        void reply(request, response, sink.answer(one))
      })
    })
  }
  const listen = (one: Server, at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      one.once('error', reject).listen(at, address, resolve)
    })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  await listen(server, port)
  const { port: taken } = server.address() as AddressInfo
  const sink: Sink = {
    origin: `http://${address}:${taken}`,
    host: `${address}:${taken}`,
    arrived,
    answer: () => ({ status: 202 }),
    shut: close,
    async open() {
      server = listening()
      await listen(server, taken)
    },
    close,
  }
  return sink
}

async function reply(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  if (answer === 'hangs') return
  if (answer === 'resets') return void request.socket.destroy()
  if (answer === 'drips' || answer === 'floods') {
    response.writeHead(202)
    const part = answer === 'drips' ? '.' : 'x'.repeat(64 * 1024)
    while (!response.destroyed) {
      response.write(part)
      await sleep(20)
    }
    return
  }
  if (answer.after !== undefined) await sleep(answer.after)
  response.writeHead(answer.status, answer.headers).end()
}
