import { clearBit, countBits, countShared, eachBit, keep, keepAny, noBits, setBit, type Bits } from './count-bits.ts'
import { numberOf, seenAt, type CountTable } from './count-table.ts'
import { facetGroups, wantsOpen, type FacetNumbers } from './conditions.ts'
import { queryFor } from './counting.ts'
import { facetKey, facetKinds, type FacetKind } from './facets.ts'
import { audienceNumber, type Audience } from './order.ts'
import type { SearchQuery } from './query.ts'

/** Whom one reader and this node keep apart: see `keptApart` in visible.ts. */
export type Apart = {
  readonly origins: readonly number[]
  readonly lids: readonly bigint[]
  readonly accounts: readonly string[]
}

/** What is counted for one reader. */
export type Asked = {
  readonly now: Date
  readonly audience: Audience
  readonly query: SearchQuery
  readonly apart: Apart | undefined
  /** The people whom its words find; undefined where it has no words. */
  readonly among: readonly bigint[] | undefined
}

/** How many people: by facetKey, without values that nobody has; and those who are open. */
export type Tally = { readonly values: Map<string, number>; readonly open: number }

/** Counts, for each kind of facet, the people who fit the rest of a query. A few milliseconds for a million. */
export function tally(table: CountTable, asked: Asked, numbers: FacetNumbers): Tally {
  const { query } = asked
  const seen = seenAt(table, asked.now.getTime())
  const people = peopleFor(table, seen.people[audienceNumber[asked.audience] - 1] ?? noBits(0), asked)
  const fitting = (part: SearchQuery): Bits => {
    const bits = people.slice()
    for (const group of facetGroups(part)) {
      const sets = group.flatMap((facet) => table.numbers.get(numbers.get(facetKey(facet)) ?? -1) ?? [])
      keepAny(bits, sets)
    }
    if (wantsOpen(part)) keep(bits, seen.open)
    return bits
  }
  const values = new Map<string, number>()
  const alike = Map.groupBy(facetKinds, (kind) => JSON.stringify(queryFor(kind, query)))
  for (const kinds of alike.values()) {
    const [first] = kinds
    if (first !== undefined) countKinds(table, fitting(queryFor(first, query)), kinds, numbers, values)
  }
  return { values, open: countBits(fitting({ ...query, open: true })) }
}

function peopleFor(table: CountTable, seen: Bits, { apart, among }: Asked): Bits {
  const people = seen.slice()
  if (among) {
    const found = noBits(table.lids.length)
    for (const lid of among) {
      const number = numberOf(table, lid)
      if (number !== undefined) setBit(found, number)
    }
    keep(people, found)
  }
  if (!apart) return people
  for (const lid of apart.lids) {
    const number = numberOf(table, lid)
    if (number !== undefined) clearBit(people, number)
  }
  for (const account of apart.accounts)
    for (const number of table.byAccount.get(account) ?? []) clearBit(people, number)
  if (apart.origins.length > 0) {
    const origins = new Set(apart.origins)
    for (let number = 0; number < table.size; number += 1)
      if (origins.has(table.origins[number] ?? -1)) clearBit(people, number)
  }
  return people
}

// Few people: the facets of each. Many: the people of each facet.
function countKinds(
  table: CountTable,
  people: Bits,
  kinds: readonly FacetKind[],
  numbers: FacetNumbers,
  values: Map<string, number>,
): void {
  const wanted = kinds.flatMap((kind) => valuesOf(numbers).get(kind) ?? [])
  if (countBits(people) * 20 < table.size) {
    const counts = new Uint32Array(1 << 15)
    eachBit(people, (number) => {
      const end = table.firstFacet[number + 1] ?? 0
      for (let index = table.firstFacet[number] ?? 0; index < end; index += 1) {
        const facet = table.facets[index] ?? 0
        counts[facet] = (counts[facet] ?? 0) + 1
      }
    })
    for (const { key, number } of wanted) {
      const count = counts[number] ?? 0
      if (count > 0) values.set(key, count)
    }
    return
  }
  for (const { key, number } of wanted) {
    const set = table.numbers.get(number)
    const count = set ? countShared(people, set) : 0
    if (count > 0) values.set(key, count)
  }
}

type Value = { readonly key: string; readonly number: number }

function valuesOf(numbers: FacetNumbers): ReadonlyMap<string, readonly Value[]> {
  const known = byKind.get(numbers)
  if (known) return known
  const made = Map.groupBy(
    [...numbers].map(([key, number]): Value => ({ key, number })),
    ({ key }) => key.slice(0, key.indexOf(':')),
  )
  byKind.set(numbers, made)
  return made
}

// By the map that `facetIds` keeps: one for each database.
const byKind = new WeakMap<FacetNumbers, ReadonlyMap<string, readonly Value[]>>()
