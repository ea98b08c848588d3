import type { KeyObject } from 'node:crypto'
import { hour, minute } from '../common/clock.ts'

/** A key of somebody else, with the actor that was found to list it as its own. */
export type KnownKey = {
  readonly id: string
  readonly owner: string
  readonly publicKey: KeyObject
}

/** Keys of strangers: fetching one costs far more than checking a signature with it. */
export type KeyCache = {
  /** The key of that id, fetched where it is not known; undefined when it cannot be had or is nobody's. Never throws. */
  get(id: URL): Promise<KnownKey | undefined>
  /** A newer key of the same id, where `known` did not fit and its server has not been asked within a minute. Never throws. */
  newer(known: KnownKey): Promise<KnownKey | undefined>
}

export type KeyCacheBounds = {
  /** Keys kept at most, and failures remembered at most. */
  readonly holds: number
  /** Milliseconds that a key is believed. */
  readonly lives: number
  /** Milliseconds before a server is asked for the same key again, after a failure or for a newer one. */
  readonly pause: number
}

// Partners ask in turn: where one more asks than are kept, each is pushed out before it comes again. A key takes about 4 KB.
const ordinaryBounds: KeyCacheBounds = { holds: 10_000, lives: 6 * hour, pause: minute }

/**
 * Keeps what `fetched` brings, bounded in number and age, since strangers choose the ids. `elapsed` counts milliseconds.
 * Whoever asks for an id that is being fetched waits for the same answer.
 */
export function createKeyCache(
  fetched: (id: URL) => Promise<KnownKey | undefined>,
  bounds: KeyCacheBounds = ordinaryBounds,
  elapsed: () => number = () => performance.now(),
): KeyCache {
  const kept = new Map<string, { readonly known: KnownKey; readonly until: number; readonly askedAt: number }>()
  // Apart from the keys, so that made-up ids push out no real one.
  const failed = new Map<string, number>()
  const underway = new Map<string, Promise<KnownKey | undefined>>()

  async function ask(id: URL): Promise<KnownKey | undefined> {
    const known = await fetched(id).catch(() => undefined)
    const now = elapsed()
    if (known) put(kept, id.href, { known, until: now + bounds.lives, askedAt: now }, bounds.holds)
    return known
  }

  function askOnce(id: URL): Promise<KnownKey | undefined> {
    const waiting = underway.get(id.href)
    if (waiting) return waiting
    const answer = ask(id).finally(() => underway.delete(id.href))
    underway.set(id.href, answer)
    return answer
  }

  return {
    async get(id) {
      const entry = kept.get(id.href)
      if (entry && entry.until > elapsed()) {
        put(kept, id.href, entry, bounds.holds)
        return entry.known
      }
      kept.delete(id.href)
      if ((failed.get(id.href) ?? 0) > elapsed()) return undefined
      failed.delete(id.href)
      const known = await askOnce(id)
      if (!known) put(failed, id.href, elapsed() + bounds.pause, bounds.holds)
      return known
    },
    async newer(known) {
      const entry = kept.get(known.id)
      if (!entry) return undefined // pushed out meanwhile: the next request fetches it
      if (entry.known !== known) return entry.known
      if (elapsed() - entry.askedAt < bounds.pause) return undefined
      put(kept, known.id, { ...entry, askedAt: elapsed() }, bounds.holds)
      const found = await askOnce(new URL(known.id))
      return found && !found.publicKey.equals(known.publicKey) ? found : undefined
    },
  }
}

/** Puts an entry last, and drops the one that was used longest ago where there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value, holds: number): void {
  map.delete(key)
  const oldest = map.size >= holds ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
