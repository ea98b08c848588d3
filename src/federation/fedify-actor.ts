import type { Context, RequestContext } from '@fedify/fedify'
import { Application, CryptographicKey, Endpoints, Multikey, Person, Service } from '@fedify/fedify/vocab'
import type { App } from '../app.ts'
import { hasBookingAt } from '../bookings/views.ts'
import { hasOpenChatAt } from '../chats/views.ts'
import { directoryActor, nodeActor } from '../common/addresses.ts'
import { partnerPerson, publicPerson } from '../listing/views.ts'
import { isHiddenFrom } from '../partners/set-views.ts'
import { acceptedFollower } from '../partners/views.ts'
import { noteHolder } from './leaving-actions.ts'
import type { JsonDocument } from './documents.ts'
import type { ActorKeys } from './keys.ts'
import { signerOfRequest } from './signer.ts'
import { isVouchedFor } from './vouched-requests.ts'

/**
 * One of our documents as the actor that Fedify wants. It serves the document as it is: our own terms, exact shapes and
 * no JSON-LD processing on the way.
 */
export function asFedifyActor(document: JsonDocument, keys: ActorKeys): Person | Service | Application {
  const url = (key: string): URL => new URL(String(document[key]))
  // Our own document: personDocument and its neighbours write all of these.
  const endpoints = document['endpoints'] as { readonly sharedInbox: string }
  const values = {
    id: url('id'),
    preferredUsername: String(document['preferredUsername']),
    inbox: url('inbox'),
    url: url('url'),
    endpoints: new Endpoints({ sharedInbox: new URL(endpoints.sharedInbox) }),
    publicKey: new CryptographicKey({ id: new URL(keys.rsa.keyId), owner: url('id'), publicKey: keys.rsa.publicKey }),
    assertionMethods: [
      new Multikey({
        id: new URL(keys.ed25519.verificationMethod),
        controller: url('id'),
        publicKey: keys.ed25519.pair.publicKey,
      }),
    ],
  }
  const actor =
    document['type'] === 'Person'
      ? new Person(values)
      : document['type'] === 'Service'
        ? new Service(values)
        : new Application(values)
  return Object.defineProperty(actor, 'toJsonLd', { value: async () => document })
}

/**
 * Whether the one who asks may read this person as partner nodes do: an approved one, or the server of somebody with whom she has an open
 * chat or a booking, which must know her key. For a public person, a note of who fetched her with a signature: that host holds a copy from now on.
 */
export async function readerOf(app: App, request: Request, actorId: string): Promise<'anyone' | 'partner'> {
  if (request.method === 'POST' || actorId === nodeActor || actorId === directoryActor) return 'anyone'
  const signer = await signerOfRequest(app, request)
  if (!signer) return 'anyone'
  if (await publicPerson(app.db, app.now(), { personId: actorId })) {
    await noteHolder(app, actorId, new URL(signer.actor).host, signer.actor)
    return 'anyone'
  }
  const { host } = new URL(signer.actor)
  if (await hasOpenChatAt(app.db, actorId, host, app.now())) return 'partner'
  if (await hasBookingAt(app.db, actorId, host, app.now())) return 'partner'
  const partner = await acceptedFollower(app.db, signer.actor)
  if (partner && !(await isVouchedFor(app, partner, signer.publicKey))) return 'anyone'
  const shared = partner && (await partnerPerson(app.db, app.now(), actorId))
  return shared && !(await isHiddenFrom(app.db, partner.id, shared.document.id)) ? 'partner' : 'anyone'
}

/** The request that Fedify works on, where there is one. */
export function requestOf(context: Context<App>): Request | undefined {
  return isRequest(context) ? context.request : undefined
}

function isRequest(context: Context<App>): context is RequestContext<App> {
  return 'request' in context
}
