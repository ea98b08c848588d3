import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTls } from 'node:https'
import { connect, isIP, type AddressInfo, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { Network } from '../../src/common/outbound.ts'
import { authority, certificate, certificateKey } from './test-certificate.ts'

/** A place on the invented internet where anything may be read and written; `raw` sees the bytes after TLS. */
export type Host = RequestListener

export type Internet = {
  /** Names and connections for a node: names as `names` says, every address a server on loopback, TLS and checks real. */
  readonly network: Network
  /** What answers at each host name. */
  readonly hosts: Map<string, Host>
  /** Addresses of names; each look-up takes the next answer of the list, and the last one again and again. */
  readonly names: Map<string, readonly string[][]>
  /** Every address that was dialled, in order. */
  readonly dialled: string[]
  /** Every name that was looked up, in order. */
  readonly lookedUp: string[]
  /** The port on loopback where the servers of all hosts are. */
  readonly port: number
  close(): Promise<void>
}

/** An invented internet on loopback: real TLS, real HTTP, invented names. A name that is not said otherwise is at 5.5.5.5. */
export async function anInternet(): Promise<Internet> {
  const hosts = new Map<string, Host>()
  const names = new Map<string, readonly string[][]>()
  const dialled: string[] = []
  const lookedUp: string[] = []
  const counts = new Map<string, number>()
  const server = createTls({ key: certificateKey, cert: certificate }, (request, response) => {
    const host = hosts.get(hostOf(request))
    if (host) host(request, response)
    else response.writeHead(404).end()
  })
  server.on('clientError', (_error, socket) => void socket.destroy())
  server.on('tlsClientError', () => undefined)
  const port = await listening(server)
  const resolve: Network['resolve'] = async (hostname) => {
    lookedUp.push(hostname)
    const answers = names.get(hostname) ?? [['5.5.5.5']]
    const count = counts.get(hostname) ?? 0
    counts.set(hostname, count + 1)
    const addresses = answers[Math.min(count, answers.length - 1)] ?? []
    if (addresses.length === 0) throw new Error(`getaddrinfo ENOTFOUND ${hostname}`)
    return addresses.map((address) => ({ address, family: isIP(address) }))
  }
  // One certificate serves for names that it does not have: a wildcard for all of .example is no certificate.
  const dial = buildConnector({ ca: authority, timeout: 5_000, checkServerIdentity: () => undefined })
  const connector: Network['connector'] = (lookup) => (options, callback) => {
    if (options.httpSocket || isIP(options.hostname) !== 0) {
      if (!options.httpSocket) dialled.push(options.hostname)
      return dial(options.httpSocket ? options : moved(options), callback)
    }
    lookup(options.hostname, { all: true }, (error, found) => {
      const address = typeof found === 'string' ? found : found?.[0]?.address
      if (error || address === undefined) return callback(error ?? new Error('no address'), null)
      dialled.push(address)
      dial(moved(options), callback)
    })
  }
  const moved = (options: buildConnector.Options): buildConnector.Options => ({
    ...options,
    servername: options.servername ?? options.hostname,
    hostname: '127.0.0.1',
    port: String(port),
  })
  return { network: { resolve, connector }, hosts, names, dialled, lookedUp, port, close: () => closed(server) }
}

function hostOf(request: IncomingMessage): string {
  return request.headers.host ?? ''
}

export type TestProxy = {
  readonly url: string
  /** Every CONNECT that came: where to, and what it said of who asks. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[]
  /** What it answers instead of letting through; 'silence' is no answer at all, 'hang-up' the end of the connection. */
  refuses: number | 'silence' | 'hang-up' | undefined
  close(): Promise<void>
}

/** A real CONNECT proxy on loopback that leads every host to the invented internet. */
export async function aProxy(internet: Internet): Promise<TestProxy> {
  const asked: TestProxy['asked'] = []
  const open = new Set<Socket>()
  const proxy = { asked, refuses: undefined as TestProxy['refuses'] }
  const server = createHttp((_request, response) => response.writeHead(405).end())
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('connect', (request, socket: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (proxy.refuses === 'silence') return
    if (proxy.refuses === 'hang-up') return void socket.destroy()
    if (proxy.refuses !== undefined) return void socket.end(`HTTP/1.1 ${proxy.refuses} No\r\n\r\n`)
    const way = connect(internet.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(way).pipe(socket)
    })
    way.on('error', () => socket.destroy())
  })
  const port = await listening(server)
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of open) socket.destroy()
      await closed(server)
    },
  })
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
