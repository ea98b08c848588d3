import { isIP } from 'node:net'
import { Agent, buildConnector, request as send } from 'undici'
import { logger } from './log.ts'
import { anyLookup, isPublicAddress, publicLookup, resolveHere, type Resolve } from './outbound-address.ts'
import { OutboundError } from './outbound-error.ts'
import { bypassesProxy, isAllowedHost } from './outbound-hosts.ts'
import { createProxyConnector, type ProxySettings } from './outbound-proxy.ts'

export { isPublicAddress, OutboundError }

export type OutboundAnswer = {
  readonly status: number
  readonly headers: Headers
  /** Where the answer came from, after redirects. */
  readonly url: string
  readonly body: Buffer
}

export type OutboundOptions = {
  /** At most this many bytes of answer; more is an OutboundError. Default 1 MiB (FEDERATION.md, Limits). */
  readonly maxBytes?: number
  /** Take the first `maxBytes` of a longer answer instead of refusing it. */
  readonly cut?: boolean
  /** Whole time in milliseconds, redirects and reading included. Default 10 s. */
  readonly timeout?: number
  /** Redirects followed for GET: default 3. */
  readonly redirects?: number
  /** Refuse a redirect to another host (FEDERATION.md 5). */
  readonly stayOnHost?: boolean
  /** Signs one hop; called again after a redirect, since a signature names its target. */
  readonly sign?: (request: Request) => Promise<Request>
}

