import type { Needs } from '../app.ts'
import { day, hour, later } from '../common/clock.ts'
import { etagOf } from '../common/etag.ts'
import { logger } from '../common/log.ts'
import type { Tx } from '../database/database.ts'
import { meaningOf, type Holding } from './acknowledgement.ts'
import { hasHidden, keepPartnerStatement } from './hidden-store.ts'
import { statementHours, tombstoneDays } from './partner.ts'
import { keptStatement } from './poll-views.ts'
import { dropTombstones, keepBuckets, keepStatement, lockState } from './set-store.ts'
import { directoryState, ownRoot } from './set-views.ts'
import { beginNewEpoch, ensureDirectoryState } from './steps.ts'
import { findPartner, keepAcknowledgement, lockPartner } from './store.ts'
import { confirmWithdrawals } from './withdrawal-store.ts'

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
 * The statement as it is served to one partner now: the kept one, or, after a change and once a day, a new one (FEDERATION.md 4.3).
 * Partners from whom nothing is hidden share one. `sign` makes the signed text; it must not wait for anything, since the set is locked
 * meanwhile.
 */
export async function currentStatement(
  needs: Needs,
  partnerId: number,
  sign: (facts: StatementFacts) => string,
): Promise<string> {
  const known = await keptStatement(needs.db, partnerId)
  if (known && isServed(known, needs.now())) return known.statement
  return needs.db.transaction(async (tx) => {
    await ensureDirectoryState(tx, needs)
    const { epoch, seq } = await lockState(tx)
    const issued = needs.now()
    const kept = await keptStatement(tx, partnerId) // another request may have signed it while we waited
    if (kept && isServed(kept, issued)) return kept.statement
    await keepBuckets(tx)
    const hasOwnSet = await hasHidden(tx, partnerId)
    const { root, totalItems } = await ownRoot(tx, hasOwnSet ? partnerId : null)
    const statement = sign({ epoch, seq, totalItems, root, issued })
    const etag = etagOf(statement)
    if (hasOwnSet) await keepPartnerStatement(tx, partnerId, { epoch, seq, statement, etag, issuedAt: issued })
    else await keepStatement(tx, statement, etag, issued)
    return statement
  })
}

/** Whether a statement is there and not a day old (FEDERATION.md 4.3). */
export function isFresh(issuedAt: Date | null, now: Date): boolean {
  return issuedAt !== null && issuedAt <= now && later(issuedAt, statementHours * hour) > now
}

function isServed<Kept extends { readonly statement: string | null; readonly issuedAt: Date | null }>(
  kept: Kept,
  now: Date,
): kept is Kept & { readonly statement: string } {
  return kept.statement !== null && isFresh(kept.issuedAt, now)
}

/**
 * Writes down what a partner says it holds when it asks for the statement (FEDERATION.md 4.3), or only that it asks, and confirms to
 * people what it has applied. Of a node that is no partner any more only `have=0` counts: it has erased. A partner that has read further
 * than we have been tells us that we were restored.
 */
export function acknowledge(needs: Needs, partnerId: number, said: Holding | undefined): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const state = await directoryState(tx)
    const partner = await findPartner(tx, 'id', partnerId)
    if (!partner || !state) return
    const meaning = said && meaningOf(said, { theirEpoch: partner.theirEpoch, epoch: state.epoch, seq: state.seq })
    // Before anything is locked: a new epoch locks in an order of its own.
    if (partner.follower === 'accepted' && meaning === 'we-were-restored') return noteRestored(tx, needs, partnerId)
    await keepWord(tx, needs, partnerId, said)
  })
}

async function noteRestored(tx: Tx, needs: Needs, partnerId: number): Promise<void> {
  if (await beginNewEpoch(tx, needs, 'partner'))
    logger('partners').error(
      `partner ${partnerId} has read more than this node ever gave: it was restored, and begins anew`,
    )
  else logger('partners').warn(`partner ${partnerId} says again that it has read more than this node ever gave`)
}

async function keepWord(tx: Tx, needs: Needs, partnerId: number, said: Holding | undefined): Promise<void> {
  const partner = await lockPartner(tx, 'id', partnerId)
  const state = await directoryState(tx)
  if (!partner || !state) return
  const now = needs.now()
  if (partner.follower !== 'accepted') {
    if (said?.have !== 0) return
    await keepAcknowledgement(tx, partnerId, { ...said, epoch: state.epoch }, now)
    await confirmWithdrawals(tx, partnerId, 'erased', now)
    return
  }
  if (!said) {
    const { theirHave: have, theirRoot: root } = partner
    const counts = partner.theirEpoch === state.epoch
    return keepAcknowledgement(
      tx,
      partnerId,
      { have: counts ? have : null, root: counts ? root : null, epoch: state.epoch },
      now,
    )
  }
  const meaning = meaningOf(said, { theirEpoch: partner.theirEpoch, epoch: state.epoch, seq: state.seq })
  const believed = typeof meaning === 'string' ? { have: null, root: null } : meaning
  await keepAcknowledgement(tx, partnerId, { ...believed, epoch: state.epoch }, now)
  if (believed.have !== null) await confirmWithdrawals(tx, partnerId, { have: believed.have }, now)
}

/** Deletes tombstones after their 400 days; an older cursor must take a snapshot from now on. */
export function forgetTombstones(needs: Needs): Promise<number> {
  return needs.db.transaction(async (tx) => {
    await ensureDirectoryState(tx, needs)
    await lockState(tx)
    return dropTombstones(tx, later(needs.now(), -tombstoneDays * day))
  })
}
