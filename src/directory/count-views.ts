import { reading, rows, type Db, type Reader } from '../database/database.ts'
import type { Viewer } from './card.ts'
import { entriesFor, facetsIn } from './conditions.ts'
import { countTotal, queryFor, type FacetCounts } from './counting.ts'
import { facetKey, facetKinds, type Facet } from './facets.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { textQuery } from './text.ts'
import { noParameters, type Parameters, type Sight } from './visible.ts'

const longestCount = 10_000 // milliseconds of one statement

/** The counts beside the choices of a search, as this reader may know them. The page of the query does not matter. */
export async function facetCounts(db: Db, now: Date, viewer: Viewer, query: SearchQuery): Promise<FacetCounts> {
  const sight: Sight = { audience: viewer.audience, now, accountId: viewer.accountId }
  return reading(db, longestCount, async (reader) => {
    const alike = Map.groupBy(facetKinds, (kind) => JSON.stringify(queryFor(kind, query)))
    const values = new Map<string, number>()
    for (const kinds of alike.values()) {
      const [first] = kinds
      if (first === undefined) continue
      const given = noParameters()
      const fitting = await matching(reader, given, sight, queryFor(first, query))
      const found = await rows<{ kind: Facet['kind']; value: string; people: number }>(
        reader,
        `select f.kind, f.value, n.people from (select id, count(*)::int as people
           from (select unnest(e.facets) as id ${fitting}) one group by id) n
         join facet f on f.id = n.id where f.kind = any(${given.add(kinds)})`,
        given.values,
      )
      for (const { kind, value, people } of found) values.set(facetKey({ kind, value }), people)
    }
    const given = noParameters()
    const fitting = await matching(reader, given, sight, { ...query, open: true })
    const [open] = await rows<{ people: number }>(reader, `select count(*)::int as people ${fitting}`, given.values)
    return {
      values: new Map([...values].map(([key, people]) => [key, countTotal(people)])),
      open: countTotal(open?.people ?? 0),
      isAbout: false,
      asOf: now,
    }
  })
}

async function matching(reader: Reader, given: Parameters, sight: Sight, query: SearchQuery): Promise<string> {
  const text = query.text === undefined ? undefined : textQuery(query.text)
  return entriesFor(given, sight, query, text, await facetIds(reader, facetsIn(query, text)))
}
