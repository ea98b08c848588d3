import { rfc3339 } from '../common/clock.ts'
import type { Card } from './card.ts'
import type { Labelled, Shown } from './shown.ts'

// Everybody who is public as open data. Only what her page for everyone shows; what is added to listings later stays out until it
// is named here.

/** The columns of the CSV file, in order. What has several values has them with `; ` between. */
export const columns = [
  'id',
  'page',
  'handle',
  'name',
  'roles',
  'role_ids',
  'only_one',
  'organisation',
  'organisation_website',
  'sector',
  'sector_id',
  'country',
  'languages',
  'shares',
  'share_ids',
  'wants_to_try',
  'want_ids',
  'introduction',
  'open_until',
  'kind_ids',
  'boundary_ids',
  'links',
  'updated',
] as const

/** One person as a row of the CSV file. */
export function csvRow({ document }: Card, person: Shown): Readonly<Record<(typeof columns)[number], string>> {
  const { organisation, flag } = person
  return {
    id: document.featuredObject,
    page: person.homePage ?? '',
    handle: person.webfinger ?? '',
    name: person.name,
    roles: labels(person.roles),
    role_ids: ids(person.roles),
    only_one: person.onlyOne?.id ?? '',
    organisation: organisation.name,
    organisation_website: organisation.url ?? '',
    sector: organisation.sector?.label ?? '',
    sector_id: organisation.sector?.id ?? '',
    country: organisation.country?.code ?? '',
    languages: person.languages.map(({ tag, level }) => `${tag} ${level}`).join('; '),
    shares: labels(person.shares),
    share_ids: ids(person.shares),
    wants_to_try: labels(person.wantsToTry),
    want_ids: ids(person.wantsToTry),
    introduction: person.introduction ?? '',
    open_until: flag.endsAt ?? '',
    kind_ids: ids(flag.kinds),
    boundary_ids: ids(flag.boundaries),
    links: person.links.join('; '),
    updated: person.updated,
  }
}

/**
 * A text in which nothing after a semicolon begins like a formula: where commas are for decimals, spreadsheets part fields at semicolons,
 * also inside quotation marks that do not begin a line.
 */
export function withoutFormulasWithin(text: string): string {
  return text.replaceAll(/(;\s*)(?=[=+\-@＝＋－＠])/g, "$1'")
}

function labels(list: readonly Labelled[]): string {
  return list.map(({ label }) => label).join('; ')
}

function ids(list: readonly Labelled[]): string {
  return list.flatMap(({ id }) => id ?? []).join('; ')
}

const iri = (id: string) => ({ '@id': id, '@type': '@id' }) as const
const moment = (id: string) => ({ '@id': id, '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' }) as const

/** The context of the JSON-LD file: schema.org's words, and ours where it has none. Written out, so that nobody has to fetch one. */
export const exportContext = {
  sdo: 'https://schema.org/',
  swd: 'https://w3id.org/sideways/ns#',
  vf: 'https://w3id.org/valueflows/ont/vf#',
  as: 'https://www.w3.org/ns/activitystreams#',
  id: '@id',
  type: '@type',
  Person: 'sdo:Person',
  Occupation: 'sdo:Occupation',
  Organization: 'sdo:Organization',
  PostalAddress: 'sdo:PostalAddress',
  Language: 'sdo:Language',
  Proposal: 'vf:Proposal',
  name: 'sdo:name',
  description: 'sdo:description',
  url: iri('sdo:url'),
  sameAs: iri('sdo:sameAs'),
  hasOccupation: 'sdo:hasOccupation',
  occupationalCategory: iri('sdo:occupationalCategory'),
  worksFor: 'sdo:worksFor',
  address: 'sdo:address',
  addressCountry: 'sdo:addressCountry',
  knowsLanguage: 'sdo:knowsLanguage',
  dateModified: moment('sdo:dateModified'),
  webfinger: 'https://purl.archive.org/socialweb/webfinger#webfinger',
  languageTag: 'swd:languageTag',
  languageLevel: 'swd:languageLevel',
  sector: iri('swd:sector'),
  onlyOne: 'swd:onlyOne',
  shares: iri('swd:shares'),
  sharesInWords: 'swd:sharesInWords',
  wantsToTry: iri('swd:wantsToTry'),
  wantsToTryInWords: 'swd:wantsToTryInWords',
  peerChat: 'swd:peerChat',
  endTime: moment('as:endTime'),
  kinds: iri('swd:kinds'),
  boundaries: 'swd:boundaries',
} as const

/** One person in the JSON-LD file. */
export function linkedPerson({ document, openUntil }: Card): Readonly<Record<string, unknown>> {
  const { worksFor, peerChat } = document
  return {
    id: document.featuredObject,
    type: 'Person',
    name: document.name,
    url: document.url,
    webfinger: document.webfinger,
    description: document.summary,
    hasOccupation: document.hasOccupation.map(({ type, name, occupationalCategory }) => ({
      type,
      name,
      occupationalCategory,
    })),
    onlyOne: document.onlyOne === 'none' ? undefined : document.onlyOne,
    worksFor: {
      type: 'Organization',
      name: worksFor.name,
      url: worksFor.url,
      sector: worksFor.sector,
      address: worksFor.addressCountry && { type: 'PostalAddress', addressCountry: worksFor.addressCountry },
    },
    knowsLanguage: document.knowsLanguage?.map(({ tag, level }) => ({
      type: 'Language',
      languageTag: tag,
      languageLevel: level,
    })),
    shares: document.shares,
    sharesInWords: document.sharesInWords,
    wantsToTry: document.wantsToTry,
    wantsToTryInWords: document.wantsToTryInWords,
    sameAs: document.links,
    peerChat:
      openUntil && peerChat
        ? {
            id: peerChat.id,
            type: 'Proposal',
            endTime: rfc3339(openUntil),
            kinds: peerChat.kinds,
            boundaries: peerChat.boundaries,
          }
        : undefined,
    dateModified: document.updated,
  }
}
