import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { concept, labelOf, slugOfIri, vocabulary } from '../common/vocabularies.ts'
import { activityStreams, actorContext, publicAudience } from './context.ts'
import { keyBlocks, type JsonDocument, type PublicKeys, type Speech } from './documents.ts'
import { escapeHtml } from './html.ts'
import type { PersonFacts } from './person-document.ts'

/**
 * Whether a role of the list can be followed: every one that a person can choose. Its id is its handle. Mastodon, GoToSocial and Misskey
 * take a hyphen inside a handle of another server, and snac2 takes anything; no person's handle has one, and the few roles without one
 * are reserved (profile/handle.ts).
 */
export function isTopic(role: string): boolean {
  return concept('roles', role)?.broader !== undefined
}

/** Every role that can be followed. */
export function topics(): readonly string[] {
  return vocabulary('roles')
    .concepts.filter(({ broader }) => broader !== undefined)
    .map(({ id }) => id)
}

/** The topics that a person belongs to by what everyone may read of her. */
export function topicsOf(document: Pick<PersonFacts['document'], 'hasOccupation'>): readonly string[] {
  return document.hasOccupation.flatMap(({ occupationalCategory }) => {
    const role = slugOfIri('roles', occupationalCategory ?? '')
    return role !== undefined && isTopic(role) ? [role] : []
  })
}

/** What a topic's own document says beside its role. */
export type TopicFacts = {
  readonly role: string
  /** The name of the organisation that runs the node. */
  readonly host: string
  readonly since: Date
  readonly discoverable: boolean
}

/** A topic: a Service that people on other servers follow in place of a person, and that lets everybody in. */
export function topicDocument(
  at: Addresses,
  topic: TopicFacts,
  keys: PublicKeys,
  { language, t }: Speech,
): JsonDocument {
  const id = at.topic(topic.role)
  const role = labelOf('roles', topic.role, language)
  return {
    '@context': actorContext,
    id,
    type: 'Service',
    preferredUsername: topic.role,
    webfinger: `${topic.role}@${at.host}`,
    name: t('federation:topic.name', { role, host: topic.host }),
    summary: `<p>${escapeHtml(t('federation:topic.summary', { role, host: topic.host }))}</p>`,
    url: at.personPage(topic.role),
    published: rfc3339(topic.since),
    inbox: `${id}/inbox`,
    outbox: `${id}/outbox`,
    followers: `${id}/followers`,
    following: `${id}/following`,
    endpoints: { sharedInbox: at.sharedInbox },
    manuallyApprovesFollowers: false,
    discoverable: topic.discoverable,
    indexable: false,
    attachment: [],
    tag: [],
    ...keyBlocks(id, keys),
  }
}

/** Tells a topic's followers of one person's Note, by its id; never of a person. */
export function announceOf(
  at: Addresses,
  role: string,
  announcement: { readonly id: string; readonly note: string; readonly author: string; readonly now: Date },
): JsonDocument {
  const topic = at.topic(role)
  return {
    '@context': activityStreams,
    id: announcementId(at, role, announcement.id),
    type: 'Announce',
    actor: topic,
    published: rfc3339(announcement.now),
    to: [publicAudience],
    cc: [`${topic}/followers`, announcement.author],
    object: announcement.note,
  }
}

/** Takes an announcement back; the `Announce` is embedded, since GoToSocial does nothing with an id alone. */
export function undoOf(
  at: Addresses,
  role: string,
  announcement: { readonly id: string; readonly note: string },
): JsonDocument {
  const topic = at.topic(role)
  const id = announcementId(at, role, announcement.id)
  return {
    '@context': activityStreams,
    id: `${id}#undo`,
    type: 'Undo',
    actor: topic,
    to: [publicAudience],
    cc: [`${topic}/followers`],
    object: { id, type: 'Announce', actor: topic, to: [publicAudience], object: announcement.note },
  }
}

/** The id of an `Announce`. */
export function announcementId(at: Addresses, role: string, id: string): string {
  return `${at.topic(role)}/announcements/${id}`
}

/** Lets a follower in, with the `Follow` as it came. */
export function acceptOf(
  at: Addresses,
  role: string,
  accept: { readonly id: string; readonly actor: string; readonly follow: JsonDocument },
): JsonDocument {
  const topic = at.topic(role)
  const { '@context': _context, ...object } = accept.follow
  return {
    '@context': activityStreams,
    id: `${topic}#accept-${accept.id}`,
    type: 'Accept',
    actor: topic,
    to: [accept.actor],
    object,
  }
}
