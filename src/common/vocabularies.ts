import { readFileSync } from 'node:fs'
import { formatOf } from './formats.ts'

export type Language = 'en' | 'cy'
export const languages: readonly Language[] = ['en', 'cy']

export type Concept = {
  readonly id: string
  readonly label: Readonly<Record<Language, string>>
  readonly definition?: Readonly<Record<Language, string>>
  readonly broader?: string
}

export type Vocabulary = {
  readonly id: string
  readonly version: string
  readonly title: Readonly<Record<Language, string>>
  readonly concepts: readonly Concept[]
}

export const vocabularyNames = [
  'roles',
  'role-titles',
  'sectors',
  'practices',
  'conversation-kinds',
  'boundaries',
  'only-one',
  'language-levels',
  'prompts',
  'circle-rounds',
] as const
export type VocabularyName = (typeof vocabularyNames)[number]

const folder = new URL('../../schemas/vocabularies/', import.meta.url)
const read = new Map<VocabularyName, Vocabulary>()
const byId = new Map<VocabularyName, ReadonlyMap<string, Concept>>()

/** One shipped vocabulary (CC0), in the order in which people see it. */
export function vocabulary(name: VocabularyName): Vocabulary {
  const known = read.get(name)
  if (known) return known
  // Our own file; schemas/vocabulary.json and a guard hold its shape.
  const loaded = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Vocabulary
  read.set(name, loaded)
  return loaded
}

/** The concept with that slug, or undefined if the list has none. */
export function concept(name: VocabularyName, id: string): Concept | undefined {
  let index = byId.get(name)
  if (!index) {
    index = new Map(vocabulary(name).concepts.map((entry) => [entry.id, entry]))
    byId.set(name, index)
  }
  return index.get(id)
}

/** What travels between nodes: the IRI of a concept, which never changes. */
export function conceptIri(name: VocabularyName, id: string): string {
  return `https://w3id.org/sideways/${name}#${id}`
}

/** The slug in a concept IRI of that vocabulary; undefined for an IRI of anybody else's. */
export function slugOfIri(name: VocabularyName, iri: string): string | undefined {
  const base = `https://w3id.org/sideways/${name}#`
  return iri.startsWith(base) ? iri.slice(base.length) : undefined
}

/** What a person reads for a slug or an IRI; an unknown concept is shown by its last path segment (FEDERATION.md 4.1). */
export function labelOf(name: VocabularyName, idOrIri: string, language: Language): string {
  const id = slugOfIri(name, idOrIri) ?? idOrIri
  const known = concept(name, id)
  if (known) return known.label[language]
  return id.split(/[/#]/).findLast((part) => part !== '') ?? id
}

/** Concepts that can be chosen: those with a `broader`, grouped under the families that have none. */
export function families(
  name: 'roles' | 'practices' | 'prompts',
): readonly { family: Concept; members: readonly Concept[] }[] {
  const all = vocabulary(name).concepts
  return all
    .filter((entry) => entry.broader === undefined)
    .map((family) => ({ family, members: all.filter((entry) => entry.broader === family.id) }))
}

/** ISO 3166-1 alpha-2 codes that Node's own CLDR data can name, sorted by name in that language. */
export function countries(language: Language): readonly { code: string; name: string }[] {
  const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(65 + index))
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => !notCountries.has(code))
    .flatMap((code) => {
      const name = names.of(code)
      return name === undefined ? [] : [{ code, name }]
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
}

// Codes that CLDR names and ISO 3166-1 does not assign, or has withdrawn.
const notCountries = new Set(
  'AC AN BU CP CQ CS CT DD DG DY EA EU EZ FQ FX HV IC JT MI NH NQ NT PC PU PZ QO RH SU TA TP UK UN VD WK XA XB XK YD YU ZR ZZ'.split(
    ' ',
  ),
)

/** A country's name in that language, or the code itself if it has none. */
export function countryName(code: string, language: Language): string {
  return nameFrom('region', code, language)
}

/** A language's name (BCP 47 tag) in that language, or the tag itself. */
export function languageName(tag: string, language: Language): string {
  return nameFrom('language', tag, language)
}

function nameFrom(type: 'region' | 'language', code: string, language: Language): string {
  try {
    const names = formatOf(`${type} ${language}`, () => new Intl.DisplayNames([language], { type }))
    return names.of(code) ?? code
  } catch {
    return code // a stranger's malformed tag or code is shown as it came
  }
}
