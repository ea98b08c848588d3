import type { Language } from '../common/vocabularies.ts'

/** Somebody who may sign in here. `waiting` until an administrator approves; `closed` for good. */
export type Account = {
  readonly id: string
  /** Lower case; never shown to anyone but its owner and the administrators. */
  readonly mail: string
  readonly role: 'member' | 'administrator'
  readonly state: 'waiting' | 'active' | 'closed'
  readonly language: Language
  readonly createdAt: Date
  readonly signedInAt: Date | null
}

/** The form in which addresses are kept and compared: trimmed, lower case. */
export function mailAddress(text: string): string {
  return text.trim().toLowerCase()
}
