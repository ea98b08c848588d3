// What a bench reports, and the arithmetic of fair comparisons.

/** One line of a report. `value` and `against` have the same unit; `ratio` is value / against, rounded to three digits. */
export type Figure = {
  readonly bench: string
  readonly value: number
  readonly unit:
    | 'seconds'
    | 'requests per second'
    | 'milliseconds'
    | 'MB'
    | 'KB'
    | 'requests'
    | 'percent of one core'
    | 'percent'
  readonly against: number
  readonly ratio: number
  /** The limit in words that are a condition, such as "value <= 6"; null where none is set. */
  readonly goal: string | null
  readonly pass: boolean | null
}

/** A limit on the value itself, on its ratio to the baseline, or on how much larger than it it is. */
export type Goal = {
  readonly of: 'value' | 'ratio' | 'difference'
  readonly limit: number
  readonly better: 'lower' | 'higher'
}

/** What a bench is given: seconds of measuring for each side of each figure, and what it started and must be ended. */
export type Surroundings = {
  readonly seconds: number
  /** Where to write CPU profiles of the node under test, if anywhere. */
  readonly profiles: string | undefined
  /** How many partner nodes and hours a mesh has, where somebody wants another one than the ordinary. */
  readonly partners?: number | undefined
  readonly hours?: number | undefined
  /** How many listings are synced, where somebody wants another number than the ordinary. */
  readonly size?: number | undefined
  /** The folder in which a large directory is kept from one bench to the next, if in any. */
  readonly keep?: string | undefined
  /** Ends, last first, whatever the bench started; emptied after the bench and when it is interrupted. */
  readonly atEnd: AsyncDisposableStack
  /** Says what is being done; for people, never on standard output. */
  readonly tell: (text: string) => void
}

export type Bench = {
  readonly name: string
  readonly summary: string
  /** It takes so long that `all` leaves it out. */
  readonly isLong?: boolean
  readonly run: (around: Surroundings) => Promise<readonly Figure[]>
}

/** How often the two sides take turns, so that what else the machine does falls on both. */
export const rounds = 5

/** A figure from the value of ours and the baseline's, with its goal judged if it has one. */
export function figure(bench: string, unit: Figure['unit'], ours: number, baseline: number, goal?: Goal): Figure {
  const [value, against, ratio] = [shorten(ours), shorten(baseline), shorten(ours / baseline)]
  if (!goal) return { bench, value, unit, against, ratio, goal: null, pass: null }
  const judged = { value: ours, ratio: ours / baseline, difference: ours - baseline }[goal.of]
  const pass = goal.better === 'lower' ? judged <= goal.limit : judged >= goal.limit
  const sign = goal.better === 'lower' ? '<=' : '>='
  return { bench, value, unit, against, ratio, goal: `${goal.of} ${sign} ${goal.limit}`, pass }
}

/** The smallest of these values that is not smaller than `share` of them; share above 0 and at most 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (found === undefined) throw new Error('no value was measured')
  return found
}

/** The shares of latencies that are told, by the names they have in figures. */
export const percentiles = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
  ['max', 1],
] as const

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Lets the sides measure in turn, ours first: A, B, A, B. Returns what each of them gave, by round. */
export async function inTurn<Result>(
  ours: (round: number) => Promise<Result>,
  baseline: (round: number) => Promise<Result>,
  times: number = rounds,
): Promise<{ readonly ours: readonly Result[]; readonly baseline: readonly Result[] }> {
  const results = { ours: [] as Result[], baseline: [] as Result[] }
  for (let round = 0; round < times; round += 1) {
    results.ours.push(await ours(round))
    results.baseline.push(await baseline(round))
  }
  return results
}

function shorten(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3))
}
