import type { Language, Translate } from '../common/words.ts'
import { listParts, type Asked } from './query.ts'
import { facetLabel } from './shown.ts'

/** One part of a query as its reader would say it: on a chip, as a way out, in the list of her saved searches. */
export function partText({ part, value }: Asked, language: Language, t: Translate): string {
  if (part === 'open' || part === 'hours') return t(`directory:chip.${part}`)
  if (part === 'text') return t('directory:chip.text', { label: value })
  if (part === 'onlyOne') return t(`directory:chip.onlyOne-${value}`)
  return t(`directory:chip.${part}`, { label: facetLabel({ kind: listParts[part].facet, value }, language) })
}
