import { day, later } from '../common/clock.ts'
import { audienceNumber, type Audience } from './order.ts'

/** The parameters of one statement, in the order in which its text names them. */
export type Parameters = { readonly values: unknown[]; add(value: unknown): string }

/** No parameters yet; `add` keeps a value and returns its $n. */
export function noParameters(): Parameters {
  const values: unknown[] = []
  return {
    values,
    add(value) {
      values.push(value)
      return `$${values.length}`
    },
  }
}

/** What every query about people depends on: who reads (`accountId` when she is signed in), and the node's own clock. */
export type Sight = { readonly audience: Audience; readonly now: Date; readonly accountId?: string | undefined }

/**
 * The one rule by which somebody may be shown (FEDERATION.md 5), as the `from … where …` of a statement: `e` is the entry,
 * `o` its origin. An origin counts while its lease runs, nobody here hides it and its host is not refused; an entry until its yearly
 * review, unless moderators hid it, or the reader and its person are kept apart.
 * Every query that returns people is built on this; a test looks for others.
 */
export function visibleEntries(given: Parameters, sight: Sight): string {
  const now = given.add(sight.now)
  return `from directory_entry e join origin o on o.origin_id = e.origin_id
    where e.audience = ${given.add(audienceNumber[sight.audience])} and e.ends_at > ${now} and o.valid_until > ${now} and not o.hidden
      and e.origin_id <> all(${refusedOrigins}) and e.lid <> all(${hiddenEntries})${keptApart(given, sight)}`
}

// Each of these is asked once for a statement, whatever the number of its entries.
/** The origins that this node refuses, as an array of their numbers. */
export const refusedOrigins = `array(select r.origin_id from refused_origin r)`
/** The `from` of a statement that reads entries which `visibleEntries` found in the same statement, by their places in `found`. */
export function entriesFound(found: string): string {
  return `from ${found} f join directory_entry e on e.lid = f.lid join origin o on o.origin_id = e.origin_id`
}

const personOf = `person_key(x.doc::json ->> 'featuredObject')`
/** The entries that moderators hide, as an array of their places. */
export const hiddenEntries = `array(select x.lid from hidden_entry h join directory_entry x on ${personOf} = person_key(h.person))`

/** Without those whom the reader blocked, themselves or by their server, and those here who blocked her. */
function keptApart(given: Parameters, { accountId }: Sight): string {
  if (accountId === undefined) return ''
  const { origins, lids, accounts } = apartFrom(given.add(accountId))
  return `
      and e.origin_id <> all(${origins})
      and e.lid <> all(${lids})
      and (e.account_id is null or e.account_id <> all(${accounts}))`
}

/** Whom a reader and others keep apart, each as an array: origins, places of entries, accounts here. */
export function apartFrom(reader: string): {
  readonly origins: string
  readonly lids: string
  readonly accounts: string
} {
  return {
    origins: `array(select r.origin_id from person_block b join origin r on b.domain = any(r.domains)
        where b.account_id = ${reader} and b.domain is not null)`,
    lids: `array(select x.lid from person_block b join directory_entry x on ${personOf} = person_key(b.actor)
        where b.account_id = ${reader} and b.actor is not null)`,
    accounts: `array(select b.account_id from person_block b where b.blocked_account_id = ${reader}
        union all select b.blocked_account_id from person_block b where b.account_id = ${reader} and b.blocked_account_id is not null)`,
  }
}

/**
 * Whether the flag of `e` is up now, as a condition. One that claims to last beyond 90 days (to the end of that day, so
 * under 91) is nobody's: it does not count.
 */
export function isOpen(given: Parameters, sight: Sight): string {
  const now = given.add(sight.now)
  return `(e.flag_ends_at > ${now} and e.flag_ends_at < ${given.add(later(sight.now, 91 * day))})`
}
