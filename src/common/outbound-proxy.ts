import type { Socket } from 'node:net'
import { Pool, type buildConnector } from 'undici'
import { refuseInsideNames, type Resolve } from './outbound-address.ts'
import { OutboundError } from './outbound-error.ts'

export type ProxySettings = {
  /** As HTTPS_PROXY has it: http or https, with user and password where the proxy wants them. */
  readonly url: string
  /** Who looks names up: this node, which refuses inside ones, or the proxy alone (decisions/one-way-out.md). */
  readonly lookup: 'here' | 'proxy'
}

/** Connections through a proxy. */
export type ProxyConnector = {
  readonly connect: buildConnector.connector
  close(): Promise<void>
}

/** How long the proxy may take to answer CONNECT, in milliseconds. */
const patience = 5_000

/**
 * Asks a proxy by CONNECT for a way to each host and speaks TLS through it. `secure` makes TLS over a connection that is there. User and
 * password go to the proxy and nowhere else: no error names them.
 */
export function createProxyConnector(
  settings: ProxySettings,
  { resolve, secure }: { readonly resolve: Resolve | undefined; readonly secure: buildConnector.connector },
): ProxyConnector {
  const url = new URL(settings.url)
  const authorization = authorizationOf(url)
  const pool = new Pool(url.origin, { headersTimeout: patience, connect: { timeout: patience } })
  const tunnel = async (options: buildConnector.Options): Promise<buildConnector.Options> => {
    const { hostname } = options
    if (settings.lookup === 'here' && resolve) await lookedAt(hostname, resolve)
    const answer = await pool.connect({
      path: `${hostname.includes(':') ? `[${hostname}]` : hostname}:${options.port || '443'}`,
      headers: authorization === undefined ? {} : { 'proxy-authorization': authorization },
      signal: AbortSignal.timeout(patience),
    })
    if (answer.statusCode !== 200) {
      answer.socket.on('error', () => undefined).destroy()
      throw new OutboundError('no-answer', `the proxy of HTTPS_PROXY answered ${answer.statusCode} for ${hostname}`)
    }
    // undici calls it a Duplex; it is the socket to the proxy, and its own ProxyAgent hands it on in the same way.
    return { ...options, httpSocket: answer.socket as Socket }
  }
  return {
    connect: (options, callback) => {
      tunnel(options).then(
        (ready) => secure(ready, callback),
        (error: unknown) => callback(troubleOf(error, options.hostname), null),
      )
    },
    close: () => pool.destroy(),
  }
}

async function lookedAt(hostname: string, resolve: Resolve): Promise<void> {
  try {
    await refuseInsideNames(hostname, resolve)
  } catch (error) {
    if (error instanceof OutboundError) throw error
    throw new OutboundError(
      'no-answer',
      `${hostname} cannot be looked up here. Where only the proxy can, see SIDEWAYS_PROXY_LOOKUP`,
      error,
    )
  }
}

function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const pair = `${decoded(url.username)}:${decoded(url.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a percent sign that stands for itself
  }
}

function troubleOf(error: unknown, hostname: string): OutboundError {
  if (error instanceof OutboundError) return error
  const why = error instanceof Error ? error.message : 'unknown'
  return new OutboundError('no-answer', `the proxy of HTTPS_PROXY gave no way to ${hostname}: ${why}`, error)
}
