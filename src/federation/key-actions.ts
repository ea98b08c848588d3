import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { App, Needs } from '../app.ts'
import { addresses, directoryActor, nodeActor } from '../common/addresses.ts'
import { multikey } from '../common/multibase.ts'
import { enqueue } from '../jobs/queue.ts'
import { beginNewEpoch, moveStatement } from '../partners/steps.ts'
import { keyChangeDocument } from './key-change-document.ts'
import { dropComingKeys } from './key-change-store.ts'
import type { KeyRow, NumberedKeyRow } from './key-row.ts'
import { dropKeyChanges, keepKeyChange, lockKeys, replaceKey } from './key-store.ts'

/** Our own origin is part of what is signed. */
type KeyNeeds = Needs & { readonly config: Pick<App['config'], 'origin'> }

/**
 * Puts new keys of the directory in the place of its former ones. The former Ed25519 key vouches for the new one, our statement is
 * signed anew, and partners are told to ask: all of it, or nothing. Returns the number of the new keys.
 */
export function rotateDirectoryKeys(needs: KeyNeeds, made: readonly KeyRow[]): Promise<number> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    // The set first, as everywhere: whoever signs a statement holds it.
    await moveStatement(tx, needs)
    const held = await lockKeys(tx, directoryActor)
    const former = ed25519Of(held)
    const next = ed25519Of(made)
    const number = newest(held) + 1
    const formerKey = multikeyOf(former)
    const newKey = multikeyOf(next)
    const change = { number, formerNumber: former.number, formerKey, newKey, changedAt: now }
    const document = keyChangeDocument(addresses(needs.config.origin), change, privateKeyOf(former))
    await keepKeyChange(tx, { number, formerKey, newKey, changedAt: now, document: JSON.stringify(document) })
    for (const key of made) await replaceKey(tx, directoryActor, key, number, now)
    return number
  })
}

/** Has our statement signed anew, and partners told to ask for it. */
export function signAnew(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => moveStatement(tx, needs))
}

/**
 * Replaces the keys of these actors, because somebody else may have them. Nothing vouches for the new key of the directory, and a new
 * epoch begins: partners believe nothing of us until their administrators have compared. Followers of public people are told.
 */
export function replaceStolenKeys(needs: KeyNeeds, made: ReadonlyMap<string, readonly KeyRow[]>): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    await beginNewEpoch(tx, needs, 'keys-stolen')
    await dropKeyChanges(tx)
    for (const [actorId, keys] of made) {
      const number = newest(await lockKeys(tx, actorId)) + 1
      for (const key of keys) await replaceKey(tx, actorId, key, number, now)
      await dropComingKeys(tx, actorId)
      if (actorId !== directoryActor && actorId !== nodeActor)
        await enqueue(tx, 'federation.person-changed', { personId: actorId }, { key: actorId })
    }
  })
}

function ed25519Of<Row extends KeyRow>(keys: readonly Row[]): Row {
  const found = keys.find(({ kind }) => kind === 'ed25519')
  if (!found) throw new Error('the directory has no Ed25519 key')
  return found
}

function newest(keys: readonly NumberedKeyRow[]): number {
  return Math.max(...keys.map(({ number }) => number))
}

// Our own rows, and rows that were made a moment ago.
function multikeyOf({ public_jwk }: KeyRow): string {
  return multikey(createPublicKey({ key: JSON.parse(public_jwk) as JsonWebKey, format: 'jwk' }))
}

function privateKeyOf({ private_jwk }: KeyRow): KeyObject {
  return createPrivateKey({ key: JSON.parse(private_jwk) as JsonWebKey, format: 'jwk' })
}
