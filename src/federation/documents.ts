import { addresses, type Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import type { CleanListing } from '../partners/copy.ts'
import { conceptIri, countryName, labelOf, slugOfIri } from '../common/vocabularies.ts'
import type { Language, Translate } from '../common/words.ts'
import type { Config } from '../config.ts'
import {
  activityStreams,
  actorContext,
  directoryContext,
  documentContext,
  linkedDataJson,
  publicAudience,
} from './context.ts'
import { escapeHtml } from './html.ts'
import { verificationMethodOf } from './key-row.ts'

/** What a document of ours is: JSON that starts with its context. */
export type JsonDocument = Readonly<Record<string, unknown>>

/** The public halves of an actor's keys, as documents carry them. */
export type PublicKeys = { readonly number: number; readonly pem: string; readonly multikey: string }

/** A person as an actor document needs her; `document` holds only what its reader may see. */
export type PersonFacts = {
  readonly personId: string
  readonly handle: string | null
  readonly document: Omit<CleanListing, 'seq'>
  readonly scope: 'public' | 'partners'
  readonly discovery: boolean
  /** The name of the organisation that runs the node. */
  readonly host: string
  readonly language: Language
  readonly publishedAt: Date
  readonly updatedAt: Date
}

/** How a document speaks: its words are those of the person's node. */
export type Speech = { readonly language: Language; readonly t: Translate }

function keyBlocks(actor: string, keys: PublicKeys): JsonDocument {
  return {
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: keys.pem },
    assertionMethod: [
      {
        id: verificationMethodOf(actor, keys.number),
        type: 'Multikey',
        controller: actor,
        publicKeyMultibase: keys.multikey,
      },
    ],
  }
}

/** The node's own actor: signs our ordinary GETs, readable unsigned, never followed (FEP-2677, FEP-d556). */
export function nodeDocument(at: Addresses, config: Config, keys: PublicKeys): JsonDocument {
  return {
    '@context': actorContext,
    id: at.node,
    type: 'Application',
    preferredUsername: at.hostname,
    name: config.name,
    url: `${at.origin}/about`,
    inbox: at.nodeInbox,
    outbox: `${at.origin}/ap/actor/outbox`,
    endpoints: { sharedInbox: at.sharedInbox },
    manuallyApprovesFollowers: true,
    discoverable: false,
    indexable: false,
    ...keyBlocks(at.node, keys),
  }
}

/** The directory: subscribed to by partner nodes, owns the listings (FEDERATION.md 2). `listed` is published from ten on. */
export function directoryDocument(
  at: Addresses,
  config: Config,
  keys: PublicKeys,
  facts: { readonly listed: number; readonly since: Date; readonly movedTo: string | null; readonly t: Translate },
): JsonDocument {
  return {
    '@context': directoryContext,
    id: at.directory,
    type: 'Service',
    preferredUsername: 'directory',
    webfinger: `directory@${at.host}`,
    name: facts.t('federation:directory.name', { name: config.name }),
    summary: `<p>${escapeHtml(facts.t('federation:directory.summary'))}</p>`,
    url: at.directoryPage,
    published: rfc3339(facts.since),
    inbox: at.directoryInbox,
    outbox: at.directoryOutbox,
    followers: at.directoryFollowers,
    following: at.directoryFollowing,
    endpoints: { sharedInbox: at.sharedInbox },
    listings: at.listings,
    statement: at.statement,
    organisation: at.organisation,
    keyChanges: at.directoryKeys,
    ...(config.formerOrigins.length > 0
      ? { alsoKnownAs: config.formerOrigins.map((origin) => addresses(origin).directory) }
      : {}),
    ...(facts.movedTo === null ? {} : { movedTo: addresses(facts.movedTo).directory }),
    ...(facts.listed >= 10 ? { totalItems: facts.listed } : {}),
    manuallyApprovesFollowers: true,
    discoverable: false,
    indexable: false,
    generator: {
      id: at.node,
      type: 'Application',
      implements: [
        { type: 'Link', href: 'https://w3id.org/sideways/ns#directory-1', name: 'Sideways directory 1' },
        { type: 'Link', href: 'https://w3id.org/fep/8b32', name: 'FEP-8b32' },
      ],
    },
    ...keyBlocks(at.directory, keys),
  }
}

/** The employer or host: an object, not an actor that acts. */
export function organisationDocument(at: Addresses, config: Config): JsonDocument {
  return {
    '@context': documentContext,
    id: at.organisation,
    type: 'Organization',
    name: config.name,
    sector: conceptIri('sectors', config.sector),
    addressCountry: config.country,
    url: config.website ?? `${at.origin}/about`,
    ...(config.policy === undefined ? {} : { privacyPolicy: config.policy }),
  }
}

