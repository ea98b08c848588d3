import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { KeyObject } from 'node:crypto'
import { systemClock } from '../../../src/common/clock.ts'
import { signedHeaders } from '../../../src/federation/cavage.ts'
import { Failure } from './run.ts'

/** An answer as it came over the wire; names of headers in lower case. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Sent = {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Headers
  readonly body?: string
  /** Milliseconds for all of it. */
  readonly timeout: number
}

/** How the documents of the protocol are asked for and labelled (FEDERATION.md 4). */
export const linkedDataJson = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

// A page has 1 MiB at most; what is larger is read so far that it can be seen to be too large.
const mostBytes = 4 * 1024 * 1024

// Connections are kept, since there are many requests, but not so long that a server closes them first.
const agents = {
  http: new HttpAgent({ keepAlive: true, timeout: 3_000 }),
  https: new HttpsAgent({ keepAlive: true, timeout: 3_000 }),
}

/** One request, without redirects. Throws Failure when there is no answer. */
export async function send(url: string, sent: Sent): Promise<Answer> {
  const first = await once(url, sent)
  // A connection that was kept may have been closed at the same moment.
  const answer = first === 'closed' ? await once(url, sent) : first
  if (answer === 'closed') throw new Failure(`no answer from ${url}`, 'an answer')
  return answer
}

function once(
  url: string,
  { method = 'GET', headers = new Headers(), body, timeout }: Sent,
): Promise<Answer | 'closed'> {
  const isSafe = url.startsWith('https:')
  const start = isSafe ? httpsRequest : httpRequest
  const agent = isSafe ? agents.https : agents.http
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      if (asked.reusedSocket) resolve('closed')
      else reject(new Failure(`no answer from ${url} (${messageOf(error)})`, 'an answer'))
    }
    const options = { method, headers: Object.fromEntries(headers), signal: AbortSignal.timeout(timeout), agent }
    const asked = start(url, options, (answer) => {
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        size += part.length
        if (size <= mostBytes) parts.push(part)
        else answer.destroy(new Error(`more than ${mostBytes} bytes`))
      })
      answer.on('error', fail)
      answer.on('end', () => {
        const given = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')])
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(given), body: text })
      })
    })
    asked.on('error', fail)
    asked.end(body)
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export type RequestKey = { readonly keyId: string; readonly privateKey: KeyObject }

/** How a signature may be wrong: what is signed instead of what is sent. */
export type Forgery = {
  readonly target?: string
  readonly now?: Date
  readonly privateKey?: KeyObject
  readonly tampered?: boolean
}

/** The headers of a request with a signature as FEDERATION.md, Signatures, has it, or with a wrong one. */
export function signedFor(
  url: string,
  key: RequestKey,
  sent: { readonly method?: 'GET' | 'POST'; readonly headers?: Headers; readonly body?: string } = {},
  forgery: Forgery = {},
): Headers {
  const { host, pathname, search } = new URL(url)
  const { method = 'GET', headers = new Headers(), body } = sent
  const message = {
    method,
    target: forgery.target ?? pathname + search,
    host,
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  }
  const signer = { keyId: key.keyId, privateKey: forgery.privateKey ?? key.privateKey }
  const signed = signedHeaders(message, signer, forgery.now ?? systemClock())
  if (forgery.tampered) {
    const header = signed.get('signature') ?? ''
    signed.set(
      'signature',
      header.replace(/signature="(.)/, (_all, first) => `signature="${first === 'A' ? 'B' : 'A'}`),
    )
  }
  return signed
}

/** The JSON of an answer. Throws Failure for another status than 200, or no JSON. */
export function jsonOf(answer: Answer, what: string): unknown {
  if (answer.status !== 200) throw new Failure(`${answer.status} for ${what}`, '200')
  try {
    return JSON.parse(answer.body)
  } catch {
    throw new Failure(`${what} that is no JSON`, 'JSON')
  }
}

/** A term of a stranger's JSON, or undefined. */
export function term(value: unknown, ...names: readonly string[]): unknown {
  let found = value
  for (const name of names) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name] // any object can be asked for a term
  }
  return found
}
