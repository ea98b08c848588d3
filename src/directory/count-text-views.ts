import { rows, type Reader } from '../database/database.ts'
import { entriesFor, facetsIn } from './conditions.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { textQuery, type TextQuery } from './text.ts'
import { noParameters, type Sight } from './visible.ts'
import { fewHits } from './views.ts'
import { similarWords } from './word-views.ts'

/** The people whom some words find: all of them, or of very many a fair part, and which part of all that is. */
export type TextPeople = {
  readonly lids: readonly bigint[]
  readonly share: number
  /** Where those with similar words are among them: those with the very words. */
  readonly exact?: readonly bigint[]
}

const fewEnough = 2000
const enough = 1000
const ring = 2n ** 63n

/**
 * Whom the words of a query find, whatever its facets; undefined when there is no word in it. Where a page of the query would have
 * hardly anybody with the very words, and so shows similar ones, those count as well.
 */
export async function peopleByWords(reader: Reader, sight: Sight, query: SearchQuery): Promise<TextPeople | undefined> {
  const { text } = query
  const asTyped = text === undefined ? undefined : textQuery(text)
  if (text === undefined || !asTyped) return undefined
  const exact = await found(reader, sight, asTyped)
  const many = exact.share < 1 ? fewHits : await howMany(reader, sight, query, asTyped)
  if (many >= fewHits) return exact
  const near = await similarWords(reader, sight, text, { nobody: many === 0 })
  const similar = near.size === 0 ? undefined : textQuery(text, near)
  if (!similar) return exact
  const more = await found(reader, sight, similar)
  const { lids } = exact
  return more.share < 1 ? more : { lids: [...new Set([...lids, ...more.lids])], share: 1, exact: lids }
}

// How many people a page of the query would have with the very words; counted no further than it matters.
async function howMany(reader: Reader, sight: Sight, query: SearchQuery, text: TextQuery): Promise<number> {
  const numbers = await facetIds(reader, facetsIn(query, text))
  const given = noParameters()
  const fitting = entriesFor(given, sight, query, text, numbers)
  return (await rows(reader, `select 1 ${fitting} limit ${fewHits}`, given.values)).length
}

// All of them by the index while they are few. Of more, those in the beginning of the order drawn by lot, which is a fair part: a
// limit without an order would take them from one origin. The part grows until there are enough in it.
async function found(reader: Reader, sight: Sight, text: TextQuery): Promise<TextPeople> {
  const all = await lidsUpTo(reader, sight, text, ring, fewEnough + 1)
  if (all.length <= fewEnough) return { lids: all, share: 1 }
  for (let part = 64n; part > 1n; part /= 4n) {
    const lids = await lidsUpTo(reader, sight, text, ring / part)
    if (lids.length >= enough) return { lids, share: 1 / Number(part) }
  }
  return { lids: await lidsUpTo(reader, sight, text, ring), share: 1 }
}

async function lidsUpTo(
  reader: Reader,
  sight: Sight,
  text: TextQuery,
  place: bigint,
  limit?: number,
): Promise<readonly bigint[]> {
  const numbers = await facetIds(reader, facetsIn({}, text))
  const given = noParameters()
  const fitting = entriesFor(given, sight, {}, text, numbers)
  const within = place === ring ? '' : `and e.lid < ${given.add(place.toString())}`
  const found = await rows<{ lid: string }>(
    reader,
    `with candidate as materialized (select e.lid ${fitting} ${within} ${limit === undefined ? '' : `limit ${limit}`})
     select lid::text as lid from candidate`,
    given.values,
  )
  return found.map(({ lid }) => BigInt(lid))
}

/** Which part of the ring has been walked when the last of `count` people was found, who was no chance. */
export function shareWalked(last: bigint | undefined, count: number): number {
  const walked = Number((last ?? ring) + 1n) / Number(ring)
  return count > 1 ? Math.min(1, (walked * count) / (count - 1)) : 1
}
