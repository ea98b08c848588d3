import type { Reader } from '../database/database.ts'
import { everyFacet, facetKey, type Facet } from './facets.ts'
import { facetIds } from './store.ts'

/** The numbers of those of `facets` that the table has, in their order. A list that is not empty never becomes so: -1 fits nobody. */
export async function facetNumbers(reader: Reader, facets: readonly Facet[]): Promise<readonly number[]> {
  const numbers = await facetIds(reader, facets)
  return facets.map((facet) => numbers.get(facetKey(facet)) ?? -1)
}

/** What the numbers of facets stand for, as far as the table has them. */
export async function facetsByNumber(reader: Reader): Promise<ReadonlyMap<number, Facet>> {
  const numbers = await facetIds(reader, [])
  const known = byNumber.get(numbers)
  if (known) return known
  const facets = new Map(
    everyFacet().flatMap((facet) => {
      const number = numbers.get(facetKey(facet))
      return number === undefined ? [] : [[number, facet] as const]
    }),
  )
  byNumber.set(numbers, facets)
  return facets
}

const byNumber = new WeakMap<ReadonlyMap<string, number>, ReadonlyMap<number, Facet>>()
