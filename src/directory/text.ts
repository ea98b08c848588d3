import type { Facet } from './facets.ts'
import { named, type Named } from './synonyms.ts'
import { queryWords, quoted, tellingWords, wordsIn } from './words.ts'

/** What a text asks: all its words; or, where some of them name a role or practice, that facet and the other words. */
export type TextQuery = {
  /** The words as they were typed, normalised. */
  readonly typed: readonly string[]
  /** As a tsquery. */
  readonly words: string
  readonly facets: readonly Facet[]
  /** The words that are not part of the name, as a tsquery; undefined when there are none. */
  readonly rest: string | undefined
  readonly name: Named | undefined
}

/** Words like a word that nobody has, nearest first. */
export type Near = ReadonlyMap<string, readonly string[]>

const shortestPrefix = 4 // shorter words must match whole: "car" is not "care"

/** How a text is looked up, or undefined when it has no word. With `near`, similar words count as well. */
export function textQuery(text: string, near: Near = new Map()): TextQuery | undefined {
  const words = queryWords(text)
  if (words.length === 0) return undefined
  const mended = wordsIn(text)
    .map((word) => near.get(word)?.[0] ?? word)
    .join(' ')
  const name = named(text) ?? (near.size === 0 ? undefined : named(mended))
  const rest = name === undefined ? [] : tellingWords(name.rest)
  return {
    typed: words,
    words: conjunction(words, near),
    facets: name?.facets ?? [],
    rest: rest.length === 0 ? undefined : conjunction(rest, near),
    name,
  }
}

/** How many typing errors a word may have: one up to five letters, two beyond, none below three. */
export function allowedErrors(word: string): number {
  if (word.length < 3) return 0
  return word.length <= 5 ? 1 : 2
}

/** How many letters were left out, added, changed, or swapped with their neighbour. */
export function typingErrors(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1]
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      line.push(
        Math.min(
          at(last, column) + 1,
          at(line, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Infinity,
        ),
      )
    }
    before = last
    last = line
  }
  return at(last, other.length)
}

/** The words that come of swapping two neighbours or leaving one letter out: what trigrams miss in short words. */
export function misspellings(word: string): readonly string[] {
  const letters = Array.from(word)
  const swapped = letters
    .slice(1)
    .map((letter, index) => [...letters.slice(0, index), letter, letters[index], ...letters.slice(index + 2)].join(''))
  const shorter = letters.map((_, index) => letters.toSpliced(index, 1).join(''))
  return [...new Set([...swapped, ...shorter])].filter((other) => other !== word)
}

/** The nearest of `candidates` to a word that nobody has: at most eight. */
export function nearest(word: string, candidates: Iterable<string>): readonly string[] {
  return byTypingErrors(word, candidates).slice(0, 8)
}

/** Those of `candidates` that are a typing error away from a word, each once, nearest first. */
export function byTypingErrors(word: string, candidates: Iterable<string>): readonly string[] {
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, errors: typingErrors(word, candidate) }))
    .filter(({ errors }) => errors <= allowedErrors(word))
    .toSorted((one, other) => one.errors - other.errors || (one.candidate < other.candidate ? -1 : 1))
    .map(({ candidate }) => candidate)
}

function conjunction(words: readonly string[], near: Near): string {
  return words.map((word) => `(${[prefix(word), ...(near.get(word) ?? []).map(quoted)].join(' | ')})`).join(' & ')
}

function prefix(word: string): string {
  return word.length >= shortestPrefix ? `${quoted(word)}:*` : quoted(word)
}

function at(line: readonly number[], index: number): number {
  return line[index] ?? Infinity
}
