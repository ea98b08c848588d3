import { changed, rows, type Reader, type Tx } from '../database/database.ts'
import { facetKey, type Facet } from './facets.ts'

// The search index is ours alone and not mapped: its columns (tsvector, smallint[]) are written and read in SQL.

/** One row of directory_entry. */
export type StoredEntry = {
  readonly lid: bigint
  readonly originId: number
  readonly audience: 1 | 2
  readonly endsAt: Date
  readonly flagEndsAt: Date | undefined
  readonly listingId: string
  readonly accountId: string | undefined
  readonly facets: readonly number[]
  readonly tsv: string
  readonly doc: string
}

/**
 * Adds entries, or replaces those of the same listing, audience and origin. Each listing at most once a call. `at` (PostgreSQL's own time
 * unless given) is when a new one came, and when a flag went up that was down.
 */
export async function putEntries(tx: Tx, entries: readonly StoredEntry[], at?: Date): Promise<void> {
  const column = <Value>(value: (entry: StoredEntry) => Value): Value[] => entries.map(value)
  await rows(
    tx,
    `insert into directory_entry (lid, origin_id, audience, ends_at, flag_ends_at, listing_id, account_id, facets, tsv, doc, listed_at, opened_at)
     select n.lid, n.origin_id, n.audience, n.ends_at, n.flag_ends_at, n.listing_id, n.account_id, n.facets::smallint[], n.tsv::tsvector, n.doc,
       coalesce($11::timestamptz, now()), case when n.flag_ends_at is not null then coalesce($11::timestamptz, now()) end
     from unnest($1::bigint[], $2::int[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
       as n (lid, origin_id, audience, ends_at, flag_ends_at, listing_id, account_id, facets, tsv, doc)
     order by n.lid
     on conflict (listing_id, audience) do update set
       lid = excluded.lid, ends_at = excluded.ends_at, flag_ends_at = excluded.flag_ends_at, account_id = excluded.account_id,
       facets = excluded.facets, tsv = excluded.tsv, doc = excluded.doc,
       opened_at = case when excluded.flag_ends_at is not null and directory_entry.flag_ends_at > excluded.listed_at
         then directory_entry.opened_at else excluded.opened_at end
     where directory_entry.origin_id = excluded.origin_id`,
    [
      column((entry) => entry.lid.toString()),
      column((entry) => entry.originId),
      column((entry) => entry.audience),
      column((entry) => entry.endsAt),
      column((entry) => entry.flagEndsAt ?? null),
      column((entry) => entry.listingId),
      column((entry) => entry.accountId ?? null),
      column((entry) => `{${entry.facets.join(',')}}`),
      column((entry) => entry.tsv),
      column((entry) => entry.doc),
      at ?? null,
    ],
  )
}

/** Removes the entries of these listings, but for the audiences in `staying`; returns how many there were. */
export async function deleteEntries(
  tx: Tx,
  listingIds: readonly string[],
  staying: readonly number[] = [],
): Promise<number> {
  return changed(tx, 'delete from directory_entry where listing_id = any($1) and audience <> all($2::smallint[])', [
    listingIds,
    staying,
  ])
}

/** Removes every entry of an origin; returns how many there were. */
export async function deleteEntriesOfOrigin(tx: Tx, originId: number): Promise<number> {
  return changed(tx, 'delete from directory_entry where origin_id = $1', [originId])
}

/** Which words: `strong` are those of who somebody is and what she does, `all` also those that she writes. */
export type WhichWords = 'strong' | 'all'

/** The words of these listings as they stand in the index; looked up by their ids whatever the planner believes. */
export async function wordsOfListings(tx: Tx, which: WhichWords, ids: readonly string[]): Promise<readonly string[]> {
  return wordsFrom(
    tx,
    which,
    'unnest($1::text[]) as n (id) cross join lateral (select tsv from directory_entry where listing_id = n.id offset 0) e',
    ids,
  )
}

/** The words of all listings of an origin. */
export async function wordsOfOrigin(tx: Tx, which: WhichWords, originId: number): Promise<readonly string[]> {
  return wordsFrom(tx, which, 'directory_entry where origin_id = $1', originId)
}

async function wordsFrom(tx: Tx, which: WhichWords, from: string, value: unknown): Promise<readonly string[]> {
  const words = which === 'strong' ? "ts_filter(tsv, '{a}')" : 'tsv'
  const found = await rows<{ w: string }>(tx, `select distinct unnest(tsvector_to_array(${words})) as w from ${from}`, [
    value,
  ])
  return found.map(({ w }) => w)
}

/** Puts words in the dictionary, in one order, so that two writers do not wait for each other in a circle. */
export async function addWords(tx: Tx, words: readonly string[]): Promise<void> {
  if (words.length === 0) return
  await rows(
    tx,
    'insert into word (w) select n.w from (select distinct unnest($1::text[]) as w) n order by n.w on conflict do nothing',
    [words],
  )
}

