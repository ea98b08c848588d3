import { createFederation, type Federation } from '@fedify/fedify'
import { Tombstone } from '@fedify/fedify/vocab'
import { Temporal } from 'temporal-polyfill'
import type { App } from '../app.ts'
import { addresses, directoryActor, nodeActor, topicActor } from '../common/addresses.ts'
import { software } from '../common/software.ts'
import { unlistedPerson } from '../listing/unlisted-views.ts'
import { publicPerson, retiredHandle, retiredPerson } from '../listing/views.ts'
import { actorFor, actorIdOf, identifierOf } from './actors.ts'
import { federationCache } from './cache.ts'
import { asFedifyActor, readerOf, requestOf } from './fedify-actor.ts'
import { actorKeys } from './keys.ts'
import { contextLoader, documentLoader } from './loader.ts'
import { topicSince } from './topic-views.ts'

/** What Fedify does for a node: routes of actors, WebFinger and NodeInfo. The inbox is ours: see inbox-door.ts. */
export type NodeFederation = Federation<App>

/** Builds Fedify for one node. Sending is not Fedify's here: see deliver.ts. */
export function createNodeFederation(app: App): NodeFederation {
  const federation = createFederation<App>({
    kv: federationCache(app),
    origin: app.config.origin,
    documentLoaderFactory: () => documentLoader(app),
    contextLoaderFactory: () => contextLoader,
  })
  dispatchActors(federation)
  // Only their addresses: no POST ever gets to Fedify.
  federation.setInboxListeners('/ap/{+identifier}/inbox', '/ap/inbox')
  federation.setNodeInfoDispatcher('/nodeinfo/2.1', () => ({
    software: { name: 'sideways', version: software.version },
    protocols: ['activitypub'],
    services: { inbound: [], outbound: [] },
    openRegistrations: false,
    // How many people are here is nobody's business below ten, and nobody needs it above.
    usage: { users: {}, localPosts: 0, localComments: 0 },
    metadata: { directory: addresses(app.config.origin).directory },
  }))
  return federation
}

// What a retired handle leads to, so that WebFinger answers 410.
const goneIdentifier = 'gone'

function dispatchActors(federation: NodeFederation): void {
  federation
    .setActorDispatcher('/ap/{+identifier}', async (context, identifier) => {
      const app = context.data
      const actorId = actorIdOf(identifier)
      if (identifier === goneIdentifier) return new Tombstone({ id: context.getActorUri(identifier) })
      if (actorId === undefined) return null
      const gone =
        actorId === nodeActor || actorId === directoryActor ? undefined : await retiredPerson(app.db, actorId)
      if (gone)
        return new Tombstone({
          id: context.getActorUri(identifier),
          deleted: Temporal.Instant.from(gone.retiredAt.toISOString()),
        })
      const request = requestOf(context)
      const found = await actorFor(app, actorId, request ? await readerOf(app, request, actorId) : 'anyone')
      return found ? asFedifyActor(found.document, found.keys) : null
    })
    .setKeyPairsDispatcher(async (context, identifier) => {
      const actorId = actorIdOf(identifier)
      const keys = actorId === undefined ? undefined : await actorKeys(context.data, actorId)
      return keys ? [{ privateKey: keys.rsa.privateKey, publicKey: keys.rsa.publicKey }, keys.ed25519.pair] : []
    })
    .mapHandle(async (context, username) => {
      const app = context.data
      const name = username.toLowerCase()
      if (name === 'directory') return identifierOf(directoryActor)
      if (name === addresses(app.config.origin).hostname) return identifierOf(nodeActor)
      const person = await publicPerson(app.db, app.now(), { handle: name })
      if (person) return identifierOf(person.personId)
      const unlisted = await unlistedPerson(app.db, app.now(), { handle: name })
      if (unlisted) return identifierOf(unlisted.personId)
      if ((await topicSince(app, name)) !== undefined) return identifierOf(topicActor(name))
      const gone = await retiredHandle(app, name)
      return gone ? goneIdentifier : null
    })
    .mapAlias((context, resource) => {
      const page = /^\/@([a-z0-9_-]{3,64})$/.exec(resource.pathname)
      if (page?.[1] !== undefined) return { username: page[1] }
      if (resource.pathname === '/' && resource.origin === context.data.config.origin)
        return { identifier: identifierOf(directoryActor) }
      return null
    })
    .mapActorAlias('/actor', identifierOf(nodeActor))
  federation.setWebFingerLinksDispatcher((context, resource) =>
    resource.protocol.startsWith('http') && resource.pathname === '/'
      ? [
          {
            rel: 'https://www.w3.org/ns/activitystreams#Service',
            type: 'application/activity+json',
            href: context.getActorUri(identifierOf(directoryActor)).href,
          },
        ]
      : [],
  )
}
