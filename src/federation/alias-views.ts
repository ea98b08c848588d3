import { oneRow, rows, type Reader } from '../database/database.ts'

export type Alias = { readonly actor: string; readonly name: string; readonly movedHereAt: Date | null }

/** Other accounts of a person, in the order in which she named them. */
export function aliasesOf(reader: Reader, personId: string): Promise<Alias[]> {
  return rows<Alias>(
    reader,
    `select actor, name, moved_here_at as "movedHereAt" from person_alias where person_id = $1 order by added_at, actor`,
    [personId],
  )
}

/** Where a person went, and what she chose about those who come from her old accounts. */
export type MoveState = {
  readonly movedTo: string | null
  readonly movedToName: string | null
  readonly movedAt: Date | null
  readonly letsMovedIn: boolean
}

export async function moveState(reader: Reader, personId: string): Promise<MoveState> {
  const found = await oneRow<MoveState>(
    reader,
    `select p.moved_to as "movedTo", p.moved_to_name as "movedToName", p.moved_at as "movedAt",
       coalesce(c.moved, false) as "letsMovedIn"
     from person p left join follow_choice c on c.person_id = p.id where p.id = $1`,
    [personId],
  )
  return found ?? { movedTo: null, movedToName: null, movedAt: null, letsMovedIn: false }
}
