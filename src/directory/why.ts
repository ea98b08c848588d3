import type { OwnHours } from '../hours/meeting.ts'
import type { ListingDocument } from './document.ts'
import { facetsOf, familyOf, type FacetKind } from './facets.ts'
import type { SearchQuery } from './query.ts'
import { listPartNames, listParts } from './query.ts'
import type { TextQuery } from './text.ts'
import { wordsOf } from './words.ts'

/** What a reader has said of herself, as far as a search for her needs it: slugs, as in her profile, and her hours. */
export type ViewerProfile = OwnHours & {
  readonly roles?: readonly string[]
  readonly sector?: string
  readonly country?: string
  readonly shares?: readonly string[]
  readonly wantsToTry?: readonly string[]
  readonly onlyOne?: string
}

/** Why somebody is shown: a sentence's key in words directory.json under `why`, and the concept that it names. */
export type Reason = {
  readonly code:
    | 'same-role'
    | 'related-role'
    | 'shares-your-want'
    | 'wants-your-share'
    | 'both-only-one'
    | 'other-sector'
    | 'other-country'
    | 'asked'
    | 'near-hours'
    | 'title'
    | 'in-words'
    | 'in-introduction'
    | 'similar-words'
  readonly facet?: { readonly kind: FacetKind; readonly value: string }
}

const mostReasons = 5

/**
 * Why this person may be worth half an hour: first what she has to do with the reader, then what of the query she fits.
 * At most five. A reader without a profile is told only the second.
 */
export function reasons(
  document: ListingDocument,
  query: SearchQuery,
  text: TextQuery | undefined,
  viewer: ViewerProfile | undefined,
): readonly Reason[] {
  const fits = asked(document, query, text)
  const relations = viewer === undefined ? [] : related(document, viewer)
  const isSaid = relations.some(({ code }) => code === 'both-only-one')
  const named = new Set(relations.flatMap(({ facet }) => (facet ? [`${facet.kind} ${facet.value}`] : [])))
  const isNew = ({ facet }: Reason): boolean =>
    !facet || !(named.has(`${facet.kind} ${facet.value}`) || (isSaid && facet.kind === 'only-one'))
  return [...relations, ...fits.filter(isNew)].slice(0, mostReasons)
}

function related(document: ListingDocument, viewer: ViewerProfile): Reason[] {
  const hers = facetsOf(document)
  const of = (kind: FacetKind): string[] => hers.filter((facet) => facet.kind === kind).map(({ value }) => value)
  const mine = new Set(viewer.roles)
  const sameRole = of('role').find((role) => mine.has(role))
  const families = new Set([...mine].flatMap((role) => familyOf(role)))
  const family = sameRole === undefined ? of('role-family').find((one) => families.has(one)) : undefined
  const gives = of('share').find((practice) => viewer.wantsToTry?.includes(practice))
  const takes = of('want').find((practice) => viewer.shares?.includes(practice))
  const isClose = sameRole !== undefined || family !== undefined || gives !== undefined || takes !== undefined
  const [sector] = of('sector')
  const [country] = of('country')
  const bothOnly = isOnlyOne(document.onlyOne) && isOnlyOne(viewer.onlyOne)
  return [
    ...(sameRole === undefined
      ? []
      : [{ code: 'same-role' as const, facet: { kind: 'role' as const, value: sameRole } }]),
    ...(family === undefined
      ? []
      : [{ code: 'related-role' as const, facet: { kind: 'role-family' as const, value: family } }]),
    ...(gives === undefined
      ? []
      : [{ code: 'shares-your-want' as const, facet: { kind: 'share' as const, value: gives } }]),
    ...(takes === undefined
      ? []
      : [{ code: 'wants-your-share' as const, facet: { kind: 'want' as const, value: takes } }]),
    // Elsewhere is worth saying of somebody close; of anybody else it says nothing.
    ...(isClose && sector !== undefined && viewer.sector !== undefined && sector !== viewer.sector
      ? [{ code: 'other-sector' as const, facet: { kind: 'sector' as const, value: sector } }]
      : []),
    ...(bothOnly ? [{ code: 'both-only-one' as const }] : []),
    ...(isClose && country !== undefined && viewer.country !== undefined && country !== viewer.country
      ? [{ code: 'other-country' as const, facet: { kind: 'country' as const, value: country } }]
      : []),
  ]
}

function asked(document: ListingDocument, query: SearchQuery, text: TextQuery | undefined): Reason[] {
  const hers = facetsOf(document)
  const has = (kind: FacetKind, value: string): boolean =>
    hers.some((facet) => facet.kind === kind && facet.value === value)
  const filters = listPartNames.flatMap((part) =>
    (query[part] ?? [])
      .filter((value) => has(listParts[part].facet, value))
      .map((value): Reason => ({ code: 'asked', facet: { kind: listParts[part].facet, value } })),
  )
  const onlyOne = hers.find(({ kind }) => kind === 'only-one')
  const country = hers.find(({ kind }) => kind === 'country')
  return [
    ...(text ? inWords(document, text, has) : []),
    ...filters,
    ...(query.onlyOne !== undefined && onlyOne ? [{ code: 'asked' as const, facet: onlyOne }] : []),
    ...(country && query.near?.includes(country.value) ? [{ code: 'near-hours' as const, facet: country }] : []),
  ]
}

function inWords(
  document: ListingDocument,
  text: TextQuery,
  has: (kind: FacetKind, value: string) => boolean,
): readonly Reason[] {
  const named = text.names.flatMap(({ facets, title }): Reason[] => {
    const facet = facets.find(({ kind, value }) => has(kind, value))
    return facet ? [{ code: title ? 'title' : 'asked', facet }] : []
  })
  if (named.length > 0) return named
  const { strong, weak } = wordsOf(document)
  const found = (among: readonly string[]): boolean =>
    text.typed.some((word) => among.some((one) => one === word || (word.length > 3 && one.startsWith(word))))
  if (found(strong)) return [{ code: 'in-words' }]
  return [{ code: found(weak) ? 'in-introduction' : 'similar-words' }]
}

function isOnlyOne(where: string | undefined): boolean {
  return where === 'team' || where === 'organisation'
}
