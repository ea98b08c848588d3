import { isIPv6 } from 'node:net'
import type { Request } from 'express'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'

export type LimitOptions = {
  /** Names the limit; two limits of one name count together. */
  readonly name: string
  /** How often, in how many seconds, for each key. */
  readonly points: number
  readonly seconds: number
}

/** Counts one more for `key`, or throws Refusal too-many-requests with the seconds to wait. */
export type Limit = {
  (key: string): Promise<void>
  /** Takes one back: what was counted turned out to be fine. */
  giveBack(key: string): Promise<void>
}

/**
 * A limit that all processes of a node share, since it counts in Postgres. Keys are kept as keyed hashes, never as they
 * are. The window begins with the first count and is measured by the machine's clock.
 */
export function createLimit(app: App, options: LimitOptions): Limit {
  const limiter = new RateLimiterPostgres({
    storeClient: app.db.pool,
    storeType: 'pool',
    tableName: 'rate_limit',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: options.name,
    points: options.points,
    duration: options.seconds,
  })
  const hidden = (key: string): string => keyedHash(app.secrets.hashing, `limit:${key}`)
  const count = async (key: string): Promise<void> => {
    try {
      await limiter.consume(hidden(key))
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
      throw new Refusal('too-many-requests', { seconds, count: Math.ceil(seconds / 60) })
    }
  }
  return Object.assign(count, {
    async giveBack(key: string): Promise<void> {
      await limiter.reward(hidden(key))
    },
  })
}

/** Who calls, for counting: an IPv4 address, or the /64 network of an IPv6 address, which is what one household or office gets. */
export function callerOf(request: Request): string {
  const address = request.ip ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(address) ? `${network(address)}::/64` : address
}

function network(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  return [...first, ...Array.from({ length: zeros }, () => '0'), ...last]
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}
