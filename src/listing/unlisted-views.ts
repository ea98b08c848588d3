import { oneRow, type Reader } from '../database/database.ts'

/** What is left to show of a public person who is hidden for now: that she is there, and where she is reached. */
export type UnlistedPerson = {
  readonly personId: string
  readonly handle: string
  readonly publishedAt: Date
  readonly updatedAt: Date
  readonly movedTo: string | null
}

/** A public person who is hidden for now, by her person id or her handle; undefined for anybody else. */
export function unlistedPerson(
  reader: Reader,
  now: Date,
  by: { readonly personId: string } | { readonly handle: string },
): Promise<UnlistedPerson | undefined> {
  const [column, value] = 'handle' in by ? ['person.handle', by.handle] : ['person.id', by.personId]
  return oneRow<UnlistedPerson>(
    reader,
    `select person.id as "personId", person.handle, coalesce(person.public_since, listing.published_at) as "publishedAt",
       listing.unlisted_since as "updatedAt", person.moved_to as "movedTo"
     from listing join person on person.id = listing.person_id
     where ${column} = $1 and person.retired_at is null and person.handle is not null and listing.public
       and listing.unlisted_since is not null and listing.review_at > $2`,
    [value, now],
  )
}

/** Who a retired public person was, for the last words that are sent in her name. */
export type LeftPerson = {
  readonly personId: string
  /** Null once her last words are written. */
  readonly handle: string | null
  readonly publishedAt: Date
  readonly retiredAt: Date
}

/** A public person who left; undefined for anybody else. */
export function leftPerson(reader: Reader, personId: string): Promise<LeftPerson | undefined> {
  return oneRow<LeftPerson>(
    reader,
    `select id as "personId", handle, public_since as "publishedAt", retired_at as "retiredAt" from person
     where id = $1 and retired_at is not null and public_since is not null`,
    [personId],
  )
}
