import { rows, type Reader } from '../database/database.ts'

/** A host that fetched a person with a signature, and the actor that signed; where it is told that she left is not known yet. */
export type HolderToFind = { readonly host: string; readonly askedBy: string }

/** At most 200 of them, those first that came first. */
export function holdersToFind(reader: Reader, personId: string): Promise<HolderToFind[]> {
  return rows<HolderToFind>(
    reader,
    `select host, asked_by as "askedBy" from holder where person_id = $1 and inbox is null and asked_by is not null
     order by first_at, host limit 200`,
    [personId],
  )
}
