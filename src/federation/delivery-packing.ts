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
import { afterNewKeys } from './key-change-views.ts'
import { actorKeys, comingSigningKey } from './keys.ts'

const log = logger('federation')

/** A host, what is due for it, and what that says, signed by whom. */
export type HostTurn = {
  readonly host: DueHost
  readonly deliveries: readonly DueDelivery[]
  /** By delivery; none where the sender has no key, or the body is gone. Those of one activity by one key are the same object. */
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
  if (bodies.size > mostBodies) bodies.clear()
  const missing = [...new Set(due.map(({ activityId }) => activityId))].filter((id) => !bodies.has(id))
  if (missing.length > 0)
    for (const [id, body] of await bodiesOf(app.db, missing)) bodies.set(id, { body, digest: digestOf(body) })
  const keys = new Map<string, SigningKey | undefined>()
  for (const sender of new Set(due.map((delivery) => delivery.sender))) keys.set(sender, await signingKey(app, sender))
  const byNewKey = await toldOfNewKeys(app, due)
  const same = new Map<string, Letter>()
  const letters = new Map<string, Letter>()
  for (const { id, activityId, sender } of due) {
    const key = byNewKey.get(id) ?? keys.get(sender)
    const kept = bodies.get(activityId)
    if (!key || !kept || kept.body === '') continue
    const name = `${activityId} ${byNewKey.has(id)}`
    const letter = same.get(name) ?? { ...kept, key }
    same.set(name, letter)
    letters.set(id, letter)
  }
  return letters
}

// Whoever has the Update about a new key checks what comes after it by that key, whatever others still wait for.
async function toldOfNewKeys(app: App, due: readonly DueDelivery[]): Promise<ReadonlyMap<string, SigningKey>> {
  const told = await afterNewKeys(
    app.db,
    due.map(({ id }) => id),
  )
  const keys = new Map<string, SigningKey | undefined>()
  const found = new Map<string, SigningKey>()
  for (const { id, actorId } of told) {
    if (!keys.has(actorId)) keys.set(actorId, await comingSigningKey(app, actorId))
    const key = keys.get(actorId)
    if (key) found.set(id, key)
  }
  return found
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
  const places = new Map<Letter, number>()
  const packed: Letter[] = []
  const errands: Errand[] = []
  for (const delivery of deliveries) {
    const { id, inbox, sender, behind } = delivery
    const letter = letters.get(id)
    if (delivery.isOver) notes.add({ ...outcomeOf(delivery, now), state: 'replaced', error: 'taken back' })
    else if (behind) notes.putOff(id, behind)
    else if (!letter && delivery.giveUpAt < now)
      notes.add({ ...outcomeOf(delivery, now), state: 'failed', error: 'nothing to sign it with' })
    else if (!letter) notes.putOff(id, later(now, minute))
    else {
      const place = places.get(letter) ?? packed.push(letter) - 1
      places.set(letter, place)
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
