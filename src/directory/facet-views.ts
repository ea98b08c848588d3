import type { Reader } from '../database/database.ts'
import { everyFacet, facetKey, type Facet } from './facets.ts'
import { entryCount, facetIds } from './store.ts'

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

/**
 * How long a stretch of the order drawn by lot is that holds about so many entries, or undefined where there are not that many. The
 * same until the directory has doubled, so that what is read from it stays the same all day.
 */
export async function stretchOf(reader: Reader, entries: number): Promise<bigint | undefined> {
  const count = await entriesKnown(reader)
  const share = Math.floor(Math.log2(count / entries)) // the order has 2 to the power of 63 places
  return share >= 1 ? 1n << BigInt(63 - share) : undefined
}

const countedAgainAfter = 600_000 // milliseconds
const counts = new WeakMap<object, { readonly count: number; readonly until: number }>()

async function entriesKnown(reader: Reader): Promise<number> {
  const { connection } = reader.manager
  const known = counts.get(connection)
  if (known && known.until > performance.now()) return known.count
  const count = await entryCount(reader)
  counts.set(connection, { count, until: performance.now() + countedAgainAfter })
  return count
}
