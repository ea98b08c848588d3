import { createHash, sign, type KeyObject } from 'node:crypto'
import { systemClock } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { OutboundError, type Outbound } from '../common/outbound.ts'
import { signingString } from './cavage.ts'
import { activityJson } from './context.ts'
import type { Letter, Post } from './delivery-turn.ts'

const log = logger('federation')

const covered = ['(request-target)', 'host', 'date', 'digest', 'content-type']

/** Makes a signature, or says that it cannot be made. */
export type Sign = (text: Buffer, key: KeyObject) => Promise<Buffer> | Buffer

/** Signs in this thread. */
export const signHere: Sign = (text, key) => sign('sha256', text, key)

/** Signs in Node's own threads: while somebody reads a page, this one has other things to do. */
export const signAside: Sign = (text, key) =>
  new Promise((resolve, reject) => {
    sign('sha256', text, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })

/** The Digest header of a body. */
export function digestOf(body: string): string {
  return `SHA-256=${createHash('sha256').update(body).digest('base64')}`
}

/** The headers of one POST, signed as signedHeaders does (FEDERATION.md, Signatures), with a digest that is known already. */
export async function postHeaders(
  { host, pathname, search }: URL,
  { digest, key }: Letter,
  signing: Sign,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    'content-type': activityJson,
    accept: activityJson,
    host,
    date: systemClock().toUTCString(),
    digest,
  }
  const fields = { get: (name: string) => headers[name] ?? null, has: (name: string) => name in headers }
  const text = signingString(covered, { method: 'POST', headers: fields }, pathname + search)
  if (text === undefined) throw new Error('a request that cannot be signed')
  const signature = (await signing(Buffer.from(text), key.privateKey)).toString('base64')
  headers['signature'] =
    `keyId="${key.keyId}",algorithm="rsa-sha256",headers="${covered.join(' ')}",signature="${signature}"`
  return headers
}

/** Signed POSTs through a way out. Never rejects for what another server does. */
export function posting(outbound: Outbound, signing: Sign): Post {
  return async (inbox, letter) => {
    const begin = performance.now()
    const took = (): number => Math.round(performance.now() - begin)
    const url = URL.parse(inbox)
    if (!url || url.username !== '' || url.password !== '')
      return { error: 'the inbox is not an address that is asked', isRefused: true, took: 0 }
    try {
      const headers = await postHeaders(url, letter, signing)
      const { body } = letter
      const answer = outbound.post
        ? await outbound.post({ url, headers, body })
        : await outbound.fetch(new Request(url, { method: 'POST', headers, body }), {
            maxBytes: 64 * 1024,
            redirects: 0,
          })
      const retryAfter = answer.headers.get('retry-after')
      return { status: answer.status, ...(retryAfter === null ? {} : { retryAfter }), took: took() }
    } catch (error) {
      if (!(error instanceof OutboundError)) {
        // A fault of ours with one delivery must not hold up the others.
        log.error(
          `a delivery to ${url.host} could not be made: ${error instanceof Error ? error.stack : String(error)}`,
        )
        return { error: 'it could not be made', took: took() }
      }
      const isRefused = error.code === 'address-refused' || error.code === 'host-not-allowed'
      return { error: printable(error.message), ...(isRefused ? { isRefused } : {}), took: took() }
    }
  }
}

// What another server can bring into a message must not keep us from writing it down.
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300)
}
