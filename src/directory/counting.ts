import type { FacetKind } from './facets.ts'
import { alternatives, listParts, type SearchQuery } from './query.ts'
import { mayBeTold, type Total } from './total.ts'

/**
 * How many people each value of each facet would find, were it the only choice in its facet, beside whatever else a query
 * asks. For a value of a facet that the query does not name: how many are left when it is added.
 */
export type FacetCounts = {
  /** By facetKey. A value that is missing finds nobody, or, where `isAbout`, too few to say. */
  readonly values: ReadonlyMap<string, Total>
  /** How many are open to a chat now. */
  readonly open: Total
  /** Reckoned from a fair part of the people: two digits of each number are right, give or take. */
  readonly isAbout: boolean
  /** The moment whose state was counted. */
  readonly asOf: Date
}

/** A count as it may be told: nothing between nought and ten. Unlike a total it goes on beyond a thousand. */
export function countTotal(count: number): Total {
  return mayBeTold(count) ? { value: count, relation: 'equal' } : { value: 10, relation: 'fewer' }
}

/** A reckoned count, of which two digits are told. */
export function aboutTotal(count: number): Total {
  return countTotal(count < 1 ? 0 : Number(count.toPrecision(2)))
}

/**
 * The query whose people are counted for the values of one kind: without what it asks of that kind itself, so that the
 * other choices can be seen. Only an open flag offers kinds of conversation, so those are counted among open people.
 */
export function queryFor(kind: FacetKind, query: SearchQuery): SearchQuery {
  const own = new Set<string>(alternatives.find((parts) => parts.some((part) => listParts[part].facet === kind)))
  if (kind === 'only-one') own.add('onlyOne')
  const { after: _after, ...first } = query
  const others = Object.fromEntries(Object.entries(first).filter(([part]) => !own.has(part)))
  return kind === 'kind' ? { ...others, open: true } : others
}
