import { later, minute } from '../common/clock.ts'

/**
 * When to ask an origin again after a poll that went well: in 48 to 59 minutes, so that a lost doorbell costs less than the hour
 * that people are promised. `spread` is drawn by lot, from 0 to 1.
 */
export function nextPoll(now: Date, spread: number): Date {
  return later(now, Math.round(54 * minute * (0.9 + 0.2 * spread)))
}

/** The earliest time for the poll that a doorbell wants: a partner that rings without end is asked every two seconds. */
export function pollAfterDoorbell(now: Date, lastPoll: Date | null): Date {
  const earliest = lastPoll === null ? now : later(lastPoll, 2_000)
  return earliest > now && earliest.getTime() - now.getTime() <= 2_000 ? earliest : now
}
