import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import { countryName, labelOf, slugOfIri } from '../common/vocabularies.ts'
import type { Language, Translate } from '../common/words.ts'
import type { ListingDocument, PictureDocument } from '../directory/document.ts'
import { actorContext, documentContext, linkedDataJson, publicAudience } from './context.ts'
import { hashtag, keyBlocks, type JsonDocument, type PublicKeys, type Speech } from './documents.ts'
import { escapeHtml } from './html.ts'

/** A person as an actor document needs her; `document` holds only what its reader may see. */
export type PersonFacts = {
  readonly personId: string
  readonly handle: string | null
  readonly document: Omit<ListingDocument, 'seq'>
  readonly scope: 'public' | 'partners'
  readonly discovery: boolean
  /** The name of the organisation that runs the node. */
  readonly host: string
  readonly language: Language
  readonly publishedAt: Date
  readonly updatedAt: Date
  /** Her older actors elsewhere that point here. */
  readonly alsoKnownAs: readonly string[]
  /** Where she went, once she moved. */
  readonly movedTo?: string
  /** Whether she lets followers in by hand; true unless she, or her host, said otherwise. */
  readonly approves?: boolean
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
    ...belowPerson(at, id),
    manuallyApprovesFollowers: person.approves ?? true,
    discoverable: isPublic && person.discovery,
    indexable: isPublic && person.discovery,
    searchableBy: isPublic ? publicAudience : at.directoryFollowers,
    alsoKnownAs: person.alsoKnownAs,
    ...(person.movedTo === undefined ? {} : { movedTo: person.movedTo }),
    ...(document.icon === undefined ? {} : { icon: iconOf(document.icon) }),
    attachment: fieldsOf(at, person, page, speech),
    tag: tagsOf(at, person),
    hasOccupation: document.hasOccupation,
    // The host's own object only for the host's own people: an organisation that somebody typed has no id here.
    worksFor:
      document.worksFor.name === person.host ? { id: at.organisation, ...document.worksFor } : document.worksFor,
    ...(document.knowsLanguage === undefined ? {} : { knowsLanguage: document.knowsLanguage.map(({ tag }) => tag) }),
    ...(document.peerChat === undefined ? {} : { peerChat: document.peerChat.id }),
    interactionPolicy: { canFeature: { automaticApproval: [at.directory] } },
    generator: {
      type: 'Application',
      implements: [
        { type: 'Link', href: 'https://w3id.org/sideways/ns#PeerChat', name: 'Sideways peer chat' },
        { type: 'Link', href: 'https://w3id.org/fep/8b32', name: 'FEP-8b32' },
      ],
    },
    ...keyBlocks(id, keys),
  }
}

/** A picture as an `icon`. Servers read the alt text from `summary` or from `name`: both have it. */
function iconOf({ url, mediaType, name }: PictureDocument): JsonDocument {
  return { type: 'Image', mediaType, url, summary: name, name }
}

/** How many links elsewhere are fields, of those that link back. */
const mostLinks = 2

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
    ...(document.verifiedLinks ?? [])
      .slice(0, mostLinks)
      .map((url) => field(t('federation:field.website'), linkTo(url))),
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

/**
 * A link as Mastodon wants it to check it by itself: nothing but the `a`, and the address as its text, byte for byte
 * (app/models/account/field.rb).
 */
function linkTo(url: string): string {
  const safe = escapeHtml(url)
  return `<a href="${safe}" rel="me nofollow noopener">${safe}</a>`
}

function field(name: string, value: string): JsonDocument {
  return { type: 'PropertyValue', name, value }
}

/** A person's role or roles in a language: our own labels where we know the concept, else what her node wrote. */
export function roleOf(document: Pick<ListingDocument, 'hasOccupation'>, language: Language): string {
  return document.hasOccupation
    .map((occupation) => {
      const slug = slugOfIri('roles', occupation.occupationalCategory ?? '')
      return slug === undefined ? occupation.name : labelOf('roles', slug, language)
    })
    .join(', ')
}

/** The tags of a person by themselves, as Mastodon reads and writes `featuredTags`: a Collection of Hashtag objects, not of Links to them. */
export function tagsDocument(at: Addresses, person: PersonFacts): JsonDocument {
  const items = tagsOf(at, person)
  return {
    '@context': documentContext,
    id: `${at.person(person.personId)}/tags`,
    type: 'Collection',
    totalItems: items.length,
    items,
  }
}

function tagsOf(at: Addresses, { document }: PersonFacts): readonly JsonDocument[] {
  return document.peerChat === undefined ? [] : [hashtag(at)]
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

/** Where a person is told things, and what hangs below her actor; the same for her and for the blank page that she leaves. */
export function belowPerson(at: Addresses, id: string): JsonDocument {
  return {
    inbox: `${id}/inbox`,
    outbox: `${id}/outbox`,
    followers: `${id}/followers`,
    following: `${id}/following`,
    featured: `${id}/featured`,
    featuredTags: `${id}/tags`,
    endpoints: { sharedInbox: at.sharedInbox },
  }
}
