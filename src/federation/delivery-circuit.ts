import { backOff } from '../common/back-off.ts'
import { day, instantOf, later, minute } from '../common/clock.ts'

/** What one signed POST came to. Without a status there was no answer, and `error` says why, in words without names of people. */
export type Attempt = {
  readonly id: string
  readonly status?: number
  readonly error?: string
  /** The address is one that we never ask. */
  readonly isRefused?: boolean
  /** The header as it came. */
  readonly retryAfter?: string
  /** Milliseconds. */
  readonly took: number
}

/** What is known of a host that is delivered to. */
export type HostState = {
  /** Failures of the host in a row: no answer, an error of its own, or too many requests. */
  readonly failures: number
  readonly failingSince: Date | null
  /** Nothing is sent to it before. */
  readonly notBefore: Date | null
  /** It said so itself, by Retry-After. */
  readonly isAsked: boolean
  readonly lastStatus: number | null
  readonly lastError: string | null
  readonly lastTook: number | null
  readonly triedAt: Date
  readonly answeredAt: Date | null
}

/** After so many failures in a row the circuit is open: one delivery at a time tries whether the host answers again. */
export const failuresToOpen = 5

/** After so many answers that were errors, a delivery keeps others waiting no longer than it must. */
export const triesInTurn = 3

/**
 * What takes something back, or says how it is now, waits no longer for what the inbox has answered with an error so often (`e`): one
 * activity that a server cannot digest must not keep it from the Delete. In SQL; `a` is the later activity.
 */
export const passes = `(a.kind in ('Delete', 'Update') or a.kind = 'Undo' and a.sender <> 'directory')`
/** Whether an inbox has answered the earlier delivery `e` with an error so often. */
export const isStuck = `(e.attempts >= ${triesInTurn} and e.last_status is not null)`

/** A host of which nothing is known. */
export function newHost(at: Date): HostState {
  return {
    failures: 0,
    failingSince: null,
    notBefore: null,
    isAsked: false,
    lastStatus: null,
    lastError: null,
    lastTook: null,
    triedAt: at,
    answeredAt: null,
  }
}

/** Whether the next delivery is one that tries, before others may follow it. */
export function isOpen(host: Pick<HostState, 'failures'>): boolean {
  return host.failures >= failuresToOpen
}

/** What an attempt means for its delivery: done; pointless ever again, since the inbox is gone or refuses this body; or to be tried again. */
export function verdictOf({ status, isRefused }: Attempt): 'delivered' | 'hopeless' | 'again' {
  if (isRefused) return 'hopeless'
  if (status === undefined) return 'again'
  if (status >= 200 && status < 300) return 'delivered'
  return [400, 404, 410, 413].includes(status) ? 'hopeless' : 'again'
}

/** Whether the host itself failed, rather than one inbox. */
export function isHostsFailure({ status, isRefused }: Attempt): boolean {
  return !isRefused && (status === undefined || status === 429 || status >= 500)
}

/** Whether nothing more goes to this host for now. `failures` are those in a row, this one included. */
export function endsTurn(attempt: Attempt, failures: number): boolean {
  if (verdictOf(attempt) === 'again' && attempt.retryAfter !== undefined) return true
  if (!isHostsFailure(attempt)) return false
  return attempt.status === undefined || attempt.status === 429 || failures >= failuresToOpen
}

/** What is known of a host after one attempt; `spread` from 0 to 1, by chance. */
export function hostAfter(host: HostState, attempt: Attempt, now: Date, spread: number): HostState {
  if (attempt.isRefused) return host
  const seen = {
    lastStatus: attempt.status ?? null,
    lastError: attempt.error?.slice(0, 200) ?? null,
    lastTook: attempt.took,
    triedAt: now,
    answeredAt: attempt.status === undefined ? host.answeredAt : now,
  }
  const asked = verdictOf(attempt) === 'again' ? waitUntil(attempt.retryAfter, now) : undefined
  const wish = asked === undefined ? {} : { notBefore: asked, isAsked: true }
  if (!isHostsFailure(attempt))
    return { ...host, failures: 0, failingSince: null, notBefore: null, isAsked: false, ...seen, ...wish }
  const failures = host.failures + 1
  const pause = endsTurn(attempt, failures)
    ? { notBefore: backOff(now, failures, spread), isAsked: false }
    : { notBefore: host.notBefore, isAsked: host.isAsked }
  return { failures, failingSince: host.failingSince ?? now, ...pause, ...seen, ...wish }
}

/** When a delivery is tried again after its `failures`-th failure: 1, 2, 4 … minutes, or when the host asked for. */
export function nextTry(attempt: Attempt, failures: number, now: Date, spread: number): Date {
  return waitUntil(attempt.retryAfter, now) ?? backOff(now, failures, spread)
}

/** What Retry-After asks for (RFC 9110 10.2.3): seconds or a date; at most a day, at least a minute. */
export function waitUntil(header: string | undefined, now: Date): Date | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const asked = /^\d{1,10}$/.test(text) ? later(now, Number(text) * 1000) : instantOf(text)
  if (!asked) return undefined
  return later(now, Math.min(Math.max(asked.getTime() - now.getTime(), minute), day))
}

/** Slower than this, in milliseconds, a host is called slow. */
export const slowAfter = 5_000

/** How a host does, as a page says it. */
export type Health = 'works' | 'slow' | 'asked-to-wait' | 'refuses' | 'errors' | 'silent'

/** What its last answers say of a host. */
export function healthOf(host: HostState, now: Date): Health {
  if (host.isAsked && host.notBefore !== null && host.notBefore > now) return 'asked-to-wait'
  if (host.failures > 0) return host.lastStatus === null ? 'silent' : 'errors'
  if (host.lastStatus === 401 || host.lastStatus === 403) return 'refuses'
  return (host.lastTook ?? 0) > slowAfter ? 'slow' : 'works'
}
