import type { KeyObject } from 'node:crypto'
import { hour, minute } from '../common/clock.ts'

/** A key of somebody else, with the actor that was found to list it as its own. */
export type KnownKey = {
  readonly id: string
  readonly owner: string
  readonly publicKey: KeyObject
}

/** Why there is no key: its server says that it is gone, it cannot be had, or nobody may be asked for `seconds`. */
export type NoKey = { readonly none: 'gone' | 'not-found' } | { readonly none: 'later'; readonly seconds: number }

/** Keys of strangers: fetching one costs far more than checking a signature with it. */
export type KeyCache = {
  /** The key of that id, fetched where it is not known; undefined when it cannot be had or is nobody's. Never throws. */
  get(id: URL): Promise<KnownKey | undefined>
  /** The same, with the reason. Answers at once for a key that is known. */
  find(id: URL): KnownKey | Promise<KnownKey | NoKey>
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
 * Whoever asks for an id that is being fetched waits for the same answer. That nobody may be asked now is not remembered.
 */
export function createKeyCache(
  fetched: (id: URL) => Promise<KnownKey | NoKey | undefined>,
  bounds: KeyCacheBounds = ordinaryBounds,
  elapsed: () => number = () => performance.now(),
): KeyCache {
  const kept = new Map<string, { readonly known: KnownKey; readonly until: number; readonly askedAt: number }>()
  // Apart from the keys, so that made-up ids push out no real one.
  const failed = new Map<string, { readonly reason: NoKey; readonly until: number }>()
  const underway = new Map<string, Promise<KnownKey | NoKey>>()

  async function ask(id: URL): Promise<KnownKey | NoKey> {
    const answer = (await fetched(id).catch(() => undefined)) ?? { none: 'not-found' }
    const now = elapsed()
    if (!('none' in answer))
      put(kept, id.href, { known: answer, until: now + bounds.lives, askedAt: now }, bounds.holds)
    return answer
  }

  function askOnce(id: URL): Promise<KnownKey | NoKey> {
    const waiting = underway.get(id.href)
    if (waiting) return waiting
    const answer = ask(id).finally(() => underway.delete(id.href))
    underway.set(id.href, answer)
    return answer
  }

  async function fetchAnew(id: URL): Promise<KnownKey | NoKey> {
    const failure = failed.get(id.href)
    const left = failure ? failure.until - elapsed() : 0
    if (failure && left > 0 && left <= bounds.pause) return failure.reason
    failed.delete(id.href)
    const answer = await askOnce(id)
    if ('none' in answer && answer.none !== 'later')
      put(failed, id.href, { reason: answer, until: elapsed() + bounds.pause }, bounds.holds)
    return answer
  }

  function find(id: URL): KnownKey | Promise<KnownKey | NoKey> {
    const entry = kept.get(id.href)
    if (entry && entry.until > elapsed()) {
      put(kept, id.href, entry, bounds.holds)
      return entry.known
    }
    kept.delete(id.href)
    return fetchAnew(id)
  }

  return {
    find,
    async get(id) {
      const answer = await find(id)
      return 'none' in answer ? undefined : answer
    },
    async newer(known) {
      const entry = kept.get(known.id)
      if (!entry) return undefined // pushed out meanwhile: the next request fetches it
      if (entry.known !== known) return entry.known
      // A clock that was set back must not keep us from asking until it is there again.
      if (Math.abs(elapsed() - entry.askedAt) < bounds.pause) return undefined
      put(kept, known.id, { ...entry, askedAt: elapsed() }, bounds.holds)
      const found = await askOnce(new URL(known.id))
      return 'none' in found || found.publicKey.equals(known.publicKey) ? undefined : found
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
