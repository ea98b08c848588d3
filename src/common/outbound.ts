import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Agent, request as send } from 'undici'
import { logger } from './log.ts'

/** Why a request to another server did not end in an answer. `code` is stable; the message holds no personal data. */
export class OutboundError extends Error {
  readonly code: 'address-refused' | 'too-large' | 'too-many-redirects' | 'left-the-host' | 'no-answer'
  constructor(code: OutboundError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'OutboundError'
    this.code = code
  }
}

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
  /** Whole time for one hop in milliseconds. Default 10 s. */
  readonly timeout?: number
  /** Redirects followed for GET: default 3. */
  readonly redirects?: number
  /** Refuse a redirect to another host (FEDERATION.md 5). */
  readonly stayOnHost?: boolean
  /** Signs one hop; called again after a redirect, since a signature names its target. */
  readonly sign?: (request: Request) => Promise<Request>
}

/** The only way out of a node: bounded in time, size and hops, and kept away from private addresses. */
export type Outbound = {
  fetch(request: Request, options?: OutboundOptions): Promise<OutboundAnswer>
  /** Closes idle connections. */
  close(): Promise<void>
}

export type OutboundSettings = { readonly allowPrivateAddresses: boolean; readonly userAgent: string }

/** Makes the way out. The address is checked when the connection is made, so a name cannot change its mind in between. */
export function createOutbound(settings: OutboundSettings): Outbound {
  const agent = new Agent({
    connect: { lookup: settings.allowPrivateAddresses ? resolve : publicLookup, timeout: 5_000 },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    connections: 20,
    pipelining: 1,
    keepAliveTimeout: 4_000,
  })
  return {
    fetch: (request, options = {}) => follow(agent, settings, request, options),
    close: () => agent.close(),
  }
}

async function follow(
  agent: Agent,
  settings: OutboundSettings,
  first: Request,
  options: OutboundOptions,
): Promise<OutboundAnswer> {
  const body = first.body === null ? undefined : Buffer.from(await first.arrayBuffer())
  let url = new URL(first.url)
  refuseForbidden(url, settings)
  for (let hop = 0; hop <= (options.redirects ?? 3); hop += 1) {
    const headers = new Headers(first.headers)
    headers.set('user-agent', settings.userAgent)
    const unsigned = new Request(url, { method: first.method, headers, ...(body === undefined ? {} : { body }) })
    const answer = await once(agent, options.sign ? await options.sign(unsigned) : unsigned, body, options)
    const location = answer.headers.get('location')
    if (answer.status < 300 || answer.status > 399 || location === null || first.method !== 'GET') return answer
    url = redirectTarget(url, location, settings, options)
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
  options: OutboundOptions,
): Promise<OutboundAnswer> {
  const limit = options.maxBytes ?? 1024 * 1024
  const stop = AbortSignal.timeout(options.timeout ?? 10_000)
  try {
    const answer = await send(request.url, {
      dispatcher: agent,
      // fetch's Request always has an upper-case method of ours
      method: request.method as 'GET' | 'POST',
      headers: Object.fromEntries(request.headers),
      body: body ?? null,
      signal: stop,
    })
    const parts: Buffer[] = []
    let size = 0
    for await (const part of answer.body) {
      size += (part as Buffer).length
      if (size > limit) {
        answer.body.destroy()
        throw new OutboundError('too-large', `${new URL(request.url).host} answered with more than ${limit} bytes`)
      }
      parts.push(part as Buffer)
    }
    return {
      status: answer.statusCode,
      headers: headersOf(answer.headers),
      url: request.url,
      body: Buffer.concat(parts),
    }
  } catch (error) {
    if (error instanceof OutboundError) throw error
    const cause = error instanceof Error && error.cause instanceof OutboundError ? error.cause : error
    if (cause instanceof OutboundError) throw cause
    logger('outbound').debug(`no answer from ${new URL(request.url).host}`)
    throw new OutboundError(
      'no-answer',
      `no answer from ${new URL(request.url).host}: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
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
  if (settings.allowPrivateAddresses && (url.protocol === 'http:' || url.protocol === 'https:')) return
  if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443')) {
    throw new OutboundError('address-refused', `${url.protocol}//${url.host} is not https on port 443`)
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !isPublicAddress(literal))
    throw new OutboundError('address-refused', `${url.hostname} is not a public address`)
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0)
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    const first = open[0]
    if (!first) return callback(new OutboundError('address-refused', `${hostname} has no public address`), '', 0)
    if (options.all) callback(null, open)
    else callback(null, first.address, first.family)
  })
}

// IANA special-purpose registries for IPv4 and IPv6, and what translates to them.
// prettier-ignore
const reservedFours = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4',
]
const reservedSixes = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
const globalUnicast = blockList('ipv6', ['2000::/3'])
const reserved = { ipv4: blockList('ipv4', reservedFours), ipv6: blockList('ipv6', reservedSixes) }

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

/** Whether an IP address can belong to somebody else's server on the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !reserved.ipv4.check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false // a zone names a network of this machine
  return globalUnicast.check(address, 'ipv6') && !reserved.ipv6.check(address, 'ipv6')
}
