import { instantOf, later, rfc3339 } from '../../src/common/clock.ts'
import type { CheckId } from './kit/checks.ts'
import type { Manner } from './kit/directory.ts'
import { signed } from './kit/invented.ts'
import { newStatementKey } from './kit/keys.ts'
import type { Places } from './kit/node.ts'
import { smallKeys, type OriginFaults } from './small-origin.ts'

/** One thing that is wrong with an origin, as the end of "an origin that ...", and the checks that must notice. */
export type OriginBreakage = OriginFaults & { readonly what: string; readonly fails: readonly CheckId[] }

/** What would be right. */
export type Right = Readonly<Record<string, unknown>>

/** An origin that leaves the right way always in the same manner. */
export const manner = (one: Manner): Pick<OriginFaults, 'manner'> => ({ manner: () => one })
/** A key that is nobody's. */
export const otherKey = newStatementKey()
/** Changes documents and activities of one type. */
export const ofType =
  (type: string, change: (right: Right, at: Places) => object) =>
  (right: Right, at: Places): object =>
    right['type'] === type ? change(right, at) : right
/** Changes the statement before it is signed. */
export const resigned = (change: (right: Right) => object): Pick<OriginFaults, 'manner'> => ({
  manner: (at) => ({ statement: (right) => signed({ ...right, ...change(right) }, at, smallKeys.statement) }),
})
/** Changes a header of every document. */
export const header = (name: string, value?: string): Pick<OriginFaults, 'manner'> =>
  manner({
    answer: ({ headers, ...right }) => {
      const { [name]: _old, ...rest } = headers ?? {}
      return { ...right, headers: value === undefined ? rest : { ...rest, [name]: value } }
    },
  })
/** Changes every page. */
export const pages = (change: (right: Right) => object): Pick<OriginFaults, 'manner'> => manner({ page: change })
/** Lets somebody in besides those who may. */
export const letsIn = (test: (fault: string) => boolean): Pick<OriginFaults, 'manner'> =>
  manner({ lets: (right, verdict) => right || ('fault' in verdict && test(verdict.fault)) })

/** The times of a statement, moved. */
export function moved(right: Right, milliseconds: number): object {
  const shift = (name: string): string => {
    const instant = instantOf(String(right[name]))
    if (!instant) throw new Error('a statement without its times')
    return rfc3339(later(instant, milliseconds))
  }
  return { issued: shift('issued'), validUntil: shift('validUntil') }
}
