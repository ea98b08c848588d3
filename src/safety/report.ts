import { day } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'

/** The longest text of a report from another server, and of one from here, in characters. */
export const longestContent = 5_000
export const longestReason = 1_000
/** A report by the same server, or person here, about the same person within this time is added to the first, in milliseconds. */
export const mergedWithin = day
/** How long a report is kept after it was decided, and the words attached to it after they came, in milliseconds. */
export const reportsKeptFor = 30 * day
/** At most so many new reports a day from one server, and from one person here. */
export const mostFromHost = 50
export const mostFromPerson = 20
/** At most so many posts of one report. */
export const mostPosts = 50

/** Somebody who is reported or blocked: an actor here or elsewhere. */
export type Subject = {
  readonly actor: string
  /** The host of the actor's id, with its port if it has one. */
  readonly host: string
  readonly name?: string | undefined
  /** Where the actor is a person here. */
  readonly accountId?: string | undefined
}

/** Words of messages from outside, and when the first of them came: they end when that ends. */
export type Attached = { readonly words: string; readonly cameAt: Date }

/** What a person here reports. */
export type NewReport = {
  readonly accountId: string
  readonly about: Subject
  readonly reason: string
  readonly posts?: readonly string[]
  readonly listingId?: string | undefined
  /** The words that she was sent, if she attaches them. */
  readonly attached?: Attached | undefined
  /** Tell the server of the reported person as well; it never learns who reported. */
  readonly forward?: boolean
}

/** A report of another server, as it was read. */
export type OutsideReport = {
  readonly reporterHost: string
  readonly about: Subject
  readonly posts: readonly string[]
  readonly content: string
}

/** The reason as it is kept, or InvalidInput: 1 to 1,000 characters. */
export function reasonOf(text: string, field = 'reason'): string {
  const reason = text.trim()
  if (reason === '') throw new InvalidInput([{ field, rule: 'required' }])
  if (reason.length > longestReason)
    throw new InvalidInput([{ field, rule: 'maxLength', detail: { limit: longestReason } }])
  return reason
}

/** What a merged report says: the first text, and the newer one below unless it says the same. At most 5,000 characters. */
export function mergedContent(first: string, second: string): string {
  if (second === '' || first.includes(second)) return first
  return (first === '' ? second : `${first}\n\n${second}`).slice(0, longestContent)
}

/** The posts of both, once each. */
export function mergedPosts(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])].slice(0, mostPosts)
}
