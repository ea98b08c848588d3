import type { Needs } from '../app.ts'
import { setPairAside } from './steps.ts'
import { dropEnded, dropMemory, dropSetAside } from './store.ts'

/** "Not this person": she is never suggested to the account again, and nobody learns of it. Refusal too-many-requests beyond 5,000. */
export function setAside(
  { hashingKey, ...needs }: Needs & { readonly hashingKey: string },
  accountId: string,
  personId: string,
): Promise<void> {
  return needs.db.transaction((tx) => setPairAside(tx, { hashingKey, accountId, personId }))
}

/** Forgets everybody whom a person set aside: nobody can say whom that was, so it is all or nothing. */
export function forgetSetAside(needs: Pick<Needs, 'db'>, accountId: string): Promise<void> {
  return needs.db.transaction((tx) => dropSetAside(tx, accountId))
}

/** Forgets all pairs of somebody whose account was closed. */
export function forgetPairs(needs: Pick<Needs, 'db'>, accountId: string): Promise<void> {
  return needs.db.transaction((tx) => dropMemory(tx, accountId))
}

/** Forgets meetings of more than two years ago, and what a restored backup still has of people whose accounts are closed. */
export function tidyPairs(needs: Pick<Needs, 'db' | 'now'>): Promise<void> {
  return needs.db.transaction((tx) => dropEnded(tx, needs.now()))
}
