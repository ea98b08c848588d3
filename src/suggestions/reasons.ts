import type { Facet } from '../directory/facets.ts'
import type { Fit } from './fit.ts'

/** Why somebody is suggested: a sentence's key in words suggestions.json under `why`, with what it names. */
export type SuggestionReason = {
  readonly code:
    | 'same-role'
    | 'related-role'
    | 'shares-your-want'
    | 'wants-your-share'
    | 'both-only-one'
    | 'other-sector'
    | 'other-country'
    | 'same-country'
    | 'hours'
    | 'language'
  readonly facet?: Facet
  /** Whole hours a week. */
  readonly count?: number
}

const mostReasons = 6

/** Why these two, from what joins them to what sets them apart: at least one, at most six. */
export function reasonsOf(fit: Fit): readonly SuggestionReason[] {
  const about = (code: SuggestionReason['code'], kind: Facet['kind'], value: string | undefined): SuggestionReason[] =>
    value === undefined ? [] : [{ code, facet: { kind, value } }]
  return [
    ...about('same-role', 'role', fit.sameRole),
    ...about('related-role', 'role-family', fit.relatedRole),
    ...about('shares-your-want', 'share', fit.gives),
    ...about('wants-your-share', 'want', fit.takes),
    ...(fit.bothOnlyOne ? [{ code: 'both-only-one' as const }] : []),
    ...about('other-sector', 'sector', fit.otherSector),
    ...about('other-country', 'country', fit.otherCountry),
    ...about('same-country', 'country', fit.sameCountry),
    ...(fit.hours === undefined ? [] : [{ code: 'hours' as const, count: Math.floor(fit.hours) }]),
    ...about('language', 'language', fit.language),
  ].slice(0, mostReasons)
}
