import { day, hour, later } from '../common/clock.ts'
import type { Problem } from '../common/errors.ts'

/** How long a text is kept from when it came, and an answer from when it was written, in days (FEDERATION.md, Messages). */
export const keptDays = 30

/** At most so many of their texts wait for an answer in one request, and so long is each, in characters. */
export const mostTexts = 5
export const longestText = 5_000

/** At most so many answers to one request, and so long is each, in characters. */
export const mostAnswers = 5
export const longestAnswer = 1_000

/** At most so many new requests from one host to one person in 24 hours; the setting requestsPerDay bounds all hosts together. */
export const mostPerHost = 3

/** How long somebody whose request was ignored may not ask again, in days. */
export const pauseDays = 14

/** A message to more people than this is no message to anybody. */
export const mostRecipients = 8

/** How long counts of arrivals matter, in milliseconds. */
export const countedFor = 24 * hour

/** Where a request comes from. */
export type RequestKind = 'outside'

/** Who wrote, as her own server told. Names are hers to choose: they are shown only together with the text. */
export type Author = {
  readonly actor: string
  readonly host: string
  readonly handle: string
  readonly name: string | null
  readonly page: string
  readonly inbox: string
}

/** One message from outside, made safe: plain text only. */
export type Message = {
  readonly note: string
  readonly inReplyTo: string | null
  readonly context: string | null
  readonly text: string
  readonly leftOut: boolean
  readonly publishedAt: Date | null
  readonly cameAt: Date
}

/** One of their texts. */
export type RequestText = {
  readonly id: string
  readonly note: string
  readonly inReplyTo: string | null
  readonly text: string
  readonly changedText: string | null
  readonly leftOut: boolean
  readonly cameAt: Date
  readonly seenAt: Date | null
}

/** One of her answers; `takenBackAt` once she took it back. */
export type Answer = {
  readonly id: string
  readonly text: string
  readonly state: 'waiting' | 'sent' | 'failed'
  readonly madeAt: Date
  readonly takenBackAt: Date | null
}

/** A request as a list may show it: without a word of what was written, or of what they call themselves. */
export type Waiting = {
  readonly id: string
  readonly kind: RequestKind
  readonly actor: string
  readonly host: string
  readonly handle: string
  /** When the newest text came. */
  readonly cameAt: Date
  /** Texts that she has not opened. */
  readonly unseen: number
  /** Whether she has opened any. */
  readonly opened: boolean
  readonly answered: boolean
}

/** A request with its texts and answers, oldest first. */
export type OpenRequest = Pick<Waiting, 'id' | 'kind' | 'actor' | 'host' | 'handle'> & {
  readonly name: string | null
  readonly personId: string
  readonly texts: readonly RequestText[]
  readonly answers: readonly Answer[]
}

/** An answer with all that sending it needs. Only what may still be sent, or shown to their server. */
export type AnswerToSend = {
  readonly id: string
  readonly personId: string
  readonly language: 'en' | 'cy'
  readonly personHandle: string | null
  readonly text: string
  readonly inReplyTo: string
  readonly context: string
  readonly state: Answer['state']
  readonly attempts: number
  readonly madeAt: Date
  readonly takenBackAt: Date | null
  readonly endsAt: Date
  /** Whether it is the first that she said to them. */
  readonly isFirst: boolean
  readonly to: Pick<Author, 'actor' | 'host' | 'handle' | 'page' | 'inbox'>
}

/** When what came or was written at `at` ends. */
export function endOf(at: Date): Date {
  return later(at, keptDays * day)
}

/** What may be said next, and why not: nothing unread, not too much, and she has seen what she answers. */
export function mayAnswer(request: OpenRequest): boolean {
  return request.texts.some(({ seenAt }) => seenAt !== null) && request.answers.length < mostAnswers
}

/** Whether it would be the first thing that she says to them: a link in it makes other servers drop it as spam. */
export function isFirstAnswer(request: Pick<OpenRequest, 'answers'>): boolean {
  return request.answers.length === 0
}

/** What is wrong with an answer. */
export function answerProblems(text: string, isFirst: boolean): readonly Problem[] {
  if (text === '') return [{ field: 'answer', rule: 'required' }]
  if (lengthOf(text) > longestAnswer) return [{ field: 'answer', rule: 'maxLength', detail: { limit: longestAnswer } }]
  return isFirst && hasLink(text) ? [{ field: 'answer', rule: 'link' }] : []
}

/** Whether a text holds something that leads to a page: an address with a scheme, with www., or a name with a path. */
export function hasLink(text: string): boolean {
  return /\b[a-z][a-z0-9+.-]*:\/\/|\bwww\.|(?<![@\w.-])(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}\/\S/iu.test(text)
}

/** The length of a text as people count it: characters, not their parts. */
export function lengthOf(text: string): number {
  return Array.from(text).length
}
