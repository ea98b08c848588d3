import { rows, type Reader } from '../database/database.ts'
import { vocabularyWords } from './synonyms.ts'
import type { Near } from './text.ts'
import { isLessLikely, likeliest, mistyped, type Meant } from './typing.ts'
import { noParameters, visibleEntries, type Sight } from './visible.ts'
import { tellingWords, whoMark, wordsIn } from './words.ts'

const shortest = 3
const mostWords = 10
// Bounds the work, not the answer: hardly a word has so many like it. Far more than are shown, since words that this reader
// may not see are taken out only afterwards and must not push out those that she may.
const mostAlike = 5000
const batch = 24

/**
 * For each word of a text that nobody has whom this reader may see, the words of such people that it may have been meant
 * for, likeliest first; and two words that should be one, or one that should be two. Where every word is somebody's but
 * `nobody` has all of them, the same for each. What she may not see changes nothing, or she could try out who is listed.
 * Words of our lists are everyone's. `given` says which words to take for errors, as `doubtedIn` told it for an earlier page:
 * somebody may have them since.
 */
export async function similarWords(
  reader: Reader,
  sight: Sight,
  text: string,
  { nobody = false, given }: { readonly nobody?: boolean; readonly given?: number | undefined } = {},
): Promise<Near> {
  const words = wordsTried(text)
  const pairs = pairsOf(words)
  const seen = await visibleWords(reader, sight, words, 'who')
  const joinable = await knownWords(reader, sight, [...pairs.values()])
  const paired = new Set([...pairs].filter(([, joined]) => joinable.has(joined)).flatMap(([pair]) => pair.split(' ')))
  // A word alone that is in our lists is what was meant; beside another it may be an error that is a word as well.
  const isMeant = (word: string): boolean => seen.has(word) || (words.length === 1 && vocabularyWords().has(word))
  const unknown = words.filter((word) => word.length >= shortest && !isMeant(word) && !paired.has(word))
  const isDoubted = nobody && words.length > 1 && unknown.length + paired.size === 0
  const asJudged = isDoubted ? words : unknown
  const doubted = given === undefined ? asJudged : words.filter((_, index) => ((given >> index) & 1) === 1)
  const alike = await wordsLike(reader, doubted)
  const near = new Map<string, readonly string[]>()
  for (const word of doubted) {
    const meant = await seenAmong(reader, sight, mistyped(word, alike.get(word) ?? []))
    const apart = meant.length === 0 ? await partedWords(reader, sight, word) : []
    if (meant.length + apart.length > 0) near.set(word, [...likeliest(meant), ...apart])
  }
  for (const [pair, joined] of pairs) if (joinable.has(joined)) near.set(pair, [joined])
  return near
}

/** Which words of a text are taken for errors in `near`: a bit each, the first word's the lowest. */
export function doubtedIn(text: string, near: Near): number {
  return wordsTried(text).reduce((bits, word, index) => (near.has(word) ? bits | (1 << index) : bits), 0)
}

function wordsTried(text: string): readonly string[] {
  return tellingWords(wordsIn(text)).slice(0, mostWords)
}

// Words beside each other, as they would be written as one.
function pairsOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(words.slice(1).map((word, index) => [`${words[index]} ${word}`, `${words[index]}${word}`]))
}

/** Words of the dictionary that may be a typing error or two away. It knows no readers: nothing of this may be shown as it is. */
export async function wordsLike(
  reader: Reader,
  words: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (words.length === 0) return new Map()
  const found = await rows<{ word: string; w: string }>(
    reader,
    `select q.word, near.w from unnest($1::text[]) as q (word)
       cross join lateral (select w from word where near_keys(w) && near_keys(q.word) and w <> q.word
           and length(w) between length(q.word) - 2 and length(q.word) + 2
         order by abs(length(w) - length(q.word)), w limit ${mostAlike}) near`,
    [words],
  )
  return new Map([...Map.groupBy(found, ({ word }) => word)].map(([word, some]) => [word, some.map(({ w }) => w)]))
}

// Those of the words like a word that this reader may see; likeliest first, and not beyond those that count.
async function seenAmong(reader: Reader, sight: Sight, alike: readonly Meant[]): Promise<readonly Meant[]> {
  const seen: Meant[] = []
  for (let start = 0; start < alike.length; start += batch) {
    const some = alike.slice(start, start + batch)
    if (isLessLikely(some[0]?.cost ?? 0, seen)) break
    const visible = await knownWords(
      reader,
      sight,
      some.map(({ word }) => word),
    )
    seen.push(...some.filter(({ word }) => visible.has(word)))
  }
  // Of words that are only in our lists, the likeliest: or a name that few have would be taken for a role or a country.
  return seen.filter(({ word, cost }) => cost === seen[0]?.cost || !vocabularyWords().has(word))
}

// Two words that were written as one, each somebody's: "sianpritchard".
async function partedWords(reader: Reader, sight: Sight, word: string): Promise<readonly string[]> {
  const letters = Array.from(word)
  const parted = letters
    .map((_, at) => [letters.slice(0, at).join(''), letters.slice(at).join('')] as const)
    .filter(([one, other]) => one.length >= shortest && other.length >= shortest)
  const found = await rows<{ w: string }>(reader, 'select w from word where w = any($1)', [parted.flat()])
  const seen = await knownWords(
    reader,
    sight,
    found.map(({ w }) => w),
  )
  return parted.filter(([one, other]) => seen.has(one) && seen.has(other)).map((both) => both.join(' '))
}

// Those of some words that somebody has whom this reader may see, or that are of our lists.
async function knownWords(reader: Reader, sight: Sight, words: readonly string[]): Promise<ReadonlySet<string>> {
  const isOurs = (word: string): boolean => vocabularyWords().has(word)
  const seen = await visibleWords(
    reader,
    sight,
    words.filter((word) => !isOurs(word)),
    'any',
  )
  return new Set([...words.filter(isOurs), ...seen])
}

// Those of some words (letters and numbers) that somebody has whom this reader may see: `who` only in her name or work. With
// `limit 1` instead of `exists` the planner, told of a million listings, walks them by origin.
async function visibleWords(
  reader: Reader,
  sight: Sight,
  words: readonly string[],
  where: 'who' | 'any',
): Promise<ReadonlySet<string>> {
  if (words.length === 0) return new Set()
  const given = noParameters()
  const mark = given.add(where === 'who' ? whoMark : '')
  const seen = await rows<{ w: string }>(
    reader,
    `select n.w from unnest(${given.add(words)}::text[]) as n (w)
     where exists (select ${visibleEntries(given, sight)} and e.tsv @@ quote_literal(${mark}::text || n.w)::tsquery)`,
    given.values,
  )
  return new Set(seen.map(({ w }) => w))
}
