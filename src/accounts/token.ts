import { day } from '../common/clock.ts'
import { InvalidInput, type Problem } from '../common/errors.ts'

/** What a token may be good for: reading the directory, her suggestions, her saved searches. Nothing that changes anything. */
export const tokenScopes = ['directory:read', 'suggestions:read', 'searches:read'] as const
export type TokenScope = (typeof tokenScopes)[number]

/** How many days a token may last; the longest is a year. */
export const tokenDays = [30, 90, 180, 365] as const

/** How many tokens one person may have at a time. */
export const mostTokens = 10

/** How long a token that ended stays in its owner's list, so that she can see why a program stopped, in milliseconds. */
export const endedTokenKeptFor = 30 * day

/** One token as its owner sees it. What it opens is kept nowhere. */
export type PersonalToken = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly madeAt: Date
  readonly endsAt: Date
  /** The last day on which it was used, as YYYY-MM-DD in UTC; null: never. */
  readonly usedOn: string | null
}

/** What somebody asks for when she makes a token. */
export type TokenWish = { readonly name: string; readonly scopes: readonly TokenScope[]; readonly days: number }

/** Reads the form for a new token. Throws InvalidInput that names every fault. */
export function readTokenWish(given: { name: string; scopes: readonly string[]; days: string }): TokenWish {
  const name = given.name
    .normalize('NFC')
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
  const scopes = tokenScopes.filter((scope) => given.scopes.includes(scope))
  const days = tokenDays.find((count) => String(count) === given.days)
  const problems: Problem[] = [
    ...(name === '' ? [{ field: 'tokenName', rule: 'required' }] : []),
    ...(name.length > 60 ? [{ field: 'tokenName', rule: 'maxLength', detail: { limit: 60 } }] : []),
    ...(scopes.length === 0 ? [{ field: 'tokenScopes', rule: 'minItems' }] : []),
    ...(days === undefined ? [{ field: 'tokenDays', rule: 'choose' }] : []),
  ]
  if (days === undefined || problems.length > 0) throw new InvalidInput(problems)
  return { name, scopes, days }
}

// The first part lets programs that look for secrets in public places know ours.
const start = 'sideways_'

/** A token as it is shown and sent, from 43 random characters (common/ids.ts: randomToken). */
export function tokenText(random: string): string {
  return `${start}${random}`
}

/**
 * What an Authorization header says about a token (RFC 6750 2.1): its text, 'unreadable' for one that cannot be ours, or undefined
 * when the header is of another scheme, such as that of a proxy in front of us.
 */
export function bearerIn(header: string | undefined): string | undefined {
  const given = /^bearer(?: +(.*))?$/i.exec(header?.trim() ?? '')
  if (!given) return undefined
  const token = given[1]?.trim() ?? ''
  return new RegExp(`^${start}[A-Za-z0-9_-]{43}$`).test(token) ? token : 'unreadable'
}
