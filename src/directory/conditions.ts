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

/** `who`: the text must fit who somebody is and what she does. `look`: see `entriesFor`. */
export type How = { readonly who?: boolean; readonly look?: boolean }

/**
 * The visible entries that fit a query, as the `from … where …` of a statement. With `look` each entry is looked at, for when so many fit
 * that an index would only cost time: of facets that come together the planner does not know that.
 */
export function entriesFor(
  given: Parameters,
  sight: Sight,
  query: SearchQuery,
  text: TextQuery | undefined,
  numbers: FacetNumbers,
  how: How = {},
): string {
  return [visibleEntries(given, sight), ...fittingIn(given, sight, query, text, numbers, how)].join('\n    and ')
}

/** What a query asks of an entry `e`, as conditions that must all hold; none for a query that asks nothing. */
export function fittingIn(
  given: Parameters,
  sight: Sight,
  query: SearchQuery,
  text: TextQuery | undefined,
  numbers: FacetNumbers,
  { who = false, look = false }: How = {},
): readonly string[] {
  const ids = numbersAsked(query, numbers)
  const single = ids.filter((group) => group.length === 1).flat()
  const several = ids.filter((group) => group.length > 1)
  const looked = (condition: string): string => (look ? `coalesce(${condition}, false)` : condition)
  return [
    ...(single.length === 0 ? [] : [looked(`e.facets @> ${given.add(single)}::smallint[]`)]),
    ...several.map((group) => looked(`e.facets && ${given.add(group)}::smallint[]`)),
    ...(wantsOpen(query) ? [isOpen(given, sight)] : []),
    ...(text === undefined ? [] : [textCondition(given, text, numbers, who)]),
  ]
}

/** The numbers of the facets that a query asks for: those of one group are alternatives. */
export function numbersAsked(query: SearchQuery, numbers: FacetNumbers): readonly (readonly number[])[] {
  return facetGroups(query).map((facets) => numbersOf(facets, numbers))
}

// Every part of the text: its words, or a facet that they are a name of.
function textCondition(given: Parameters, text: TextQuery, numbers: FacetNumbers, who: boolean): string {
  return text.parts
    .map((part) => {
      const inWords = `e.tsv @@ ${given.add(who ? part.who : part.words)}::tsquery`
      const { facets } = part
      if (facets.length === 0 || (who && !part.isWho)) return inWords
      return `(${inWords} or e.facets && ${given.add(numbersOf(facets, numbers))}::smallint[])`
    })
    .join('\n    and ')
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

/** Their numbers; -1, which fits nobody, for a value that the table lacks. */
export function numbersOf(facets: readonly Facet[], numbers: FacetNumbers): number[] {
  return facets.map((facet) => numbers.get(facetKey(facet)) ?? -1)
}
