import { getKeyOwner, signRequest, verifyRequest, type KeyCache } from '@fedify/fedify'
import { CryptographicKey } from '@fedify/fedify/vocab'
import type { Request as ExpressRequest } from 'express'
import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { logger } from '../common/log.ts'
import { OutboundError, type OutboundAnswer, type OutboundOptions } from '../common/outbound.ts'
import { linkedDataJson } from './context.ts'
import { signingKeys } from './keys.ts'
import { contextLoader, documentLoader } from './loader.ts'

export type SignedGetOptions = Omit<OutboundOptions, 'sign'> & { readonly accept?: string; readonly etag?: string }

/** Signs requests as one of our actors: draft-cavage-12 with RSA-SHA256, which every server verifies (fediverse.md 1.3). */
export async function signAs(app: App, sender: string): Promise<(request: Request) => Promise<Request>> {
  const { rsa } = await signingKeys(app, sender)
  return (request) =>
    signRequest(request, rsa.privateKey, new URL(rsa.keyId), { spec: 'draft-cavage-http-signatures-12' })
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

export type Signer = { readonly actor: string; readonly keyId: string }

/**
 * Who signed a request that reached us, or undefined when nobody did, or not well. Verifies draft-cavage and RFC 9421; the
 * key's owner must be on the key's origin and name the key as its own (FEP-fe34). Checks no body beyond its digest.
 */
export async function signerOf(app: App, request: ExpressRequest, body?: Buffer): Promise<Signer | undefined> {
  if (request.get('signature') === undefined) return undefined
  return signerOfRequest(app, webRequest(app.config.origin, request, body))
}

/** The same for a request that is a web standard Request already. */
export async function signerOfRequest(app: App, asSent: Request): Promise<Signer | undefined> {
  if (!asSent.headers.has('signature')) return undefined
  const cache = keyCache(app)
  // Our directory signs what it must ask a partner; strangers are asked by the node.
  const sign = await signAs(app, nodeActor)
  const options = { documentLoader: documentLoader(app, sign), contextLoader, keyCache: cache }
  try {
    const key = await verifyRequest(asSent, options)
    if (!key?.id || !key.ownerId) return undefined
    const signer = { actor: key.ownerId.href, keyId: key.id.href }
    if (key.id.origin !== key.ownerId.origin) return undefined
    if (withoutHash(key.id) === signer.actor || cache.owned.has(signer.keyId)) return signer
    const owner = await getKeyOwner(key, options)
    if (owner?.id?.href !== signer.actor) return undefined
    cache.owned.add(signer.keyId)
    return signer
  } catch (error) {
    logger('federation').debug(`a signature could not be checked: ${error instanceof Error ? error.name : 'unknown'}`)
    return undefined // an unreadable key is no key
  }
}

/** A request as the signer saw it: our configured origin, never a Host that a proxy wrote; no cookies. */
export function webRequest(origin: string, request: ExpressRequest, body?: Buffer): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'cookie' || name === 'authorization' || name === 'host' || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  headers.set('host', new URL(origin).host)
  const url = origin + request.originalUrl
  return new Request(url, {
    method: request.method,
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  })
}

function withoutHash(url: URL): string {
  const copy = new URL(url)
  copy.hash = ''
  return copy.href
}

// Parsing a key costs more than checking a signature with it. Bounded in number and age, since strangers choose the ids.
const caches = new WeakMap<App, KeyCache & { owned: Set<string> }>()
const cacheLives = 3_600_000
const cacheHolds = 2_000

function keyCache(app: App): KeyCache & { owned: Set<string> } {
  const known = caches.get(app)
  if (known) return known
  const kept = new Map<string, { readonly key: CryptographicKey | null; readonly until: number }>()
  const cache = {
    owned: new Set<string>(),
    async get(id: URL) {
      const entry = kept.get(id.href)
      if (!entry || entry.until < performance.now()) return undefined
      return entry.key
    },
    async set(id: URL, key: unknown) {
      if (kept.size >= cacheHolds) {
        kept.clear()
        cache.owned.clear()
      }
      // A key that could not be had is asked for again after a minute.
      if (key === null) kept.set(id.href, { key, until: performance.now() + 60_000 })
      else if (key instanceof CryptographicKey) kept.set(id.href, { key, until: performance.now() + cacheLives })
      cache.owned.delete(id.href)
    },
  }
  caches.set(app, cache)
  return cache
}
