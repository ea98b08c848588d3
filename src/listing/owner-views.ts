import { oneRow, type Reader } from '../database/database.ts'

/** Whose a person id is, or was. */
export type Owner = { readonly accountId: string; readonly personId: string; readonly retiredAt: Date | null }

const columns = `person.account_id as "accountId", person.id as "personId", person.retired_at as "retiredAt"`

/** The account behind a person id, also one that is retired; undefined where there is none, or none any more. */
export function ownerOfPerson(reader: Reader, personId: string): Promise<Owner | undefined> {
  return oneRow<Owner>(reader, `select ${columns} from person where id = $1 and account_id is not null`, [personId])
}

/** The account behind the id of a listing of this node that is up now. */
export function ownerOfListing(reader: Reader, listingId: string): Promise<Owner | undefined> {
  return oneRow<Owner>(
    reader,
    `select ${columns} from listing join person on person.id = listing.person_id where listing.id = $1 and person.account_id is not null`,
    [listingId],
  )
}