/** Keeps those of `words` that the dictionary lacks until `learnWaitingWords` puts them there. */
export async function keepWordsWaiting(tx: Tx, words: readonly string[]): Promise<void> {
  await rows(
    tx,
    `insert into word_waiting (words) select n.words from (
       select array_agg(w) as words from unnest($1::text[]) as n (w) where not exists (select from word k where k.w = n.w)) n
     where n.words is not null`,
    [words],
  )
}

/**
 * Puts words that wait in the dictionary, of at most `most` lots: those that somebody still has. Returns how many lots there were;
 * leaves out what another writer holds.
 */
export async function learnWaitingWords(tx: Tx, most: number): Promise<number> {
  const found = await rows<{ lots: number }>(
    tx,
    `with taken as (delete from word_waiting where number in
         (select number from word_waiting order by number limit $1 for update skip locked) returning words),
       learnt as (insert into word (w)
         select n.w from (select distinct unnest(words) as w from taken) n
         where not exists (select from word k where k.w = n.w)
           and exists (select from directory_entry where tsv @@ quote_literal(n.w)::tsquery)
         order by n.w on conflict do nothing)
     select count(*)::int as lots from taken`,
    [most],
  )
  return found[0]?.lots ?? 0
}

/** Takes those of `words` out of the dictionary that no listing has any more. Skips what another writer holds. */
export async function removeUnusedWords(tx: Tx, words: readonly string[]): Promise<void> {
  if (words.length === 0) return
  await rows(
    tx,
    `delete from word where w in (
       select gone.w from word gone where gone.w = any($1)
         and not exists (select from directory_entry where tsv @@ quote_literal(gone.w)::tsquery)
       order by gone.w for update skip locked)`,
    [words],
  )
}

/** Makes the dictionary hold exactly the words of the index and `always`. */
export async function rebuildWords(tx: Tx, always: readonly string[]): Promise<void> {
  await rows(
    tx,
    `with used as (select word as w from ts_stat('select tsv from directory_entry') where word not like '=%' union select unnest($1::text[])),
       gone as (delete from word where w not in (select w from used) returning 1)
     insert into word (w) select w from used order by w on conflict do nothing`,
    [always],
  )
}

/** The share of all entries that have a word, for the thousand or so words that most have, as PostgreSQL's statistics know it. */
export async function commonWords(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ w: string; share: number }>(
    reader,
    `select n.w, n.share from pg_stats s cross join lateral unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[]) as n (w, share)
     where s.schemaname = current_schema() and s.tablename = 'directory_entry' and s.attname = 'tsv' and n.w is not null`,
  )
  return new Map(found.map(({ w, share }) => [w, share]))
}

/** The numbers of those of `facets` that the table has, by facetKey; there may be more. A number that was given stays. */
export async function facetIds(reader: Reader, facets: readonly Facet[]): Promise<ReadonlyMap<string, number>> {
  const { connection } = reader.manager
  const known = facetNumbers.get(connection)
  if (known && facets.every((facet) => known.has(facetKey(facet)))) return known
  const found = await rows<{ id: number; kind: Facet['kind']; value: string }>(
    reader,
    'select id, kind, value from facet',
  )
  const numbers = new Map(found.map(({ id, kind, value }) => [facetKey({ kind, value }), id]))
  facetNumbers.set(connection, numbers)
  return numbers
}

// By the database they were read from: about 1,000, which only an upgrade adds to.
const facetNumbers = new WeakMap<object, ReadonlyMap<string, number>>()

/** Adds the facets that are not in the table. The others take no number: there are only 32,000. */
export async function addFacets(tx: Tx, facets: readonly Facet[]): Promise<number> {
  return changed(
    tx,
    `insert into facet (kind, value)
     select n.kind, n.value from unnest($1::text[], $2::text[]) as n (kind, value)
     where not exists (select from facet f where f.kind = n.kind and f.value = n.value)
     order by n.kind, n.value on conflict do nothing`,
    [facets.map(({ kind }) => kind), facets.map(({ value }) => value)],
  )
}

/** Row 0 of the origins: this node, whose lease never ends. */
export async function putOwnOrigin(tx: Tx, host: string): Promise<void> {
  await rows(
    tx,
    `insert into origin (origin_id, host, valid_until) values (0, $1, '9999-12-31T23:59:59Z')
     on conflict (origin_id) do update set host = excluded.host where origin.host <> excluded.host`,
    [host],
  )
}

/** About how many entries there are, as PostgreSQL last counted; 0 while it never has. */
export async function entryCount(reader: Reader): Promise<number> {
  const [found] = await rows<{ count: number }>(
    reader,
    `select greatest(reltuples, 0)::int as count from pg_class where oid = 'directory_entry'::regclass`,
  )
  return found?.count ?? 0
}

/** Works out which origins are refused, as the triggers of blocks and lists do. */
export async function refuseOrigins(tx: Tx): Promise<void> {
  await rows(tx, 'select refuse_origins()')
}
