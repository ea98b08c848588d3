// How a search is worked out, from how many people it will probably find. Only time depends on it, never who is found.
import { day, later } from '../common/clock.ts'

/** A fair part of the people, by which the rest is reckoned: whoever comes first in the order drawn by lot. */
export type Sample = {
  readonly size: number
  /** How many people there are in all, roughly. */
  readonly people: number
  /** For each facet number, who of the sample has it: a bit each. */
  readonly facets: ReadonlyMap<number, Uint32Array>
  readonly open: Uint32Array
  /** The share of all people who have a word, for the words that many have. */
  readonly words: ReadonlyMap<string, number>
}

/** One row of the sample: numbers of facets with spaces between them, and when the flag ends. */
export type SampledEntry = { readonly place: string; readonly facets: string; readonly flag_ends_at: Date | null }

/** What a search asks, as far as it is reckoned with: groups of alternative facets that must all fit. */
export type Asked = {
  readonly groups: readonly (readonly number[])[]
  readonly open: boolean
  /** Each of which must fit: words as a tsquery, or one of the facets. */
  readonly parts: readonly { readonly words: string; readonly facets: readonly number[] }[]
}

/**
 * `all`: everybody who fits is found by the indexes, and then put in order. `ring`: the order is followed, a share of the
 * ring at a time; `byIndex` says whether the indexes tell who fits in each stretch, or each entry is looked at.
 */
export type Route =
  | { readonly kind: 'all' }
  | { readonly kind: 'ring'; readonly share: number; readonly byIndex: boolean }

/** How many entries a sample has, unless there are fewer. */
export const sampleSize = 4096
const ring = 2 ** 63
// Looking at an entry along the ring takes 0.8 µs. For each that fits, the index takes as long as a dozen looks: it reads the lists of
// every facet, and fetches whoever has closed her flag as well (measured at 1,000,000).
const fetchOverLook = 12
const fewEnough = 2000
const pageful = 21

/** Reads a sample: the first entries in the order, of which there are at most `sampleSize`. */
export function sampleOf(entries: readonly SampledEntry[], words: ReadonlyMap<string, number>, now: Date): Sample {
  const facets = new Map<number, Uint32Array>()
  const open = bits()
  for (const [index, entry] of entries.entries()) {
    for (const text of entry.facets.split(' ')) {
      const number = Number(text)
      const having = facets.get(number) ?? bits()
      facets.set(number, having)
      mark(having, index)
    }
    const end = entry.flag_ends_at
    if (end && end > now && end < later(now, 91 * day)) mark(open, index)
  }
  const last = entries.at(-1)
  // The order is drawn by lot, so how far the sample reaches in it says how many there are.
  const people =
    last === undefined || entries.length < sampleSize
      ? entries.length
      : Math.round(entries.length / (Number(last.place) / ring))
  return { size: entries.length, people, facets, open, words }
}

/** The share of all people that a search finds, roughly; never none. */
export function shareOf(sample: Sample, asked: Asked): number {
  if (sample.size === 0) return 1
  const least = 0.5 / Math.max(1, sample.size)
  const fitting = asked.groups.map((group) => union(sample, group))
  if (asked.open) fitting.push(sample.open)
  const byFacets = fitting.length === 0 ? 1 : Math.max(least, counted(fitting) / sample.size)
  const shares = asked.parts.map(({ words, facets }) => {
    const named = facets.length === 0 ? 0 : counted([union(sample, facets)]) / sample.size
    return Math.min(1, named + shareWithWords(sample, words))
  })
  return byFacets * together(shares)
}

/** How to find a page of those of whom there are `share`. */
export function routeFor(sample: Sample, share: number, hasText: boolean): Route {
  const many = share * sample.people
  const inOneStretch = Math.min(1, (4 * pageful) / Math.max(many, 1))
  if (hasText) return many <= fewEnough ? { kind: 'all' } : { kind: 'ring', share: inOneStretch, byIndex: true }
  const looked = pageful / share
  return looked > many * fetchOverLook ? { kind: 'all' } : { kind: 'ring', share: inOneStretch, byIndex: false }
}

/** Whether `limit` people are counted sooner along the order than by the indexes, which know all who fit before one is fetched. */
export function countsAlongOrder(sample: Sample, share: number, limit: number, hasText: boolean): boolean {
  const fetched = Math.min(limit, share * sample.people)
  const foundByIndex = (share * sample.people) / 8
  return !hasText && fetched / share < fetched * fetchOverLook + foundByIndex
}

// Words do not come independently of each other: somewhere between the rarest alone and their product.
function together(shares: readonly number[]): number {
  const product = shares.reduce((all, one) => all * one, 1)
  return Math.sqrt(Math.min(1, ...shares) * product)
}

// What the statistics know of each word, or of all words that begin so; a word that they do not know is rare.
function shareWithWords({ words, people }: Sample, query: string): number {
  const rare = 1 / Math.max(people, 1)
  const marks = [...query.matchAll(/'(?<word>(?:''|[^'])*)'(?::(?<marks>[\w*]+))?|[()&|]/g)]
  let next = 0
  const either = (): number => {
    let sum = all()
    while (marks[next]?.[0] === '|') {
      next += 1
      sum += all()
    }
    return Math.min(1, sum)
  }
  const all = (): number => {
    const shares = [one()]
    while (marks[next]?.[0] === '&') {
      next += 1
      shares.push(one())
    }
    return together(shares)
  }
  const one = (): number => {
    const mark = marks[next]
    next += 1
    if (mark === undefined) return rare
    if (mark[0] === '(') {
      const share = either()
      next += 1
      return share
    }
    const word = (mark.groups?.['word'] ?? '').replaceAll("''", "'")
    const share = mark.groups?.['marks']?.includes('*') === true ? shareOfPrefix(words, word) : (words.get(word) ?? 0)
    return Math.max(rare, share)
  }
  return either()
}

function shareOfPrefix(words: ReadonlyMap<string, number>, prefix: string): number {
  let share = 0
  for (const [word, one] of words) if (word.startsWith(prefix)) share += one
  return share
}

function bits(): Uint32Array {
  return new Uint32Array(sampleSize / 32)
}

function mark(having: Uint32Array, index: number): void {
  having[index >>> 5] = (having[index >>> 5] ?? 0) | (1 << (index & 31))
}

function union({ facets }: Sample, group: readonly number[]): Uint32Array {
  const all = bits()
  for (const number of group)
    for (const [index, word] of (facets.get(number) ?? []).entries()) all[index] = (all[index] ?? 0) | word
  return all
}

function counted(fitting: readonly Uint32Array[]): number {
  let count = 0
  for (let index = 0; index < sampleSize / 32; index += 1) {
    let word = -1
    for (const one of fitting) word &= one[index] ?? 0
    for (; word !== 0; word &= word - 1) count += 1
  }
  return count
}
