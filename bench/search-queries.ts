// What people look for in the large directory: the mix that the figures of `search` are made with.
import { facetsOf, type FacetKind } from '../src/directory/facets.ts'
import { cursorText, startOf } from '../src/directory/order.ts'
import { listPartNames, listParts, type ListPart, type SearchQuery } from '../src/directory/query.ts'
import { dayOf } from '../src/common/clock.ts'
import { hostOf, originSizes, populationOrder } from './population.ts'
import { chanceOf, drawFrom, personOf, populationNow } from './population-people.ts'

/** One search of the mix, and what of it depends on: facets alone, or words too. */
export type MixedQuery = { readonly kind: 'facets' | 'text'; readonly what: string; readonly query: SearchQuery }

// In a hundred searches; and at the end of the list those that are known to be hard.
const mix = drawFrom<string>([
  ['landing', 8],
  ['one', 15],
  ['two', 21],
  ['three', 18],
  ['four', 7],
  ['text', 12],
  ['text and facet', 8],
  ['typo', 4],
  ['page', 6],
  ['hard', 1],
])
const facetsAsked: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4, page: 1 }
const drawPart = drawFrom<ListPart>([
  ['roles', 22],
  ['families', 8],
  ['countries', 20],
  ['sectors', 16],
  ['languages', 8],
  ['speaks', 6],
  ['shares', 9],
  ['wants', 7],
  ['kinds', 4],
])
// Words that most have, words that nobody has, and choices that hardly ever come together.
const hard: readonly SearchQuery[] = [
  { text: 'service' },
  { text: 'team' },
  { text: 'work with two' },
  { text: 'council' },
  { text: 'kommun' },
  { text: 'xyzzyqu' },
  { text: 'service', countries: ['UA'] },
  { text: 'officer', languages: ['el'], open: true },
  { countries: ['UA'], languages: ['sq'] },
  { countries: ['GB'], languages: ['de'] },
  { countries: ['DE'], languages: ['de'], open: true },
  { countries: ['JM'], speaks: ['uk'], sectors: ['justice-policing'] },
  { onlyOne: 'any', countries: ['SE'], languages: ['sq'], open: true },
]

/** So many searches of the mix for a population, always the same for a seed. */
export function mixedQueries(
  count: number,
  { size, seed }: { readonly size: number; readonly seed: number },
): readonly MixedQuery[] {
  const sizes = originSizes(size)
  const hosts = sizes.flatMap((many, index) => [{ origin: index + 1, before: sum(sizes.slice(0, index)), many }])
  const someone = (chance: number) => {
    const number = Math.floor(chance * size)
    const host = hosts.findLast(({ before }) => before <= number)
    return personOf(seed, number, hostOf(host?.origin ?? 1))
  }
  return Array.from({ length: count }, (_, index): MixedQuery => {
    const next = chanceOf(seed + 17, 3_000_017 + index)
    const what = mix(next())
    const facets = (many: number): SearchQuery => {
      const isReal = next() < 0.6
      const one = someone(next())
      const parts = new Set<ListPart>()
      for (let tries = 0; parts.size < many && tries < 30; tries += 1) parts.add(drawPart(next()))
      const pairs = [...parts].flatMap((part) => {
        const from = isReal ? one : someone(next())
        const values = valuesOf(from, listParts[part].facet)
        const value = values[Math.floor(next() * values.length)]
        return value === undefined ? [] : [[part, [value]] as const]
      })
      return { ...Object.fromEntries(pairs), ...(next() < 0.55 ? { open: true } : {}) }
    }
    if (what === 'hard') return kinded(what, hard[Math.floor(next() * hard.length)] ?? {})
    if (what === 'landing') return kinded(what, {})
    const asked = facetsAsked[what]
    if (asked !== undefined) {
      const query = facets(what === 'page' && next() < 0.5 ? 2 : asked)
      return kinded(what, what === 'page' ? { ...query, after: somewhere(next()) } : query)
    }
    const text = words(someone(next()), next)
    if (what === 'typo') return kinded(what, { text: misspelt(text, next) })
    return kinded(what, what === 'text' ? { text } : { ...facets(1), text })
  })
}

function kinded(what: string, query: SearchQuery): MixedQuery {
  return { kind: query.text === undefined ? 'facets' : 'text', what, query }
}

function valuesOf(person: Parameters<typeof facetsOf>[0], kind: FacetKind): readonly string[] {
  return facetsOf(person)
    .filter((facet) => facet.kind === kind)
    .map(({ value }) => value)
}

// A name, half a name, an organisation, a title, or a word that somebody writes.
function words(person: Parameters<typeof facetsOf>[0], next: () => number): string {
  const kind = next()
  if (kind < 0.3) return person.name
  if (kind < 0.45) return person.name.split(' ').at(-1) ?? ''
  if (kind < 0.65) return person.worksFor.name
  if (kind < 0.8) return person.hasOccupation[0]?.name ?? ''
  const said = (person.summary ?? '').split(/[^\p{L}]+/u).filter((word) => word.length > 3)
  return said[Math.floor(next() * said.length)] ?? person.name
}

function misspelt(text: string, next: () => number): string {
  const at = 1 + Math.floor(next() * Math.max(1, text.length - 2))
  const letters = Array.from(text)
  const kind = next()
  if (kind < 0.35) return letters.toSpliced(at, 1).join('')
  if (kind < 0.65) return letters.toSpliced(at, 2, letters[at + 1] ?? '', letters[at] ?? '').join('')
  if (kind < 0.85) return letters.toSpliced(at, 0, letters[at] ?? '').join('')
  return letters.toSpliced(at, 1, 'e').join('')
}

// As on the second page and later: somewhere behind the beginning.
function somewhere(chance: number): string {
  const start = startOf(populationOrder, dayOf(populationNow))
  const last = (start + BigInt(Math.floor(chance * 0.9 * 2 ** 53)) * (1n << 10n)) % (1n << 63n)
  return cursorText(populationOrder, { start, last, round: 0 })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The parts of a query that are lists, for whoever writes them down. */
export function listsOf(query: SearchQuery): readonly string[] {
  return listPartNames.filter((part) => query[part] !== undefined)
}
