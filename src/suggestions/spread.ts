import { isSameOrganisation, type Organisation } from './organisation.ts'

/** So many people are suggested. */
export const suggested = 5

/** The ways in which five people should differ: one in another sector, one in another country, and one in the asker's own. */
export const axes = ['otherSector', 'otherCountry', 'near'] as const
export type Axis = (typeof axes)[number]

/** Somebody who may be suggested. Lists of them are in their order: the best score first, then as drawn by lot. */
export type Candidate = {
  readonly score: number
  readonly organisation: Organisation
  /** The node that lists her, by its number. */
  readonly origin: number
  readonly on: ReadonlySet<Axis>
}

/**
 * Chooses up to five of `candidates`, who are in order: never two of one organisation; on as many axes as can be, then two of one
 * node only where there is nobody else, then the best score. The same candidates always give the same choice, best first.
 */
export function chooseFive<C extends Candidate>(candidates: readonly C[]): readonly C[] {
  const plain = filled([], candidates)
  if (reached(plain).size === axes.length) return plain
  return combinations(candidates).reduce((best, anchors) => {
    const found = filled(anchors, candidates)
    return isBetter(found, best) ? found : best
  }, plain)
}

/** The axes on which somebody of these stands. */
export function reached(people: readonly Candidate[]): ReadonlySet<Axis> {
  return new Set(people.flatMap(({ on }) => [...on]))
}

// Whom to set first so that an axis is reached. Five of different organisations for each axis are enough: each of the two others
// can be of one organisation by its name and of one by its site, and so take away four.
const mostAnchors = 5

function combinations<C extends Candidate>(candidates: readonly C[]): readonly (readonly C[])[] {
  return axes.reduce<readonly (readonly C[])[]>(
    (sets, axis) => {
      const some = apart(
        candidates.filter(({ on }) => on.has(axis)),
        mostAnchors,
      )
      return sets.flatMap((set) => [set, ...some.filter((one) => isApart(one, set)).map((one) => [...set, one])])
    },
    [[]],
  )
}

function filled<C extends Candidate>(anchors: readonly C[], candidates: readonly C[]): readonly C[] {
  const chosen = [...anchors]
  const nodes = new Set(anchors.map(({ origin }) => origin))
  for (const mayRepeatNode of [false, true]) {
    for (const candidate of candidates) {
      if (chosen.length >= suggested) break
      if (!isApart(candidate, chosen) || (!mayRepeatNode && nodes.has(candidate.origin))) continue
      chosen.push(candidate)
      nodes.add(candidate.origin)
    }
  }
  const order = new Map(candidates.map((candidate, index) => [candidate, index]))
  return chosen.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0))
}

function apart<C extends Candidate>(candidates: readonly C[], most: number): readonly C[] {
  const found: C[] = []
  for (const candidate of candidates) {
    if (found.length >= most) break
    if (isApart(candidate, found)) found.push(candidate)
  }
  return found
}

function isApart(candidate: Candidate, chosen: readonly Candidate[]): boolean {
  return chosen.every((one) => one !== candidate && !isSameOrganisation(one.organisation, candidate.organisation))
}

function isBetter(found: readonly Candidate[], best: readonly Candidate[]): boolean {
  const [ours, theirs] = [worth(found), worth(best)]
  const at = ours.findIndex((value, index) => value !== theirs[index])
  return at >= 0 && (ours[at] ?? 0) > (theirs[at] ?? 0)
}

// In the order in which they count.
function worth(people: readonly Candidate[]): readonly number[] {
  return [
    reached(people).size,
    people.length,
    new Set(people.map(({ origin }) => origin)).size,
    people.reduce((sum, { score }) => sum + score, 0),
  ]
}
