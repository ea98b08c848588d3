import type { KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { systemClock } from '../common/clock.ts'
import { claimOf, type Claim, type ClaimOptions, type ReadMessage } from './cavage.ts'
import { createKeyCache, type KeyCache } from './key-cache.ts'
import { messageClaimOf } from './message-signature.ts'
import { fetchRemoteKey } from './remote-key.ts'

/** A request as it came, whether or not Express has seen it. Its `url` is whole: no handler is mounted below the root. */
export type RawRequest = {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** `publicKey` is the same object for as long as the key is known. */
export type Signer = { readonly actor: string; readonly keyId: string; readonly publicKey: KeyObject }

/** Why a request that claims to be signed is not believed: badly signed, by a key that is gone, or to be tried again in `seconds`. */
export type Unsigned = { readonly none: 'unsigned' | 'gone' } | { readonly none: 'later'; readonly seconds: number }

/**
 * Who signed a request that reached us, or undefined when nobody did, or not well. Verifies draft-cavage and RFC 9421; the
 * key's owner must be on the key's origin and list the key as its own (FEP-fe34). Where the query carries meaning, say that it
 * may not be unsigned.
 */
export async function signerOf(
  app: App,
  request: RawRequest,
  options: ClaimOptions & { readonly body?: Buffer },
): Promise<Signer | undefined> {
  const claim = claimIn(app, request, options)
  const signer = claim && (await signerBy(app, claim))
  return signer && 'none' in signer ? undefined : signer
}

/** The same for a request for one of our actors that is a web standard Request already. Its query has no meaning to us. */
export async function signerOfRequest(
  app: App,
  asSent: Request,
  options: ClaimOptions = { queryMayBeUnsigned: true },
): Promise<Signer | undefined> {
  if (!asSent.headers.has('signature')) return undefined
  const { pathname, search } = new URL(asSent.url)
  const { method, headers } = asSent
  const body = method === 'GET' || method === 'HEAD' ? undefined : new Uint8Array(await asSent.clone().arrayBuffer())
  const claim = claimOfMessage(app, { method, target: pathname + search, headers, body }, options)
  const signer = claim && (await signerBy(app, claim))
  return signer && 'none' in signer ? undefined : signer
}

/** What the signature of a request says of itself, where it is good enough to ask for its key: form, coverage, age, digest of the body. */
export function claimIn(
  app: App,
  request: RawRequest,
  { body, ...options }: ClaimOptions & { readonly body?: Buffer | undefined },
): Claim | undefined {
  const { method = 'GET', url: target = '' } = request
  if (request.headers['signature'] === undefined || !target.startsWith('/')) return undefined
  return claimOfMessage(app, { method, target, headers: fieldsAsSent(app.config.origin, request), body }, options)
}

function claimOfMessage(app: App, message: ReadMessage, options: ClaimOptions): Claim | undefined {
  // By the machine's clock, as the signer's is.
  return message.headers.has('signature-input')
    ? messageClaimOf(message, app.config.origin, systemClock(), options)
    : claimOf(message, systemClock(), options)
}

/** Whose key a claim is made with, if it holds. */
export async function signerBy(app: App, claim: Claim): Promise<Signer | Unsigned> {
  const keys = keyCache(app)
  const known = await keys.find(claim.keyId)
  if ('none' in known) return known.none === 'later' ? known : { none: known.none === 'gone' ? 'gone' : 'unsigned' }
  const right = claim.holds(known.publicKey) ? known : await keys.newer(known)
  if (!right || (right !== known && !claim.holds(right.publicKey))) return { none: 'unsigned' }
  return { actor: right.owner, keyId: right.id, publicKey: right.publicKey }
}

const caches = new WeakMap<App, KeyCache>()

function keyCache(app: App): KeyCache {
  const made = caches.get(app)
  if (made) return made
  const cache = createKeyCache(
    (id) => fetchRemoteKey(app, id),
    undefined,
    () => app.now().getTime(),
  )
  caches.set(app, cache)
  return cache
}

/** A request as the signer saw it: our configured origin, never a Host that a proxy wrote; no cookies. Only under handlers at the root: they see the whole address. */
export function webRequest(origin: string, request: RawRequest): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (isLeftOut(name) || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  headers.set('host', new URL(origin).host)
  return new Request(`${origin}${request.url}`, { method: request.method ?? 'GET', headers })
}

/** The same to read from, without making them: an activity or a poll reads four of them, and there are many. */
function fieldsAsSent(origin: string, { headers }: RawRequest): ReadMessage['headers'] {
  const get = (name: string): string | null => {
    if (name === 'host') return hostOf(origin)
    const value = isLeftOut(name) ? undefined : headers[name]
    return Array.isArray(value) ? value.join(', ') : (value ?? null)
  }
  return { get, has: (name) => get(name) !== null }
}

// Asked for with every signature, and the same as long as the process lives.
let known = { origin: '', host: '' }

function hostOf(origin: string): string {
  if (known.origin !== origin) known = { origin, host: new URL(origin).host }
  return known.host
}

// Of no concern to a signature, and nobody else's.
function isLeftOut(name: string): boolean {
  return name === 'cookie' || name === 'authorization' || name === 'host'
}
