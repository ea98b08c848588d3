import { rows, type Reader } from '../database/database.ts'
import type { EntryRow } from '../directory/card.ts'
import { columns } from '../directory/find-views.ts'
import { facetNumbers, stretchOf } from '../directory/facet-views.ts'
import type { Facet } from '../directory/facets.ts'
import { startOf } from '../directory/order.ts'
import { isOpen, noParameters, visibleEntries, type Parameters, type Sight } from '../directory/visible.ts'
import { facetsSought, type Asker } from './asker.ts'

// Who may fit is read in steps, each in the order drawn by lot, from a place that is the asker's own on that day: the same role and the
// swap both ways, by the index; where few have that, the same role and half of a swap, and whoever has anything in common in a stretch
// of the order; then anything in common anywhere; all who are open in the stretch; and all who are open. Each step costs little because
// the one before has found few.
const most = 300
const mostOfAll = 2_000
const inStretch = 900
/** With fewer people than that, more are looked for. */
export const enough = 16

/** One person who may fit: her place in the order, the node that lists her, and the numbers of her facets. */
export type PoolRow = { readonly lid: string; readonly origin_id: number; readonly facets: readonly number[] }

/**
 * What the steps need: who asks, what she may see, and where her order starts. Blocks of her own are asked when listings are read, not
 * here: with them the index alone would not do.
 */
export type Search = { readonly asker: Asker; readonly sight: Sight; readonly start: bigint; readonly numbers: Numbers }

type Numbers = Readonly<Record<'languages' | 'roles' | 'families' | 'gives' | 'takes', readonly number[]>>

/** Where somebody's order starts on a day (YYYY-MM-DD). */
export function startFor(orderSecret: string, day: string, accountId: string): bigint {
  return startOf(orderSecret, `${day}\n${accountId}`)
}

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

/** Open people with a language in common, each once; `isAll` when there are no others. */
export async function pool(
  reader: Reader,
  search: Search,
): Promise<{ readonly people: readonly PoolRow[]; readonly isAll: boolean }> {
  const { roles, families, gives, takes } = search.numbers
  const half = [...gives, ...takes]
  const anything = [...roles, ...families, ...half]
  const within = stretchesFrom(search.start, await stretchOf(reader, inStretch))
  const steps: readonly (readonly Step[])[] = [
    [
      { having: [roles, gives, takes], limit: most },
      { having: [roles, half], limit: most },
      ...within.map((stretch) => ({ having: [anything], stretch, limit: mostOfAll })),
    ],
    [{ having: [anything], limit: mostOfAll }],
    within.map((stretch) => ({ having: [], stretch, limit: mostOfAll })),
  ]
  let people: readonly PoolRow[] = []
  for (const step of steps) {
    people = unique([...people, ...(await read(reader, search, step))])
    if (people.length >= enough) return { people, isAll: false }
  }
  const all = await read(reader, search, [{ having: [], limit: mostOfAll }])
  return { people: unique([...people, ...all]), isAll: all.length < mostOfAll }
}

/** The next people who are open, have a language in common, and have `facets` or, with `isWithout`, have them not; none of `known`. */
export async function furtherPeople(
  reader: Reader,
  search: Search,
  { having, known, limit }: { readonly having: Having; readonly known: readonly string[]; readonly limit: number },
): Promise<readonly PoolRow[]> {
  const numbers = await facetNumbers(reader, having.facets)
  const lists = numbers.length === 0 ? [] : [numbers]
  const step = having.isWithout ? { having: [], lacking: lists, limit, known } : { having: lists, limit, known }
  return read(reader, search, [step])
}

/** Facets of which somebody has one, or none. */
export type Having = { readonly facets: readonly Facet[]; readonly isWithout: boolean }

/** The entries of these people as a card needs them. */
export function entriesOf(reader: Reader, sight: Sight, lids: readonly string[]): Promise<readonly EntryRow[]> {
  const given = noParameters()
  return rows<EntryRow>(
    reader,
    `select ${columns(given, sight)} ${visibleEntries(given, sight)} and e.lid = any(${given.add(lids)}::bigint[])`,
    given.values,
  )
}

const ifFew = `and (select count(*) from found0) < ${enough}`

/** Whom a step reads: at most `limit` people who have something of each list. */
type Step = {
  readonly having: readonly (readonly number[])[]
  readonly lacking?: readonly (readonly number[])[]
  readonly known?: readonly string[]
  readonly stretch?: Stretch
  readonly limit: number
}

// All steps in one statement, the others only if the first has found few. What fits is found by itself and brought in order afterwards: a planner that expects many would walk the
// whole order for the few that there are.
async function read(reader: Reader, search: Search, asked: readonly Step[]): Promise<readonly PoolRow[]> {
  const steps = asked.filter(({ having }) => having.every((list) => list.length > 0)) // nobody has something of nothing
  if (steps.length === 0) return []
  const given = noParameters()
  const start = given.add(search.start.toString())
  const found = steps.map(
    (step, index) => `found${index} as materialized (${whoFits(given, search, step)} ${index === 0 ? '' : ifFew})`,
  )
  const parts = steps.map(
    ({ limit }, index) =>
      `(select f.lid::text as lid, f.origin_id, f.facets from found${index} f order by (f.lid <= ${start}), f.lid limit ${limit})`,
  )
  return unique(await rows<PoolRow>(reader, `with ${found.join(',\n')}\n${parts.join(' union all ')}`, given.values))
}

function whoFits(given: Parameters, { sight, numbers }: Search, step: Step): string {
  const overlaps = (list: readonly number[]): string => `e.facets && ${given.add(list)}::smallint[]`
  const seen = ofAnybody(sight)
  return [
    `select e.lid, e.origin_id, e.facets ${visibleEntries(given, seen)}`,
    isOpen(given, seen),
    overlaps(numbers.languages),
    ...step.having.map(overlaps),
    ...(step.lacking ?? []).map((list) => `not (${overlaps(list)})`),
    ...(step.known === undefined ? [] : [`e.lid <> all(${given.add(step.known)}::bigint[])`]),
    ...(step.stretch === undefined
      ? []
      : [
          `e.lid > ${given.add(step.stretch.after.toString())} and e.lid <= ${given.add(step.stretch.until.toString())}`,
        ]),
  ].join(' and ')
}

/** Places of the order, after one and up to another. */
type Stretch = { readonly after: bigint; readonly until: bigint }

// The order is a ring: what does not fit before its end is at its beginning.
function stretchesFrom(start: bigint, length: bigint | undefined): readonly Stretch[] {
  if (length === undefined) return []
  const until = start + length
  if (until <= end) return [{ after: start, until }]
  return [
    { after: start, until: end },
    { after: -1n, until: until - end - 1n },
  ]
}
const end = (1n << 63n) - 1n

function ofAnybody({ audience, now }: Sight): Sight {
  return { audience, now }
}

function unique(people: readonly PoolRow[]): readonly PoolRow[] {
  return [...new Map(people.map((one) => [one.lid, one])).values()]
}
