import { rows, type Reader } from '../database/database.ts'
import { misspellings, nearest, type Near } from './text.ts'
import { queryWords } from './words.ts'

const shortest = 3

/** For each word of a text that the dictionary lacks, the words in it that are a typing error away, nearest first. */
export async function similarWords(reader: Reader, text: string): Promise<Near> {
  const words = queryWords(text).filter((word) => word.length >= shortest)
  if (words.length === 0) return new Map()
  const known = await rows<{ w: string }>(reader, 'select w from word where w = any($1)', [words])
  const unknown = words.filter((word) => !known.some(({ w }) => w === word))
  if (unknown.length === 0) return new Map()
  const swaps = unknown.map((word) => misspellings(word))
  const found = await rows<{ word: string; w: string }>(
    reader,
    `select q.word, near.w from unnest($1::text[]) as q (word)
       cross join lateral (select w from word where w % q.word order by similarity(w, q.word) desc, w limit 30) near
     union
     select q.word, word.w from unnest($2::text[], $3::text[]) as q (word, variant) join word on word.w = q.variant`,
    [unknown, unknown.flatMap((word, index) => (swaps[index] ?? []).map(() => word)), swaps.flat()],
  )
  const near = unknown.map(
    (word) =>
      [
        word,
        nearest(
          word,
          found.filter((row) => row.word === word).map(({ w }) => w),
        ),
      ] as const,
  )
  return new Map(near.filter(([, alternatives]) => alternatives.length > 0))
}
