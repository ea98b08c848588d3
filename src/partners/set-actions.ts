import type { Needs } from '../app.ts'
import { day, hour, later } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { statementHours, tombstoneDays } from './partner.ts'
import { dropTombstones, keepStatement, lockState, type DirectoryState } from './set-store.ts'
import { directoryState, ownRoot } from './set-views.ts'
import { ensureDirectoryState } from './steps.ts'
import { keepAcknowledgement, lockPartner } from './store.ts'

/** What a statement says, before it is a document and signed. */
export type StatementFacts = {
  readonly epoch: string
  readonly seq: number
  readonly totalItems: number
  readonly root: string
  readonly issued: Date
}

/** Makes the directory's row at the first start. */
export function beginDirectory(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => ensureDirectoryState(tx, needs))
}

/**
 * The statement as it is served now: the kept one, or, after a change and once a day, a new one (FEDERATION.md 4.3). `sign` makes
 * the signed text; it must not wait for anything, since the set is locked meanwhile.
 */
export async function currentStatement(needs: Needs, sign: (facts: StatementFacts) => string): Promise<string> {
  const state = await directoryState(needs.db)
  if (state?.statement && isFresh(state, needs.now())) return state.statement
  return needs.db.transaction(async (tx) => {
    await ensureDirectoryState(tx, needs)
    const locked = await lockState(tx)
    const now = needs.now()
    if (locked.statement !== null && isFresh(locked, now)) return locked.statement
    const { root, totalItems } = await ownRoot(tx)
    const statement = sign({ epoch: locked.epoch, seq: locked.seq, totalItems, root, issued: now })
    await keepStatement(tx, statement, now)
    return statement
  })
}

function isFresh({ issuedAt }: DirectoryState, now: Date): boolean {
  return issuedAt !== null && issuedAt <= now && later(issuedAt, statementHours * hour) > now
}

/**
 * Writes down what a partner says it holds (FEDERATION.md 4.3). A seq that we never gave is not believed: it would confirm what
 * has not happened. Of a node that is no partner any more only `have=0` counts: it has erased.
 */
export function acknowledge(
  needs: Needs,
  partnerId: number,
  held: { readonly have: number; readonly root: string | null },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const partner = await lockPartner(tx, 'id', partnerId)
    const state = await directoryState(tx)
    if (!partner || !state) return
    if (partner.follower !== 'accepted' && held.have !== 0) return
    if (held.have > state.seq)
      logger('partners').warn(
        `partner ${partnerId} holds seq ${held.have}, which was never given: was this node restored?`,
      )
    await keepAcknowledgement(tx, partnerId, held.have > state.seq ? null : held.have, held.root, needs.now())
  })
}

/** Deletes tombstones after their 400 days; an older cursor must take a snapshot from now on. */
export function forgetTombstones(needs: Needs): Promise<number> {
  return needs.db.transaction(async (tx) => {
    await ensureDirectoryState(tx, needs)
    await lockState(tx)
    return dropTombstones(tx, later(needs.now(), -tombstoneDays * day))
  })
}
