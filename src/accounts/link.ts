import { hour, minute } from '../common/clock.ts'
import type { RefusalCode } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'

/** A request for a sign-in link. Its token is known to the mail's reader only; here there is a hash. */
export type SignInRequest = {
  readonly id: string
  /** Null for the first administrator, who gives hers when she opens the link. */
  readonly mail: string | null
  readonly purpose: 'sign-in' | 'first-administrator' | 'console'
  readonly browserHash: string | null
  readonly language: Language
  readonly returnTo: string | null
  readonly expiresAt: Date
  readonly usedAt: Date | null
}

/** How long a mailed link works, from the moment it was asked for, in milliseconds. */
export const linkWorksFor = 30 * minute

/** How long the first administrator's link works, in milliseconds. */
export const firstLinkWorksFor = 24 * hour

/** How long an ended request is remembered, so that its link can say why it no longer works, in milliseconds. */
export const endedLinkKeptFor = 24 * hour

/** Why a link does not work, or undefined when it does. */
export function faultOf(request: SignInRequest | undefined, now: Date): RefusalCode | undefined {
  if (!request) return 'link-unknown'
  if (request.usedAt !== null) return 'link-used'
  return request.expiresAt <= now ? 'link-expired' : undefined
}

/** The address that signs in whoever has it. */
export function linkOf(origin: string, token: string): string {
  return `${origin}${paths.signInLink}?token=${token}`
}

/** The token in what somebody pasted: a whole link, also broken over lines, or the token alone. Undefined when there is none. */
export function tokenIn(text: string): string | undefined {
  const solid = text.replaceAll(/[\s<>]/g, '')
  return /(?:^|[?&]token=)([A-Za-z0-9_-]{43})(?:$|[&#])/.exec(solid)?.[1]
}
