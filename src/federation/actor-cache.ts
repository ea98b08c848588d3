import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import { personFor, speechOf } from './actors.ts'
import { actorKeys, type ActorKeys } from './keys.ts'
import { personDocument, type PersonFacts } from './person-document.ts'

/** A person's document, ready to send; `tag` changes with every byte of it. */
export type SentActor = { readonly bytes: Buffer; readonly tag: string }

type Kept = SentActor & { readonly revision: string }

/** About 10 KB each: 5 MB at most. */
const mostKept = 500

const caches = new WeakMap<App, Map<string, Kept>>()

/**
 * A person's actor as one reader may see it, serialised; undefined when there is none for that reader. The database is asked each time
 * what may be shown. Only what was made of the very same facts and keys is sent again, so nothing is sent that ended, or that changed.
 */
export async function sentActor(
  app: App,
  personId: string,
  reader: 'anyone' | 'partner',
): Promise<SentActor | undefined> {
  const person = await personFor(app, personId, reader)
  const keys = person && (await actorKeys(app, personId))
  if (!person || !keys) return undefined
  const revision = JSON.stringify([person, keys.number])
  const cache = cacheOf(app)
  const kept = cache.get(personId)
  cache.delete(personId)
  const sent = kept?.revision === revision ? kept : { revision, ...serialised(app, person, keys) }
  cache.set(personId, sent)
  const oldest = cache.size > mostKept ? cache.keys().next().value : undefined
  if (oldest !== undefined) cache.delete(oldest)
  return sent
}

function serialised(app: App, person: PersonFacts, keys: ActorKeys): SentActor {
  const shown = { number: keys.number, pem: keys.rsa.pem, multikey: keys.ed25519.multikey }
  const document = personDocument(addresses(app.config.origin), person, shown, speechOf(app, person.language))
  const text = JSON.stringify(document)
  return { bytes: Buffer.from(text), tag: sha256Hex(text).slice(0, 32) }
}

function cacheOf(app: App): Map<string, Kept> {
  const made = caches.get(app) ?? new Map<string, Kept>()
  caches.set(app, made)
  return made
}
