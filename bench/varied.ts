// Invented listings with as many different names, organisations and words as a real directory has: the index is as large as there.
import { inventedPerson, numbersFrom } from '../test/support/people.ts'
import type { ListingDocument } from '../src/directory/document.ts'

const firsts = 3_000
const lasts = 30_000
const employers = 20_000
const topics = 4_000
const starts = 'b br c ch d dr f g gl gw h j k l ll m n p pr r rh s st t tr v w y'.split(' ')
const middles = 'a e i o u ae ai ei ia ow wy ö é'.split(' ')
const ends = 'n r l s d th m ck nd rt lla sen ska vic ton field wen'.split(' ')
const bodies =
  'Council,College,Housing Association,Health Board,Libraries,Food Bank,Museum,University,Fire Service,Wildlife Trust'.split(
    ',',
  )

/** One invented person with words of her own, always the same for a number; `words` changes what she says. */
export function variedPerson(number: number, origin: string, words = ''): ListingDocument {
  const next = numbersFrom(number + 7)
  // As with real names: a few are everywhere, most are rare.
  const common = (of: number): number => Math.floor(of * next() ** 3)
  const person = inventedPerson(number, origin)
  const said = Array.from({ length: 6 + Math.floor(next() * 18) }, () => word(common(topics)))
  return {
    ...person,
    name: `${named(common(firsts), 1)} ${named(common(lasts), 2)}`,
    summary: `${person.summary ?? ''} ${said.join(' ')}${words}`.slice(0, 280),
    worksFor: { ...person.worksFor, name: `${named(common(employers), 3)} ${bodies[number % bodies.length] ?? ''}` },
  }
}

function named(number: number, kind: number): string {
  const made = word(number * 4 + kind)
  return made.slice(0, 1).toUpperCase() + made.slice(1)
}

/** Two syllables or three: another word for each number. */
export function word(number: number): string {
  const [first, rest] = [number % syllables, Math.floor(number / syllables)]
  return syllable(first) + syllable((rest * 31 + first * 17) % syllables) + (rest > 0 ? syllable(rest % syllables) : '')
}

const syllables = starts.length * middles.length * ends.length

function syllable(number: number): string {
  const start = starts[number % starts.length] ?? ''
  const middle = middles[Math.floor(number / starts.length) % middles.length] ?? ''
  return start + middle + (ends[Math.floor(number / starts.length / middles.length) % ends.length] ?? '')
}
