import type { Language, Translate } from '../common/words.ts'
import type { FacetCounts } from './counting.ts'
import { sharesOf } from './map.ts'
import { facetLabel } from './shown.ts'

const mostNamed = 3

/** The countries and the sectors with most people, a sentence each; none while each has fewer than ten. */
export function outThere(counts: FacetCounts, language: Language, t: Translate): readonly string[] {
  return (['country', 'sector'] as const).flatMap((kind) => {
    const named = sharesOf(counts, kind)
      .slice(0, mostNamed)
      .map(({ value, people }) =>
        t('directory:map.named', { name: facetLabel({ kind, value }, language), number: people }),
      )
    if (named.length === 0) return []
    return [
      t(`directory:map.${kind === 'country' ? 'byCountries' : 'bySectors'}`, {
        list: named.join(', '),
      }),
    ]
  })
}
