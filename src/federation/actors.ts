import type { App } from '../app.ts'
import { addresses, directoryActor, nodeActor, topicActor, topicOfActor } from '../common/addresses.ts'
import type { Language } from '../common/words.ts'
import { unlistedPerson } from '../listing/unlisted-views.ts'
import { partnerPerson, publicPerson } from '../listing/views.ts'
import { directoryDocument, nodeDocument, type JsonDocument, type Speech } from './documents.ts'
import { actorMarks } from './follower-views.ts'
import { actorKeys, type ActorKeys } from './keys.ts'
import { blankPerson } from './leaving-document.ts'
import { personDocument, type PersonFacts } from './person-document.ts'
import { topicSince } from './topic-views.ts'
import { topicDocument } from './topics.ts'
import { directoryFacts } from './views.ts'
import { vouchedFor } from './vouched.ts'

/** How Fedify names our actors in its paths: 'actor', 'directory', 'topics/{role}', 'people/{id}'. */
export function identifierOf(actorId: string): string {
  if (actorId === nodeActor) return 'actor'
  if (actorId === directoryActor || topicOfActor(actorId) !== undefined) return actorId
  return `people/${actorId}`
}

/** Our own short id for one of Fedify's identifiers; undefined for a path that is no actor's. */
export function actorIdOf(identifier: string): string | undefined {
  if (identifier === 'actor') return nodeActor
  if (identifier === 'directory') return directoryActor
  const role = /^topics\/([a-z-]{3,64})$/.exec(identifier)?.[1]
  if (role !== undefined) return topicActor(role)
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
  const role = topicOfActor(actorId)
  if (role !== undefined) {
    const since = await topicSince(app, role)
    const facts = { role, host: app.config.name, discoverable: app.config.topicsDiscoverable }
    return since && { document: topicDocument(at, { ...facts, since }, shown, speechOf(app)), keys }
  }
  const person = await personFor(app, actorId, reader)
  if (person) return { document: personDocument(at, person, shown, speechOf(app, person.language)), keys }
  const unlisted = await unlistedPerson(app.db, app.now(), { personId: actorId })
  return unlisted && { document: blankPerson(at, unlisted, shown), keys }
}

/** The facts about a person that one reader may see: the public ones for anyone, else those for partner nodes. */
export async function personFor(
  app: App,
  personId: string,
  reader: 'anyone' | 'partner',
): Promise<PersonFacts | undefined> {
  const open = await publicPerson(app.db, app.now(), { personId })
  if (open) {
    const { movedTo, ...shown } = open
    const { alsoKnownAs, everybody } = await actorMarks(app.db, personId)
    const approves = !(everybody ?? app.config.acceptFollowers === 'automatic')
    const facts = { ...shown, scope: 'public', host: app.config.name, alsoKnownAs, approves } as const
    return movedTo === null ? facts : { ...facts, movedTo }
  }
  if (reader === 'anyone') return undefined
  const shared = await partnerPerson(app.db, app.now(), personId)
  if (!shared) return undefined
  const { movedTo: _publicOnly, ...shown } = shared
  return { ...shown, scope: 'partners', discovery: false, host: app.config.name, alsoKnownAs: [] }
}
