import { countries, languages, vocabulary, type Concept } from '../common/vocabularies.ts'
import { languageCodes, type Facet } from './facets.ts'
import type { Near } from './text.ts'
import { wordsIn } from './words.ts'

/** Words of a query that name something we know: "head of product" is a product manager. */
export type Named = {
  /** What they name: any of these. */
  readonly facets: readonly Facet[]
  /** The words as they were typed. */
  readonly words: readonly string[]
  /** The title as our list writes it, when it is another title than the role's own. */
  readonly title?: Concept
  /** One word of the name of a practice, which may mean something else. */
  readonly isPart?: true
}

/** What of a text names something, and the words that are left. */
export type Names = { readonly names: readonly Named[]; readonly rest: readonly string[] }

const mostSpellings = 60
const shortestPart = 5
const mostPractices = 3

/**
 * The longest runs of words that are a role, another title for a role, a family of roles, a practice, a sector, a country
 * or a language, in any language of our lists, however they are parted; with `near`, also when they are so but for typing
 * errors. Looked up when somebody searches, so that a longer list of titles needs no new index.
 */
export function namesIn(words: readonly string[], near: Near = new Map()): Names {
  const longest = Math.min(words.length, longestName())
  for (let length = longest; length > 0; length -= 1) {
    for (let start = 0; start + length <= words.length; start += 1) {
      const run = words.slice(start, start + length)
      const entry = nameOf(run, near)
      if (entry === undefined) continue
      const [before, after] = [namesIn(words.slice(0, start), near), namesIn(words.slice(start + length), near)]
      return {
        names: [...before.names, { ...entry, words: run }, ...after.names],
        rest: [...before.rest, ...after.rest],
      }
    }
  }
  return { names: [], rest: words }
}

/** Words of the names of our lists: nobody's in particular, so everyone may know that they exist. */
export function vocabularyWords(): ReadonlySet<string> {
  return index().words
}

type Entry = Omit<Named, 'words'>
type Index = {
  readonly names: ReadonlyMap<string, Entry>
  readonly words: ReadonlySet<string>
  /** The most words that a name can have. */
  readonly longest: number
}

function nameOf(run: readonly string[], near: Near): Entry | undefined {
  const { names } = index()
  for (const spelling of spellings(run, near)) {
    const entry = names.get(nameKey(spelling))
    if (entry) return entry
  }
  return undefined
}

// The run as typed, then with each word as it may have been meant.
function spellings(run: readonly string[], near: Near): readonly (readonly string[])[] {
  let all: (readonly string[])[] = [[]]
  for (const word of run) {
    const options = [word, ...(near.get(word) ?? [])].map((one) => one.split(' '))
    all = all.flatMap((begun) => options.map((option) => [...begun, ...option])).slice(0, mostSpellings)
  }
  return all
}

function longestName(): number {
  return index().longest
}

function index(): Index {
  known ??= made()
  return known
}
let known: Index | undefined

// The languages in which countries and languages are known by name, beside those of the pages.
const placeLanguages = ['de', 'fr', 'nl', 'es', 'pl', 'ga', 'sv', 'it', 'pt']

function made(): Index {
  const names = new Map<string, Entry>()
  const words = new Set<string>()
  const size = { longest: 1 }
  const add = (label: string, facets: readonly Facet[], title?: Concept): void => {
    for (const form of formsOf(label)) {
      const parts = wordsIn(form)
      if (parts.length === 0) continue
      for (const word of parts) words.add(word)
      size.longest = Math.max(size.longest, parts.length + 1) // one more for a word that was parted
      const key = nameKey(parts)
      const before = names.get(key)
      const isNew = (facet: Facet): boolean =>
        before?.facets.some(({ kind, value }) => kind === facet.kind && value === facet.value) !== true
      names.set(key, {
        facets: [...(before?.facets ?? []), ...facets.filter(isNew)],
        ...(title && !before ? { title } : before?.title ? { title: before.title } : {}),
      })
    }
  }
  const each = (entry: Concept, facets: readonly Facet[], title?: Concept): void => {
    for (const label of Object.values(entry.label)) add(label, facets, title)
  }
  for (const role of vocabulary('roles').concepts)
    each(role, [{ kind: role.broader === undefined ? 'role-family' : 'role', value: role.id }])
  for (const title of vocabulary('role-titles').concepts)
    if (title.broader !== undefined) each(title, [{ kind: 'role', value: title.broader }], title)
  for (const sector of vocabulary('sectors').concepts) each(sector, [{ kind: 'sector', value: sector.id }])
  const codes = { region: countries('en').map(({ code }) => code), language: [...languageCodes()] }
  for (const tag of [...languages, ...placeLanguages]) {
    const countryNames = new Intl.DisplayNames([tag], { type: 'region', fallback: 'none' })
    for (const code of codes.region) add(countryNames.of(code) ?? '', [{ kind: 'country', value: code }])
    const languageNames = new Intl.DisplayNames([tag], { type: 'language', fallback: 'none' })
    for (const code of codes.language) add(languageNames.of(code) ?? '', [{ kind: 'language', value: code }])
  }
  const practices = vocabulary('practices').concepts.filter(({ broader }) => broader !== undefined)
  const parts = partsOf(practices, words)
  for (const practice of practices) each(practice, facetsOfPractice(practice))
  for (const [word, facets] of parts)
    if (!names.has(nameKey([word]))) names.set(nameKey([word]), { facets, isPart: true })
  return { names, words, longest: size.longest }
}

function facetsOfPractice({ id }: Concept): readonly Facet[] {
  return [
    { kind: 'share', value: id },
    { kind: 'want', value: id },
  ]
}

// A word that is in the names of a few practices and of nothing else: "blueprint".
function partsOf(practices: readonly Concept[], others: ReadonlySet<string>): ReadonlyMap<string, readonly Facet[]> {
  const parts = new Map<string, readonly Facet[]>()
  for (const practice of practices)
    for (const part of new Set(Object.values(practice.label).flatMap((form) => wordsIn(form))))
      if (part.length >= shortestPart && !others.has(part))
        parts.set(part, [...(parts.get(part) ?? []), ...facetsOfPractice(practice)])
  return new Map([...parts].filter(([, facets]) => facets.length <= 2 * mostPractices))
}

// "Produktmanager / Produktmanagerin" are two forms; what stands in brackets may be left out.
function formsOf(label: string): readonly string[] {
  return label.split(' / ').flatMap((form) => {
    const without = form.replaceAll(/\s*\([^)]*\)/g, '')
    return without === form || without === '' ? [form] : [form, without]
  })
}

// Without spaces, since some write "weeknotes" and some "week notes"; plural s and capitals do not matter.
function nameKey(words: readonly string[]): string {
  return words.map((word) => (word.length > 3 ? word.replace(/s$/, '') : word)).join('')
}
