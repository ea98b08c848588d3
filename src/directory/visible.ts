import { day, later } from '../common/clock.ts'
import { audienceNumber, type Audience } from './order.ts'

/** The parameters of one statement, in the order in which its text names them. */
export type Parameters = { readonly values: unknown[]; add(value: unknown): string }

/** No parameters yet; `add` keeps a value and returns its $n. */
export function noParameters(): Parameters {
  const values: unknown[] = []
  return {
    values,
    add(value) {
      values.push(value)
      return `$${values.length}`
    },
  }
}

/** What every query about people depends on: who reads, and the node's own clock. */
export type Sight = { readonly audience: Audience; readonly now: Date }

/**
 * The one rule by which somebody may be shown (FEDERATION.md 5), as the `from … where …` of a statement: `e` is the entry,
 * `o` its origin. An origin counts while its lease runs and nobody here hides it; an entry until its yearly review.
 * Every query that returns people is built on this; a test looks for others.
 */
export function visibleEntries(given: Parameters, sight: Sight): string {
  const now = given.add(sight.now)
  return `from directory_entry e join origin o on o.origin_id = e.origin_id
    where e.audience = ${given.add(audienceNumber[sight.audience])} and e.ends_at > ${now} and o.valid_until > ${now} and not o.hidden`
}

/**
 * Whether the flag of `e` is up now, as a condition. One that claims to last beyond 90 days (to the end of that day, so
 * under 91) is nobody's: it does not count.
 */
export function isOpen(given: Parameters, sight: Sight): string {
  const now = given.add(sight.now)
  return `(e.flag_ends_at > ${now} and e.flag_ends_at < ${given.add(later(sight.now, 91 * day))})`
}
