import { rows, type Reader } from '../database/database.ts'
import { entriesFor, facetsIn } from './conditions.ts'
import { facetIds } from './store.ts'
import { textQuery, type TextQuery } from './text.ts'
import { noParameters, type Sight } from './visible.ts'
import { similarWords } from './word-views.ts'

/** The people whom some words find: all of them, or of very many a fair part, and which part of all that is. */
export type TextPeople = { readonly lids: readonly bigint[]; readonly share: number }

const mostCounted = 20_000
const sampled = 1000
const fewHits = 3 // as in views.ts: with fewer, words like those typed count as well
const ring = 2n ** 63n

/** Whom the words of a query find, whatever its facets. Words like them count where hardly anybody has the very words. */
export async function peopleByWords(reader: Reader, sight: Sight, words: string): Promise<TextPeople> {
  await rows(reader, 'set local enable_seqscan = off') // as in views.ts
  const exact = await found(reader, sight, textQuery(words))
  if (exact.lids.length >= fewHits) return exact
  const near = await similarWords(reader, sight, words)
  if (near.size === 0) return exact
  const more = await found(reader, sight, textQuery(words, near))
  return more.share < 1 ? more : { lids: [...new Set([...exact.lids, ...more.lids])], share: 1 }
}

async function found(reader: Reader, sight: Sight, text: TextQuery): Promise<TextPeople> {
  const numbers = await facetIds(reader, facetsIn({}, text))
  const lids = async (end: (fitting: string) => string): Promise<bigint[]> => {
    const given = noParameters()
    const all = await rows<{ lid: string }>(reader, end(entriesFor(given, sight, {}, text, numbers)), given.values)
    return all.map(({ lid }) => BigInt(lid))
  }
  const all = await lids(
    (fitting) =>
      `with candidate as materialized (select e.lid ${fitting} limit ${mostCounted + 1}) select lid::text as lid from candidate`,
  )
  if (all.length <= mostCounted) return { lids: all, share: 1 }
  // Without an order those would be of one origin. The order drawn by lot makes its beginning a fair part.
  const first = await lids((fitting) => `select e.lid::text as lid ${fitting} order by e.lid limit ${sampled}`)
  return { lids: first, share: shareOf(first.at(-1), first.length) }
}

/** Which part of the ring has been walked when the last of `count` people was found, of whom that one is no chance. */
export function shareOf(last: bigint | undefined, count: number): number {
  const walked = Number((last ?? ring) + 1n) / Number(ring)
  return count > 1 ? (walked * count) / (count - 1) : 1
}
