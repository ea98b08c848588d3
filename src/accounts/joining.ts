import { isMailAddress, mailAddress } from './account.ts'

/** Who may join by herself, as the host decided (schemas/config.json: join, mailDomains). */
export type JoinRules = { readonly join: 'invited' | 'domains' | 'approval'; readonly mailDomains: readonly string[] }

/** What happens when an address without an account uses a sign-in link. With 'no' it never gets one. */
export type Joining = 'at-once' | 'after-approval' | 'no'

/** Whether somebody with this address may join. An invitation always counts; a domain counts whole, never as a part of another. */
export function joining(rules: JoinRules, mail: string, invited: boolean): Joining {
  if (invited) return 'at-once'
  if (rules.join === 'approval') return 'after-approval'
  if (rules.join === 'domains' && rules.mailDomains.includes(domainOf(mail))) return 'at-once'
  return 'no'
}

/** What follows the @. */
export function domainOf(mail: string): string {
  return mail.slice(mail.lastIndexOf('@') + 1)
}

/** At most this many addresses in one go. */
export const mostInvitations = 50

/** Addresses typed one a line (commas and semicolons part them as well), once each, and what of it cannot be an address. */
export function addressesIn(text: string): {
  readonly addresses: readonly string[]
  readonly wrong: readonly string[]
} {
  const parts = text.split(/[\n,;]/).map(mailAddress)
  const unique = [...new Set(parts)].filter((part) => part !== '')
  return { addresses: unique.filter(isMailAddress), wrong: unique.filter((part) => !isMailAddress(part)) }
}
