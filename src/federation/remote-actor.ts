import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { OutboundError } from '../common/outbound.ts'
import { isObject } from '../common/objects.ts'
import { parse } from '../common/parse.ts'
import { activityJson } from './context.ts'
import { keepRemoteActor } from './inbox-actions.ts'
import { remoteActorsKept } from './inbox-views.ts'
import type { JsonObject } from './received.ts'
import { getJson } from './signed.ts'

/** What we need of an actor on another server, whatever its software. */
export type RemoteActor = {
  readonly id: string
  readonly handle: string | null
  readonly inbox: string
  readonly sharedInbox: string | null
}

/** How long what an actor's server said of it is good enough to answer it. */
const goodFor = day
/** What is kept of an actor's document, and how long each part may be as JSON. */
const kept = [
  'id',
  'type',
  'preferredUsername',
  'name',
  'url',
  'inbox',
  'endpoints',
  'followers',
  // Who asks for a chat (FEDERATION.md, Chats).
  'webfinger',
  'worksFor',
  'hasOccupation',
]
const longestPart = 2_048

/** An actor as its own server described it within a day, or describes it now. Throws as fetchRemoteActor does. */
export async function readRemoteActor(app: App, actor: string): Promise<RemoteActor> {
  return remoteActorIn(await readRemoteDocument(app, actor), actor)
}

/** Fetches an actor from its own server. Throws OutboundError when it cannot be had or is not what it says it is. */
export async function fetchRemoteActor(app: App, actor: string): Promise<RemoteActor> {
  return remoteActorIn(await fetchDocument(app, actor), actor)
}

/**
 * What is kept of an actor's own document, as it was within a day or is now; asked for as one of our actors. Throws OutboundError when it
 * cannot be had.
 */
export async function readRemoteDocument(app: App, actor: string, sender: string = nodeActor): Promise<unknown> {
  return (await keptDocuments(app, [actor])).get(actor) ?? fetchDocument(app, actor, sender)
}

/** What is kept of the documents of actors, as they were within a day, by their ids. */
export async function keptDocuments(app: App, actors: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  const texts = await remoteActorsKept(app.db, actors, later(app.now(), -goodFor))
  return new Map(Array.from(texts, ([id, text]) => [id, JSON.parse(text) as JsonObject])) // keepDocument wrote it
}

/** Keeps what we need of an actor's own document. */
export async function keepDocument(app: App, actor: string, document: JsonObject): Promise<void> {
  const parts = kept.flatMap((name) => {
    const text = JSON.stringify(document[name])
    return text === undefined || text.length > longestPart ? [] : [`${JSON.stringify(name)}:${text}`]
  })
  await keepRemoteActor(app, actor, `{${parts.join(',')}}`)
}

async function fetchDocument(app: App, actor: string, sender: string = nodeActor): Promise<unknown> {
  const document = await getJson(app, sender, actor, { accept: activityJson })
  if (isObject(document) && document['id'] === actor) await keepDocument(app, actor, document)
  return document
}

/** What we need of an actor's document. Throws InvalidInput, or OutboundError where it is another's or its inbox is elsewhere. */
export function remoteActorIn(given: unknown, actor: string): RemoteActor {
  const document = parse('remote-actor', given)
  const { origin, host } = new URL(actor)
  const shared = document.endpoints?.sharedInbox
  for (const address of [document.id, document.inbox]) {
    if (new URL(address).origin !== origin)
      throw new OutboundError('no-answer', `${host} describes an actor of another server`)
  }
  if (document.id !== actor) throw new OutboundError('no-answer', `${host} answered with another actor`)
  return {
    id: actor,
    handle: document.preferredUsername === undefined ? null : `@${document.preferredUsername}@${host}`,
    inbox: document.inbox,
    sharedInbox: shared !== undefined && new URL(shared).origin === origin ? shared : null,
  }
}
