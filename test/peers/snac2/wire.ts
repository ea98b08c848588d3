import { readFile } from 'node:fs/promises'
import { request as ask, type IncomingHttpHeaders } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Place } from '../place.ts'

/** One request and its answer, as a proxy in front of a server saw them. */
export type Exchange = {
  readonly to: string
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly status: number
  readonly answer: string
}

/** Ends TLS for `name` on port 443 of its loopback address, passes everything on to `port`, and notes it. */
export async function tlsInFrontOf(place: Place, name: string, port: number, heard: Exchange[]): Promise<Server> {
  const [cert, key] = await Promise.all([readFile(place.certificate), readFile(place.key)])
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming
    const body: Buffer[] = []
    incoming.on('data', (part: Buffer) => body.push(part))
    const passed = { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': incoming.socket.remoteAddress ?? '' }
    const behind = ask({ host: '127.0.0.1', port, method, path, headers: passed, agent: false }, (answered) => {
      const answer: Buffer[] = []
      const status = answered.statusCode ?? 502
      answered.on('data', (part: Buffer) => answer.push(part))
      answered.on('end', () =>
        heard.push({ to: name, method, path, headers, body: text(body), status, answer: text(answer) }),
      )
      outgoing.writeHead(status, answered.headers)
      answered.pipe(outgoing)
    })
    behind.on('error', () => {
      heard.push({
        to: name,
        method,
        path,
        headers,
        body: text(body),
        status: 502,
        answer: 'the server behind is silent',
      })
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end()
    })
    incoming.pipe(behind)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(443, place.addresses[name], resolve)
  })
  return server
}

/** Stops listening, and drops every connection. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** What was said, in one line for each: for whoever looks for a fault. */
export function lineOf({ to, method, path, body, status, answer }: Exchange): string {
  const said = body === '' ? '' : ` ${body.slice(0, 600)}`
  return `  ${method} https://${to}${path}${said}\n    → ${status} ${answer.slice(0, 200).replaceAll('\n', ' ')}`
}

function text(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString('utf8')
}
