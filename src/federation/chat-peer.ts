import type { App } from '../app.ts'
import { peerOf, type Peer } from '../chats/record.ts'
import { directoryActor } from '../common/addresses.ts'
import { isObject } from '../common/objects.ts'
import { entryByPerson } from '../directory/views.ts'
import { plainLine } from '../requests/plain-text.ts'
import { isOwnOf, type JsonObject } from './received.ts'
import { readRemoteDocument, remoteActorIn } from './remote-actor.ts'

/**
 * The other side of a chat as our directory shows her, or else as her own server does. Throws OutboundError where that cannot be
 * had, InvalidInput where it is no actor.
 */
export async function readPeer(app: App, actor: string): Promise<Peer> {
  const { host } = new URL(actor)
  const card = await entryByPerson(app.db, app.now(), { audience: 'members' }, actor)
  if (card && card.accountId === undefined) return peerOf(card.document, host, undefined)
  const document = await readRemoteDocument(app, actor, directoryActor)
  const { handle } = remoteActorIn(document, actor)
  return peerFrom(isObject(document) ? document : {}, { actor, host, handle })
}

/** The inbox of one person elsewhere, and no shared one: what two people say to each other goes to nobody else's. */
export async function inboxOfPeer(app: App, actor: string): Promise<string> {
  return remoteActorIn(await readRemoteDocument(app, actor, directoryActor), actor).inbox
}

function peerFrom(
  { name, worksFor, hasOccupation, webfinger, url }: JsonObject,
  { actor, host, handle }: { readonly actor: string; readonly host: string; readonly handle: string | null },
): Peer {
  const work = isObject(worksFor) ? worksFor : {}
  const occupation: unknown = Array.isArray(hasOccupation) ? hasOccupation[0] : hasOccupation
  const country = line(work['addressCountry'], 2)
  const page = line(url, 512)
  return {
    actor,
    host,
    name: line(name, 60) ?? handle ?? host,
    organisation: line(work['name'], 120),
    role: isObject(occupation) ? line(occupation['name'], 80) : null,
    country: country !== null && /^[A-Z]{2}$/.test(country) ? country : null,
    handle: line(webfinger, 284),
    page: page !== null && /^https?:/.test(page) && isOwnOf(actor, page) ? page : null,
    entry: null,
    accountId: null,
  }
}

function line(value: unknown, longest: number): string | null {
  const said = typeof value === 'string' ? plainLine(value, longest) : ''
  return said === '' ? null : said
}
