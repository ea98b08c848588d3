import { KeyObject } from 'node:crypto'
import { fetchKey, getKeyOwner, verifyRequest } from '@fedify/fedify'
import { CryptographicKey } from '@fedify/fedify/vocab'
import type { Request as ExpressRequest } from 'express'
import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { systemClock } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { OutboundError, type OutboundAnswer, type OutboundOptions } from '../common/outbound.ts'
import { claimOf, isRead, isStrong, signedHeaders, type ClaimOptions, type ReadMessage } from './cavage.ts'
import { linkedDataJson } from './context.ts'
import { createKeyCache, type KeyCache, type KnownKey } from './key-cache.ts'
import { signingKeys } from './keys.ts'
import { contextLoader, documentLoader, LoadError } from './loader.ts'
import { messageKeyId } from './message-signature.ts'

export type SignedGetOptions = Omit<OutboundOptions, 'sign'> & { readonly accept?: string; readonly etag?: string }

/**
 * Signs requests as one of our actors: draft-cavage-12 with RSA-SHA256, which every server verifies (FEDERATION.md, Signatures). The
 * query is signed too.
 */
export async function signAs(app: App, sender: string): Promise<(request: Request) => Promise<Request>> {
  const { rsa } = await signingKeys(app, sender)
  const key = { keyId: rsa.keyId, privateKey: KeyObject.from(rsa.privateKey) }
  return async (request) => {
    const { method, headers } = request
    const { host, pathname, search } = new URL(request.url)
    const body = await bodyOf(request)
    const signed = signedHeaders({ method, target: pathname + search, host, headers, body }, key, systemClock())
    return new Request(request, { headers: signed, ...(body === undefined ? {} : { body }) })
  }
}

async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return isRead(request.method) ? undefined : new Uint8Array(await request.clone().arrayBuffer())
}

/**
 * Whether the signature of a POST to an inbox says enough to be worth a key: what it covers, its age, and the digest of the body.
 * Whose it is, and whether it holds, is for Fedify, which asks for less.
 */
export function signsEnough(app: App, request: ExpressRequest, body: Buffer): boolean {
  const headers = headersAsSent(app.config.origin, request)
  const message = { method: request.method, target: request.originalUrl, headers, body }
  const options = { queryMayBeUnsigned: false }
  return headers.has('signature-input')
    ? messageKeyId(message, systemClock(), options) !== undefined
    : claimOf(message, systemClock(), options) !== undefined
}

/** A GET signed by one of our actors. Throws OutboundError when there is no answer; any status is an answer. */
export async function signedGet(
  app: App,
  sender: string,
  url: string,
  options: SignedGetOptions = {},
): Promise<OutboundAnswer> {
  const { accept, etag, ...limits } = options
  const headers = { accept: accept ?? linkedDataJson, ...(etag === undefined ? {} : { 'if-none-match': etag }) }
  return app.outbound.fetch(new Request(url, { headers }), { ...limits, sign: await signAs(app, sender) })
}

/** The JSON that a signed GET brings. Throws OutboundError for no answer, another status than 200, or no JSON. */
export async function getJson(app: App, sender: string, url: string, options: SignedGetOptions = {}): Promise<unknown> {
  const answer = await signedGet(app, sender, url, options)
  const { host } = new URL(url)
  if (answer.status !== 200) throw new OutboundError('no-answer', `${host} answered ${answer.status}`)
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown
  } catch (error) {
    throw new OutboundError('no-answer', `${host} did not answer with JSON`, error)
  }
}

/** A request as it came, whether or not Express has seen it. Its `url` is whole: no handler is mounted below the root. */
export type RawRequest = {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** `publicKey` is the same object for as long as the key is known. */
export type Signer = { readonly actor: string; readonly keyId: string; readonly publicKey: KeyObject }

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
  const { method = 'GET', url: target = '' } = request
  if (request.headers['signature'] === undefined || !target.startsWith('/')) return undefined
  if (request.headers['signature-input'] !== undefined)
    return signerBy(app, messageClaim(webRequest(app.config.origin, request, options.body), target, options))
  const headers = fieldsAsSent(app.config.origin, request)
  return signerBy(app, keyClaim(claimOf({ method, target, headers, body: options.body }, systemClock(), options)))
}

