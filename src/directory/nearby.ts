import { InvalidInput } from '../common/errors.ts'
import { nearCountries, ownZone } from '../hours/meeting.ts'
import { weekFrom } from '../hours/week.ts'
import type { Viewer } from './card.ts'
import type { SearchQuery } from './query.ts'

/** A query as it is asked for one reader, and whether it asks for hours near hers though her clock is not known. */
export type ForReader = { readonly query: SearchQuery; readonly lacksHours: boolean }

/**
 * The query with the countries that are near this reader's working hours on that day, where it asks for them. Where her clock
 * is not known, that part is left out.
 */
export function forReader(query: SearchQuery, viewer: Viewer, now: Date): ForReader {
  if (query.hours === undefined) return { query, lacksHours: false }
  if (knowsHours(viewer, now)) {
    return { query: { ...query, near: nearCountries(viewer.profile ?? {}, now) }, lacksHours: false }
  }
  const { hours: _hours, ...rest } = query
  return { query: rest, lacksHours: true }
}

/** The same for readers who are told of a fault: InvalidInput where the clock is not known. */
export function exactlyForReader(query: SearchQuery, viewer: Viewer, now: Date): SearchQuery {
  const { query: asked, lacksHours } = forReader(query, viewer, now)
  if (lacksHours) throw new InvalidInput([{ field: 'hours', rule: 'noZone' }])
  return asked
}

/** Whether this reader can search by hours near hers. */
export function knowsHours({ profile }: Viewer, now: Date): boolean {
  return profile !== undefined && ownZone(profile, weekFrom(now)) !== undefined
}
