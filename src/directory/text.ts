import type { Facet } from './facets.ts'
import { namesIn, type Named } from './synonyms.ts'
import { queryWords, quoted, rankWords, tellingWords, whoMark, wordsIn } from './words.ts'

/** One thing that a text asks of a listing: some words, or one of the facets that they are a name of. */
export type Asked = {
  /** As a tsquery over all words of a listing. */
  readonly words: string
  /** As a tsquery over the words of who she is and what she does. */
  readonly who: string
  /** What the words are a name of: any of these will do. Empty for words that name nothing. */
  readonly facets: readonly Facet[]
  /** A facet of somebody who does this says who she is, and not only where. */
  readonly isWho: boolean
}

/** What a text asks: every part of it. */
export type TextQuery = {
  /** The words as they were typed, normalised. */
  readonly typed: readonly string[]
  readonly parts: readonly Asked[]
  /** The facets of all parts. */
  readonly facets: readonly Facet[]
  /** The roles, practices and places that were named. */
  readonly names: readonly Named[]
}

/**
 * What else a word of a text may have meant, likeliest first: another word, or two words (with a space) that were written
 * as one. Two words of a text that may have meant one are a key with a space.
 */
export type Near = ReadonlyMap<string, readonly string[]>

const shortestPrefix = 4 // shorter words must match whole: "car" is not "care"
const mostWords = 10

/** How a text is looked up, or undefined when it has no word. With `near`, similar words count as well. */
export function textQuery(text: string, near: Near = new Map()): TextQuery | undefined {
  const typed = queryWords(text)
  if (typed.length === 0) return undefined
  const { names, rest } = namesIn(wordsIn(text).slice(0, 3 * mostWords), near)
  const words = restOf(rest, names, typed).slice(0, mostWords)
  const named = names.map((name): Asked => ({
    ...asked(telling(name.words), near),
    facets: name.facets,
    isWho: isWho(name),
  }))
  const parts = words.length === 0 ? named : [...named, { ...asked(words, near), facets: [], isWho: false }]
  return { typed, parts, facets: parts.flatMap(({ facets }) => facets), names }
}

// Beside a role, "senior" or "lead" tells little, and most who are do not write it.
function restOf(rest: readonly string[], names: readonly Named[], typed: readonly string[]): readonly string[] {
  if (names.length === 0) return typed
  const isRole = names.some(({ facets }) => facets.some(({ kind }) => kind === 'role'))
  return tellingWords(rest).filter((word) => !isRole || !rankWords.has(word))
}

// A country or a language is where somebody is; a word that is only part of the name of a practice may mean something else.
function isWho({ facets, isPart }: Named): boolean {
  return isPart !== true && facets.every(({ kind }) => !placeKinds.has(kind))
}
const placeKinds: ReadonlySet<string> = new Set(['country', 'language', 'sector'])

function telling(words: readonly string[]): readonly string[] {
  const some = tellingWords(words)
  return some.length > 0 ? some : words
}

function asked(words: readonly string[], near: Near): Pick<Asked, 'words' | 'who'> {
  return { words: conjunction(words, near, ''), who: conjunction(words, near, whoMark) }
}

// `mark` is put before each word: none, or the one of words of who somebody is.
function conjunction(words: readonly string[], near: Near, mark: string): string {
  const all: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const [word = '', next] = [words[index], words[index + 1]]
    const both = next === undefined ? undefined : near.get(`${word} ${next}`)
    if (both && next !== undefined) {
      const apart = `(${alternatives(word, near, mark)} & ${alternatives(next, near, mark)})`
      all.push(`(${[apart, ...both.map((one) => quoted(mark + one))].join(' | ')})`)
      index += 1
    } else all.push(alternatives(word, near, mark))
  }
  return all.join(' & ')
}

function alternatives(word: string, near: Near, mark: string): string {
  const others = (near.get(word) ?? []).map((other) => {
    const words = other.split(' ').map((one) => quoted(mark + one))
    return words.length === 1 ? (words[0] ?? '') : `(${words.join(' & ')})`
  })
  const prefix = word.length >= shortestPrefix ? ':*' : ''
  return `(${[quoted(mark + word) + prefix, ...others].join(' | ')})`
}
