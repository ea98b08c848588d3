import type { Language } from '../common/vocabularies.ts'
import { labelOf, slugOfIri } from '../common/vocabularies.ts'
import type { OwnListing } from './document.ts'

/** A public person in schema.org's words, for the page that everyone may read. Only what the page shows. */
export function linkedData(
  document: OwnListing,
  page: string,
  handle: string,
  language: Language,
): Readonly<Record<string, unknown>> {
  const { worksFor } = document
  return {
    '@context': 'https://schema.org',
    '@type': 'Person',
    '@id': document.featuredObject,
    name: document.name,
    alternateName: handle,
    url: page,
    ...(document.summary === undefined ? {} : { description: document.summary }),
    ...(document.icon === undefined
      ? {}
      : { image: { '@type': 'ImageObject', contentUrl: document.icon.url, caption: document.icon.name } }),
    jobTitle: roleLabels(document, language).join(', '),
    hasOccupation: roleLabels(document, language).map((name) => ({ '@type': 'Occupation', name })),
    worksFor: {
      '@type': 'Organization',
      name: worksFor.name,
      ...(worksFor.addressCountry === undefined
        ? {}
        : { address: { '@type': 'PostalAddress', addressCountry: worksFor.addressCountry } }),
    },
    ...(document.knowsLanguage === undefined ? {} : { knowsLanguage: document.knowsLanguage.map(({ tag }) => tag) }),
    ...(document.shares === undefined && document.sharesInWords === undefined
      ? {}
      : {
          knowsAbout: [
            ...(document.shares ?? []).map((iri) => labelOf('practices', iri, language)),
            ...(document.sharesInWords ?? []),
          ],
        }),
    // The flag and its end, nothing of what it is about: as on her card.
    ...(document.peerChat === undefined
      ? {}
      : { makesOffer: { '@type': 'Offer', name: 'Peer chat', availabilityEnds: document.peerChat.endTime } }),
    ...(document.links === undefined ? {} : { sameAs: document.links }),
  }
}

/** A person's roles in the reader's language; one in her own words stays as she wrote it. */
export function roleLabels(document: Pick<OwnListing, 'hasOccupation'>, language: Language): readonly string[] {
  return document.hasOccupation.map(({ name, occupationalCategory }) => {
    const slug = slugOfIri('roles', occupationalCategory ?? '')
    return slug === undefined ? name : labelOf('roles', slug, language)
  })
}

/** JSON for a script element: no text in it can end the element or begin a comment. */
export function scriptJson(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
}
