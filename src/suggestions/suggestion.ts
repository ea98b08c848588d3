import type { Card } from '../directory/card.ts'
import type { SuggestionReason } from './reasons.ts'
import type { Axis } from './spread.ts'

/** One person to look sideways at. */
export type Suggestion = {
  readonly card: Card
  readonly score: number
  readonly reasons: readonly SuggestionReason[]
}

/** Five people or fewer, best first, and what the page says beside them. */
export type Suggestions = {
  readonly people: readonly Suggestion[]
  /** In what way all of them are alike, because nobody else is open. */
  readonly missing: readonly Axis[]
  /** How many people the asker set aside: for her alone. */
  readonly setAside: number
}
