import { oneRow, type Reader } from '../database/database.ts'
import type { Audience } from '../profile/profile.ts'

/** A picture, with where its owner is listed at this moment. */
export type ShownPicture = {
  readonly accountId: string
  readonly audience: Audience
  readonly isHere: boolean
  readonly isPublic: boolean
  readonly discovery: boolean
}

/** What decides who may see the picture with that name; undefined when there is none, or its owner's account is not active. */
export function shownPicture(reader: Reader, now: Date, name: string): Promise<ShownPicture | undefined> {
  return oneRow<ShownPicture>(
    reader,
    `select picture.account_id as "accountId", profile.audience,
       coalesce(listing.here and listing.members_document is not null and listing.review_at > $2, false) as "isHere",
       coalesce(listing.public and listing.public_document is not null and listing.review_at > $2 and person.retired_at is null, false) as "isPublic",
       coalesce(listing.discovery, false) as discovery
     from picture join profile using (account_id) join account on account.id = picture.account_id
     left join listing on listing.account_id = picture.account_id
     left join person on person.id = listing.person_id
     where picture.name = $1 and account.state = 'active'`,
    [name, now],
  )
}

/** The picture itself. */
export async function pictureBytes(reader: Reader, name: string): Promise<Buffer | undefined> {
  return (await oneRow<{ bytes: Buffer }>(reader, 'select bytes from picture where name = $1', [name]))?.bytes
}
