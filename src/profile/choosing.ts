import { families, vocabulary, type Concept, type Language } from '../common/vocabularies.ts'

/** A concept that can be ticked; `alsoCalled` is another title under which it was found. */
export type Choice = {
  readonly id: string
  readonly label: string
  readonly hint: string | undefined
  readonly alsoCalled: string | undefined
}

export type ChoiceFamily = {
  readonly id: string
  readonly label: string
  readonly members: readonly (Choice & { readonly found: boolean })[]
}

/**
 * The whole list by family, as the reader reads it; `found` says which fit the words she typed, all of them when she typed none.
 * Words are looked for at the start of any word of the label, in both languages, and for roles in the other titles of the job.
 */
export function choices(list: 'roles' | 'practices', typed: string, language: Language): readonly ChoiceFamily[] {
  const wanted = wordsOf(typed)
  const titles = list === 'roles' ? vocabulary('role-titles').concepts : []
  return families(list).map(({ family, members }) => ({
    id: family.id,
    label: family.label[language],
    members: members.map((member) => {
      const byLabel = fits(member, wanted)
      const title = byLabel ? undefined : titles.find((one) => one.broader === member.id && fits(one, wanted))
      return {
        id: member.id,
        label: member.label[language],
        hint: member.definition?.[language],
        alsoCalled: title?.label[language],
        found: byLabel || title !== undefined,
      }
    }),
  }))
}

function fits(one: Concept, wanted: readonly string[]): boolean {
  return Object.values(one.label).some((label) => {
    const words = wordsOf(label)
    return wanted.every((word) => words.some((other) => other.startsWith(word)))
  })
}

/** Words in lower case without accents, split at anything that is neither letter nor number. */
function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

const languageNames = (language: Language): Intl.DisplayNames =>
  new Intl.DisplayNames([language], { type: 'language', fallback: 'none' })

/** Languages to choose from: every two-letter tag that Intl names, and others that are spoken in public services; sorted by name. */
export function languageChoices(language: Language): readonly { tag: string; name: string }[] {
  const names = languageNames(language)
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index))
  const pairs = letters.flatMap((first) => letters.map((second) => first + second))
  const canonical = pairs.filter((tag) => Intl.getCanonicalLocales(tag)[0] === tag)
  return [...canonical, 'ase', 'ceb', 'ckb', 'fil', 'gsw', 'haw', 'hmn', 'nds', 'rom', 'sco', 'yue']
    .flatMap((tag) => {
      const name = names.of(tag)
      return name === undefined ? [] : [{ tag, name }]
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
}
