import { languages, vocabulary, type Concept } from '../common/vocabularies.ts'
import type { Facet } from './facets.ts'
import { wordsIn } from './words.ts'

/** Words of a query that name something we know: "head of product" is a product manager. */
export type Named = {
  readonly facets: readonly Facet[]
  /** The words of the query that are not part of the name. */
  readonly rest: readonly string[]
  /** The title as our list writes it, when it is another title than the role's own. */
  readonly title?: Concept
}

/**
 * The longest run of words in `text` that is a role, another title for a role, a family of roles or a practice, in English
 * or Welsh; undefined when there is none. Plural s and capitals do not matter. Looked up when somebody searches, so that a
 * longer list of titles needs no new index.
 */
export function named(text: string): Named | undefined {
  const words = wordsIn(text)
  for (let length = Math.min(words.length, longestName()); length > 0; length -= 1) {
    for (let start = 0; start + length <= words.length; start += 1) {
      const entry = names().get(nameKey(words.slice(start, start + length)))
      if (entry) return { ...entry, rest: [...words.slice(0, start), ...words.slice(start + length)] }
    }
  }
  return undefined
}

type Entry = Pick<Named, 'facets' | 'title'>
let known: ReadonlyMap<string, Entry> | undefined
let longest = 0

function names(): ReadonlyMap<string, Entry> {
  if (known) return known
  const made = new Map<string, Entry>()
  const add = (entry: Concept, facets: readonly Facet[], title?: Concept): void => {
    for (const language of languages) {
      const words = wordsIn(entry.label[language])
      longest = Math.max(longest, words.length)
      const key = nameKey(words)
      const before = made.get(key)
      made.set(key, { facets: [...(before?.facets ?? []), ...facets], ...(title && !before ? { title } : {}) })
    }
  }
  for (const role of vocabulary('roles').concepts)
    add(role, [{ kind: role.broader === undefined ? 'role-family' : 'role', value: role.id }])
  for (const title of vocabulary('role-titles').concepts) {
    if (title.broader !== undefined) add(title, [{ kind: 'role', value: title.broader }], title)
  }
  for (const practice of vocabulary('practices').concepts) {
    if (practice.broader !== undefined)
      add(practice, [
        { kind: 'share', value: practice.id },
        { kind: 'want', value: practice.id },
      ])
  }
  known = made
  return made
}

function longestName(): number {
  names()
  return longest
}

function nameKey(words: readonly string[]): string {
  return words.map((word) => (word.length > 3 ? word.replace(/s$/, '') : word)).join(' ')
}
