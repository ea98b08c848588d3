// Sets of entries by their number in a table, for counting. Two forms: a bit for each entry, or, where few are in it, a list.

/** A bit for each number from 0 on; numbers beyond its end are not in it. */
export type Bits = Uint32Array<ArrayBuffer>

/** A set that grows: a list of numbers while they are few, bits from then on. */
export type Growing = { bits: Bits | undefined; list: Uint32Array<ArrayBuffer>; count: number }

/** An empty set that can grow. */
export function growing(): Growing {
  return { bits: undefined, list: new Uint32Array(4), count: 0 }
}

/** Bits for `size` numbers, none of them set. */
export function noBits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5)
}

/** Adds a number that is not in the set yet. */
export function addTo(set: Growing, number: number): void {
  if (set.bits) {
    if (number >>> 5 >= set.bits.length) set.bits = longer(set.bits, number >>> 5)
    setBit(set.bits, number)
  } else {
    if (set.count === set.list.length) set.list = longer(set.list, set.count)
    set.list[set.count] = number
  }
  set.count += 1
}

/** Gives a list its bits once they take less room: when one number in 32 is in it. */
export function settle(set: Growing, size: number): void {
  if (set.bits || set.count * 32 < size) return
  const bits = noBits(size)
  for (let index = 0; index < set.count; index += 1) setBit(bits, set.list[index] ?? 0)
  set.bits = bits
  set.list = new Uint32Array(0)
}

/** The same numbers, with room for `index` and as much again. */
export function longer(numbers: Bits, index: number): Bits {
  const more = new Uint32Array(Math.max(8, 2 * index))
  more.set(numbers)
  return more
}

export function setBit(bits: Bits, number: number): void {
  bits[number >>> 5] = (bits[number >>> 5] ?? 0) | (1 << (number & 31))
}

export function clearBit(bits: Bits, number: number): void {
  if (number >>> 5 < bits.length) bits[number >>> 5] = (bits[number >>> 5] ?? 0) & ~(1 << (number & 31))
}

export function hasBit(bits: Bits, number: number): boolean {
  return (((bits[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1
}

/** Takes out of `bits` what is in none of these sets. */
export function keepAny(bits: Bits, sets: readonly Growing[]): void {
  const [only] = sets
  if (sets.length === 1 && only?.bits) return keep(bits, only.bits)
  const any = new Uint32Array(bits.length)
  for (const set of sets) {
    if (set.bits) for (let word = 0; word < any.length; word += 1) any[word] = (any[word] ?? 0) | (set.bits[word] ?? 0)
    else for (let index = 0; index < set.count; index += 1) setBit(any, set.list[index] ?? 0)
  }
  keep(bits, any)
}

/** Takes out of `bits` what is not in `other`. */
export function keep(bits: Bits, other: Bits): void {
  const shared = Math.min(bits.length, other.length)
  for (let word = 0; word < shared; word += 1) bits[word] = (bits[word] ?? 0) & (other[word] ?? 0)
  bits.fill(0, shared)
}

/** How many numbers are in it. */
export function countBits(bits: Bits): number {
  let sum = 0
  for (let word = 0; word < bits.length; word += 1) sum += ones(bits[word] ?? 0)
  return sum
}

/** How many numbers are in both. */
export function countShared(bits: Bits, set: Growing): number {
  let sum = 0
  if (set.bits) {
    const shared = Math.min(bits.length, set.bits.length)
    for (let word = 0; word < shared; word += 1) sum += ones((bits[word] ?? 0) & (set.bits[word] ?? 0))
  } else {
    const { list, count } = set
    for (let index = 0; index < count; index += 1) {
      const number = list[index] ?? 0
      sum += ((bits[number >>> 5] ?? 0) >>> (number & 31)) & 1
    }
  }
  return sum
}

/** Calls `visit` with each number in it, from the smallest on. */
export function eachBit(bits: Bits, visit: (number: number) => void): void {
  for (let word = 0; word < bits.length; word += 1) {
    for (let rest = bits[word] ?? 0; rest !== 0; rest &= rest - 1) visit((word << 5) + 31 - Math.clz32(rest & -rest))
  }
}

// How many of 32 bits are set, by sums of ever larger groups.
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
