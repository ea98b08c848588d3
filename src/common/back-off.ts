import { later, minute } from './clock.ts'

// In minutes.
const longestWait = 360

/** When to try again after `failures` failures: 1, 2, 4 … minutes, at most six hours, spread by up to ten per cent. */
export function backOff(now: Date, failures: number, spread: number): Date {
  const wait = Math.min(2 ** Math.max(0, failures - 1), longestWait / 1.1) * minute
  return later(now, Math.round(wait * (1 + spread / 10)))
}
