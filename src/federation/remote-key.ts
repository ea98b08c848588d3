import { createPublicKey, type KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { directoryActor, nodeActor } from '../common/addresses.ts'
import { hour } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { isObject } from '../common/objects.ts'
import { isPartnerHost } from '../partners/views.ts'
import { hasActorsOf, knownActor } from './inbox-views.ts'
import { countsOf, gate, inboxLimits, newcomers, type Counts, type Gate, type Newcomers } from './inbox-limits.ts'
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
 * is bounded: at one time, and, of each actor that we know, and of actors and hosts that we never saw, in an hour.
 */
export async function fetchRemoteKey(app: App, id: URL): Promise<KnownKey | NoKey> {
  const { newcomers: quota, ofActor, held, gate: door } = boundsOf(app)
  const address = withoutHash(id)
  const known = await knownActor(app.db, app.now(), address)
  const seconds =
    known === undefined
      ? quota.take(id.host, await hasActorsOf(app.db, id.origin))
      : held.has(id.href)
        ? undefined
        : ofActor.take(known)
  if (seconds !== undefined) return { none: 'later', seconds }
  const leave = door.enter(id.host)
  if (!leave) return { none: 'later', seconds: shortWait }
  try {
    const key = await keyAt(app, id, address)
    if (!key) return { none: 'not-found' }
    if (held.size >= mostHeld) held.clear()
    held.add(id.href)
    return key
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
  const { document, documentUrl } = await loadAs(app, nodeActor, url).catch(async (error: unknown) => {
    // A person in partner scope is there for our directory alone.
    const isForPartners = error instanceof LoadError && error.status === 404
    if (!isForPartners || !(await isPartnerHost(app.db, new URL(origin).host))) throw error
    return loadAs(app, directoryActor, url)
  })
  return URL.parse(documentUrl)?.origin === origin && isObject(document) ? document : undefined
}

async function loadAs(app: App, sender: string, url: string): ReturnType<ReturnType<typeof documentLoader>> {
  return documentLoader(app, await signAs(app, sender))(url)
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

/** How many ids of keys that were good are remembered. */
const mostHeld = 20_000

type Bounds = {
  readonly newcomers: Newcomers
  readonly ofActor: Counts
  /** Ids of keys that were good: made-up ones use up the limit of an actor, but not for these. */
  readonly held: Set<string>
  readonly gate: Gate
}

const bounds = new WeakMap<App, Bounds>()

function boundsOf(app: App): Bounds {
  const elapsed = (): number => app.now().getTime()
  const made = bounds.get(app) ?? {
    newcomers: newcomers(elapsed),
    held: new Set<string>(),
    ofActor: countsOf(inboxLimits.keysOfActorEachHour, hour, elapsed),
    gate: gate(),
  }
  bounds.set(app, made)
  return made
}

function withoutHash(url: URL): string {
  const copy = new URL(url)
  copy.hash = ''
  return copy.href
}
