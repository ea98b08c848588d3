import { day, later } from '../common/clock.ts'

/** At most so many other accounts of a person are named in her actor. */
export const mostAliases = 5

/** One move in so many days, as Mastodon has it. */
export const daysBetweenMoves = 30

/** Whether somebody who moved then may move now. */
export function mayMove(movedAt: Date | null, now: Date): boolean {
  return movedAt === null || later(movedAt, daysBetweenMoves * day) <= now
}

/** What somebody typed to name an account elsewhere: a handle, or an address of the web. */
export type TypedAccount =
  | { readonly handle: string; readonly name: string; readonly host: string }
  | { readonly address: string }

// A user name as Mastodon, GoToSocial, Misskey and others have them, and a host with a port where one is tried out.
const handleForm =
  /^(?:acct:)?@?([\p{L}\p{N}_][\p{L}\p{N}_.-]{0,127})@([a-z0-9][a-z0-9.-]{0,251}[a-z0-9](?::\d{1,5})?)$/iu

/** Reads `@user@host`, `acct:user@host` or the address of a profile or an actor; undefined for anything else. */
export function typedAccount(text: string): TypedAccount | undefined {
  const typed = text.trim()
  const [, name, host] = handleForm.exec(typed) ?? []
  if (name !== undefined && host !== undefined) {
    const low = host.toLowerCase()
    return { handle: `@${name}@${low}`, name, host: low }
  }
  const url = /^https?:\/\//i.test(typed) ? URL.parse(typed) : null
  if (!url || url.username !== '' || url.password !== '' || url.href.length > 512) return undefined
  url.hash = ''
  return { address: url.href }
}

/** The ids in `alsoKnownAs`, which is one text or a list; at most 50 of them are looked at. */
export function aliasesIn(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.slice(0, 50).filter((one): one is string => typeof one === 'string')
}
