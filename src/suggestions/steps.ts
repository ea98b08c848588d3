import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { metKeptDays, pairKey } from './pair.ts'
import { keepMet } from './store.ts'

/** Remembers for two years that a person here has met somebody, so that she is not suggested again. */
export async function rememberMet(
  tx: Tx,
  { hashingKey, accountId, personId, at }: MetPair & { readonly hashingKey: string },
): Promise<void> {
  await keepMet(tx, accountId, pairKey(hashingKey, accountId, personId), later(at, metKeptDays * day))
}

/** Somebody here, and the id of the person whom she met at that time. */
export type MetPair = { readonly accountId: string; readonly personId: string; readonly at: Date }
