import { KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { later, minute } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import type { SigningKey } from './cavage.ts'
import {
  hostAfter,
  newHost,
  nextTry,
  triesInTurn,
  verdictOf,
  type Attempt,
  type HostState,
} from './delivery-circuit.ts'
import type { Notes } from './delivery-notes.ts'
import { digestOf } from './delivery-post.ts'
import type { Errand, Letter, Turn } from './delivery-turn.ts'
import { bodiesOf, dueDeliveries, type DueDelivery, type DueHost } from './delivery-views.ts'
import { actorKeys } from './keys.ts'

const log = logger('federation')

/** A host, what is due for it, and what that says, signed by whom. */
export type HostTurn = {
  readonly host: DueHost
  readonly deliveries: readonly DueDelivery[]
  /** By activity; none where the sender has no key, or the body is gone. */
  readonly letters: ReadonlyMap<string, Letter>
}

export type Bodies = Map<string, { readonly body: string; readonly digest: string }>

const mostBodies = 200

/** Loads what is due for these hosts, at most `limit` for each. A body is read, and its digest computed, once while `bodies` has room. */
export async function packTurns(
  app: App,
  hosts: readonly DueHost[],
  { bodies, limit }: { readonly bodies: Bodies; readonly limit: number },
): Promise<HostTurn[]> {
  if (hosts.length === 0) return []
  const due = await dueDeliveries(
    app.db,
    hosts.map(({ host }) => host),
    { now: app.now(), limit },
  )
  const letters = await lettersOf(app, due, bodies)
  const byHost = Map.groupBy(due, ({ host }) => host)
  return hosts.map((host) => ({ host, deliveries: byHost.get(host.host) ?? [], letters }))
}

async function lettersOf(app: App, due: readonly DueDelivery[], bodies: Bodies): Promise<ReadonlyMap<string, Letter>> {
  const senders = new Map(due.map(({ activityId, sender }) => [activityId, sender]))
  if (bodies.size > mostBodies) bodies.clear()
  const missing = [...senders.keys()].filter((id) => !bodies.has(id))
  if (missing.length > 0)
    for (const [id, body] of await bodiesOf(app.db, missing)) bodies.set(id, { body, digest: digestOf(body) })
  const keys = new Map<string, SigningKey | undefined>()
  const letters = new Map<string, Letter>()
  for (const [id, sender] of senders) {
    if (!keys.has(sender)) keys.set(sender, await signingKey(app, sender))
    const key = keys.get(sender)
    const kept = bodies.get(id)
    if (key && kept && kept.body !== '') letters.set(id, { ...kept, key })
  }
  return letters
}

// The same object as long as the key is the same.
const keyObjects = new WeakMap<object, SigningKey>()

async function signingKey(app: App, sender: string): Promise<SigningKey | undefined> {
  const keys = await actorKeys(app, sender)
  if (!keys) return undefined
  const known = keyObjects.get(keys)
  if (known) return known
  const key = { keyId: keys.rsa.keyId, privateKey: KeyObject.from(keys.rsa.privateKey) }
  keyObjects.set(keys, key)
  return key
}

/** A turn to be sent, what to do with each attempt of it, and what is known of the host at its end. */
export function attemptsOf(
  app: App,
  { host, deliveries, letters }: HostTurn,
  notes: Notes,
): {
  readonly turn: Turn
  readonly report: (attempt: Attempt) => void
  readonly end: () => { readonly state: HostState | undefined; readonly isBack: boolean }
} {
  const now = app.now()
  let state: HostState = { ...newHost(now), ...host, triedAt: host.triedAt ?? now }
  let isBack = false
  let wasTried = false
  const waiting = new Map<string, DueDelivery>()
  const places = new Map<string, number>()
  const packed: Letter[] = []
  const errands: Errand[] = []
  for (const delivery of deliveries) {
    const { id, inbox, sender, activityId, behind } = delivery
    const letter = letters.get(activityId)
    if (delivery.isOver) notes.add({ ...outcomeOf(delivery, now), state: 'replaced', error: 'taken back' })
    else if (behind) notes.putOff(id, behind)
    else if (!letter && delivery.giveUpAt < now)
      notes.add({ ...outcomeOf(delivery, now), state: 'failed', error: 'nothing to sign it with' })
    else if (!letter) notes.putOff(id, later(now, minute))
    else {
      const place = places.get(activityId) ?? packed.push(letter) - 1
      places.set(activityId, place)
      waiting.set(id, delivery)
      errands.push({ id, inbox, chain: `${sender} ${inbox}`, letter: place })
    }
  }
  return {
    turn: { letters: packed, errands: withStuckLast(errands, waiting), failures: state.failures },
    report(attempt) {
      const delivery = waiting.get(attempt.id)
      if (!delivery) return
      const at = app.now()
      wasTried = true
      const wasFailing = state.failures > 0
      state = hostAfter(state, attempt, at, Math.random())
      if (wasFailing && state.failures === 0) isBack = true
      notes.add(outcome(delivery, attempt, at))
    },
    end: () => ({ state: wasTried ? state : undefined, isBack: isBack && state.failures === 0 }),
  }
}

// A host that is asked once is not asked with what it refused again and again, while there is something else for it.
function withStuckLast(errands: readonly Errand[], due: ReadonlyMap<string, DueDelivery>): readonly Errand[] {
  const chains = new Map<string, boolean>()
  for (const { id, chain } of errands)
    if (!chains.has(chain)) chains.set(chain, (due.get(id)?.attempts ?? 0) >= triesInTurn)
  return errands.toSorted((one, other) => Number(chains.get(one.chain)) - Number(chains.get(other.chain)))
}

function outcomeOf(delivery: DueDelivery, at: Date) {
  const { id, host, inbox, sender } = delivery
  return { id, host, inbox, sender, at, status: undefined, error: undefined, nextTry: undefined } as const
}

function outcome(delivery: DueDelivery, attempt: Attempt, at: Date): Parameters<Notes['add']>[0] {
  const said = { ...outcomeOf(delivery, at), status: attempt.status, error: attempt.error }
  const verdict = verdictOf(attempt)
  if (verdict === 'delivered') return { ...said, state: 'delivered' }
  const next = nextTry(attempt, delivery.attempts + 1, at, Math.random())
  const isOver = verdict === 'hopeless' || next > delivery.giveUpAt
  log.info(`delivery ${delivery.id} to ${delivery.host}: ${attempt.status ?? 'no answer'}${isOver ? ', given up' : ''}`)
  return isOver ? { ...said, state: 'failed' } : { ...said, state: 'waiting', nextTry: next }
}
