import { checks, type CheckId } from './checks.ts'

/** How long the kit waits, in milliseconds. What FEDERATION.md fixes is fixed here too; tests may be quicker. */
export type Pace = {
  /** For what a person must do. */
  readonly person: number
  /** From a change to its doorbell, with room for the network (FEDERATION.md 4.4). */
  readonly doorbell: number
  /** "Within a minute": to apply a change, to acknowledge, to erase. */
  readonly minute: number
  /** After the other side has read something false: time to do the wrong thing with it. */
  readonly settle: number
  /** Between two looks. */
  readonly look: number
  /** One request. */
  readonly request: number
  /** The short lease that is watched to its end. */
  readonly lease: number
}

/** The pace of a run from the command line. */
export const ordinaryPace: Pace = {
  person: 900_000,
  doorbell: 5_000,
  minute: 60_000,
  settle: 3_000,
  look: 1_000,
  request: 10_000,
  lease: 30_000,
}

/** What became of one check; `why` says what was seen and what was expected, or why nothing could be said. */
export type Outcome = {
  readonly check: CheckId
  readonly section: string
  readonly result: 'pass' | 'fail' | 'skipped'
  readonly why: string
}

/** A check that failed: what was seen, and what should have been. */
export class Failure extends Error {
  constructor(saw: string, expected: string) {
    super(`saw ${saw}; expected ${expected}`)
  }
}

/** Without this there is nothing to check any more: what is left is skipped. */
export class Stop extends Error {}

export type Run = {
  readonly pace: Pace
  /** Runs one check, unless it was not asked for. True where it passed or was not asked for. */
  readonly check: (id: CheckId, test: () => Promise<void> | void) => Promise<boolean>
  readonly skip: (ids: readonly CheckId[], why: string) => void
  /** Nothing more can be checked: the rest is skipped. That it ended early is a failure, if nothing else was. */
  readonly end: (ids: readonly CheckId[], why: string) => void
  readonly wants: (...ids: readonly CheckId[]) => boolean
  /** Says something to whoever runs the kit: what to do now. */
  readonly tell: (text: string) => void
  readonly outcomes: readonly Outcome[]
}

export type RunOptions = {
  readonly pace?: Partial<Pace>
  /** Ids of checks, or beginnings of them such as `origin`; all unless given. */
  readonly only?: readonly string[]
  readonly tell?: (text: string) => void
  readonly report?: (outcome: Outcome) => void
}

/** A run of checks, each of which reports once. */
export function createRun({ pace, only = [], tell = () => undefined, report = () => undefined }: RunOptions): Run {
  const outcomes: Outcome[] = []
  const wantsOne = (id: CheckId): boolean =>
    only.length === 0 || only.some((name) => id === name || id.startsWith(`${name}.`))
  const add = (check: CheckId, result: Outcome['result'], why: string): void => {
    const outcome = { check, section: checks[check].section, result, why }
    outcomes.push(outcome)
    report(outcome)
  }
  const isLeft = (id: CheckId): boolean => wantsOne(id) && !outcomes.some(({ check }) => check === id)
  return {
    pace: { ...ordinaryPace, ...pace },
    outcomes,
    tell,
    wants: (...ids) => ids.some(wantsOne),
    skip(ids, why) {
      for (const id of ids.filter(isLeft)) add(id, 'skipped', why)
    },
    end(ids, why) {
      const left = ids.filter(isLeft)
      for (const [place, id] of left.entries()) {
        const isFirst = place === 0 && !outcomes.some(({ result }) => result === 'fail')
        add(id, isFirst ? 'fail' : 'skipped', isFirst ? why : `not reached: ${why}`)
      }
    },
    async check(id, test) {
      if (!wantsOne(id)) return true
      try {
        await test()
        add(id, 'pass', '')
        return true
      } catch (error) {
        if (error instanceof Stop) throw error
        add(id, 'fail', error instanceof Error ? error.message : String(error))
        return false
      }
    },
  }
}

/** Fails the check unless `held`. */
export function expectThat(held: boolean, saw: string, expected: string): asserts held {
  if (!held) throw new Failure(saw, expected)
}

/** Looks again and again until something is seen; undefined when the time is over. Looks at least once. */
export async function until<Value>(
  run: Pick<Run, 'pace'>,
  milliseconds: number,
  look: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value | undefined> {
  const end = performance.now() + milliseconds
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    const left = end - performance.now()
    if (left <= 0) return undefined
    await sleep(Math.min(run.pace.look, left))
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
