import { day, dayOf, instantOf, later } from '../common/clock.ts'
import { keyedHash } from '../common/ids.ts'

/** How long it is remembered that two people have met, in days: two years, at most. */
export const metKeptDays = 730

/** Until when: that long from the beginning of the month (in UTC) of that moment, so that nobody can tell by it which two met at one time. */
export function metUntil(at: Date): Date {
  return later(instantOf(`${dayOf(at).slice(0, 8)}01`) ?? at, metKeptDays * day)
}

/** A person's memory holds at most so many pairs. */
export const mostPairs = 5_000

/**
 * What is kept of a person whom somebody does not want suggested: enough to know her again by the id of her person, and without the
 * node's secret not who she is. Somebody who was listed anew under another id is another person here.
 */
export function pairKey(hashingKey: string, accountId: string, personId: string): string {
  return keyedHash(hashingKey, `pair\n${accountId}\n${personId}`)
}