/** One POST, signed already. */
export type OutboundPost = {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The only way out of a node: bounded in time, size and hops, and kept away from private addresses. */
export type Outbound = {
  fetch(request: Request, options?: OutboundOptions): Promise<OutboundAnswer>
  /**
   * Sends a POST within 10 s and follows no redirect. The answer counts as soon as its status is there: its body is read and thrown away
   * for a moment, so that the connection can be used again. The same bounds as `fetch`, for less work.
   */
  post?(message: OutboundPost): Promise<Pick<OutboundAnswer, 'status' | 'headers'>>
  /** Closes idle connections. */
  close(): Promise<void>
  /** How it was made, where another thread can make the same. */
  readonly settings?: OutboundSettings
}

export type OutboundSettings = {
  readonly allowPrivateAddresses: boolean
  readonly userAgent: string
  /** Where https goes instead of straight to its host. */
  readonly proxy?: ProxySettings | undefined
  /** Hosts that are asked directly all the same (NO_PROXY). */
  readonly noProxy?: readonly string[]
  /** The only hosts that may be asked, where there is such a list (SIDEWAYS_EGRESS_ALLOW). */
  readonly onlyHosts?: readonly string[]
  /** Names and connections of another network than this machine's, as tests build one. */
  readonly network?: Network
}

/** `connector` makes connections to addresses that `lookup` found fit. */
export type Network = {
  readonly resolve: Resolve
  readonly connector: (lookup: ReturnType<typeof publicLookup>) => buildConnector.connector
}

const thisMachine: Network = {
  resolve: resolveHere,
  connector: (lookup) => buildConnector({ lookup, timeout: 5_000 }),
}

/** Makes the way out. The address is checked when the connection is made, so a name cannot change its mind in between. */
export function createOutbound(settings: OutboundSettings): Outbound {
  const { resolve, connector } = settings.network ?? thisMachine
  const direct = connector(settings.allowPrivateAddresses ? anyLookup(resolve) : publicLookup(resolve))
  const proxy =
    settings.proxy &&
    createProxyConnector(settings.proxy, {
      resolve: settings.allowPrivateAddresses ? undefined : resolve,
      secure: direct,
    })
  const connect: buildConnector.connector = (options, callback) => {
    const isProxied = options.protocol === 'https:' && !bypassesProxy(options.hostname, settings.noProxy ?? [])
    return (proxy && isProxied ? proxy.connect : direct)(options, callback)
  }
  const agent = new Agent({
    connect,
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    connections: 20,
    pipelining: 1,
    keepAliveTimeout: 4_000,
  })
  return {
    settings,
    fetch: (request, options = {}) => follow(agent, settings, request, options),
    post: (message) => post(agent, settings, message),
    async close() {
      await agent.close()
      await proxy?.close()
    },
  }
}

// What is meant for the host that was asked first, and tells nobody else anything.
const forFirstHost = ['signature', 'signature-input', 'authorization', 'cookie', 'digest', 'content-digest', 'date']

async function follow(
  agent: Agent,
  settings: OutboundSettings,
  first: Request,
  options: OutboundOptions,
): Promise<OutboundAnswer> {
  const body = first.body === null ? undefined : Buffer.from(await first.arrayBuffer())
  const stop = AbortSignal.timeout(options.timeout ?? 10_000)
  const headers = new Headers(first.headers)
  headers.set('user-agent', settings.userAgent)
  headers.set('accept-encoding', 'identity')
  let url = new URL(first.url)
  refuseForbidden(url, settings)
  for (let hop = 0; hop <= (options.redirects ?? 3); hop += 1) {
    const unsigned = new Request(url, { method: first.method, headers, ...(body === undefined ? {} : { body }) })
    const request = options.sign ? await options.sign(unsigned) : unsigned
    const answer = await once(agent, request, body, {
      limit: options.maxBytes ?? 1024 * 1024,
      cut: options.cut ?? false,
      stop,
    })
    const location = answer.headers.get('location')
    if (answer.status < 300 || answer.status > 399 || location === null || first.method !== 'GET') return answer
    const next = redirectTarget(url, location, settings, options)
    if (next.host !== url.host) for (const name of forFirstHost) headers.delete(name)
    url = next
  }
  throw new OutboundError('too-many-redirects', `${first.url} redirects too often`)
}

/** Where a redirect leads, or an OutboundError when nothing there may be asked. Names are looked up only when connecting. */
export function redirectTarget(
  from: URL,
  location: string,
  settings: OutboundSettings,
  options: OutboundOptions = {},
): URL {
  const next = URL.parse(location, from.href)
  if (!next) throw new OutboundError('no-answer', `${from.host} redirects to what is not an address`)
  if (options.stayOnHost && next.host !== from.host)
    throw new OutboundError('left-the-host', `redirected from ${from.host} to another host`)
  refuseForbidden(next, settings)
  return next
}

async function once(
  agent: Agent,
  request: Request,
  body: Buffer | undefined,
  { limit, cut, stop }: { readonly limit: number; readonly cut: boolean; readonly stop: AbortSignal },
): Promise<OutboundAnswer> {
  const { host } = new URL(request.url)
  try {
    const sent = send(request.url, {
      dispatcher: agent,
      // fetch's Request always has an upper-case method of ours
      method: request.method as 'GET' | 'POST',
      headers: Object.fromEntries(request.headers),
      body: body ?? null,
      signal: stop,
    })
    // undici looks at the signal only once it is connected.
    const answer = await Promise.race([sent, ended(stop)])
    const headers = headersOf(answer.headers)
    const isWanted = request.method === 'GET' && answer.statusCode >= 200 && answer.statusCode <= 299
    if (isWanted && !isPlain(headers)) {
      answer.body.on('error', () => undefined).destroy()
      throw new OutboundError('compressed', `${host} sent a compressed answer, which we did not ask for`)
    }
    const parts: Buffer[] = []
    let size = 0
    for await (const part of answer.body) {
      size += (part as Buffer).length
      if (size > limit && cut) {
        parts.push((part as Buffer).subarray(0, limit - size))
        break
      }
      if (size > limit) {
        answer.body.destroy()
        throw new OutboundError('too-large', `${host} answered with more than ${limit} bytes`)
      }
      parts.push(part as Buffer)
    }
    return { status: answer.statusCode, headers, url: request.url, body: Buffer.concat(parts) }
  } catch (error) {
    throw fault(error, host)
  }
}

// What is read of an answer that says nothing beyond its status.
const mostThrownAway = 16 * 1024
const longestThrownAway = 500

async function post(
  agent: Agent,
  settings: OutboundSettings,
  { url, headers, body }: OutboundPost,
): Promise<Pick<OutboundAnswer, 'status' | 'headers'>> {
  refuseForbidden(url, settings)
  const stop = AbortSignal.timeout(10_000)
  try {
    const sent = send(url, {
      dispatcher: agent,
      method: 'POST',
      headers: { ...headers, 'user-agent': settings.userAgent, 'accept-encoding': 'identity' },
      body,
      signal: stop,
    })
    const answer = await Promise.race([sent, ended(stop)])
    const lost = answer.body.dump({ limit: mostThrownAway, signal: AbortSignal.timeout(longestThrownAway) })
    lost.catch(() => undefined) // the connection is closed, and the status is known
    return { status: answer.statusCode, headers: headersOf(answer.headers) }
  } catch (error) {
    throw fault(error, url.host)
  }
}

function fault(error: unknown, host: string): OutboundError {
  if (error instanceof OutboundError) return error
  const cause = error instanceof Error && error.cause instanceof OutboundError ? error.cause : error
  if (cause instanceof OutboundError) return cause
  logger('outbound').debug(`no answer from ${host}`)
  return new OutboundError(
    'no-answer',
    `no answer from ${host}: ${error instanceof Error ? error.message : String(error)}`,
    error,
  )
}

function ended(stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error('it took too long'))
    if (stop.aborted) end()
    else stop.addEventListener('abort', end, { once: true })
  })
}

// A few bytes can unpack to gigabytes; without unpacking there is nothing to limit but the bytes that came.
function isPlain(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  return encoding === '' || encoding === 'identity'
}

function headersOf(given: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one)
  }
  return headers
}

function refuseForbidden(url: URL, settings: OutboundSettings): void {
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('address-refused', `an address at ${url.host} carries a password`)
  if (!isAllowedHost(url.hostname, settings.onlyHosts ?? []))
    throw new OutboundError(
      'host-not-allowed',
      `${url.hostname} is not among the hosts that this node may ask. Add it to SIDEWAYS_EGRESS_ALLOW to allow it`,
    )
  if (settings.allowPrivateAddresses && (url.protocol === 'http:' || url.protocol === 'https:')) return
  if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443')) {
    throw new OutboundError('address-refused', `${url.protocol}//${url.host} is not https on port 443`)
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !isPublicAddress(literal))
    throw new OutboundError('address-refused', `${url.hostname} is not a public address`)
}
