// Typing errors that nobody chose: in words of the invented people drawn by lot, always the same ones.
import type { ListingDocument } from '../src/directory/document.ts'
import { numbersFrom } from '../test/support/people.ts'
import type { JudgedQuery, Rule } from './relevance-judge.ts'

const shortest = 5
const long = 8 // from here on every fifth word has two errors
const letters = 'abcdefghijklmnopqrstuvwxyz'

/** So many queries of one word with an error in it; right is whoever has that word in the same place. */
export function slips(people: readonly ListingDocument[], count: number): readonly JudgedQuery[] {
  const next = numbersFrom(4_711)
  const pick = <Value>(list: readonly Value[]): Value | undefined => list[Math.floor(next() * list.length)]
  const made: JudgedQuery[] = []
  while (made.length < count) {
    const person = pick(people)
    const of = pick(['name', 'organisation', 'introduction'])
    const [text, part]: readonly [string | undefined, keyof Rule] =
      of === 'name'
        ? [person?.name, 'name']
        : of === 'organisation'
          ? [person?.worksFor.name, 'organisation']
          : [person?.summary, 'says']
    const word = pick((text ?? '').split(/[^\p{L}]+/u).filter(({ length }) => length >= shortest))
    if (word === undefined) continue
    const hasTwo = word.length >= long && next() < 0.2
    const typed = hasTwo ? slip(slip(word, next), next) : slip(word, next)
    if (typed === word) continue
    const [spoken] = person?.knowsLanguage ?? []
    made.push({
      kind: hasTwo ? 'typo-two' : 'typo-one',
      language: spoken?.tag ?? 'en',
      of: of ?? 'name',
      query: { text: typed },
      right: [{ [part]: word }],
    })
  }
  return made
}

// A letter left out, doubled, swapped with the next, another one, or one too many; never the first.
function slip(word: string, next: () => number): string {
  const at = 1 + Math.floor(next() * (word.length - 1))
  const [before, one = '', rest] = [word.slice(0, at), word[at], word.slice(at + 1)]
  const other = letters[Math.floor(next() * letters.length)] ?? 'e'
  const kinds = [
    before + rest,
    before + one + one + rest,
    before + rest.slice(0, 1) + one + rest.slice(1),
    before + other + rest,
    before + other + one + rest,
  ]
  return kinds[Math.floor(next() * kinds.length)] ?? word
}
