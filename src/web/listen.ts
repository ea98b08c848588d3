import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config.ts'
import { StartError } from './start-error.ts'

export type { RequestListener } from 'node:http'

/** A port that is ours. Requests that come before `serve` wait for it. */
export type Listening = {
  readonly port: number
  serve(listener: RequestListener): void
  /** Takes no new requests, lets those in hand end for five seconds, then closes. */
  close(): Promise<void>
}

/** Takes the port, before anything else is built on it. StartError when another program has it or the machine forbids it. */
export function listen(config: Pick<Config, 'port' | 'host'>): Promise<Listening> {
  const ready = Promise.withResolvers<RequestListener>()
  const http = createServer(
    // Looked at every five seconds; by itself Node would look every thirty, and let slow senders have twice their time.
    { requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 5_000 },
    (request, response) => {
      void ready.promise.then((listener) => listener(request, response))
    },
  )
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(asStartError(error, config)))
    http.listen(config.port, config.host, () =>
      resolve({
        port: (http.address() as AddressInfo).port, // a TCP server's
        serve(listener) {
          ready.resolve(listener)
          // From now on without the detour.
          http.removeAllListeners('request')
          http.on('request', listener)
        },
        close: () =>
          new Promise((closed) => {
            http.close(() => closed())
            http.closeIdleConnections()
            setTimeout(() => http.closeAllConnections(), 5_000).unref()
          }),
      }),
    )
  })
}

function asStartError(error: NodeJS.ErrnoException, { host, port }: Pick<Config, 'port' | 'host'>): Error {
  if (error.code === 'EADDRINUSE') {
    // Not another port alone: the first start kept the origin, and with it the port, in the data folder.
    const other = port < 65_535 ? port + 1 : port - 1
    return new StartError(
      'port-used',
      `Port ${port} on ${host} is in use. Stop the other program, or start another node with a port and a folder of its own: PORT=${other} SIDEWAYS_DATA=./data-${other} npm start`,
    )
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
    return new StartError(
      'port-refused',
      `This machine does not let Sideways listen on ${host}:${port} (${error.code}). Choose another PORT or SIDEWAYS_HOST.`,
    )
  }
  return error
}
