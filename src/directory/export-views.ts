import { rows, type Db } from '../database/database.ts'
import { cardOf, type Card, type EntryRow } from './card.ts'
import { columns } from './find-views.ts'
import { noParameters, visibleEntries, type Sight } from './visible.ts'

const atOnce = 500

/**
 * Everybody of this node whom anybody may see, some hundred at a time, in the order drawn by lot. Each part is read when it is asked
 * for: who leaves meanwhile and has not come yet does not come.
 */
export async function* publicPeople(db: Db, now: () => Date): AsyncGenerator<readonly Card[], void, void> {
  let after = '-1'
  for (;;) {
    const sight: Sight = { audience: 'public', now: now() }
    const given = noParameters()
    const found = await rows<EntryRow>(
      db,
      `select ${columns(given, sight)}
       ${visibleEntries(given, sight)} and e.origin_id = 0 and e.lid > ${given.add(after)} order by e.lid limit ${atOnce}`,
      given.values,
    )
    if (found.length > 0) yield found.map((row) => cardOf(row, sight.now, { audience: 'public' }))
    const last = found.at(-1)
    if (!last || found.length < atOnce) return
    after = last.lid
  }
}
