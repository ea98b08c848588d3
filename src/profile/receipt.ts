import type { Language } from '../common/vocabularies.ts'

/** The four switches: this node, partner nodes, everyone, search engines. */
export type Purpose = 'here' | 'partners' | 'public' | 'discovery'

/** What her own posts may tell followers, and whether those who follow her role hear of it as well. */
export type PostPurpose = 'post-opened' | 'post-closing' | 'post-practice' | 'post-topic' | 'post-office-hours'

/** What a receipt is about: a switch, a picture that everyone may see, or a kind of post. */
export type Consented = Purpose | 'picture' | PostPurpose

/** One yes or no of the permission log, with the wording that was on the screen. */
export type Receipt = {
  readonly id: string
  readonly accountId: string
  readonly purpose: Consented
  readonly given: boolean
  readonly wordingVersion: string
  readonly wording: string
  readonly language: Language
  readonly channel: 'page' | 'mail' | 'command-line' | 'job'
  readonly at: Date
}
