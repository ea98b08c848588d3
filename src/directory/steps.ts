import type { Tx } from '../database/database.ts'
import type { ListingDocument } from './document.ts'
import { entryOf } from './entry.ts'
import { everyFacet, facetKey } from './facets.ts'
import { audienceNumber, placeOf, type Audience } from './order.ts'
import {
  addFacets,
  addWords,
  deleteEntries,
  deleteEntriesOfOrigin,
  facetIds,
  keepWordsWaiting,
  learnWaitingWords,
  putEntries,
  putOwnOrigin,
  rebuildWords,
  refuseOrigins,
  removeUnusedWords,
  wordsOfListings,
  wordsOfOrigin,
  type StoredEntry,
  type WhichWords,
} from './store.ts'
import { vocabularyWords } from './synonyms.ts'

/** A listing to be found: where it came from (0 is this node), who may find it, and whose it is if she has an account here. */
export type EntrySource = {
  readonly originId: number
  readonly audience: Audience
  readonly accountId?: string
  readonly document: ListingDocument
}

const batch = 500
const few = 20
const many = 50
const lotsAtOnce = 10 // a third of a second, as measured with 250 new words in each

/**
 * Makes these listings findable, or replaces what the directory has of them (same listing, same audience). A remote
 * listing must have been read by partners/copy.ts; one with an id that another origin holds here is left out. `at` is the node's
 * time, by which saved searches know who is new. Words of more than 50 listings at once can be misspelt only after `learnWords`.
 */
export async function indexEntries(
  tx: Tx,
  orderSecret: string,
  sources: readonly EntrySource[],
  at?: Date,
): Promise<void> {
  const unique = [...new Map(sources.map((source) => [`${source.audience} ${source.document.id}`, source])).values()]
  for (let start = 0; start < unique.length; start += batch)
    await indexBatch(tx, orderSecret, unique.slice(start, start + batch), at)
}

async function indexBatch(
  tx: Tx,
  orderSecret: string,
  sources: readonly EntrySource[],
  at: Date | undefined,
): Promise<void> {
  const ids = sources.map(({ document }) => document.id)
  const before = await wordsOfListings(tx, wordsToForget(ids), ids)
  const read = sources.map((source) => ({ source, entry: entryOf(source.document) }))
  const numbers = await facetIds(tx, [
    ...new Map(read.flatMap(({ entry }) => entry.facets).map((facet) => [facetKey(facet), facet])).values(),
  ])
  await putEntries(
    tx,
    read.map(({ source: { document, audience, originId, accountId }, entry }): StoredEntry => {
      const { facets, endsAt, flagEndsAt, tsv, doc } = entry
      return {
        lid: placeOf(orderSecret, audience, document.id),
        originId,
        audience: audienceNumber[audience],
        endsAt,
        flagEndsAt,
        listingId: document.id,
        accountId,
        facets: facets.flatMap((facet) => numbers.get(facetKey(facet)) ?? []).toSorted((one, other) => one - other),
        tsv,
        doc,
      }
    }),
    at,
  )
  const words = new Set(read.flatMap(({ entry }) => [...entry.words.strong, ...entry.words.weak]))
  await (sources.length > many ? keepWordsWaiting : addWords)(tx, [...words])
  await forget(
    tx,
    before.filter((word) => !words.has(word)),
  )
}

/** Takes these listings out of the directory, but for the audiences in `staying`, with the words that only they had. */
export async function removeEntries(
  tx: Tx,
  listingIds: readonly string[],
  staying: readonly Audience[] = [],
): Promise<void> {
  const before = await wordsOfListings(tx, wordsToForget(listingIds), listingIds)
  const kept = staying.map((audience) => audienceNumber[audience])
  if ((await deleteEntries(tx, listingIds, kept)) > 0) await forget(tx, before)
}

/** Takes everything of an origin out of the directory, with the words that only its people had. */
export async function removeEntriesOfOrigin(tx: Tx, originId: number): Promise<void> {
  const before = await wordsOfOrigin(tx, 'strong', originId)
  if ((await deleteEntriesOfOrigin(tx, originId)) > 0) await forget(tx, before)
}

/** Makes row 0 of the origins: this node, whose own listings need no lease. Idempotent. */
export async function ensureOwnOrigin(tx: Tx, host: string): Promise<void> {
  await putOwnOrigin(tx, host)
}

/** Fills the table of facets from the vocabularies, countries and languages that this version knows. Idempotent. */
export async function ensureFacets(tx: Tx): Promise<void> {
  await addFacets(tx, everyFacet())
  await addWords(tx, [...vocabularyWords()])
}

/** Puts some of the words that wait in the dictionary; returns whether there may be more. */
export async function learnSomeWords(tx: Tx): Promise<boolean> {
  return (await learnWaitingWords(tx, lotsAtOnce)) === lotsAtOnce
}

/** Makes the dictionary exactly what the index and the vocabularies say: two writers at once can leave a word out or in. */
export async function mendWords(tx: Tx): Promise<void> {
  await rebuildWords(tx, [...vocabularyWords()])
}

// A word that many have takes long to be found to be somebody's still. Of many listings at once only the words of who
// they are go at once; those they wrote go in the night (mendWords). None is ever shown that nobody has (word-views.ts).
function wordsToForget(listingIds: readonly string[]): WhichWords {
  return listingIds.length > few ? 'strong' : 'all'
}

/** Puts right which origins are refused: a block and a partnership that come at once may not have seen each other. */
export async function mendRefusals(tx: Tx): Promise<void> {
  await refuseOrigins(tx)
}

async function forget(tx: Tx, words: readonly string[]): Promise<void> {
  await removeUnusedWords(
    tx,
    words.filter((word) => !vocabularyWords().has(word)),
  )
}
