/** The current instant. The only place that reads the machine's clock; everything else is handed a Clock. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** The instant `milliseconds` after `start` (before it, if negative). */
export function later(start: Date, milliseconds: number): Date {
  return new Date(start.getTime() + milliseconds)
}

/** RFC 3339 in UTC with whole seconds, as FEDERATION.md section 4 writes times. */
export function rfc3339(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`
}

/** The calendar day (YYYY-MM-DD) of an instant in UTC. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}

/** An instant read from an RFC 3339 text or a number of milliseconds, or undefined when it is neither. */
export function instantOf(value: string | number): Date | undefined {
  const instant = new Date(value)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** The instant so many milliseconds after the beginning of 1970 in UTC. */
export function instantAt(milliseconds: number): Date {
  return new Date(milliseconds)
}
