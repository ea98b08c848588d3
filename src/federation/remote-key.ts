import { createPublicKey, type KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { logger } from '../common/log.ts'
import { isObject } from '../common/objects.ts'
import { hasActorsOf, isActorKnown } from './inbox-views.ts'
import { gate, newcomers, type Gate, type Newcomers } from './inbox-limits.ts'
import { isStrong } from './cavage.ts'
import type { KnownKey, NoKey } from './key-cache.ts'
import { documentLoader, LoadError } from './loader.ts'
import { keepDocument } from './remote-actor.ts'
import type { JsonObject } from './received.ts'
import { signAs } from './signed.ts'

/** Longer than any key of 8192 bits. */
const longestPem = 8_192
const mostKeys = 10
/** Seconds after which who came while too many were being fetched may come again. */
const shortWait = 10

/**
 * Fetches a key and who owns it: an actor on the key's own origin whose own document lists the key (FEP-fe34). How many may be fetched
 * is bounded: at one time, and, of actors and hosts that we never saw, in an hour.
 */
export async function fetchRemoteKey(app: App, id: URL): Promise<KnownKey | NoKey> {
  const { newcomers: quota, gate: door } = boundsOf(app)
  const address = withoutHash(id)
  if (!(await isActorKnown(app.db, address))) {
    const seconds = quota.take(id.host, await hasActorsOf(app.db, id.origin))
    if (seconds !== undefined) return { none: 'later', seconds }
  }
  const leave = door.enter(id.host)
  if (!leave) return { none: 'later', seconds: shortWait }
  try {
    return (await keyAt(app, id, address)) ?? { none: 'not-found' }
  } catch (error) {
    logger('federation').debug(`a key could not be read: ${error instanceof Error ? error.name : 'unknown'}`)
    const isGone = error instanceof LoadError && (error.status === 404 || error.status === 410)
    return { none: isGone ? 'gone' : 'not-found' }
  } finally {
    leave()
  }
}

async function keyAt(app: App, id: URL, address: string): Promise<KnownKey | undefined> {
  const first = await load(app, address, id.origin)
  if (!first) return undefined
  // The actor's own document; or the key's, or as GoToSocial answers, a stub: then the owner is asked for what it says itself.
  const owner = first['id'] === address && 'publicKey' in first ? address : ownerIn(first, id)
  if (owner === undefined || URL.parse(owner)?.origin !== id.origin) return undefined
  const actor = owner === address ? first : await load(app, owner, id.origin)
  const publicKey = actor?.['id'] === owner ? keyIn(actor, id.href) : undefined
  if (!actor || !publicKey || !isStrong(publicKey)) return undefined
  await keepDocument(app, owner, actor) // so that an answer to this actor needs no fetch of its own
  return { id: id.href, owner, publicKey }
}

async function load(app: App, url: string, origin: string): Promise<JsonObject | undefined> {
  const { document, documentUrl } = await documentLoader(app, await signAs(app, nodeActor))(url)
  return URL.parse(documentUrl)?.origin === origin && isObject(document) ? document : undefined
}

function ownerIn(document: JsonObject, id: URL): string | undefined {
  const own = document['id'] === id.href ? document : keysOf(document).find((key) => key['id'] === id.href)
  const owner = own?.['owner'] ?? own?.['controller']
  return typeof owner === 'string' ? owner : undefined
}

function keysOf(document: JsonObject): readonly JsonObject[] {
  const { publicKey } = document
  return (Array.isArray(publicKey) ? publicKey.slice(0, mostKeys) : [publicKey]).filter(isObject)
}

function keyIn(actor: JsonObject, id: string): KeyObject | undefined {
  const listed = keysOf(actor).find((key) => key['id'] === id && key['owner'] === actor['id'])
  const pem = listed?.['publicKeyPem']
  if (typeof pem !== 'string' || pem.length > longestPem || !pem.includes('PUBLIC KEY')) return undefined
  try {
    return createPublicKey(pem)
  } catch {
    return undefined // what is no key is nobody's
  }
}

const bounds = new WeakMap<App, { readonly newcomers: Newcomers; readonly gate: Gate }>()

function boundsOf(app: App): { readonly newcomers: Newcomers; readonly gate: Gate } {
  const made = bounds.get(app) ?? { newcomers: newcomers(() => app.now().getTime()), gate: gate() }
  bounds.set(app, made)
  return made
}

function withoutHash(url: URL): string {
  const copy = new URL(url)
  copy.hash = ''
  return copy.href
}
