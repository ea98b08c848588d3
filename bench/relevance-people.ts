// The 2,000 invented people whom the judged queries of `bench -- relevance` are about: always the same ones.
import { readFileSync } from 'node:fs'
import { conceptIri, vocabulary } from '../src/common/vocabularies.ts'
import type { ListingDocument } from '../src/directory/document.ts'
import { inventedPerson, numbersFrom } from '../test/support/people.ts'

/** How many people the queries are judged on. */
export const populationSize = 2_000

type Nation = {
  readonly share: number
  readonly country: string
  readonly language: string
  readonly given: readonly string[]
  readonly family: readonly string[]
  readonly towns: readonly string[]
  readonly bodies: readonly string[]
}
type Invented = {
  readonly nations: readonly Nation[]
  readonly topics: readonly Readonly<Record<string, string>>[]
  readonly sentences: Readonly<Record<string, readonly string[]>>
  readonly titles: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const file = new URL('relevance/people.json', import.meta.url)

/** The people, each listed by one of `origins` nodes in turn. */
export function judgedPeople(
  origins: number,
): readonly { readonly originId: number; readonly document: ListingDocument }[] {
  const invented = JSON.parse(readFileSync(file, 'utf8')) as Invented // our own file
  return Array.from({ length: populationSize }, (_, number) => {
    const originId = (number % origins) + 1
    return { originId, document: personOf(invented, number, `https://node${originId}.example`) }
  })
}

function personOf(invented: Invented, number: number, origin: string): ListingDocument {
  const next = numbersFrom(number + 50_021)
  const pick = <Value>(list: readonly Value[]): Value => {
    const value = list[Math.floor(next() * list.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
  const { nations, topics, sentences, titles } = invented
  const nation = pick(nations.flatMap((one) => Array.from({ length: one.share }, () => one)))
  const { language } = nation
  const name = `${pick(nation.given)} ${pick(nation.family)}`
  const organisation = pick(nation.bodies).replace('{}', pick(nation.towns))
  // Half have one of the roles with titles in many languages; the others any role, and its English name.
  const isTitled = next() < 0.5
  const role = isTitled ? pick(Object.keys(titles)) : pick(chosenRoles())
  const named = titles[role]?.[language]
  const sentence = pick(sentences[language] ?? sentences['en'] ?? [])
  const topic = pick(topics)
  const person = inventedPerson(number, origin)
  return {
    ...person,
    name,
    summary: sentence.replace('{}', topic[language] ?? topic['en'] ?? ''),
    hasOccupation: [
      {
        type: 'Occupation',
        name: named === undefined ? englishName(role) : pick(named),
        occupationalCategory: conceptIri('roles', role),
      },
    ],
    worksFor: { ...person.worksFor, name: organisation, addressCountry: nation.country },
    knowsLanguage: [
      { tag: language, level: 'easy' },
      ...(language === 'en' ? [] : [{ tag: 'en', level: 'fine' } as const]),
    ],
  }
}

function chosenRoles(): readonly string[] {
  return vocabulary('roles').concepts.flatMap(({ id, broader }) => (broader === undefined ? [] : [id]))
}

function englishName(role: string): string {
  return vocabulary('roles').concepts.find(({ id }) => id === role)?.label.en ?? role
}