/** A practitioner's actor, exactly as FEDERATION.md, Actors, has it. */
export function personDocument(at: Addresses, person: PersonFacts, keys: PublicKeys, speech: Speech): JsonDocument {
  const { document } = person
  const id = at.person(person.personId)
  const page = person.handle === null ? at.directoryPage : at.personPage(person.handle)
  const isPublic = person.scope === 'public'
  return {
    '@context': actorContext,
    id,
    type: 'Person',
    preferredUsername: person.handle ?? person.personId,
    ...(person.handle === null ? {} : { webfinger: `${person.handle}@${at.host}` }),
    name: document.name,
    summary: document.summary === undefined ? '' : `<p>${escapeHtml(document.summary)}</p>`,
    url: page,
    published: rfc3339(person.publishedAt),
    updated: rfc3339(person.updatedAt),
    inbox: `${id}/inbox`,
    outbox: `${id}/outbox`,
    followers: `${id}/followers`,
    following: `${id}/following`,
    featured: `${id}/featured`,
    featuredTags: `${id}/tags`,
    endpoints: { sharedInbox: at.sharedInbox },
    manuallyApprovesFollowers: true,
    discoverable: isPublic && person.discovery,
    indexable: isPublic && person.discovery,
    searchableBy: isPublic ? publicAudience : at.directoryFollowers,
    alsoKnownAs: [],
    attachment: fieldsOf(at, person, page, speech),
    tag: document.peerChat === undefined ? [] : [hashtag(at)],
    hasOccupation: document.hasOccupation,
    // The host's own object only for the host's own people: an organisation that somebody typed has no id here.
    worksFor:
      document.worksFor.name === person.host ? { id: at.organisation, ...document.worksFor } : document.worksFor,
    ...(document.knowsLanguage === undefined ? {} : { knowsLanguage: document.knowsLanguage.map(({ tag }) => tag) }),
    ...(document.peerChat === undefined ? {} : { peerChat: document.peerChat.id }),
    interactionPolicy: { canFeature: { automaticApproval: [at.directory] } },
    generator: {
      type: 'Application',
      // Not yet https://w3id.org/sideways/ns#PeerChat: whoever names it is sent an Offer, which nobody here answers today.
      implements: [{ type: 'Link', href: 'https://w3id.org/fep/8b32', name: 'FEP-8b32' }],
    },
    ...keyBlocks(id, keys),
  }
}

/** The four fields that Mastodon, GoToSocial and Misskey show, and a link to the flag for those who read it. */
function fieldsOf(
  at: Addresses,
  { document }: PersonFacts,
  page: string,
  { language, t }: Speech,
): readonly JsonDocument[] {
  const { peerChat, worksFor } = document
  const sector = worksFor.sector === undefined ? undefined : labelOf('sectors', worksFor.sector, language)
  const country = worksFor.addressCountry === undefined ? undefined : countryName(worksFor.addressCountry, language)
  const where = [sector, country].filter((part) => part !== undefined).join(', ')
  const until =
    peerChat === undefined
      ? t('federation:field.closed')
      : t('federation:field.open', { date: longDay(peerChat.endTime, language) })
  return [
    field(t('federation:field.role'), escapeHtml(roleOf(document, language))),
    field(
      t('federation:field.organisation'),
      `<a href="${escapeHtml(page)}" rel="me">${escapeHtml(worksFor.name)}</a>`,
    ),
    ...(where === '' ? [] : [field(t('federation:field.where'), escapeHtml(where))]),
    field(t('federation:field.chat'), escapeHtml(until)),
    ...(peerChat === undefined
      ? []
      : [
          {
            type: 'Link',
            name: t('federation:field.link'),
            href: peerChat.id,
            rel: ['https://w3id.org/valueflows/ont/vf#Proposal'],
            mediaType: linkedDataJson,
          },
        ]),
  ]
}

function field(name: string, value: string): JsonDocument {
  return { type: 'PropertyValue', name, value }
}

function hashtag(at: Addresses): JsonDocument {
  return { type: 'Hashtag', name: '#OpenToPeerChat', href: at.tag('OpenToPeerChat') }
}

/** A person's role or roles in a language: our own labels where we know the concept, else what her node wrote. */
export function roleOf(document: Pick<CleanListing, 'hasOccupation'>, language: Language): string {
  return document.hasOccupation
    .map((occupation) => {
      const slug = slugOfIri('roles', occupation.occupationalCategory ?? '')
      return slug === undefined ? occupation.name : labelOf('roles', slug, language)
    })
    .join(', ')
}

/** The flag by itself (FEP-0837 Proposal), for those who follow the link. */
export function proposalDocument(person: PersonFacts, t: Translate): JsonDocument | undefined {
  const { peerChat } = person.document
  if (peerChat === undefined) return undefined
  return {
    '@context': documentContext,
    ...peerChat,
    name: t('federation:field.link'),
    to: publicAudience,
    content: `<p>${escapeHtml(t('federation:proposal'))}</p>`,
  }
}

/** The Note that tells followers that a flag is open; the end date is in the text, since Mastodon does not expire it. */
export function noteDocument(
  at: Addresses,
  person: PersonFacts,
  number: number,
  at_: { readonly now: Date; readonly speech: Speech },
): JsonDocument {
  const { language, t } = at_.speech
  const id = at.note(person.personId, number)
  const until = person.document.peerChat === undefined ? '' : longDay(person.document.peerChat.endTime, language)
  const tag = hashtag(at)
  const link = `<a href="${escapeHtml(String(tag['href']))}" class="mention hashtag" rel="tag">#<span>OpenToPeerChat</span></a>`
  const content = `<p>${escapeHtml(t('federation:note', { date: until }))} ${link}</p>`
  return {
    '@context': documentContext,
    id,
    type: 'Note',
    attributedTo: at.person(person.personId),
    url: person.handle === null ? id : at.personPage(person.handle),
    published: rfc3339(at_.now),
    to: [publicAudience],
    cc: [`${at.person(person.personId)}/followers`],
    sensitive: false,
    content,
    contentMap: { [language]: content },
    tag: [tag],
  }
}

/** What stays of something that is gone. */
export function tombstone(id: string, formerType: string, deleted?: Date): JsonDocument {
  return {
    '@context': activityStreams,
    id,
    type: 'Tombstone',
    formerType,
    ...(deleted ? { deleted: rfc3339(deleted) } : {}),
  }
}

/** A collection that is not paged. Without `items` it tells only that it exists: the members are nobody's business. */
export function collection(id: string, items?: readonly unknown[]): JsonDocument {
  return {
    '@context': documentContext,
    id,
    type: 'OrderedCollection',
    ...(items === undefined ? {} : { totalItems: items.length, orderedItems: items }),
  }
}
