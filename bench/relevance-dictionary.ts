// How long the words like one with a typing error take to be found in a dictionary as large as that of a million listings.
import type { Db } from '../src/database/database.ts'
import { wordsLike } from '../src/directory/word-views.ts'
import { numbersFrom } from '../test/support/people.ts'
import { figure, inTurn, quantile, type Figure, type Surroundings } from './measure.ts'
import { word } from './varied.ts'

const dictionary = 250_000
const asked = 100

/** Ours against what was asked before: words of about the same groups of three letters, at most a thousand. */
export async function dictionaryFigures(around: Surroundings, db: Db): Promise<readonly Figure[]> {
  around.tell(`a dictionary of ${dictionary} words`)
  await fill(db)
  const next = numbersFrom(17)
  const mistyped = Array.from({ length: asked }, () => slip(word(Math.floor(next() * dictionary)), next))
  const timed = async (ask: (one: string) => Promise<unknown>): Promise<readonly number[]> => {
    const times: number[] = []
    for (const one of mistyped) {
      const begin = performance.now()
      await ask(one)
      times.push(performance.now() - begin)
    }
    return times
  }
  const ours = (): Promise<readonly number[]> =>
    db.transaction(async (tx) => {
      await tx.manager.query('set local enable_seqscan = off') // as in a search
      return timed((one) => wordsLike(tx, [one]))
    })
  const before = (): Promise<readonly number[]> => timed((one) => db.pool.query(byTrigrams, [one]))
  await ours()
  const { ours: mine, baseline } = await inTurn(ours, before)
  const of = (times: readonly (readonly number[])[], share: number): number => quantile(times.flat(), share)
  const size = await db.pool.query<{ near: string; trigrams: string }>(
    `select pg_relation_size('word_near') as near, pg_relation_size('word_trgm') as trigrams`,
  )
  const megabytes = (bytes: string | undefined): number => Number(bytes) / 2 ** 20
  return [
    figure('relevance.dictionary.p50', 'milliseconds', of(mine, 0.5), of(baseline, 0.5), {
      of: 'value',
      limit: 20,
      better: 'lower',
    }),
    figure('relevance.dictionary.p95', 'milliseconds', of(mine, 0.95), of(baseline, 0.95)),
    figure('relevance.dictionary.size', 'MB', megabytes(size.rows[0]?.near), megabytes(size.rows[0]?.trigrams)),
  ]
}

const byTrigrams = `select w from word where w % $1 and length(w) between length($1) - 2 and length($1) + 2
  order by similarity(w, $1) desc, w limit 1000`

// The index after the words, as after a restore: word by word it takes minutes.
async function fill(db: Db): Promise<void> {
  const words = Array.from({ length: dictionary }, (_, number) => word(number))
  const { rows } = await db.pool.query<{ made: string }>(`select pg_get_indexdef('word_near'::regclass) as made`)
  await db.pool.query('drop index word_near')
  await db.pool.query('insert into word (w) select distinct unnest($1::text[]) on conflict do nothing', [words])
  await db.pool.query(rows[0]?.made ?? '')
  await db.pool.query('create index word_trgm on word using gin (w gin_trgm_ops)')
  await db.pool.query('vacuum analyze word')
}

// One letter left out, doubled, swapped with the next, or another vowel.
function slip(meant: string, next: () => number): string {
  const at = 1 + Math.floor(next() * (meant.length - 2))
  const [before, one = '', rest] = [meant.slice(0, at), meant[at], meant.slice(at + 1)]
  const kinds = [
    before + rest,
    before + one + one + rest,
    before + rest.slice(0, 1) + one + rest.slice(1),
    `${before}e${rest}`,
  ]
  return kinds[Math.floor(next() * kinds.length)] ?? meant
}
