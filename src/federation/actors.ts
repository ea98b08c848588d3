import type { App } from '../app.ts'
import { addresses, directoryActor, nodeActor } from '../common/addresses.ts'
import type { Language } from '../common/words.ts'
import { partnerPerson, publicPerson } from '../listing/views.ts'
import { directoryDocument, nodeDocument, type JsonDocument, type Speech } from './documents.ts'
import { actorKeys, type ActorKeys } from './keys.ts'
import { personDocument, type PersonFacts } from './person-document.ts'
import { directoryFacts } from './views.ts'
import { vouchedFor } from './vouched.ts'

/** How Fedify names our actors in its paths: 'actor', 'directory', 'people/{id}'. */
export function identifierOf(actorId: string): string {
  if (actorId === nodeActor) return 'actor'
  return actorId === directoryActor ? 'directory' : `people/${actorId}`
}

/** Our own short id for one of Fedify's identifiers; undefined for a path that is no actor's. */
export function actorIdOf(identifier: string): string | undefined {
  if (identifier === 'actor') return nodeActor
  if (identifier === 'directory') return directoryActor
  const personId = /^people\/([0-9a-z]{4,40})$/.exec(identifier)?.[1]
  return personId === nodeActor || personId === directoryActor ? undefined : personId
}

/** How documents speak: a person's in her language, the node's own in its host's. */
export function speechOf(app: App, language: Language = app.config.language): Speech {
  return { language, t: app.words.in(language) }
}

/** An actor's document as one reader may see it, with the keys in it; undefined when there is none for that reader. */
export async function actorFor(
  app: App,
  actorId: string,
  reader: 'anyone' | 'partner',
): Promise<{ document: JsonDocument; keys: ActorKeys } | undefined> {
  const keys = await actorKeys(app, actorId)
  if (!keys) return undefined
  const shown = { number: keys.number, pem: keys.rsa.pem, multikey: keys.ed25519.multikey }
  const at = addresses(app.config.origin)
  if (actorId === nodeActor) return { document: nodeDocument(at, app.config, shown), keys }
  if (actorId === directoryActor) {
    const facts = await directoryFacts(app.db)
    return {
      document: vouchedFor(
        directoryDocument(at, app.config, shown, { ...facts, t: speechOf(app).t }),
        keys.ed25519,
        app.now(),
      ),
      keys,
    }
  }
  const person = await personFor(app, actorId, reader)
  return person && { document: personDocument(at, person, shown, speechOf(app, person.language)), keys }
}

/** The facts about a person that one reader may see: the public ones for anyone, else those for partner nodes. */
export async function personFor(
  app: App,
  personId: string,
  reader: 'anyone' | 'partner',
): Promise<PersonFacts | undefined> {
  const open = await publicPerson(app.db, app.now(), { personId })
  if (open) return { ...open, scope: 'public', host: app.config.name, alsoKnownAs: [] }
  if (reader === 'anyone') return undefined
  const shared = await partnerPerson(app.db, app.now(), personId)
  return shared && { ...shared, scope: 'partners', discovery: false, host: app.config.name, alsoKnownAs: [] }
}
