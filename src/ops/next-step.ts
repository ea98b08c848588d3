import type { FlagState } from '../listing/flag.ts'
import { paths } from '../common/paths.ts'

/** Where somebody stands, as far as the start page wants to know. */
export type Standing = {
  readonly begun: boolean
  readonly complete: boolean
  readonly listed: boolean
  readonly flag: FlagState
}

export type NextStep = { readonly step: 'begin' | 'finish' | 'list' | 'open' | 'look'; readonly href: string }

/** The one thing to do next: say who you are, finish that, choose where to be found, open the flag, or else look at your listing. */
export function nextStep(standing: Standing): NextStep {
  if (!standing.complete) return { step: standing.begun ? 'finish' : 'begin', href: paths.myProfile }
  if (!standing.listed) return { step: 'list', href: paths.myListing }
  return standing.flag === 'open' || standing.flag === 'paused' || standing.flag === 'full'
    ? { step: 'look', href: paths.flag }
    : { step: 'open', href: paths.flag }
}
