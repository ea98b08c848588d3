import { day } from '../common/clock.ts'
import {
  addTo,
  clearBit,
  growing,
  hasBit,
  longer,
  noBits,
  setBit,
  settle,
  type Bits,
  type Growing,
} from './count-bits.ts'

// All entries of the directory, as far as counting needs them, in memory: an entry has a number, a facet value is the set of its
// numbers. One that changes gets a new number, and its former one is dead. Times are milliseconds.

/** One entry of the directory. */
export type CountedEntry = {
  readonly lid: bigint
  readonly originId: number
  readonly audience: number
  readonly endsAt: number
  /** NaN when there is no flag. */
  readonly flagEndsAt: number
  readonly accountId: string | undefined
  readonly facets: readonly number[]
}

/** What of an origin decides whether its people may be shown. */
export type CountedOrigin = { readonly originId: number; readonly validUntil: number; readonly isKeptAway: boolean }

/** Who may be seen, and who of them is open, from one moment until before another. */
export type Seen = { readonly from: number; until: number; readonly people: readonly Bits[]; readonly open: Bits }

export type CountTable = {
  size: number
  dead: number
  facetsInAll: number
  lids: BigUint64Array<ArrayBuffer>
  origins: Int32Array<ArrayBuffer>
  audiences: Uint8Array<ArrayBuffer>
  ends: Float64Array<ArrayBuffer>
  flagEnds: Float64Array<ArrayBuffer>
  live: Bits
  firstFacet: Bits
  facets: Uint16Array<ArrayBuffer>
  readonly numbers: Map<number, Growing>
  byLid: Int32Array<ArrayBuffer>
  readonly byAccount: Map<string, number[]>
  /** By their numbers, which have no large gaps. */
  readonly origin: CountedOrigin[]
  hidden: ReadonlySet<bigint>
  seen: Seen | undefined
}

/** A table without anybody. */
export function emptyTable(): CountTable {
  return {
    size: 0,
    dead: 0,
    facetsInAll: 0,
    lids: new BigUint64Array(64),
    origins: new Int32Array(64),
    audiences: new Uint8Array(64),
    ends: new Float64Array(64),
    flagEnds: new Float64Array(64),
    live: noBits(64),
    firstFacet: new Uint32Array(65),
    facets: new Uint16Array(1024),
    numbers: new Map(),
    byLid: new Int32Array(128),
    byAccount: new Map(),
    origin: [],
    hidden: new Set(),
    seen: undefined,
  }
}

/** Puts an entry in, in place of what the table had of it. */
export function putEntry(table: CountTable, entry: CountedEntry): void {
  takeEntry(table, entry.lid)
  if (table.size === table.lids.length) grow(table)
  const number = table.size
  table.size += 1
  table.lids[number] = entry.lid
  table.origins[number] = entry.originId
  table.audiences[number] = entry.audience
  table.ends[number] = entry.endsAt
  table.flagEnds[number] = entry.flagEndsAt
  setBit(table.live, number)
  putFacets(table, number, entry.facets)
  table.byLid[placeFor(table, entry.lid)] = number + 1
  if (entry.accountId !== undefined) {
    const own = table.byAccount.get(entry.accountId)
    if (own) own.push(number)
    else table.byAccount.set(entry.accountId, [number])
  }
  if (table.seen && !table.hidden.has(entry.lid)) look(table, table.seen, number)
}

/** Takes an entry out, if it is there. */
export function takeEntry(table: CountTable, lid: bigint): void {
  const number = numberOf(table, lid)
  if (number === undefined) return
  clearBit(table.live, number)
  table.dead += 1
  if (table.seen) unsee(table.seen, number)
}

/** The number of a living entry. */
export function numberOf(table: CountTable, lid: bigint): number | undefined {
  const number = (table.byLid[placeFor(table, lid)] ?? 0) - 1
  return number >= 0 && hasBit(table.live, number) ? number : undefined
}

/** Sets what decides about origins. */
export function putOrigins(table: CountTable, origins: readonly CountedOrigin[]): void {
  for (const origin of origins) table.origin[origin.originId] = origin
  table.seen = undefined
}

/** Sets which entries moderators hide. */
export function hideEntries(table: CountTable, lids: readonly bigint[]): void {
  table.hidden = new Set(lids)
  table.seen = undefined
}

