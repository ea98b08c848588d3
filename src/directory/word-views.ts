import { rows, type Reader } from '../database/database.ts'
import { byTypingErrors, misspellings, nearest, type Near } from './text.ts'
import { noParameters, visibleEntries, type Sight } from './visible.ts'
import { queryWords, vocabularyWords } from './words.ts'

const shortest = 3
// Bounds the work, not the answer: hardly a word has so many like it. Far more than are shown, since words that this reader
// may not see are taken out only afterwards and must not push out those that she may.
const mostAlike = 1000

/**
 * For each word of a text that nobody has whom this reader may see, the words of such people that are a typing error away,
 * nearest first. What she may not see changes nothing, or she could try out who is listed. Words of roles are everyone's.
 */
export async function similarWords(reader: Reader, sight: Sight, text: string): Promise<Near> {
  const words = queryWords(text).filter((word) => word.length >= shortest)
  const known = await visibleWords(reader, sight, words)
  const unknown = words.filter((word) => !known.has(word))
  const alike = await wordsLike(reader, unknown)
  const seen = await visibleWords(reader, sight, [...new Set([...alike.values()].flat())])
  const near = unknown.map(
    (word) =>
      [
        word,
        nearest(
          word,
          (alike.get(word) ?? []).filter((other) => seen.has(other)),
        ),
      ] as const,
  )
  return new Map(near.filter(([, alternatives]) => alternatives.length > 0))
}

// From the dictionary, which knows no readers: nothing of this may be shown before `visibleWords`.
async function wordsLike(reader: Reader, words: readonly string[]): Promise<Near> {
  if (words.length === 0) return new Map()
  const swaps = words.map((word) => misspellings(word))
  const found = await rows<{ word: string; w: string }>(
    reader,
    `select q.word, near.w from unnest($1::text[]) as q (word)
       cross join lateral (select w from word where w % q.word and length(w) between length(q.word) - 2 and length(q.word) + 2
         order by similarity(w, q.word) desc, w limit ${mostAlike}) near
     union
     select q.word, word.w from unnest($2::text[], $3::text[]) as q (word, variant) join word on word.w = q.variant`,
    [words, words.flatMap((word, index) => (swaps[index] ?? []).map(() => word)), swaps.flat()],
  )
  const byWord = Map.groupBy(found, ({ word }) => word)
  return new Map(
    words.map((word) => [
      word,
      byTypingErrors(
        word,
        (byWord.get(word) ?? []).map(({ w }) => w),
      ),
    ]),
  )
}

// Those of some words that are a strong word of somebody whom this reader may see, or a role's. Words are letters and
// numbers. With `limit 1` instead of `exists` the planner, told of a million listings, walks them by origin.
async function visibleWords(reader: Reader, sight: Sight, words: readonly string[]): Promise<ReadonlySet<string>> {
  const everyones = words.filter((word) => vocabularyWords().has(word))
  const others = words.filter((word) => !vocabularyWords().has(word))
  if (others.length === 0) return new Set(everyones)
  const given = noParameters()
  const seen = await rows<{ w: string }>(
    reader,
    `select n.w from unnest(${given.add(others)}::text[]) as n (w)
     where exists (select ${visibleEntries(given, sight)} and e.tsv @@ (quote_literal(n.w) || ':A')::tsquery)`,
    given.values,
  )
  return new Set([...everyones, ...seen.map(({ w }) => w)])
}
