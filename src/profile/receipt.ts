import type { Language } from '../common/vocabularies.ts'

/** The four switches (decisions.md 6). */
export type Purpose = 'here' | 'partners' | 'public' | 'discovery'

/** One yes or no of the permission log (product.md A5), with the wording that was on the screen. */
export type Receipt = {
  readonly id: string
  readonly accountId: string
  readonly purpose: Purpose
  readonly given: boolean
  readonly wordingVersion: string
  readonly wording: string
  readonly language: Language
  readonly channel: 'page' | 'mail' | 'command-line' | 'job'
  readonly at: Date
}
