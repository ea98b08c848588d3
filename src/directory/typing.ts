// How far one word is from another as people mistype and mishear them. Words are normalised (words.ts).

const shortestWord = 3

/** How many typing errors a word may have: one up to five letters, two beyond, none below three. */
export function allowedErrors(word: string): number {
  if (word.length < shortestWord) return 0
  return word.length <= 5 ? 1 : 2
}

/** How many letters were left out, added, changed, or swapped with their neighbour. */
export function typingErrors(one: string, other: string): number {
  return distance(one, other, { other: () => 1, changed: () => 1, swapped: 1 })
}

/**
 * How unlikely it is that somebody who meant `other` typed `one`: less than 1 for a slip that is easily made (a neighbour
 * on the keyboard, a doubled letter, two letters that sound alike, a swap), more for one in the first letter.
 */
export function unlikelihood(one: string, other: string): number {
  const first = one[0] === other[0] ? 0 : 0.4
  return first + distance(one, other, { other: oneMore, changed, swapped: 0.7 })
}

/** A word that may have been meant, and how unlikely it is. */
export type Meant = { readonly word: string; readonly cost: number }

/** Those of `candidates` that are a typing error or two away from a word, each once, likeliest first. */
export function mistyped(word: string, candidates: Iterable<string>): readonly Meant[] {
  const most = allowedErrors(word)
  return [...new Set(candidates)]
    .filter((candidate) => Math.abs(candidate.length - word.length) <= most && typingErrors(word, candidate) <= most)
    .map((candidate) => ({ word: candidate, cost: unlikelihood(word, candidate) }))
    .toSorted((one, other) => one.cost - other.cost || (one.word < other.word ? -1 : 1))
}

/** The likeliest of some words, likeliest first, and those that are hardly less likely. At most eight. */
export function likeliest(meant: readonly Meant[]): readonly string[] {
  return meant
    .filter(({ cost }) => !isLessLikely(cost, meant))
    .slice(0, mostMeant)
    .map(({ word }) => word)
}

/** Whether a word of that cost would not count beside these, likeliest first. */
export function isLessLikely(cost: number, meant: readonly Meant[]): boolean {
  const [best] = meant
  return best !== undefined && cost > best.cost + hardlyLess
}

const hardlyLess = 0.3
const mostMeant = 8

type Costs = {
  /** A letter that only one of both has, with the letter before it there. */
  readonly other: (letter: string, before: string) => number
  readonly changed: (one: string, other: string) => number
  readonly swapped: number
}

function distance(one: string, other: string, costs: Costs): number {
  let before: number[] = []
  let last = [0]
  for (let column = 1; column <= other.length; column += 1)
    last.push(at(last, column - 1) + costs.other(letter(other, column), letter(other, column - 1)))
  for (let row = 1; row <= one.length; row += 1) {
    const mine = letter(one, row)
    const line = [at(last, 0) + costs.other(mine, letter(one, row - 1))]
    for (let column = 1; column <= other.length; column += 1) {
      const its = letter(other, column)
      const isSwap = row > 1 && column > 1 && mine === letter(other, column - 1) && letter(one, row - 1) === its
      line.push(
        Math.min(
          at(last, column) + costs.other(mine, letter(one, row - 1)),
          at(line, column - 1) + costs.other(its, letter(other, column - 1)),
          at(last, column - 1) + (mine === its ? 0 : costs.changed(mine, its)),
          isSwap ? at(before, column - 2) + costs.swapped : Infinity,
        ),
      )
    }
    before = last
    last = line
  }
  return at(last, other.length)
}

function oneMore(more: string, before: string): number {
  if (more === before) return 0.5
  return more === 'h' || more === 'e' ? 0.8 : 1
}

function changed(one: string, other: string): number {
  return isAlike(one, other) ? 0.7 : 1
}

function isAlike(one: string, other: string): boolean {
  return (neighbours.get(one)?.has(other) ?? false) || alike.some((set) => set.includes(one) && set.includes(other))
}

// Letters that are written for one another, in one language or another.
const alike = ['aeiouy', 'ckqgx', 'szc', 'fvw', 'dt', 'bp', 'mn', 'ij', 'uvw']

const neighbours: ReadonlyMap<string, ReadonlySet<string>> = keyboard(['qwertyuiop', 'asdfghjkl', 'zxcvbnm'])

// Each row of keys is half a key to the right of the one above it.
function keyboard(keys: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const beside = (row: number, column: number): string[] =>
    [
      [row, column - 1],
      [row, column + 1],
      [row - 1, column],
      [row - 1, column + 1],
      [row + 1, column - 1],
      [row + 1, column],
    ].flatMap(([y = -1, x = -1]) => keys[y]?.[x] ?? [])
  return new Map(
    keys.flatMap((line, row) => Array.from(line, (key, column) => [key, new Set(beside(row, column))] as const)),
  )
}

function letter(word: string, position: number): string {
  return word[position - 1] ?? ''
}

function at(line: readonly number[], index: number): number {
  return line[index] ?? Infinity
}