/** To be called after many entries came: makes counting quick again. */
export function settleTable(table: CountTable): void {
  for (const set of table.numbers.values()) settle(set, table.size)
}

/** Whether so many numbers are dead that the table had better be read anew. */
export function isWorn(table: CountTable): boolean {
  return table.dead > 5000 && table.dead * 4 > table.size
}

/** Who may be seen at a moment, as `visibleEntries` has it, without what only concerns one reader. Not to be changed. */
export function seenAt(table: CountTable, now: number): Seen {
  const { seen } = table
  if (seen && seen.from <= now && now < seen.until) return seen
  const room = table.lids.length
  const fresh = { from: now, until: Infinity, people: [noBits(room), noBits(room)], open: noBits(room) }
  table.origin.forEach(({ validUntil }) => {
    if (validUntil > now) fresh.until = Math.min(fresh.until, validUntil)
  })
  for (let number = 0; number < table.size; number += 1) look(table, fresh, number)
  for (const lid of table.hidden) unsee(fresh, numberOf(table, lid))
  table.seen = fresh
  return fresh
}

const longestFlag = 91 * day

// Puts one entry where it belongs at `seen.from`, and moves `seen.until` to when that ends, if that is sooner.
function look(table: CountTable, seen: Seen, number: number): void {
  const endsAt = table.ends[number] ?? 0
  if (endsAt <= seen.from || !hasBit(table.live, number)) return
  const origin = table.origin[table.origins[number] ?? -1]
  if (!origin || origin.isKeptAway || origin.validUntil <= seen.from) return
  const people = seen.people[(table.audiences[number] ?? 0) - 1]
  if (!people) return
  setBit(people, number)
  if (endsAt < seen.until) seen.until = endsAt
  const flagEndsAt = table.flagEnds[number] ?? Number.NaN
  if (!(flagEndsAt > seen.from)) return
  const opens = flagEndsAt - longestFlag // nobody's flag before that
  if (opens < seen.from) {
    setBit(seen.open, number)
    if (flagEndsAt < seen.until) seen.until = flagEndsAt
  } else if (opens < seen.until) seen.until = opens + 1
}

function unsee(seen: Seen, number: number | undefined): void {
  if (number !== undefined) for (const bits of [...seen.people, seen.open]) clearBit(bits, number)
}

function putFacets(table: CountTable, number: number, facets: readonly number[]): void {
  const first = table.facetsInAll
  if (first + facets.length > table.facets.length) {
    const more = new Uint16Array(2 * table.facets.length + facets.length)
    more.set(table.facets)
    table.facets = more
  }
  for (const facet of facets) {
    table.facets[table.facetsInAll] = facet
    table.facetsInAll += 1
    const set = table.numbers.get(facet)
    if (set) addTo(set, number)
    else {
      const fresh = growing()
      addTo(fresh, number)
      table.numbers.set(facet, fresh)
    }
  }
  table.firstFacet[number + 1] = table.facetsInAll
}

// The place of a lid in `byLid`, or where it would be: the lids are drawn by lot, so their own bits spread them. A dead entry keeps
// its place for when it comes again.
function placeFor(table: CountTable, lid: bigint): number {
  const mask = table.byLid.length - 1
  for (let place = Number(lid & 0x7fffffffn) & mask; ; place = (place + 1) & mask) {
    const number = (table.byLid[place] ?? 0) - 1
    if (number < 0 || table.lids[number] === lid) return place
  }
}

function grow(table: CountTable): void {
  const room = 2 * table.lids.length
  const { lids, origins, audiences, ends, flagEnds } = table
  table.lids = new BigUint64Array(room)
  table.origins = new Int32Array(room)
  table.audiences = new Uint8Array(room)
  table.ends = new Float64Array(room)
  table.flagEnds = new Float64Array(room)
  table.lids.set(lids)
  table.origins.set(origins)
  table.audiences.set(audiences)
  table.ends.set(ends)
  table.flagEnds.set(flagEnds)
  table.live = longer(table.live, room >>> 6)
  const firsts = new Uint32Array(room + 1)
  firsts.set(table.firstFacet)
  table.firstFacet = firsts
  table.byLid = new Int32Array(2 * room)
  for (let number = 0; number < table.size; number += 1)
    table.byLid[placeFor(table, table.lids[number] ?? 0n)] = number + 1
  table.seen = undefined // its bits end here
}
