/** How far people are counted; beyond, "1,000 or more". */
export const countedTo = 1000

/** A number of people as anybody may read it: nothing between nought and ten (a small number may point to somebody). */
export type Total = { readonly value: number; readonly relation: 'equal' | 'fewer' | 'more' }

/** The total to show for `count` people, who were counted up to one beyond `countedTo`. */
export function totalOf(count: number): Total {
  if (count === 0) return { value: 0, relation: 'equal' }
  if (!mayBeTold(count)) return { value: 10, relation: 'fewer' }
  return count > countedTo ? { value: countedTo, relation: 'more' } : { value: count, relation: 'equal' }
}

/** Whether a number may be told to somebody whom it does not concern: nought, or ten and more. */
export function mayBeTold(count: number): boolean {
  return count === 0 || count >= 10
}