/** The same for a request for one of our actors that is a web standard Request already. Its query has no meaning to us. */
export async function signerOfRequest(
  app: App,
  asSent: Request,
  options: ClaimOptions = { queryMayBeUnsigned: true },
): Promise<Signer | undefined> {
  if (!asSent.headers.has('signature')) return undefined
  const { pathname, search } = new URL(asSent.url)
  const target = pathname + search
  const { method, headers } = asSent
  const claim = headers.has('signature-input')
    ? messageClaim(asSent, target, options)
    : keyClaim(claimOf({ method, target, headers, body: await bodyOf(asSent) }, systemClock(), options))
  return signerBy(app, claim)
}

async function signerBy(app: App, claim: KnownClaim | undefined): Promise<Signer | undefined> {
  if (!claim) return undefined
  const keys = keyCache(app)
  const known = await keys.get(claim.keyId)
  if (!known) return undefined
  if (await claim.holds(known)) return signer(known)
  const newer = await keys.newer(known)
  return newer && (await claim.holds(newer)) ? signer(newer) : undefined
}

type KnownClaim = { readonly keyId: URL; readonly holds: (known: KnownKey) => Promise<boolean> }

function keyClaim(claim: ReturnType<typeof claimOf>): KnownClaim | undefined {
  return claim && { keyId: claim.keyId, holds: async ({ publicKey }) => claim.holds(publicKey) }
}

/** A signature by RFC 9421, which Fedify verifies with the one key that it is given. */
function messageClaim(asSent: Request, target: string, options: ClaimOptions): KnownClaim | undefined {
  const keyId = messageKeyId({ method: asSent.method, target, headers: asSent.headers }, systemClock(), options)
  if (!keyId) return undefined
  return {
    keyId,
    async holds(known) {
      const keyCache = {
        get: async (asked: URL) => (asked.href === known.id ? asFedifyKey(known) : null),
        set: async () => undefined,
      }
      // Only with the key that it is given: fetching is ours, and bounded.
      const documentLoader = async (url: string) => {
        throw new LoadError(`${url} is not fetched here`)
      }
      try {
        return (await verifyRequest(asSent, { documentLoader, contextLoader, keyCache })) !== null
      } catch {
        return false // what cannot be read is no signature
      }
    },
  }
}

// Made when it is needed: kept, it would be most of what a key takes.
function asFedifyKey({ id, owner, publicKey }: KnownKey): CryptographicKey {
  const algorithm =
    publicKey.asymmetricKeyType === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'Ed25519' }
  return new CryptographicKey({
    id: new URL(id),
    owner: new URL(owner),
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
  })
}

function signer({ owner, id, publicKey }: KnownKey): Signer {
  return { actor: owner, keyId: id, publicKey }
}

const caches = new WeakMap<App, KeyCache>()

function keyCache(app: App): KeyCache {
  const made = caches.get(app)
  if (made) return made
  const cache = createKeyCache(
    (id) => fetchKnownKey(app, id),
    undefined,
    () => app.now().getTime(),
  )
  caches.set(app, cache)
  return cache
}

/** Fetches a key and who owns it: an actor on the key's own origin whose own document lists the key (FEP-fe34). */
async function fetchKnownKey(app: App, id: URL): Promise<KnownKey | undefined> {
  try {
    const options = { documentLoader: documentLoader(app, await signAs(app, nodeActor)), contextLoader }
    const { key } = await fetchKey(id, CryptographicKey, options)
    if (key?.id?.href !== id.href || !key.ownerId || key.ownerId.origin !== id.origin) return undefined
    const owner = key.ownerId.href
    if (withoutHash(id) !== owner && (await getKeyOwner(key, options))?.id?.href !== owner) return undefined
    const publicKey = KeyObject.from(key.publicKey)
    return isStrong(publicKey) ? { id: id.href, owner, publicKey } : undefined
  } catch (error) {
    logger('federation').debug(`a key could not be read: ${error instanceof Error ? error.name : 'unknown'}`)
    return undefined // an unreadable key is no key
  }
}

/** A request as the signer saw it: our configured origin, never a Host that a proxy wrote; no cookies. Only under handlers at the root: they see the whole address. */
export function webRequest(origin: string, request: RawRequest, body?: Buffer): Request {
  return new Request(`${origin}${request.url}`, {
    method: request.method ?? 'GET',
    headers: headersAsSent(origin, request),
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  })
}

function headersAsSent(origin: string, request: RawRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (isLeftOut(name) || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  headers.set('host', new URL(origin).host)
  return headers
}

/** The same to read from, without making them: a poll reads four of them, and there are many polls. */
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

function withoutHash(url: URL): string {
  const copy = new URL(url)
  copy.hash = ''
  return copy.href
}
