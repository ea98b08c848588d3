// The set of the origin of `sync`, written into its tables at once: to publish 100,000 people one by one is not what is measured.
import type { Pool } from 'pg'
import { identifyListing } from '../src/partners/copy.ts'
import { bucketOf } from '../src/partners/set.ts'
import { variedPerson } from './varied.ts'

const batch = 2_000

/** Makes the set of a node the people 0 to `count - 1`, in a new epoch. */
export async function fillOrigin(pool: Pool, origin: string, count: number, epoch: string): Promise<void> {
  for (let first = 0; first < count; first += batch) {
    const many = Math.min(batch, count - first)
    await put(
      pool,
      origin,
      Array.from({ length: many }, (_, index) => ({ number: first + index, seq: first + index + 1, words: '' })),
    )
  }
  await beginEpoch(pool, epoch, count)
}

/**
 * Changes 4 % of it: of 100 people one is withdrawn, one is new, and two say something else. Each `round`, from 1 on, changes others.
 * The numbers go on, in that epoch.
 */
export async function changeOrigin(
  pool: Pool,
  origin: string,
  count: number,
  { epoch, round }: { readonly epoch: string; readonly round: number },
): Promise<void> {
  const changed = []
  let seq = count + round * count
  const gone: string[] = []
  for (let number = round; number < count; number += 100) {
    gone.push(variedPerson(number, origin).id)
    changed.push(
      { number: number + 33, seq: (seq += 1), words: ' Now on another day.' },
      { number: number + 66, seq: (seq += 1), words: ' Now on another day.' },
      { number: round * count + number, seq: (seq += 1), words: '' },
    )
  }
  for (let first = 0; first < changed.length; first += batch)
    await put(pool, origin, changed.slice(first, first + batch))
  await pool.query(
    `update published_listing p set document = null, content_hash = null, deleted_at = now(), seq = $2 + n.place
     from unnest($1::text[]) with ordinality as n (id, place) where p.id = n.id`,
    [gone, seq],
  )
  await beginEpoch(pool, epoch, seq + gone.length)
}

type Put = { readonly number: number; readonly seq: number; readonly words: string }

async function put(pool: Pool, origin: string, people: readonly Put[]): Promise<void> {
  const made = people.map(({ number, seq, words }) => {
    const document = { ...variedPerson(number, origin, words), seq }
    const text = JSON.stringify(document)
    const read = identifyListing(JSON.parse(text), { origin, directoryId: `${origin}/ap/directory` })
    if ('refused' in read) throw new Error(`an invented listing is refused: ${read.refused}`)
    return { id: read.id, bucket: bucketOf(read.id), seq, text, hash: read.contentHash }
  })
  await pool.query(
    `insert into published_listing (id, bucket, seq, document, content_hash)
     select id, bucket, seq, document, decode(hash, 'hex')
     from unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[]) as n (id, bucket, seq, document, hash)
     on conflict (id) do update set seq = excluded.seq, document = excluded.document, content_hash = excluded.content_hash`,
    [
      made.map(({ id }) => id),
      made.map(({ bucket }) => bucket),
      made.map(({ seq }) => seq),
      made.map(({ text }) => text),
      made.map(({ hash }) => hash),
    ],
  )
}

async function beginEpoch(pool: Pool, epoch: string, seq: number): Promise<void> {
  await pool.query('update published_bucket set hash = null')
  await pool.query('update directory_state set epoch = $1, seq = $2, statement = null', [epoch, seq])
  await pool.query('vacuum analyze published_listing')
}
