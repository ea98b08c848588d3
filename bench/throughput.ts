import { figure, inTurn, median, quantile, rounds, type Figure, type Goal, type Surroundings } from './measure.ts'
import { processorTimeOf } from './memory.ts'
import type { LoadGenerator, Outcome, Prepared, Task } from './load.ts'

/** Connections that are kept busy, unless a bench says otherwise. */
export const connections = 16

/** A server to be asked, and how. */
export type Side = {
  readonly url: string
  readonly pid: number
  readonly requests: readonly Prepared[]
  readonly status: number
}

/** What came of one round, and the processor time of the server's own process for it, in milliseconds. */
export type Round = Outcome & { readonly work: number }

/** Lets a server answer, and counts what it works for it. */
export async function counted(pid: number, answers: () => Promise<Outcome>): Promise<Round> {
  const before = processorTimeOf(pid)
  const outcome = await answers()
  return { ...outcome, work: processorTimeOf(pid) - before }
}

/** Seconds that one side is measured in one round. */
export function roundSeconds(around: Surroundings): number {
  return around.seconds / rounds
}

/** One task over a side's requests, again and again. */
export function repeated({ url, requests, status }: Omit<Side, 'pid'>, seconds: number): Task {
  return { to: url, requests, seconds, again: true, connections, status }
}

/** Warms both sides up, lets them answer in turn, and returns the figures of throughputFigures. */
export async function compareThroughput(
  around: Surroundings,
  load: LoadGenerator,
  bench: string,
  sides: { readonly ours: Side; readonly baseline: Side },
  goal?: Goal,
): Promise<readonly Figure[]> {
  around.tell(bench)
  const seconds = roundSeconds(around)
  const warmUp = Math.max(1, seconds)
  await load.run(repeated(sides.ours, warmUp))
  await load.run(repeated(sides.baseline, warmUp))
  const outcomes = await inTurn(
    () => counted(sides.ours.pid, () => load.run(repeated(sides.ours, seconds))),
    () => counted(sides.baseline.pid, () => load.run(repeated(sides.baseline, seconds))),
  )
  return throughputFigures(bench, outcomes.ours, outcomes.baseline, goal)
}

/** The median of the rounds' rates, with its goal if it has one, the 95th percentile of all latencies, and processor time for each request. */
export function throughputFigures(
  bench: string,
  ours: readonly Round[],
  baseline: readonly Round[],
  goal?: Goal,
): readonly Figure[] {
  const rate = (outcomes: readonly Outcome[]): number => median(outcomes.map(({ perSecond }) => perSecond))
  const slow = (outcomes: readonly Outcome[]): number =>
    quantile(
      outcomes.flatMap(({ latencies }) => latencies),
      0.95,
    )
  const work = (outcomes: readonly Round[]): number =>
    sum(outcomes.map(({ work }) => work)) / sum(outcomes.map(({ answered }) => answered))
  return [
    figure(bench, 'requests per second', rate(ours), rate(baseline), goal),
    figure(`${bench}.p95`, 'milliseconds', slow(ours), slow(baseline)),
    figure(`${bench}.work`, 'milliseconds', work(ours), work(baseline)),
  ]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
