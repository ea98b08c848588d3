import { concept, slugOfIri } from '../common/vocabularies.ts'
import type { ListingDocument } from './document.ts'

const longestWord = 40
const mostWordsOfAQuery = 10

// Letters that Unicode does not take apart, as people without them on their keyboard type them.
const asTyped: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ĸ: 'k',
  ŧ: 't',
}

// Words so short and common that they find nobody: English, then Welsh.
const commonWords = new Set(
  'a an and at for in of on or the to with a ac ag am ar at gan gyda i neu o y yn yr'.split(' '),
)

/** Lower case, without accents: "Siân" and "sian" are one word. */
export function normalised(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþħıŋĸŧ]/g, (letter) => asTyped[letter] ?? letter)
}

/** The words of a text, in order, normalised; an apostrophe or hyphen parts words. */
export function wordsIn(text: string): readonly string[] {
  return normalised(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.slice(0, longestWord))
}

/** The words of a query: at most ten, without common words unless there are no others. */
export function queryWords(text: string): readonly string[] {
  const all = wordsIn(text)
  const telling = tellingWords(all)
  return (telling.length > 0 ? telling : [...new Set(all)]).slice(0, mostWordsOfAQuery)
}

/** Those of some words that tell people apart, each once: no common words, no single letters. */
export function tellingWords(words: readonly string[]): readonly string[] {
  return [...new Set(words)].filter((word) => !commonWords.has(word) && (word.length > 1 || /\p{N}/u.test(word)))
}

/** How high somebody stands, in words that people put beside a role. */
export const rankWords: ReadonlySet<string> = new Set(
  (
    'senior junior lead leading principal chief head deputy assistant associate trainee interim acting graduate ' +
    'uwch prif dirprwy cynorthwyol dros dro leitende leitender stellvertretende stellvertretender principale adjointe adjoint ' +
    'hoofd plaatsvervangend senior jefe jefa superior mlodszy starszy mlodsza starsza glowny glowna bitradande'
  ).split(' '),
)

/** What a listing is found by: `strong` is who she is and what she does (weight A), `weak` what she writes (weight D). */
export type ListingWords = { readonly strong: readonly string[]; readonly weak: readonly string[] }

/** The words of a listing, each once. A role counts in English and Welsh whatever language its sender speaks. */
export function wordsOf(document: ListingDocument): ListingWords {
  const who = [
    document.name,
    document.worksFor.name,
    document.jobTitle,
    document.webfinger?.split('@')[0],
    ...document.hasOccupation.flatMap((role) => [role.name, ...roleLabels(role.occupationalCategory ?? '')]),
  ]
  const says = [
    document.summary,
    document.place,
    ...(document.sharesInWords ?? []),
    ...(document.wantsToTryInWords ?? []),
  ]
  const strong = new Set(who.flatMap((text) => indexWords(text ?? '')))
  const weak = new Set(says.flatMap((text) => indexWords(text ?? '')))
  return { strong: [...strong], weak: [...weak].filter((word) => !strong.has(word)) }
}

/**
 * Stands before a word of who somebody is, where the index has it a second time: it knows no weights, so that to find the few
 * who are called what many write, every one of the many would have to be fetched. No word begins so.
 */
export const whoMark = '='

/** The text form of a tsvector with these words: A for strong ones, D for weak ones, and the strong ones again with their mark. */
export function tsvectorText(words: ListingWords): string {
  return [
    ...words.strong.flatMap((word) => [`${quoted(word)}:1A`, quoted(whoMark + word)]),
    ...words.weak.map((word) => `${quoted(word)}:2`),
  ].join(' ')
}

/** One lexeme of a tsvector or tsquery, quoted. */
export function quoted(word: string): string {
  return `'${word.replaceAll(/['\\]/g, (mark) => mark + mark)}'`
}

// Also the parts as one word, so that "obrien" finds O'Brien and "betwsycoed" finds Betws-y-Coed.
function indexWords(text: string): string[] {
  const joined = text.match(/[\p{L}\p{N}\p{M}]+(?:['’‑-][\p{L}\p{N}\p{M}]+)+/gu) ?? []
  return [...wordsIn(text), ...joined.flatMap((part) => wordsIn(part.replaceAll(/['’‑-]/g, '')))]
}

function roleLabels(iri: string): string[] {
  const slug = slugOfIri('roles', iri)
  const role = slug === undefined ? undefined : concept('roles', slug)
  return role ? [role.label.en, role.label.cy] : []
}
