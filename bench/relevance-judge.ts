// Which of the invented people answer a judged query, by rules, and how well the first five results do.
import { readdirSync, readFileSync } from 'node:fs'
import { slugOfIri } from '../src/common/vocabularies.ts'
import type { ListingDocument } from '../src/directory/document.ts'
import { familyOf } from '../src/directory/facets.ts'
import type { SearchQuery } from '../src/directory/query.ts'

/** Somebody who answers a query fits every part of a rule: all words of a part are words of what it names. */
export type Rule = Readonly<Partial<Record<keyof typeof partsOfRules, string>>>

/** One line of bench/relevance/*.json: what somebody asks, and by which rules (any of them) a person is the right answer. */
export type JudgedQuery = {
  /** plain, accent, synonym, language, facets, or typo- and its kind. */
  readonly kind: string
  /** The language it is typed in. */
  readonly language: string
  /** What the text names: name, organisation, title, introduction, practice, place. */
  readonly of?: string
  readonly query: SearchQuery
  readonly right: readonly Rule[]
}

const folder = new URL('relevance/', import.meta.url)
const notQueries = new Set(['people.json', 'before.json'])

/** Every judged query, in the order of the files' names. */
export function judgedQueries(): readonly JudgedQuery[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !notQueries.has(name))
    .toSorted()
    .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as JudgedQuery[]) // our own files
}

export function isTypo({ kind }: JudgedQuery): boolean {
  return kind.startsWith('typo-')
}

/** Whether a person is a right answer. */
export function isRight({ right }: JudgedQuery, document: ListingDocument): boolean {
  return right.some((rule) =>
    Object.entries(rule).every(([part, value]) => partsOfRules[part as keyof Rule](document, value)),
  )
}

export type Verdict = {
  /** Of the first five places (or as many as there are right people, or results if there are more): the part that is right. */
  readonly precision: number
  /** Somebody right is among the first five. */
  readonly isAnswered: boolean
  /** The very first is right, and at least half of the first five. */
  readonly isRightly: boolean
}

/** How good the first five results are, when `rightPeople` people in all would be right. */
export function judge(query: JudgedQuery, results: readonly ListingDocument[], rightPeople: number): Verdict {
  const firstFive = results.slice(0, 5).map((document) => isRight(query, document))
  const right = firstFive.filter(Boolean).length
  const precision = right / Math.max(firstFive.length, Math.min(5, rightPeople))
  return { precision, isAnswered: right > 0, isRightly: firstFive[0] === true && precision >= 0.5 }
}

const partsOfRules = {
  role: ({ hasOccupation }: ListingDocument, value: string) => rolesOf(hasOccupation).includes(value),
  family: ({ hasOccupation }: ListingDocument, value: string) =>
    rolesOf(hasOccupation).some((role) => role !== undefined && familyOf(role).includes(value)),
  country: ({ worksFor }: ListingDocument, value: string) => worksFor.addressCountry === value,
  language: ({ knowsLanguage }: ListingDocument, value: string) =>
    (knowsLanguage ?? []).some(({ tag }) => tag === value),
  practice: ({ shares, wantsToTry }: ListingDocument, value: string) =>
    [...(shares ?? []), ...(wantsToTry ?? [])].some((iri) => slugOfIri('practices', iri) === value),
  onlyOne: ({ onlyOne }: ListingDocument, value: string) => onlyOne === value,
  given: ({ name }: ListingDocument, value: string) => hasWords(name.split(' ')[0] ?? '', value),
  name: ({ name }: ListingDocument, value: string) => hasWords(name, value),
  organisation: ({ worksFor }: ListingDocument, value: string) => hasWords(worksFor.name, value),
  says: ({ summary }: ListingDocument, value: string) => hasWords(summary ?? '', value),
}

function rolesOf(occupations: ListingDocument['hasOccupation']): readonly (string | undefined)[] {
  return occupations.map(({ occupationalCategory }) => slugOfIri('roles', occupationalCategory ?? ''))
}

// A judge of its own: nothing of the search decides here what a word is.
function hasWords(text: string, value: string): boolean {
  const words = new Set(wordsOf(text))
  return wordsOf(value).every((word) => words.has(word))
}

function wordsOf(text: string): string[] {
  return text.toLocaleLowerCase('en').split(/[\s\-'’,.:]+/)
}
