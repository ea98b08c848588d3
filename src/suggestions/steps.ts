import { Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { metUntil, mostPairs, pairKey } from './pair.ts'
import { dropMet, keepMet, keepSetAside, lockMemory } from './store.ts'

/** Remembers for two years, by the month, that a person here has met somebody, so that she is not suggested again. */
export async function rememberMet(
  tx: Tx,
  { hashingKey, accountId, personId, at }: MetPair & { readonly hashingKey: string },
): Promise<void> {
  await keepMet(tx, accountId, pairKey(hashingKey, accountId, personId), metUntil(at))
}

/** Takes that back: the two had agreed to meet, and did not. */
export async function forgetMet(
  tx: Tx,
  { hashingKey, accountId, personId }: Omit<MetPair, 'at'> & { readonly hashingKey: string },
): Promise<void> {
  await dropMet(tx, accountId, pairKey(hashingKey, accountId, personId))
}

/** "Not this person": she is never suggested to the account again, and nobody learns of it. Refusal too-many-requests beyond 5,000. */
export async function setPairAside(
  tx: Tx,
  { hashingKey, accountId, personId }: Omit<MetPair, 'at'> & { readonly hashingKey: string },
): Promise<void> {
  if ((await lockMemory(tx, accountId)) >= mostPairs) throw new Refusal('too-many-requests')
  await keepSetAside(tx, accountId, pairKey(hashingKey, accountId, personId))
}

/** Somebody here, and the id of the person whom she met at that time. */
export type MetPair = { readonly accountId: string; readonly personId: string; readonly at: Date }
