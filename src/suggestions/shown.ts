import type { App } from '../app.ts'
import { facetLabel, shown, type Shown } from '../directory/shown.ts'
import type { Language, Translate } from '../common/words.ts'
import type { SuggestionReason } from './reasons.ts'
import type { Suggestion } from './suggestion.ts'

/** A suggestion as a page or the API shows it: the card of a search, with the reasons for this reader as its `why`. */
export function suggestionShown(
  { card, reasons }: Suggestion,
  app: Pick<App, 'config'>,
  language: Language,
  t: Translate,
): Shown {
  return { ...shown(card, app, language, t), why: reasons.map((reason) => sentenceOf(reason, language, t)) }
}

function sentenceOf({ code, facet, count }: SuggestionReason, language: Language, t: Translate): string {
  return t(`suggestions:why.${code}`, {
    ...(facet ? { label: facetLabel(facet, language) } : {}),
    ...(count === undefined ? {} : { count }),
  })
}
