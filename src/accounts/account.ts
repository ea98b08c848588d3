import type { Language } from '../common/vocabularies.ts'

/** Somebody who may sign in here. `waiting` until an administrator approves; `closed` for good. */
export type Account = {
  readonly id: string
  /** Lower case; never shown to anyone but its owner and the administrators. */
  readonly mail: string
  readonly role: 'member' | 'administrator'
  /** Reads reports and decides about them, beside her role. */
  readonly moderates: boolean
  readonly state: 'waiting' | 'active' | 'closed'
  readonly language: Language
  readonly createdAt: Date
  readonly signedInAt: Date | null
}

/** The form in which addresses are kept and compared: trimmed, lower case. */
export function mailAddress(text: string): string {
  return text.trim().toLowerCase()
}

/**
 * Whether mail can be sent to it: what browsers accept in an email field (WHATWG HTML), with a dot in the domain, and
 * nothing that a mail header reads as a second address. At most 254 characters (RFC 5321). Not checked: that somebody reads it.
 */
export function isMailAddress(mail: string): boolean {
  return (
    mail.length <= 254 &&
    /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/.test(
      mail,
    )
  )
}
