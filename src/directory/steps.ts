import { day, dayOf, instantOf, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import type { FlagDocument, ListingDocument } from './document.ts'
import { everyFacet, facetKey, facetsOf } from './facets.ts'
import { audienceNumber, placeOf, type Audience } from './order.ts'
import {
  addFacets,
  addWords,
  deleteEntries,
  deleteEntriesOfOrigin,
  facetIds,
  putEntries,
  putOwnOrigin,
  rebuildWords,
  removeUnusedWords,
  strongWordsOf,
  strongWordsOfOrigin,
  type StoredEntry,
} from './store.ts'
import { tsvectorText, vocabularyWords, wordsOf } from './words.ts'

/** A listing to be found: where it came from (0 is this node), who may find it, and whose it is if she has an account here. */
export type EntrySource = {
  readonly originId: number
  readonly audience: Audience
  readonly accountId?: string
  readonly document: ListingDocument
}

const batch = 500

/**
 * Makes these listings findable, or replaces what the directory has of them (same listing, same audience). A remote
 * listing must have been read by partners/copy.ts; one with an id that another origin holds here is left out.
 */
export async function indexEntries(tx: Tx, orderSecret: string, sources: readonly EntrySource[]): Promise<void> {
  const unique = [...new Map(sources.map((source) => [`${source.audience} ${source.document.id}`, source])).values()]
  for (let start = 0; start < unique.length; start += batch)
    await indexBatch(tx, orderSecret, unique.slice(start, start + batch))
}

async function indexBatch(tx: Tx, orderSecret: string, sources: readonly EntrySource[]): Promise<void> {
  const ids = sources.map(({ document }) => document.id)
  const before = await strongWordsOf(tx, ids)
  const read = sources.map((source) => ({ source, words: wordsOf(source.document), facets: facetsOf(source.document) }))
  const numbers = await facetIds(tx, [
    ...new Map(read.flatMap(({ facets }) => facets).map((facet) => [facetKey(facet), facet])).values(),
  ])
  await putEntries(
    tx,
    read.map(({ source, words, facets }): StoredEntry => {
      const { document, audience } = source
      return {
        lid: placeOf(orderSecret, audience, document.id),
        originId: source.originId,
        audience: audienceNumber[audience],
        endsAt: instant(document.endTime),
        flagEndsAt: document.peerChat && endOf(document.peerChat),
        listingId: document.id,
        accountId: source.accountId,
        facets: facets.flatMap((facet) => numbers.get(facetKey(facet)) ?? []).toSorted((one, other) => one - other),
        tsv: tsvectorText(words),
        doc: JSON.stringify(document),
      }
    }),
  )
  const strong = new Set(read.flatMap(({ words }) => words.strong))
  await addWords(tx, [...strong])
  await forget(
    tx,
    before.filter((word) => !strong.has(word)),
  )
}

/** Takes these listings out of the directory, for every audience, with the words that only they had. */
export async function removeEntries(tx: Tx, listingIds: readonly string[]): Promise<void> {
  const before = await strongWordsOf(tx, listingIds)
  if ((await deleteEntries(tx, listingIds)) > 0) await forget(tx, before)
}

/** Takes everything of an origin out of the directory, with the words that only its people had. */
export async function removeEntriesOfOrigin(tx: Tx, originId: number): Promise<void> {
  const before = await strongWordsOfOrigin(tx, originId)
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

/** Makes the dictionary exactly what the index and the vocabularies say: two writers at once can leave a word out or in. */
export async function mendWords(tx: Tx): Promise<void> {
  await rebuildWords(tx, [...vocabularyWords()])
}

async function forget(tx: Tx, words: readonly string[]): Promise<void> {
  await removeUnusedWords(
    tx,
    words.filter((word) => !vocabularyWords().has(word)),
  )
}

// At the latest with the 90th day after it was opened, whatever it says of itself (FEDERATION.md 4.1).
function endOf(flag: FlagDocument): Date {
  const end = instant(flag.endTime)
  const last = later(instant(dayOf(instant(flag.published))), 91 * day - 1000)
  return end < last ? end : last
}

function instant(text: string): Date {
  const found = instantOf(text)
  if (!found) throw new Error('a listing with a time that is none')
  return found
}
