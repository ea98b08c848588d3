import { day, later, minute } from '../common/clock.ts'

// What one origin may cost us (FEDERATION.md 5).

/** Listings kept of one origin; those beyond are refused. */
export const mostListings = 100_000
/** Listings of one origin that leave anything with us, refused ones included; beyond, the origin is hidden. */
export const mostRows = 2 * mostListings
/** Pages read of one origin in a minute. */
export const mostPages = 20
/** Snapshots taken of one origin in a day. */
export const mostSnapshots = 4
/** Bytes of one page. */
export const largestPage = 1024 * 1024
/** Bytes of a statement or of a list of buckets. */
export const largestStatement = 64 * 1024
/** Milliseconds for one request. */
export const longestRequest = 10_000
/** Redirects followed, none of them to another host. */
export const mostRedirects = 3

/** How much was used since `since`; starts again when the window is over. */
export type Window = { readonly since: Date | null; readonly used: number }

/** The window after one more use, or, when it is used up, when it starts again. */
export function useOne(
  window: Window,
  now: Date,
  quota: { readonly most: number; readonly length: number },
): Window | { readonly freeAt: Date } {
  const { since } = window
  if (since === null || since > now || now.getTime() - since.getTime() >= quota.length) return { since: now, used: 1 }
  if (window.used >= quota.most) return { freeAt: later(since, quota.length) }
  return { since, used: window.used + 1 }
}

export const pageQuota = { most: mostPages, length: minute } as const
export const snapshotQuota = { most: mostSnapshots, length: day } as const
