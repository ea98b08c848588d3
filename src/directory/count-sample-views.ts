import { rows, type Reader } from '../database/database.ts'
import type { Tally } from './count-answer.ts'
import { shareWalked } from './count-text-views.ts'
import { queryFor } from './counting.ts'
import { entriesFor, facetsIn, type FacetNumbers } from './conditions.ts'
import { facetKinds, type FacetKind } from './facets.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { textQuery } from './text.ts'
import { noParameters, type Sight } from './visible.ts'

const sampled = 2000

/**
 * What `tally` counts, without a table: from the first 2,000 people in the order drawn by lot, which are a fair part of all. Exact
 * where there are fewer.
 */
export async function sampleTally(
  reader: Reader,
  sight: Sight,
  query: SearchQuery,
): Promise<Tally & { isAbout: boolean }> {
  const numbers = await facetIds(reader, facetsIn(query, query.text === undefined ? undefined : textQuery(query.text)))
  const values = new Map<string, number>()
  let isAbout = false
  const alike = Map.groupBy(facetKinds, (kind) => JSON.stringify(queryFor(kind, query)))
  for (const kinds of alike.values()) {
    const [first] = kinds
    if (first === undefined) continue
    const { counts, share } = await sample(reader, sight, queryFor(first, query), kinds, numbers)
    isAbout ||= share < 1
    for (const [key, count] of counts) values.set(key, count / share)
  }
  const { total, share } = await sample(reader, sight, { ...query, open: true }, [], numbers)
  return { values, open: total / share, isAbout: isAbout || share < 1 }
}

async function sample(
  reader: Reader,
  sight: Sight,
  query: SearchQuery,
  kinds: readonly FacetKind[],
  numbers: FacetNumbers,
): Promise<{ counts: ReadonlyMap<string, number>; total: number; share: number }> {
  const given = noParameters()
  const text = query.text === undefined ? undefined : textQuery(query.text)
  const [row] = await rows<{ last: string | null; total: number; counts: Record<string, number> | null }>(
    reader,
    `with part as materialized (select e.lid, e.facets ${entriesFor(given, sight, query, text, numbers)} order by e.lid limit ${sampled})
     select (select max(lid)::text from part) as last, (select count(*)::int from part) as total,
       (select json_object_agg(f.kind || ':' || f.value, n.people)
        from (select id, count(*) as people from part, unnest(part.facets) as id group by id) n join facet f on f.id = n.id
        where f.kind = any(${given.add(kinds)})) as counts`,
    given.values,
  )
  const total = row?.total ?? 0
  const last = row?.last ?? undefined
  const share = total < sampled || last === undefined ? 1 : shareWalked(BigInt(last), total)
  return { counts: new Map(Object.entries(row?.counts ?? {})), total, share }
}
