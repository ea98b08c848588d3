import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { actorContext, activityStreams, publicAudience } from './context.ts'
import { keyBlocks, type JsonDocument, type PublicKeys } from './documents.ts'
import { belowPerson } from './person-document.ts'

/** What a blank actor still says: no name, no words, no picture. */
export type BlankFacts = {
  readonly personId: string
  /** Null once she left: a handle is forgotten, and the id stands in its place. */
  readonly handle: string | null
  readonly publishedAt: Date
  readonly updatedAt: Date
  readonly movedTo: string | null
}

/**
 * A person's actor with everything taken out that is about her, for servers that keep a copy until they are told (fields, summary, picture and
 * tags are there, and empty, so that they are overwritten).
 */
export function blankPerson(at: Addresses, person: BlankFacts, keys: PublicKeys): JsonDocument {
  const id = at.person(person.personId)
  const name = person.handle ?? person.personId
  return {
    '@context': actorContext,
    id,
    type: 'Person',
    preferredUsername: name,
    ...(person.handle === null ? {} : { webfinger: `${person.handle}@${at.host}` }),
    name,
    summary: '',
    url: person.handle === null ? id : at.personPage(person.handle),
    published: rfc3339(person.publishedAt),
    updated: rfc3339(person.updatedAt),
    ...belowPerson(at, id),
    manuallyApprovesFollowers: true,
    discoverable: false,
    indexable: false,
    searchableBy: id,
    alsoKnownAs: [],
    ...(person.movedTo === null ? {} : { movedTo: person.movedTo }),
    attachment: [],
    tag: [],
    ...keyBlocks(id, keys),
  }
}

/** Says once more, to all, what a person's actor is now. `mark` makes the id: the same one again is not sent again. */
export function updateActivity(actor: string, document: JsonDocument, mark: string): JsonDocument {
  const { '@context': context, ...object } = document
  return { '@context': context, id: `${actor}#update-${mark}`, type: 'Update', actor, to: [publicAudience], object }
}

/** The last activity of a person, exactly as Mastodon, GoToSocial and Misskey want it. */
export function deleteActivity(actor: string): JsonDocument {
  return {
    '@context': activityStreams,
    id: `${actor}#delete`,
    type: 'Delete',
    actor,
    object: actor,
    to: [publicAudience],
  }
}
