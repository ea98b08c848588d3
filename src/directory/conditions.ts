import { facetKey, type Facet } from './facets.ts'
import { alternatives, listParts, type ListPart, type SearchQuery } from './query.ts'
import type { TextQuery } from './text.ts'
import { isOpen, visibleEntries, type Parameters, type Sight } from './visible.ts'

/** The numbers of facets in this node's table, by facetKey. */
export type FacetNumbers = ReadonlyMap<string, number>

/** Every facet that a query names: those whose numbers `entriesFor` needs. */
export function facetsIn(query: SearchQuery, text: TextQuery | undefined): readonly Facet[] {
  return [...facetGroups(query).flat(), ...(text?.facets ?? [])]
}

/** The visible entries that fit a query, as the `from … where …` of a statement. */
export function entriesFor(
  given: Parameters,
  sight: Sight,
  query: SearchQuery,
  text: TextQuery | undefined,
  numbers: FacetNumbers,
): string {
  const ids = facetGroups(query).map((facets) => numbersOf(facets, numbers))
  const single = ids.filter((group) => group.length === 1).flat()
  const several = ids.filter((group) => group.length > 1)
  return [
    visibleEntries(given, sight),
    ...(single.length === 0 ? [] : [`e.facets @> ${given.add(single)}::smallint[]`]),
    ...several.map((group) => `e.facets && ${given.add(group)}::smallint[]`),
    ...(wantsOpen(query) ? [isOpen(given, sight)] : []),
    ...(text === undefined ? [] : [textCondition(given, text, numbers)]),
  ].join('\n    and ')
}

function textCondition(given: Parameters, text: TextQuery, numbers: FacetNumbers): string {
  const words = `e.tsv @@ ${given.add(text.words)}::tsquery`
  if (text.facets.length === 0) return words
  const name = `e.facets && ${given.add(numbersOf(text.facets, numbers))}::smallint[]`
  return text.rest === undefined
    ? `(${words} or ${name})`
    : `(${words} or (${name} and e.tsv @@ ${given.add(text.rest)}::tsquery))`
}

const nowhere = 'none' // no country's code

/** What a query asks of facets: those of one group are alternatives, and all groups must fit. */
export function facetGroups(query: SearchQuery): readonly (readonly Facet[])[] {
  const of = (...parts: readonly ListPart[]): Facet[] =>
    parts.flatMap((part) => (query[part] ?? []).map((value): Facet => ({ kind: listParts[part].facet, value })))
  const { onlyOne, hours } = query
  const places = onlyOne === 'any' ? ['team', 'organisation'] : onlyOne === undefined ? [] : [onlyOne]
  const near = query.near ?? []
  // Where nothing is near, or nobody asked for whom, "near" fits nobody.
  const nearby = hours === undefined ? [] : near.length === 0 ? [nowhere] : near
  return [
    ...alternatives.map((parts) => of(...parts)),
    places.map((value): Facet => ({ kind: 'only-one', value })),
    nearby.map((value): Facet => ({ kind: 'country', value })),
  ].filter((group) => group.length > 0)
}

/** Whether a query asks for open people: what a flag offers is no offer any more when the flag is down. */
export function wantsOpen(query: SearchQuery): boolean {
  return query.open === true || (query.kinds ?? []).length > 0
}

// -1 is no facet's number: a value that the table lacks fits nobody.
function numbersOf(facets: readonly Facet[], numbers: FacetNumbers): number[] {
  return facets.map((facet) => numbers.get(facetKey(facet)) ?? -1)
}
