import type { Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { enqueue } from '../jobs/queue.ts'
import type { HostState } from './delivery-circuit.ts'
import {
  closeCircuit,
  giveUpHost,
  giveUpLate,
  hurryWaiting,
  keepBehind,
  keepHosts,
  keepOutcomes,
  keepPutOff,
  keepReached,
  makeDue,
  refuseWaiting,
  retryFailed,
  type Outcome,
} from './delivery-store.ts'

/** How long what failed can be tried again. */
export const retryDays = 30

export type Written = {
  readonly outcomes: readonly (Outcome & { readonly host: string; readonly inbox: string; readonly sender: string })[]
  /** What waits until then without having been tried. */
  readonly putOff: readonly { readonly id: string; readonly until: Date }[]
  readonly hosts: ReadonlyMap<string, HostState>
  /** Hosts that answer again: what waited for that is due. */
  readonly back: readonly string[]
  /** Hosts to which nothing may be sent. */
  readonly refused: readonly string[]
}

/** Writes down what many attempts came to, in one transaction: deliveries, who was reached, and what is known of hosts. */
export function finishAttempts(needs: Needs, { outcomes, putOff, hosts, back, refused }: Written): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    if (outcomes.length > 0) await keepOutcomes(tx, outcomes)
    const again = outcomes.filter(({ state }) => state === 'waiting').map(({ id }) => id)
    if (again.length > 0) await keepBehind(tx, again)
    if (putOff.length > 0) await keepPutOff(tx, putOff)
    const reached = outcomes.filter(({ state }) => state === 'delivered')
    if (reached.length > 0) await keepReached(tx, reached, now)
    if (hosts.size > 0) await keepHosts(tx, hosts)
    if (back.length > 0) await makeDue(tx, back, now)
    if (refused.length > 0) await refuseWaiting(tx, refused, now)
  })
}

/** Ends what waited past its time. */
export function endLate(needs: Needs): Promise<number> {
  return needs.db.transaction((tx) => giveUpLate(tx, needs.now()))
}

/** Queues a look at what is due, then. A look that waits is moved. */
export function lookLater(needs: Needs, at: Date): Promise<void> {
  return needs.db.transaction((tx) => enqueue(tx, 'federation.deliver', {}, { key: 'later', runAt: at }))
}

/** A host that did not answer has spoken: what waits for it goes out now. */
export function hearFrom(needs: Needs, host: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await closeCircuit(tx, host))) return
    await makeDue(tx, [host], needs.now())
    await enqueue(tx, 'federation.deliver', {}, { runAt: needs.now() })
  })
}

/** An administrator tries again: what waits for a host, and what failed there, or of one kind, within 30 days. Returns how many. */
export function tryAgain(needs: Needs, what: { readonly host?: string; readonly kind?: string }): Promise<number> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const failed = await retryFailed(tx, what, {
      at: now,
      since: later(now, -retryDays * day),
      giveUpAt: later(now, 2 * day),
    })
    const waiting = what.host === undefined ? 0 : await hurryWaiting(tx, what.host, now)
    await enqueue(tx, 'federation.deliver', {}, { runAt: now })
    return Math.max(failed, waiting) // what failed waits now, and was counted with the rest
  })
}

/** An administrator gives up what waits for a host. Returns how many. */
export function giveUp(needs: Needs, host: string): Promise<number> {
  return needs.db.transaction((tx) => giveUpHost(tx, host, needs.now()))
}
