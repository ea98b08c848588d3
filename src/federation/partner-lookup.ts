import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { publicKeyFromMultikey } from '../common/multibase.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import type { DirectoryActor, Organization } from '../common/schema-types.ts'
import { isLoopback } from '../config.ts'
import type { PartnerCard } from '../partners/partner.ts'
import { requestKeyIn } from './vouched.ts'
import { documentLoader, LoadError } from './loader.ts'
import { signAs } from './signed.ts'

/** What a directory of this protocol says that it speaks (FEP-844e). */
export const directoryProtocol = 'https://w3id.org/sideways/ns#directory-1'

/** A card, and what else the directory's own document says. */
export type DirectoryCard = PartnerCard & {
  /** Where the changes of its key are; null where it has none. */
  readonly keyChanges: string | null
  readonly alsoKnownAs: readonly string[]
  readonly movedTo: string | null
}

const serviceRel = 'https://www.w3.org/ns/activitystreams#Service'

/**
 * Finds the directory of the node at a host (host and port) and reads its card (FEDERATION.md 3, item 1): by WebFinger for the host itself
 * (FEP-d556), else for directory@host. Refusals: partner-is-self, partner-unreachable, partner-not-sideways, host-not-allowed.
 */
export async function lookUpPartner(app: App, host: string): Promise<DirectoryCard> {
  const origin = originOf(app, host)
  if (origin === app.config.origin) throw new Refusal('partner-is-self')
  const resources = [
    { resource: `${origin}/`, rel: serviceRel },
    { resource: `acct:directory@${host}`, rel: 'self' },
  ]
  let answered = false
  for (const { resource, rel } of resources) {
    const found = await actorByWebFinger(app, origin, resource, rel)
    if (found === undefined) continue
    answered = true
    const card = found.href === undefined ? undefined : await expected(cardOf(app, found.href, origin))
    if (card) return card
  }
  throw new Refusal(answered ? 'partner-not-sideways' : 'partner-unreachable', { host })
}

/** Reads the card of a directory whose id is known, as when it sent a Follow. Refusals as lookUpPartner's. */
export async function lookUpDirectory(app: App, directoryId: string): Promise<DirectoryCard> {
  const host = URL.parse(directoryId)?.host ?? ''
  const origin = originOf(app, host)
  if (origin === app.config.origin) throw new Refusal('partner-is-self')
  if (URL.parse(directoryId)?.origin !== origin) throw new Refusal('partner-not-sideways', { host })
  try {
    return await cardOf(app, directoryId, origin)
  } catch (error) {
    refuseForbidden(error, host)
    if (isPassing(error)) throw new Refusal('partner-unreachable', { host })
    if (isNoDirectory(error)) throw new Refusal('partner-not-sideways', { host })
    throw error
  }
}

// Nothing is wrong with that host: our own settings keep us from asking it.
function refuseForbidden(error: unknown, host: string): void {
  if (error instanceof OutboundError && error.code === 'host-not-allowed')
    throw new Refusal('host-not-allowed', { host })
}

// Plain http only between nodes that are tried out on one machine.
function originOf(app: App, host: string): string {
  const url = URL.parse(`https://${host}`)
  const isTrial = app.config.allowPrivateAddresses && url !== null && isLoopback(url.hostname)
  return `${isTrial ? 'http' : 'https'}://${host}`
}

// Undefined when the host did not answer at all.
async function actorByWebFinger(
  app: App,
  origin: string,
  resource: string,
  rel: string,
): Promise<{ readonly href: string | undefined } | undefined> {
  const url = `${origin}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`
  try {
    const answer = await app.outbound.fetch(
      new Request(url, { headers: { accept: 'application/jrd+json, application/json' } }),
      { maxBytes: 64 * 1024 },
    )
    if (answer.status >= 500) return undefined
    if (answer.status !== 200) return { href: undefined }
    const { links } = parse('webfinger', JSON.parse(answer.body.toString('utf8')))
    return { href: links.find((link) => link.rel === rel && link.href !== undefined)?.href }
  } catch (error) {
    refuseForbidden(error, new URL(origin).host)
    if (error instanceof OutboundError) return undefined
    if (isNoDirectory(error)) return { href: undefined }
    throw error
  }
}

async function cardOf(app: App, directoryId: string, origin: string): Promise<DirectoryCard> {
  const document = await load(app, directoryId, origin)
  const actor = parse('directory-actor', document)
  const directoryKey = keyOf(actor)
  const speaksOurs = actor.generator.implements.some(({ href }) => href === directoryProtocol)
  const isAtHome = [actor.id, actor.inbox, actor.listings, actor.statement].every((url) => isOn(url, origin))
  if (actor.id !== directoryId || !speaksOurs || !isAtHome || directoryKey === undefined) throw new NoDirectory()
  const organisation =
    actor.organisation === undefined ? undefined : await organisationOf(app, actor.organisation, origin)
  return {
    host: new URL(origin).host,
    origin,
    directoryId,
    inbox: actor.inbox,
    listingsUrl: actor.listings,
    statementUrl: actor.statement,
    name: actor.name,
    organisation: organisation?.name ?? actor.name,
    country: organisation?.addressCountry ?? null,
    policy: organisation?.privacyPolicy ?? null,
    listed: actor.totalItems === undefined ? null : Math.min(actor.totalItems, 2_147_483_647),
    directoryKey,
    vouches: requestKeyIn(document, { directoryId, directoryKey }) !== undefined,
    keyChanges: actor.keyChanges !== undefined && isOn(actor.keyChanges, origin) ? actor.keyChanges : null,
    alsoKnownAs: actor.alsoKnownAs ?? [],
    movedTo: actor.movedTo ?? null,
  }
}

// Undefined for one that is not there or is none. One that does not answer now is another matter: its node would seem to name no
// country, and what is hidden from a node for that never comes back to it.
async function organisationOf(app: App, id: string, origin: string): Promise<Organization | undefined> {
  try {
    const organisation = parse('organization', await load(app, id, origin))
    return organisation.id === id ? organisation : undefined
  } catch (error) {
    if (isNoDirectory(error) && !isPassing(error)) return undefined
    throw error
  }
}

async function load(app: App, url: string, origin: string): Promise<unknown> {
  if (!isOn(url, origin)) throw new NoDirectory()
  const { document, documentUrl } = await documentLoader(app, await signAs(app, nodeActor))(url)
  if (!isOn(documentUrl, origin)) throw new NoDirectory()
  return document
}

// The one key of the directory itself; a key of anybody else, or a second one, is not what is pinned.
function keyOf({ id, assertionMethod }: DirectoryActor): string | undefined {
  const keys = assertionMethod.filter(
    (method) =>
      method.type === 'Multikey' &&
      method.controller === id &&
      method.id.startsWith(`${id}#`) &&
      publicKeyFromMultikey(method.publicKeyMultibase),
  )
  return keys[0]?.publicKeyMultibase
}

function isOn(url: string, origin: string): boolean {
  return URL.parse(url)?.origin === origin
}

/** What answered is something else than a directory of ours. */
class NoDirectory extends Error {}

function isNoDirectory(error: unknown): boolean {
  return (
    error instanceof NoDirectory ||
    error instanceof LoadError ||
    error instanceof InvalidInput ||
    error instanceof SyntaxError
  )
}

/** It may answer otherwise in a minute. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof OutboundError ||
    (error instanceof LoadError && error.status !== undefined && (error.status >= 500 || error.status === 429))
  )
}

async function expected<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isNoDirectory(error) || error instanceof OutboundError) return undefined
    throw error
  }
}
