import { later, day } from '../common/clock.ts'
import { keyedHash } from '../common/ids.ts'
import type { App } from '../app.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { readDocument, withoutEndedFlag, type OwnListing } from './document.ts'
import { askDaysBefore, type ChatFlag } from './flag.ts'
import { reviewAskDaysBefore, type Listing, type WithdrawnListing } from './listing.ts'

const listingColumns = `id, account_id as "accountId", person_id as "personId", here, partners, public, discovery,
  published_at as "publishedAt", updated_at as "updatedAt", review_at as "reviewAt", review_asked_at as "reviewAskedAt",
  members_document as "membersDocument", partners_document as "partnersDocument", public_document as "publicDocument",
  announced_flag as "announcedFlag", unlisted_since as "unlistedSince"`

const flagColumns = `id, account_id as "accountId", number, kinds, boundaries, capacity, hidden_here as "hiddenHere",
  opened_at as "openedAt", ends_at as "endsAt", paused_until as "pausedUntil", full_until as "fullUntil",
  closed_at as "closedAt", closed_because as "closedBecause", renewal_asked_at as "renewalAskedAt"`

/** Where somebody is listed; undefined when she is listed nowhere. */
export function listingOf(reader: Reader, accountId: string): Promise<Listing | undefined> {
  return oneRow<Listing>(reader, `select ${listingColumns} from listing where account_id = $1`, [accountId])
}

/** The newest flag of an account, whatever its state; flag.ts says what it is now. Undefined when there never was one. */
export function flagOf(reader: Reader, accountId: string): Promise<ChatFlag | undefined> {
  return oneRow<ChatFlag>(
    reader,
    `select ${flagColumns} from chat_flag where account_id = $1 order by number desc limit 1`,
    [accountId],
  )
}

/** One flag by its id. */
export function flagByItsId(reader: Reader, id: string): Promise<ChatFlag | undefined> {
  return oneRow<ChatFlag>(reader, `select ${flagColumns} from chat_flag where id = $1`, [id])
}

/** A flag that has not been closed, with the person whose it is now; undefined for any other. */
export function flagById(
  reader: Reader,
  id: string,
): Promise<{ readonly number: number; readonly personId: string } | undefined> {
  return oneRow(
    reader,
    `select chat_flag.number, listing.person_id as "personId" from chat_flag
     join listing using (account_id) where chat_flag.id = $1 and chat_flag.closed_at is null`,
    [id],
  )
}

/** Somebody as one level of audience may see her: the one source of her actor, her page and her entries. */
export type ShownPerson = {
  readonly personId: string
  /** Null unless she is public. */
  readonly handle: string | null
  readonly name: string
  readonly document: OwnListing
  readonly discovery: boolean
  readonly publishedAt: Date
  readonly updatedAt: Date
  readonly language: 'en' | 'cy'
  /** Where her actor moved to, and how people write it; null unless it did. */
  readonly movedTo: string | null
  readonly movedToName: string | null
}

type ShownRow = Omit<ShownPerson, 'document' | 'name'> & { readonly text: string }

const shownColumns = `person.id as "personId", person.handle, listing.discovery, listing.updated_at as "updatedAt", account.language,
  person.moved_to as "movedTo", person.moved_to_name as "movedToName"`
const shownTables =
  'listing join person on person.id = listing.person_id join account on account.id = listing.account_id'

/** Somebody in public scope, by her person id or her handle, as everyone may see her now; undefined otherwise. */
export async function publicPerson(
  reader: Reader,
  now: Date,
  by: { readonly personId: string } | { readonly handle: string },
): Promise<ShownPerson | undefined> {
  const [column, value] = 'handle' in by ? ['person.handle', by.handle] : ['person.id', by.personId]
  const found = await oneRow<ShownRow>(
    reader,
    often(`select ${shownColumns}, coalesce(person.public_since, listing.published_at) as "publishedAt", listing.public_document as text
     from ${shownTables}
     where ${column} = $1 and person.retired_at is null and listing.public and listing.unlisted_since is null and listing.public_document is not null
       and listing.review_at > $2`),
    [value, now],
  )
  return found && shownPerson(found, now)
}

/** Somebody in partner scope as approved nodes may see her now; undefined otherwise. */
export async function partnerPerson(reader: Reader, now: Date, personId: string): Promise<ShownPerson | undefined> {
  const found = await oneRow<ShownRow>(
    reader,
    `select ${shownColumns}, listing.published_at as "publishedAt", listing.partners_document as text
     from ${shownTables}
     where person.id = $1 and person.retired_at is null and listing.partners and listing.partners_document is not null and listing.review_at > $2`,
    [personId, now],
  )
  return found && shownPerson(found, now)
}

function shownPerson({ text, ...row }: ShownRow, now: Date): ShownPerson {
  const document = withoutEndedFlag(readDocument(text), now)
  return { ...row, name: document.name, document }
}

/** A person who was public once and is not any more: her address answers 410 for good. */
export function retiredPerson(reader: Reader, personId: string): Promise<{ readonly retiredAt: Date } | undefined> {
  return oneRow(
    reader,
    'select retired_at as "retiredAt" from person where id = $1 and retired_at is not null and public_since is not null',
    [personId],
  )
}

/** Whether that handle was somebody's and never will be again. */
export async function retiredHandle(app: Pick<App, 'db' | 'secrets'>, handle: string): Promise<boolean> {
  return (
    (await oneRow(app.db, 'select 1 from retired_handle where hash = $1', [keyedHash(app.secrets.hashing, handle)])) !==
    undefined
  )
}

/** Listings of an account that partner nodes were told to drop, newest first; at most 50. */
export function withdrawnListings(reader: Reader, accountId: string): Promise<WithdrawnListing[]> {
  return rows<WithdrawnListing>(
    reader,
    'select id, account_id as "accountId", withdrawn_at as "withdrawnAt" from withdrawn_listing where account_id = $1 order by withdrawn_at desc limit 50',
    [accountId],
  )
}

/** Accounts whose flag has reached its end, or the end of its pause or of its full month; at most `limit`. */
export function accountsWithDueFlags(reader: Reader, now: Date, limit: number): Promise<{ accountId: string }[]> {
  return rows(
    reader,
    `select account_id as "accountId" from chat_flag
     where closed_at is null and (ends_at <= $1 or paused_until <= $1 or full_until <= $1) order by ends_at limit $2`,
    [now, limit],
  )
}

/** Running flags that end within a week and whose owners were not asked yet; at most `limit`. */
export function flagsToAskAbout(reader: Reader, now: Date, limit: number): Promise<{ id: string }[]> {
  return rows(
    reader,
    `select id from chat_flag where closed_at is null and renewal_asked_at is null and ends_at > $1 and ends_at <= $2 order by ends_at limit $3`,
    [now, later(now, askDaysBefore * day), limit],
  )
}

/** Accounts whose listing comes up for review within 30 days and who were not asked yet; at most `limit`. */
export function accountsToReview(reader: Reader, now: Date, limit: number): Promise<{ accountId: string }[]> {
  return rows(
    reader,
    `select account_id as "accountId" from listing where review_asked_at is null and review_at > $1 and review_at <= $2 order by review_at limit $3`,
    [now, later(now, reviewAskDaysBefore * day), limit],
  )
}

/** Accounts whose listing ended without a word of its owner; at most `limit`. */
export function accountsToLapse(reader: Reader, now: Date, limit: number): Promise<{ accountId: string }[]> {
  return rows(
    reader,
    'select account_id as "accountId" from listing where review_at <= $1 order by review_at limit $2',
    [now, limit],
  )
}
