import { rows, type Reader } from '../database/database.ts'
import type { EntryRow } from '../directory/card.ts'
import { facetNumbers } from '../directory/facet-views.ts'
import type { Facet } from '../directory/facets.ts'
import { isOpen, noParameters, visibleEntries, type Parameters, type Sight } from '../directory/visible.ts'
import { facetsSought, type Asker } from './asker.ts'

// Who may fit is read in steps, each in the order drawn by lot, from a place that is the asker's own on that day: those with the
// same role and the swap both ways, by the index; those with anything in common, out of a stretch. Where that gives few, few have
// anything in common, so that a wider step costs little: all of them; all who are open in the stretch; and all who are open.
const mostSwaps = 1_000
const stretchLength = 8_000
const probed = 1_000
/** With fewer people than that, everybody is looked at. */
export const enough = 40
const mostOfAll = 2_000

/** One person who may fit: her place in the order, the node that lists her, and the numbers of her facets. */
export type PoolRow = { readonly lid: string; readonly origin_id: number; readonly facets: readonly number[] }

/** What the steps need: who asks, what she may see, and where her order starts. */
export type Search = { readonly asker: Asker; readonly sight: Sight; readonly start: bigint; readonly numbers: Numbers }

type Numbers = Readonly<Record<'languages' | 'roles' | 'families' | 'gives' | 'takes', readonly number[]>>

/** The numbers of the facets that are sought. */
export async function numbersFor(reader: Reader, asker: Asker): Promise<Numbers> {
  const sought = facetsSought(asker)
  const of = (facets: readonly Facet[]): Promise<readonly number[]> => facetNumbers(reader, facets)
  return {
    languages: await of(sought.languages),
    roles: await of(sought.roles),
    families: await of(sought.families),
    gives: await of(sought.gives),
    takes: await of(sought.takes),
  }
}

/** Open people with a language in common, those first who fit well, each once; `isAll` when there are no others. */
export async function pool(
  reader: Reader,
  search: Search,
): Promise<{ readonly people: readonly PoolRow[]; readonly isAll: boolean }> {
  const stretch = await stretchFrom(reader, search)
  const steps = [
    () => swaps(reader, search),
    () => (stretch ? inCommon(reader, search, stretch) : none),
    () => (stretch ? inCommon(reader, search) : none),
    () => (stretch ? anybody(reader, search, stretch) : none),
  ]
  let people: readonly PoolRow[] = []
  for (const [number, step] of steps.entries()) {
    people = unique([...people, ...(await step())])
    if (number > 0 && people.length >= enough) return { people, isAll: false }
  }
  const all = await anybody(reader, search)
  return { people: unique([...people, ...all]), isAll: all.length < mostOfAll }
}
const none = Promise.resolve<readonly PoolRow[]>([])

/** The next people who are open, have a language in common, and have `facets` or, with `without`, have them not; none of `known`. */
export async function furtherPeople(
  reader: Reader,
  search: Search,
  { having, known, limit }: { readonly having: Having; readonly known: readonly string[]; readonly limit: number },
): Promise<readonly PoolRow[]> {
  const given = noParameters()
  const numbers = given.add(await facetNumbers(reader, having.facets))
  const condition = `e.facets && ${numbers}::smallint[]`
  return inOrder(reader, given, search, limit, [
    hasLanguage(given, search),
    having.facets.length === 0 ? 'true' : having.isWithout ? `not (${condition})` : condition,
    `e.lid <> all(${given.add(known)}::bigint[])`,
  ])
}

/** Facets of which somebody has one, or none. */
export type Having = { readonly facets: readonly Facet[]; readonly isWithout: boolean }

/** The entries of these people as a card needs them. */
export function entriesOf(reader: Reader, sight: Sight, lids: readonly string[]): Promise<readonly EntryRow[]> {
  const given = noParameters()
  return rows<EntryRow>(
    reader,
    `select e.lid::text as lid, e.doc, e.origin_id, e.account_id, o.host, o.last_contact, e.flag_ends_at, ${isOpen(given, sight)} as is_open
     ${visibleEntries(given, sight)} and e.lid = any(${given.add(lids)}::bigint[])`,
    given.values,
  )
}

// By the index alone; the order comes after, or a planner that expects many would walk the ring for the few that there are.
async function swaps(reader: Reader, search: Search): Promise<readonly PoolRow[]> {
  const { roles, gives, takes } = search.numbers
  if (roles.length === 0 || gives.length === 0 || takes.length === 0) return []
  const given = noParameters()
  return inOrder(reader, given, search, mostSwaps, [
    hasLanguage(given, search),
    ...[roles, gives, takes].map((numbers) => `e.facets && ${given.add(numbers)}::smallint[]`),
  ])
}

async function inCommon(reader: Reader, search: Search, stretch?: Stretch): Promise<readonly PoolRow[]> {
  const { families, gives, takes, roles } = search.numbers
  const anything = [...roles, ...families, ...gives, ...takes]
  if (anything.length === 0) return []
  const given = noParameters()
  return inOrder(reader, given, search, mostOfAll, [
    ...within(given, stretch),
    hasLanguage(given, search),
    `e.facets && ${given.add(anything)}::smallint[]`,
  ])
}

function anybody(reader: Reader, search: Search, stretch?: Stretch): Promise<readonly PoolRow[]> {
  const given = noParameters()
  return inOrder(reader, given, search, mostOfAll, [...within(given, stretch), hasLanguage(given, search)])
}

type Stretch = { readonly from: bigint; readonly to: bigint }

function within(given: Parameters, stretch: Stretch | undefined): readonly string[] {
  if (stretch === undefined) return []
  return [`e.lid > ${given.add(stretch.from.toString())} and e.lid <= ${given.add(stretch.to.toString())}`]
}

/** About 8,000 people after the start, by how close together they are there; undefined where there are not that many. */
async function stretchFrom(reader: Reader, { sight, start }: Search): Promise<Stretch | undefined> {
  const given = noParameters()
  const [last] = await rows<{ lid: string }>(
    reader,
    `select e.lid::text as lid ${visibleEntries(given, sight)} and e.lid > ${given.add(start.toString())}
     order by e.lid offset ${probed} limit 1`,
    given.values,
  )
  if (!last) return undefined
  const length = ((BigInt(last.lid) - start) * BigInt(stretchLength)) / BigInt(probed)
  const from = start + length < end ? start : end - length // the ring's end is no reason for a shorter one
  return from < 0n ? undefined : { from, to: from + length }
}
const end = (1n << 63n) - 1n

async function inOrder(
  reader: Reader,
  given: Parameters,
  { sight, start }: Search,
  limit: number,
  conditions: readonly string[],
): Promise<readonly PoolRow[]> {
  const found = `select e.lid, e.origin_id, e.facets ${visibleEntries(given, sight)} and ${isOpen(given, sight)} and ${conditions.join(' and ')}`
  return rows<PoolRow>(
    reader,
    `with found as materialized (${found})
     select lid::text as lid, origin_id, facets from found order by (lid <= ${given.add(start.toString())}), lid limit ${limit}`,
    given.values,
  )
}

function hasLanguage(given: Parameters, { numbers }: Search): string {
  return `e.facets && ${given.add(numbers.languages)}::smallint[]`
}

function unique(people: readonly PoolRow[]): readonly PoolRow[] {
  return [...new Map(people.map((one) => [one.lid, one])).values()]
}
