import type { KvKey, KvStore } from '@fedify/fedify'
import type { App } from '../app.ts'
import { day, hour, later } from '../common/clock.ts'
import { putInCache, takeFromCache } from './actions.ts'
import { cached } from './views.ts'

// Keys and signature habits come from strangers and Fedify gives them no end: these are ours.
const keysLive = 7 * day
const restLives = 30 * day

/** Fedify's key-value store in Postgres: survives a crash, shared by all processes, and every entry ends. */
export function federationCache(app: App): KvStore {
  return {
    async get<T>(key: KvKey) {
      // Fedify reads back what it wrote under the same key.
      return ((await cached(app.db, name(key), app.now())) as { readonly value: T } | undefined)?.value
    },
    async set(key, value, options) {
      const given = options?.ttl?.total?.('milliseconds')
      const lives = Math.min(given ?? (key.includes('publicKey') ? keysLive : restLives), restLives)
      await putInCache(app, name(key), JSON.stringify({ value }), later(app.now(), Math.max(lives, hour / 60)))
    },
    delete: (key) => takeFromCache(app, name(key)),
    async *list() {
      // Only Fedify's circuit breaker asks, which we do not use: deliveries are ours.
    },
  }
}

function name(key: KvKey): string {
  return JSON.stringify(key)
}
