import { countries, families, languageName, labelOf, vocabulary, type Language } from '../common/vocabularies.ts'
import { languageCodes } from './facets.ts'

export type Choice = { readonly value: string; readonly text: string }
export type ChoiceGroup = { readonly label: string; readonly id: string; readonly choices: readonly Choice[] }

/** What the search form offers, in one language. */
export type Choices = {
  readonly roles: readonly ChoiceGroup[]
  readonly practices: readonly ChoiceGroup[]
  readonly sectors: readonly Choice[]
  readonly countries: readonly Choice[]
  readonly languages: readonly Choice[]
  readonly kinds: readonly Choice[]
}

const made = new Map<Language, Choices>()

/** The choices of the search form, in the order of the vocabularies; countries and languages by name. Made once a language. */
export function choicesIn(language: Language): Choices {
  const known = made.get(language)
  if (known) return known
  const concepts = (name: 'sectors' | 'conversation-kinds'): Choice[] =>
    vocabulary(name).concepts.map(({ id }) => ({ value: id, text: labelOf(name, id, language) }))
  const choices: Choices = {
    roles: grouped('roles', language),
    practices: grouped('practices', language),
    sectors: concepts('sectors'),
    countries: countries(language).map(({ code, name }) => ({ value: code, text: name })),
    languages: [...languageCodes()]
      .map((code) => ({ value: code, text: languageName(code, language) }))
      .toSorted((one, other) => one.text.localeCompare(other.text, language)),
    kinds: concepts('conversation-kinds'),
  }
  made.set(language, choices)
  return choices
}

function grouped(name: 'roles' | 'practices', language: Language): ChoiceGroup[] {
  return families(name).map(({ family, members }) => ({
    id: family.id,
    label: family.label[language],
    choices: members.map(({ id, label }) => ({ value: id, text: label[language] })),
  }))
}
