import type { Facet } from '../directory/facets.ts'
import { familyOf } from '../directory/facets.ts'
import { officeOverlap, ownWeek, type OwnHours } from '../hours/meeting.ts'
import { weekFrom } from '../hours/week.ts'
import type { ProfileFields } from '../profile/profile.ts'

/** Somebody for whom people are sought, as far as it matters: slugs, country and language codes of her own profile. */
export type Asker = {
  readonly roles: ReadonlySet<string>
  readonly families: ReadonlySet<string>
  readonly sector: string | undefined
  readonly country: string | undefined
  readonly languages: ReadonlySet<string>
  readonly shares: ReadonlySet<string>
  readonly wants: ReadonlySet<string>
  readonly isOnlyOne: boolean
  readonly organisation: string | undefined
  /** She wants no chat with people of her own organisation, not even by mistake. */
  readonly keepsOwnOut: boolean
  /** How many hours of her week, from the day of `now` on, offices in a country are open as well; undefined when that cannot be told. */
  readonly sharedHours: (country: string) => number | undefined
}

/** Reads somebody's own profile. Her hours stay in here: what comes out is a number for a country. */
export function askerOf(fields: Partial<ProfileFields>, now: Date): Asker {
  const roles = new Set(fields.roles)
  return {
    roles,
    families: new Set([...roles].flatMap(familyOf)),
    sector: fields.sector,
    country: fields.country,
    languages: new Set((fields.languages ?? []).map(({ tag }) => tag.split('-')[0] ?? tag)),
    shares: new Set(fields.shares),
    wants: new Set(fields.wantsToTry),
    isOnlyOne: fields.onlyOne === 'team' || fields.onlyOne === 'organisation',
    organisation: fields.organisation,
    keepsOwnOut: fields.boundaries?.includes('not-my-organisation') ?? false,
    sharedHours: hoursWith(fields, now),
  }
}

/** The facets that say a common language, and those of a person with the same role, a related one, or half of a swap. */
export function facetsSought(
  asker: Asker,
): Readonly<Record<'languages' | 'roles' | 'families' | 'gives' | 'takes', readonly Facet[]>> {
  const of = (kind: Facet['kind'], values: ReadonlySet<string>): readonly Facet[] =>
    [...values].map((value) => ({ kind, value }))
  return {
    languages: of('language', asker.languages),
    roles: of('role', asker.roles),
    families: of('role-family', asker.families),
    gives: of('share', asker.wants),
    takes: of('want', asker.shares),
  }
}

function hoursWith(hours: OwnHours, now: Date): Asker['sharedHours'] {
  const week = weekFrom(now)
  const own = ownWeek(hours, week)
  if (own === undefined) return () => undefined
  const known = new Map<string, number | undefined>()
  return (country) => {
    // Wherever in it she may be.
    if (!known.has(country)) known.set(country, officeOverlap(own, country, week)?.most)
    return known.get(country)
  }
}
