import { later, minute } from '../common/clock.ts'

/** What an asker says it holds of us (FEDERATION.md 4.3): the cursor up to which it has applied, its root, and the epoch in which they count. */
export type Holding = { readonly have: number; readonly root: string | null; readonly epoch: string | null }

/** What is known of an asker, and how far our set is. */
export type Known = {
  readonly theirHave: number | null
  readonly theirRoot: string | null
  readonly theirPoll: Date | null
  readonly theirEpoch: string | null
  readonly epoch: string
  readonly seq: number
}

/** What a word about what somebody holds is worth. */
export type Meaning =
  | { readonly have: number; readonly root: string | null }
  /** It counts in another run of numbers, or nobody knows in which. */
  | 'other-epoch'
  /** It has read further than we have ever been: our database is older than it was. */
  | 'we-were-restored'

/**
 * Weighs that word. An asker that names no epoch speaks of the newest statement that it was given. A set from which listings are hidden
 * counts the same seq as every other, so its cursor is believed alike.
 */
export function meaningOf(said: Holding, known: Pick<Known, 'theirEpoch' | 'epoch' | 'seq'>): Meaning {
  if ((said.epoch ?? known.theirEpoch) !== known.epoch) return 'other-epoch'
  return said.have > known.seq ? 'we-were-restored' : { have: said.have, root: said.root }
}

/** The same word of the same asker is written down again after so long: what is kept may be older than its last poll by that much. */
export const sameWordFor = 5 * minute

/** Whether a poll says something worth writing down. */
export function isNews(said: Holding | undefined, known: Known, now: Date): boolean {
  if (known.theirEpoch !== known.epoch) return true
  if (said === undefined) return false
  const meaning = meaningOf(said, known)
  if (meaning === 'we-were-restored') return true
  const { have, root } = meaning === 'other-epoch' ? { have: null, root: null } : meaning
  if (have !== known.theirHave || root !== known.theirRoot) return true
  return known.theirPoll === null || later(known.theirPoll, sameWordFor) < now
}
