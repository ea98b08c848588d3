import { addresses, type Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { conceptIri } from '../common/vocabularies.ts'
import type { Language, Translate } from '../common/words.ts'
import type { Config } from '../config.ts'
import { actorContext, directoryContext, documentContext } from './context.ts'
import { escapeHtml } from './html.ts'
import { verificationMethodOf } from './key-row.ts'

/** What a document of ours is: JSON that starts with its context. */
export type JsonDocument = Readonly<Record<string, unknown>>

/** The public halves of an actor's keys, as documents carry them. */
export type PublicKeys = { readonly number: number; readonly pem: string; readonly multikey: string }

/** How a document speaks: its words are those of the person's node. */
export type Speech = { readonly language: Language; readonly t: Translate }

/** The public halves of an actor's keys as Mastodon (`publicKey`) and FEP-521a (`assertionMethod`) have them. */
export function keyBlocks(actor: string, keys: PublicKeys): JsonDocument {
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

/** A collection that is not paged. Without `items` it tells only that it exists: the members are nobody's business. */
export function collection(id: string, items?: readonly unknown[]): JsonDocument {
  return {
    '@context': documentContext,
    id,
    type: 'OrderedCollection',
    ...(items === undefined ? {} : { totalItems: items.length, orderedItems: items }),
  }
}

/** The one tag of ours: who carries it is open to a peer chat. */
export function hashtag(at: Addresses): JsonDocument {
  return { type: 'Hashtag', name: '#OpenToPeerChat', href: at.tag('OpenToPeerChat') }
}
