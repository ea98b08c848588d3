import { timingSafeEqual } from 'node:crypto'
import { day, later } from '../common/clock.ts'
import { InvalidInput, Refusal, type Problem } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import type { Card } from '../directory/card.ts'
import { addressOf, firstPageOf, readQuery, type Given, type SearchQuery } from '../directory/query.ts'

/** A search that somebody keeps. Nobody but her reads it. */
export type SavedSearch = {
  readonly id: string
  readonly accountId: string
  readonly name: string
  /** As at the end of an address, without its question mark: see `queryOf`. */
  readonly query: string
  readonly savedAt: Date
  /** From then on it is gone. */
  readonly endsAt: Date
  /** Whether she gets the weekly mail about it. */
  readonly mails: boolean
  /** People who came until then were told, or were there before. */
  readonly toldUntil: Date
  readonly hasFeed: boolean
}

/** What a look at one search found. */
export type Look = {
  readonly search: SavedSearch
  readonly cards: readonly Card[]
  readonly hasMore: boolean
  /** Until when people are told by this; undefined where the search could not be asked: the next look begins where this one did. */
  readonly toldUntil: Date | undefined
}

/** At most so many for each person. */
export const mostSearches = 20
/** A search ends by itself after so many days, unless it is renewed. */
export const lastsDays = 182
/** So many days before the end its owner is asked by mail. */
export const askedDays = 14
/** The weekly mail comes so many days after the last look. */
export const digestDays = 7
export const longestName = 80

/**
 * Who came within the last so many milliseconds waits for the next mail: a transaction that began a moment ago may not be there yet, and
 * nobody is to be told of twice, or never.
 */
export const settlingTime = 10 * 60_000

/** When a search ends that is saved or renewed now. */
export function endFrom(now: Date): Date {
  return later(now, lastsDays * day)
}

/** A search as it is kept: the same for the same question, without its page. */
export function keptQuery(query: SearchQuery): string {
  return addressOf(firstPageOf(query)).replace(/^\?/, '')
}

/** What a kept search asks. InvalidInput when the words or lists of this version do not know something in it. */
export function queryOf({ query }: Pick<SavedSearch, 'query'>): SearchQuery {
  const given: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(query)) (given[name] ??= []).push(value)
  return readQuery(given satisfies Given)
}

/** What a kept search asks, or undefined where it cannot be asked any more. */
export function queryIfKnown(search: Pick<SavedSearch, 'query'>): SearchQuery | undefined {
  try {
    return queryOf(search)
  } catch (error) {
    if (error instanceof InvalidInput) return undefined
    throw error
  }
}

/** A name as it is kept: one line. */
export function cleanName(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
}

/** What is wrong with a name. */
export function nameProblems(name: string): readonly Problem[] {
  if (name === '') return [{ field: 'searchName', rule: 'required' }]
  const isLong = Array.from(name).length > longestName
  return isLong ? [{ field: 'searchName', rule: 'maxLength', detail: { limit: longestName } }] : []
}

/** What a link in a mail does; whoever has it may, without signing in. */
export type LinkUse = 'keep search' | 'stop digest'

/** The token of such a link for the search or account with this id. */
export function linkToken(hashingKey: string, use: LinkUse, id: string): string {
  return `${id}.${keyedHash(hashingKey, `${use} ${id}`)}`
}

/** The id that a token is for. Refusal link-unknown when this node did not make it for that. */
export function idOfToken(hashingKey: string, use: LinkUse, token: string): string {
  const [id = ''] = token.split('.')
  if (!isSame(token, linkToken(hashingKey, use, id))) throw new Refusal('link-unknown')
  return id
}

const randomLength = 22 // 132 bits
const markLength = 22

/** The secret in a feed's address, from a random text of at least 22 characters: with our mark, so that an ended one is known as ours. */
export function feedSecret(hashingKey: string, random: string): string {
  const chosen = random.slice(0, randomLength)
  return chosen + markOf(hashingKey, chosen)
}

/** Whether this node made a secret, whenever that was. */
export function isFeedSecret(hashingKey: string, secret: string): boolean {
  return isSame(secret, feedSecret(hashingKey, secret))
}

function markOf(hashingKey: string, chosen: string): string {
  const mark = Buffer.from(keyedHash(hashingKey, `feed ${chosen}`), 'hex')
  return mark.toString('base64url').slice(0, markLength)
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}
