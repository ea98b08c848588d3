import type { Language } from '../common/vocabularies.ts'

/** The four switches: this node, partner nodes, everyone, search engines. */
export type Purpose = 'here' | 'partners' | 'public' | 'discovery'

/** One yes or no of the permission log, with the wording that was on the screen. */
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
