import type { FacetCounts } from './counting.ts'
import type { FacetKind } from './facets.ts'
import type { Total } from './total.ts'
import { world } from '../common/world.ts'

/** How many people one country or sector has: ten or more, rounded down to tens. */
export type Share = { readonly value: string; readonly people: number }

/** A country on the map, its disc as large as its people are many. */
export type Disc = Share & { readonly x: number; readonly y: number; readonly radius: number }

const smallestDisc = 4
const largestDisc = 24

/**
 * The values of one facet that ten people or more have, most people first. Rounded down to tens: from an exact number and a
 * total, somebody could work out a number below ten that we do not tell.
 */
export function sharesOf(counts: FacetCounts, kind: FacetKind): readonly Share[] {
  return [...counts.values]
    .flatMap(([key, total]) => {
      const people = key.startsWith(`${kind}:`) ? tens(total) : 0
      return people > 0 ? [{ value: key.slice(kind.length + 1), people }] : []
    })
    .toSorted((one, other) => other.people - one.people || (one.value < other.value ? -1 : 1))
}

/** The countries to draw, largest first, so that a small disc is never under a large one. Those without a place are left out. */
export function discsOf(countries: readonly Share[]): readonly Disc[] {
  const most = Math.max(1, ...countries.map(({ people }) => people))
  return countries.flatMap((country) => {
    const [x, y] = world().places[country.value] ?? []
    if (x === undefined || y === undefined) return []
    // The area stands for the number, as the eye compares areas.
    return [
      { ...country, x, y, radius: Math.max(smallestDisc, Math.round(largestDisc * Math.sqrt(country.people / most))) },
    ]
  })
}

/** Part of the map, drawn larger. */
export type Part = {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** How many times larger than on the map of the world. */
  readonly scale: number
}

// From Iceland to the Caucasus, where countries are small and close together.
const europe: Part = { x: 420, y: 18, width: 200, height: 110, scale: 4.8 }
const crowd = 3

/** Europe, when so many discs are there that they hide each other on the map of the world. */
export function crowdedPart(discs: readonly Disc[]): Part | undefined {
  return discs.filter((disc) => isIn(disc, europe)).length >= crowd ? europe : undefined
}

/** The discs of a part, half as large again on the screen as on the map of the world. */
export function discsIn<One extends Disc>(part: Part, discs: readonly One[]): readonly One[] {
  return discs
    .filter((disc) => isIn(disc, part))
    .map((disc) => ({ ...disc, radius: Number(((disc.radius * 1.5) / part.scale).toFixed(1)) }))
}

function isIn({ x, y }: Disc, part: Part): boolean {
  return x >= part.x && x <= part.x + part.width && y >= part.y && y <= part.y + part.height
}

function tens({ value, relation }: Total): number {
  return relation === 'fewer' ? 0 : Math.floor(value / 10) * 10
}
