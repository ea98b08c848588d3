import type { Facet, FacetKind } from '../directory/facets.ts'
import type { Asker } from './asker.ts'

/** With fewer shared hours a week nobody is suggested: there would be no time to meet inside both weeks. */
export const fewestHours = 1
// Two hours on each of five days.
const manyHours = 10

/** What two people have to do with each other, as far as the second one's listing tells. */
export type Fit = {
  readonly sameRole: string | undefined
  /** The family of a role like hers; undefined when they have the same role. */
  readonly relatedRole: string | undefined
  /** A practice that she wants to try and the other can share. */
  readonly gives: string | undefined
  /** A practice that she can share and the other wants to try. */
  readonly takes: string | undefined
  readonly bothOnlyOne: boolean
  readonly language: string | undefined
  readonly otherSector: string | undefined
  readonly otherCountry: string | undefined
  /** The country that is hers as well. */
  readonly sameCountry: string | undefined
  readonly hours: number | undefined
}

/** Compares somebody with the facets of a listing. */
export function fitOf(asker: Asker, facets: readonly Facet[]): Fit {
  const first = (kind: FacetKind, among?: ReadonlySet<string>): string | undefined =>
    facets.find((facet) => facet.kind === kind && (among === undefined || among.has(facet.value)))?.value
  const sameRole = first('role', asker.roles)
  const sector = first('sector')
  const country = first('country')
  const isElsewhere = (own: string | undefined, other: string | undefined): boolean =>
    own !== undefined && other !== undefined && own !== other
  return {
    sameRole,
    relatedRole: sameRole === undefined ? first('role-family', asker.families) : undefined,
    gives: first('share', asker.wants),
    takes: first('want', asker.shares),
    bothOnlyOne: asker.isOnlyOne && first('only-one') !== undefined,
    language: first('language', asker.languages),
    otherSector: isElsewhere(asker.sector, sector) ? sector : undefined,
    otherCountry: isElsewhere(asker.country, country) ? country : undefined,
    sameCountry: country !== undefined && country === asker.country ? country : undefined,
    hours: country === undefined ? undefined : asker.sharedHours(country),
  }
}

/** Whether they could meet at all: a common language, and an hour in the week of both where that is known. */
export function couldMeet({ language, hours }: Fit): boolean {
  return language !== undefined && (hours === undefined || hours >= fewestHours)
}

/**
 * How well somebody fits, from 0 to 12: the same role 4 or a related one 1, each way of the swap 2 and both ways 2 more, both the only
 * one 1, many shared hours 1. Nothing that anybody did is in it.
 */
export function scoreOf({ sameRole, relatedRole, gives, takes, bothOnlyOne, hours }: Fit): number {
  return (
    (sameRole !== undefined ? 4 : relatedRole !== undefined ? 1 : 0) +
    (gives !== undefined ? 2 : 0) +
    (takes !== undefined ? 2 : 0) +
    (gives !== undefined && takes !== undefined ? 2 : 0) +
    (bothOnlyOne ? 1 : 0) +
    ((hours ?? 0) >= manyHours ? 1 : 0)
  )
}
